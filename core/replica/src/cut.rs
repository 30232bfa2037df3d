//! Cutting parcels: all unsent changes of a scope, packed, sealed, signed, and kept before a byte
//! leaves.
//!
//! A parcel is cut when there is someone to send to. An office's replica also cuts one that holds
//! no changes, when it has seen parcels that it has not yet said it saw: that is how a rep learns
//! that the office has a complaint. Office devices do not answer each other's.

use std::collections::BTreeMap;

use floorwalk_complaint::{DocumentId, pack};
use floorwalk_seal::{Content, DocumentChanges, seal_parcel};
use floorwalk_store::{ParcelState, Tx};
use floorwalk_wire::limits::PARCEL_BODY_BYTES_MAX;
use floorwalk_wire::{
    Cursor, Header, LogHead, ParcelId, ParcelKind, ScopeId, Seq, Timestamp, VerifiedParcel,
};

use crate::error::{Error, ErrorCode, Result};
use crate::ingest::is_office;
use crate::random;
use crate::state::Identity;

/// Raw changes that go into one parcel at first; fewer when they compress badly.
const CHANGES_BYTES_TARGET: usize = 4 * 1024 * 1024;

/// Cuts what every scope has to send.
pub(crate) fn cut_all(tx: &Tx<'_>, identity: &Identity, _now: Timestamp) -> Result<()> {
    for scope in tx.outbox_scopes()? {
        if identity.ring.current(&scope).is_some() {
            while cut_next(tx, identity, &scope, CHANGES_BYTES_TARGET)? {}
        }
    }
    if identity.role().is_some_and(is_office) {
        for scope in identity.scopes() {
            let seen = unsaid(tx, identity, &scope)?;
            if !seen.is_empty() && identity.ring.current(&scope).is_some() {
                let content = Content { seen, ..empty(tx, &scope)? };
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
        let packed_changes = pack(document.kind(), &actor, &changes)
            .map_err(|error| Error::about(ErrorCode::StoreDamaged, error))?;
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
    let plaintext = content.encode();
    let signer = identity.keys.signing_key();
    let parcel = seal_parcel(header, &plaintext, key, signer, random::bytes())
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

/// Heads of others' logs that this office device has not yet said it has.
fn unsaid(tx: &Tx<'_>, identity: &Identity, scope: &ScopeId) -> Result<Vec<LogHead>> {
    let said = tx.setting(&said_key(scope))?.unwrap_or_default();
    let mut unsaid = Vec::new();
    for log in tx.logs(Some(scope))? {
        let Some(head) = log.head else { continue };
        let by_office = identity.role_of(&head.device).is_some_and(is_office);
        if !by_office && !said.chunks_exact(32).any(|parcel| parcel == head.parcel.0) {
            unsaid.push(head);
        }
    }
    Ok(unsaid)
}

/// Remembers which heads were said: one for each log, so the setting stays small.
fn note_said(tx: &Tx<'_>, scope: &ScopeId, content: &Content) -> Result<()> {
    if content.seen.is_empty() {
        return Ok(());
    }
    let heads = tx.log_heads(scope)?;
    let said: Vec<u8> = heads.iter().flat_map(|head| head.parcel.0).collect();
    tx.set_setting(&said_key(scope), &said)?;
    Ok(())
}

fn said_key(scope: &ScopeId) -> String {
    format!("said/{scope}")
}
