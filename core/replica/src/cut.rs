//! Cutting parcels: all unsent changes of a scope, packed, sealed, signed, and kept before a byte
//! leaves.
//!
//! A parcel is cut when there is someone to send to. An office's replica also cuts one that holds
//! no changes, when it has seen parcels that it has not yet said it saw: that is how a rep learns
//! that the office has a complaint. Office devices do not answer each other's.

use std::collections::BTreeMap;

use floorwalk_complaint::{DocumentId, pack};
use floorwalk_seal::limits::BLOBS_HERE_MAX;
use floorwalk_seal::{Content, DocumentChanges, seal_parcel};
use floorwalk_store::{ParcelState, Tx};
use floorwalk_wire::limits::PARCEL_BODY_BYTES_MAX;
use floorwalk_wire::{Cursor, Header, LogHead, ParcelId, ParcelKind, ScopeId, Seq, VerifiedParcel};

use crate::error::{Error, ErrorCode, Result};
use crate::ingest::{attested_documents, is_office};
use crate::random;
use crate::state::Identity;

/// Changes of one document that one pack holds.
const PACK_CHANGES_MAX: usize = floorwalk_complaint::limits::PACK_CHANGES_MAX as usize;
/// Raw changes that go into one parcel at first; fewer when they compress badly.
const CHANGES_BYTES_TARGET: usize = 4 * 1024 * 1024;

/// Cuts what every scope has to send.
pub(crate) fn cut_all(tx: &Tx<'_>, identity: &Identity) -> Result<()> {
    for scope in tx.outbox_scopes()? {
        if identity.ring.current(&scope).is_some() {
            while cut_next(tx, identity, &scope, CHANGES_BYTES_TARGET)? {}
        }
    }
    if identity.role().is_some_and(is_office) {
        for scope in identity.scopes() {
            let seen = unsaid(tx, identity, &scope)?;
            let blobs_here = tx.unsaid_blobs(&scope, BLOBS_HERE_MAX)?;
            let something = !seen.is_empty() || !blobs_here.is_empty();
            if something && identity.ring.current(&scope).is_some() {
                let content = Content { seen, blobs_here, ..empty(tx, &scope)? };
                append(tx, identity, &scope, &content)?;
            }
        }
    }
    Ok(())
}

/// Cuts the oldest changes of a scope into one parcel. Returns whether more are left.
fn cut_next(tx: &Tx<'_>, identity: &Identity, scope: &ScopeId, bytes_max: usize) -> Result<bool> {
    let changes = tx.outbox(scope, bytes_max)?;
    let Some(last) = changes.last().map(|change| change.row) else { return Ok(false) };
    let count = changes.len();
    let mut documents: BTreeMap<DocumentId, Vec<Vec<u8>>> = BTreeMap::new();
    for change in changes {
        documents.entry(change.document).or_default().push(change.bytes);
    }
    let actor = identity.actor();
    let mut packed = Vec::with_capacity(documents.len());
    for (document, changes) in &documents {
        let changes: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
        let packed_changes = match pack(document.kind(), &actor, &changes) {
            Ok(packed) => packed,
            // More than a pack may hold: cut apart, like what is too large.
            Err(_) if changes.len() > PACK_CHANGES_MAX && count > 1 => {
                return cut_next(tx, identity, scope, bytes_max / 2);
            }
            Err(error) => return Err(Error::about(ErrorCode::StoreDamaged, error)),
        };
        packed.push(DocumentChanges { document: document.0, packed: packed_changes });
    }
    let seen = match identity.role() {
        Some(role) if is_office(role) => unsaid(tx, identity, scope)?,
        _ => Vec::new(),
    };
    let content = Content { documents: packed, seen, ..empty(tx, scope)? };
    let parcel = match append(tx, identity, scope, &content) {
        Ok(parcel) => parcel,
        // Two changes that do not fit together are cut apart; one alone always fits, because
        // a change is smaller than a parcel.
        Err(error) if error.code == ErrorCode::BadValue && count > 1 => {
            return cut_next(tx, identity, scope, bytes_max / 2);
        }
        Err(error) => return Err(error),
    };
    tx.clear_outbox(scope, last)?;
    let log = tx.find_log(&parcel.header().log())?.map(|log| log.row);
    for document in documents.keys() {
        if let Some(log) = log {
            tx.note_document_parcel(document, log, parcel.header().seq)?;
            tx.note_origin(document, log, parcel.header().seq)?;
            if tx.outbox_of(document)?.is_empty() {
                tx.note_own(document, log, parcel.header().seq)?;
            }
        }
    }
    Ok(true)
}

/// Seals and signs a parcel and puts it at the end of this device's log.
fn append(
    tx: &Tx<'_>,
    identity: &Identity,
    scope: &ScopeId,
    content: &Content,
) -> Result<VerifiedParcel> {
    let (epoch, key) =
        identity.ring.current(scope).ok_or_else(|| Error::new(ErrorCode::KeysMissing))?;
    let log_id = identity.own_log(*scope);
    let log = tx.log(&log_id, &identity.actor().0)?;
    let (seq, previous) = match &log.head {
        Some(head) => (Seq(head.seq.0 + 1), head.parcel),
        None => (Seq(1), ParcelId::NONE),
    };
    let header = Header {
        kind: ParcelKind::Changes,
        community: identity.community,
        scope: *scope,
        device: log_id.device,
        generation: log_id.generation,
        seq,
        previous,
        epoch,
    };
    let signer = identity.keys.signing_key();
    content.check().map_err(|error| Error::about(ErrorCode::BadValue, error))?;
    let plaintext = content.encode();
    let attested = attested_documents(&log_id, content);
    let parcel = seal_parcel(header, &plaintext, &attested, key, signer, random::bytes())
        .map_err(|error| Error::about(ErrorCode::BadValue, error))?;
    debug_assert!(parcel.body().len() <= PARCEL_BODY_BYTES_MAX);
    tx.append_parcel(log.row, &parcel, ParcelState::Opened)?;
    note_said(tx, scope, content)?;
    Ok(parcel)
}

/// A content that says where this device saw the relay's chain, and nothing else.
fn empty(tx: &Tx<'_>, scope: &ScopeId) -> Result<Content> {
    let cursor = tx.cursor(scope)?;
    let relay_head = cursor.map(|head| Cursor { history: head.history, chain: head.chain });
    Ok(Content { relay_head, ..Content::default() })
}

/// Heads of others' logs that this office device has not yet said it has. Of each log it is the
/// last parcel before the first that it could not open: a rep must not read "received by the
/// office" of what the office can't read.
fn unsaid(tx: &Tx<'_>, identity: &Identity, scope: &ScopeId) -> Result<Vec<LogHead>> {
    let said = said(tx, scope)?;
    let mut unsaid = Vec::new();
    for log in tx.logs(Some(scope))? {
        let Some(head) = log.head else { continue };
        if identity.role_of(&head.device).is_some_and(is_office)
            || said.get(&log_key(&head)) == Some(&head.parcel.0)
        {
            continue;
        }
        if let Some(opened) = tx.opened_head(log.row)?
            && said.get(&log_key(&opened)) != Some(&opened.parcel.0)
        {
            unsaid.push(opened);
        }
    }
    Ok(unsaid)
}

/// A log of a scope: its device and generation.
type LogKey = [u8; 40];

fn log_key(head: &LogHead) -> LogKey {
    let mut key = [0; 40];
    key[..32].copy_from_slice(&head.device.0);
    key[32..].copy_from_slice(&head.generation.0);
    key
}

/// The parcel that was said last of each log.
fn said(tx: &Tx<'_>, scope: &ScopeId) -> Result<BTreeMap<LogKey, [u8; 32]>> {
    let stored = tx.setting(&said_key(scope))?.unwrap_or_default();
    let entry = |entry: &[u8]| {
        let (log, parcel) = entry.split_at_checked(40)?;
        Some((log.try_into().ok()?, parcel.try_into().ok()?))
    };
    Ok(stored.chunks_exact(72).filter_map(entry).collect())
}

/// Remembers what was said: one entry for each log, so the setting stays small.
fn note_said(tx: &Tx<'_>, scope: &ScopeId, content: &Content) -> Result<()> {
    content.blobs_here.iter().try_for_each(|blob| tx.note_office_has(blob))?;
    if content.seen.is_empty() {
        return Ok(());
    }
    let mut said = said(tx, scope)?;
    said.extend(content.seen.iter().map(|head| (log_key(head), head.parcel.0)));
    let stored: Vec<u8> =
        said.iter().flat_map(|(log, parcel)| [&log[..], parcel].concat()).collect();
    tx.set_setting(&said_key(scope), &stored)?;
    Ok(())
}

fn said_key(scope: &ScopeId) -> String {
    format!("said-of-logs/{scope}")
}
