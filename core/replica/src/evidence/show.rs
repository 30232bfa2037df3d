//! Showing evidence: what is known of each piece, and its bytes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use floorwalk_complaint::{Complaint, Document, DocumentId};
use floorwalk_store::{BlobState, Tx};
use floorwalk_wire::{DeviceId, ScopeId};

use super::{EvidenceRef, references};
use crate::blob;
use crate::clock;
use crate::complaints::{self, Viewer};
use crate::custody;
use crate::documents::{self, Lookup};
use crate::error::{Error, ErrorCode, Result};
use crate::records::{Erasure, EvidenceInfo, SavedEvidence};
use crate::state::{Identity, Shared};

/// The evidence of a complaint, in the order in which it was taken in.
pub(crate) fn all(
    viewer: &Viewer<'_>,
    (scope, id): (&ScopeId, &DocumentId),
    document: &Document,
    complaint: &Complaint,
) -> Result<Vec<EvidenceInfo>> {
    let erased = complaint.erasures();
    let custody = match complaint.evidence.is_empty() {
        true => BTreeMap::new(),
        false => custody::receipts_of_evidence(&custody::carried(
            viewer.tx(),
            viewer.identity(),
            scope,
            id,
            document,
        )?),
    };
    let mut found = Vec::new();
    for (reference, evidence) in references(complaint) {
        let author = evidence.author.map(|author| DeviceId(author.device));
        let genuine = author
            .is_some_and(|device| reference.verify(&viewer.identity().community, id, &device));
        let erasure = erased.get(reference.hash.to_string().as_str()).map(|event| Erasure {
            at: event.at.clone(),
            by: viewer.name_of(event.author, &event.actor),
            why: event.note.clone().unwrap_or_default(),
        });
        let receipt = custody.get(&reference.hash.to_string());
        let received_at = receipt
            .filter(|receipt| viewer.is_signed_by_relay(&receipt.head))
            .and_then(|receipt| receipt.entries.first().copied())
            .map(|(_, at)| clock::to_text(at, clock::DEFAULT_ZONE));
        let (state, delivery) = place(viewer, &reference)?;
        let EvidenceRef { hash, facts, thumb_hash, copy, .. } = reference;
        found.push(EvidenceInfo {
            hash: hash.to_string(),
            by: viewer.name_of(evidence.author, &evidence.actor),
            device: author.map(|device| device.to_string()),
            role: evidence.author.map(|author| author.role.as_str().to_owned()),
            clock_difference_s: difference(facts.captured_at.as_deref(), &facts.attached_at),
            blake3: facts.blake3,
            bytes: facts.bytes,
            kind: facts.kind,
            media: facts.media,
            attached_at: facts.attached_at,
            captured_at: facts.captured_at,
            captured_zone: facts.captured_zone,
            gps_time: facts.gps_time,
            place: facts.place,
            camera: facts.camera,
            exif: facts.exif,
            width: facts.width,
            height: facts.height,
            derived_from: facts.derived_from,
            thumb_hash,
            copy: copy.map(|copy| copy.sha256.to_string()),
            state: if erasure.is_some() { "erased" } else { state }.to_owned(),
            delivery: delivery.to_owned(),
            erased: erasure,
            relay_received_at: received_at,
            verified: genuine,
        });
    }
    found.sort_by(|a, b| (&a.attached_at, &a.hash).cmp(&(&b.attached_at, &b.hash)));
    Ok(found)
}

/// Whether a piece of evidence is here, and how far it has come: the original, or the copy that
/// travels in its place.
fn place(viewer: &Viewer<'_>, reference: &EvidenceRef) -> Result<(&'static str, &'static str)> {
    let tx = viewer.tx();
    let original = tx.stored_blob(&reference.original.id)?;
    let copy = reference.copy.as_ref().map(|copy| tx.stored_blob(&copy.blob.id)).transpose()?;
    let copy = copy.flatten();
    let here = |state| matches!(state, BlobState::Unsent | BlobState::Sent | BlobState::Kept);
    let state = match (&original, &copy) {
        (Some(original), _) if here(original.state) => "here",
        (_, Some(copy)) if here(copy.state) => "copy",
        _ => "waiting",
    };
    let delivery = match copy.or(original) {
        Some(blob) if blob.office_has || viewer.is_office() && here(blob.state) => "received",
        // What the relay has not got is nowhere but where it was taken in.
        Some(blob) if blob.state == BlobState::Unsent => "saved",
        _ => "sent",
    };
    Ok((state, delivery))
}

/// How far the camera's clock is behind the device's, in seconds.
fn difference(captured_at: Option<&str>, attached_at: &str) -> Option<i64> {
    let captured = clock::from_text(captured_at?).ok()?;
    let attached = clock::from_text(attached_at).ok()?;
    Some((attached.0 - captured.0) / 1000)
}

/// The original's bytes, in memory.
pub(super) fn read(shared: &Shared, reference: &EvidenceRef) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(reference.facts.bytes.min(1 << 26) as usize);
    let opened = open(shared, reference, false, &mut bytes)?;
    opened.ok_or_else(|| Error::about(ErrorCode::EvidenceNotHere, reference.hash))?;
    Ok(bytes)
}

/// The bytes of a preview, when it is here.
pub(crate) fn preview(
    tx: &Tx<'_>,
    identity: &Identity,
    complaint: &str,
    hash: &str,
) -> Result<Option<Vec<u8>>> {
    let present = present(tx, identity, complaint)?;
    let found = present.into_iter().find(|one| one.hash.to_string() == hash);
    let found = found.ok_or_else(|| Error::about(ErrorCode::UnknownEvidence, hash))?;
    let Some(preview) = found.preview else { return Ok(None) };
    let sealed = tx.blob(&preview.id)?;
    Ok(sealed.and_then(|sealed| floorwalk_seal::open_blob(&sealed, &preview.key).ok()))
}

/// Opens a piece of evidence into a sink: the original, or where that is not here and `or_copy` is
/// set, its smaller copy. Says whether it was the original; none when neither is here.
pub(crate) fn open(
    shared: &Shared,
    reference: &EvidenceRef,
    or_copy: bool,
    sink: &mut impl Write,
) -> Result<Option<bool>> {
    let copy = reference.copy.as_ref().map(|copy| &copy.blob).filter(|_| or_copy);
    for (blob, is_original) in [(Some(&reference.original), true), (copy, false)] {
        let Some(blob) = blob else { continue };
        let (files, row) = shared.with(|state| {
            let files = state.store.files().clone();
            Ok((files, state.read(|tx, _| Ok(tx.blob(&blob.id)?))?))
        })?;
        if blob::open(&files, row.as_deref(), blob, sink)?.is_some() {
            return Ok(Some(is_original));
        }
    }
    Ok(None)
}

/// Writes a complaint's evidence that is here into a folder, each under its hash.
pub(crate) fn save_all(
    shared: &Shared,
    complaint: &str,
    folder: &Path,
    progress: &dyn Fn(u64, u64),
) -> Result<Vec<SavedEvidence>> {
    let references =
        shared.with(|state| state.write(|tx, identity| present(tx, identity, complaint)))?;
    let failed = |path: &Path| Error::about(ErrorCode::File, path.display());
    std::fs::create_dir_all(folder).map_err(|_| failed(folder))?;
    let total = references.len() as u64;
    let mut saved = Vec::new();
    for (done, reference) in (1..).zip(references) {
        let path = folder.join(file_name(&reference));
        let part = PathBuf::from(format!("{}.part", path.display()));
        let mut file = BufWriter::new(File::create(&part).map_err(|_| failed(&part))?);
        let opened = open(shared, &reference, true, &mut file);
        let flushed = file.flush();
        match opened {
            Ok(Some(original)) => {
                flushed.map_err(|_| failed(&part))?;
                std::fs::rename(&part, &path).map_err(|_| failed(&path))?;
                let file = path.display().to_string();
                saved.push(SavedEvidence { hash: reference.hash.to_string(), file, original });
            }
            other => {
                // It holds only a part of it.
                let _ = std::fs::remove_file(&part);
                other?;
            }
        }
        progress(done, total);
    }
    Ok(saved)
}

/// The references of a complaint that were not erased.
pub(crate) fn present(
    tx: &Tx<'_>,
    identity: &Identity,
    complaint: &str,
) -> Result<Vec<EvidenceRef>> {
    let (scope, id) = complaints::find(tx, complaint)?;
    let folded = documents::load(tx, identity, &scope, &id)?.fold(&Lookup::new(tx, identity));
    let erased = folded.erasures();
    let references = references(&folded).map(|(reference, _)| reference);
    Ok(references.filter(|one| !erased.contains_key(one.hash.to_string().as_str())).collect())
}

/// A name for the file of a piece of evidence: its hash, with the ending of its media type.
pub(crate) fn file_name(reference: &EvidenceRef) -> String {
    let ending = match reference.facts.media.as_str() {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "image/heic" => "heic",
        "image/heif" => "heif",
        "image/avif" => "avif",
        "image/tiff" => "tiff",
        "image/gif" => "gif",
        "video/mp4" => "mp4",
        "video/quicktime" => "mov",
        "video/3gpp" | "video/3gpp2" => "3gp",
        "video/webm" => "webm",
        "video/matroska" => "mkv",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "audio/aac" => "aac",
        "audio/AMR" | "audio/AMR-WB" => "amr",
        "audio/ogg" | "video/ogg" => "ogg",
        "audio/wav" => "wav",
        "audio/flac" => "flac",
        "application/pdf" => "pdf",
        _ => "bin",
    };
    format!("{}.{ending}", reference.hash)
}
