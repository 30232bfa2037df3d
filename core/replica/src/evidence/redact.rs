//! A copy of a photo in which parts are covered, as a piece of evidence of its own.
//!
//! The copy names the original that it was made from and is signed like any other evidence; the
//! original stays as it is.

use floorwalk_complaint::{DocumentId, EvidenceHash};
use floorwalk_photo::{PhotoError, Rect, redact as cover};
use floorwalk_store::Tx;

use super::capture::{Taken, attach_taken};
use super::{EvidenceRef, references, show};
use crate::documents::{self, Lookup};
use crate::error::{Error, ErrorCode, Result};
use crate::records::{AttachOptions, Attached, Rectangle};
use crate::state::{Identity, Shared};

/// Covers rectangles of a photo and adds the result to its complaint.
pub(crate) fn redact(shared: &Shared, hash: &str, rectangles: &[Rectangle]) -> Result<Attached> {
    if rectangles.is_empty() {
        return Err(Error::about(ErrorCode::BadRectangle, "1"));
    }
    let (files, (document, reference)) = shared.with(|state| {
        let files = state.store.files().clone();
        Ok((files, state.read(|tx, identity| find(tx, identity, hash))?))
    })?;
    let bytes = show::read(shared, &reference)?;
    let rectangles: Vec<Rect> = rectangles
        .iter()
        .map(|one| Rect { x: one.x, y: one.y, width: one.width, height: one.height })
        .collect();
    let covered = cover(&bytes, &rectangles).map_err(|error| match error {
        PhotoError::Rectangle { index } => Error::about(ErrorCode::BadRectangle, index + 1),
        error => Error::about(ErrorCode::NotAPicture, error),
    })?;
    drop(bytes);
    let taken = Taken::photo(&files, &covered, &AttachOptions::default())?;
    attach_taken(shared, &document, taken, Some(reference.hash))
}

/// A piece of evidence, by its hash or the beginning of it.
fn find(tx: &Tx<'_>, identity: &Identity, hash: &str) -> Result<(DocumentId, EvidenceRef)> {
    let known = tx.evidence_beginning(hash.trim())?;
    let (evidence, document): (EvidenceHash, DocumentId) = match known[..] {
        [one] => one,
        [] => return Err(Error::about(ErrorCode::UnknownEvidence, hash)),
        _ => return Err(Error::about(ErrorCode::AmbiguousEvidence, hash)),
    };
    let listed = tx.complaint(&document)?;
    let unknown = || Error::about(ErrorCode::UnknownEvidence, hash);
    let scope = listed.ok_or_else(unknown)?.record.scope;
    let complaint =
        documents::load(tx, identity, &scope, &document)?.fold(&Lookup::new(tx, identity));
    if complaint.erasures().contains_key(evidence.to_string().as_str()) {
        return Err(Error::about(ErrorCode::EvidenceErased, evidence));
    }
    let found = references(&complaint).find(|(reference, _)| reference.hash == evidence);
    Ok((document, found.ok_or_else(unknown)?.0))
}
