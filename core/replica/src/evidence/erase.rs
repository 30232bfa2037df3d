//! Erasing a person's details or photos, here and everywhere (PIPL, Art. 47).
//!
//! Erasing is an event like any other: it says who, when, why and what. Whatever replica folds it
//! deletes the sealed bytes and never takes them again, and tells the relay where its role lets
//! it. The reference, its hash and its signature stay, so that history still verifies; the keys
//! that stay with them open nothing that exists any more.

use std::collections::BTreeSet;

use floorwalk_complaint::DocumentId;
use floorwalk_complaint::{Complaint, ERASED, EventKind, NewEvent as DocumentEvent, may_erase};
use floorwalk_store::{BlobKind, BlobRecord, BlobState, Tx};
use floorwalk_wire::{BlobId, ScopeId};
use serde_json::{Map, Value};

use super::references;
use crate::card::CardRef;
use crate::clock;
use crate::complaints;
use crate::documents::{self, Lookup};
use crate::error::{Error, ErrorCode, Result};
use crate::records::{Erased, Erasing};
use crate::state::Identity;

/// The particular of an erasing event that says what was meant.
const WHAT: &str = "what";

/// Erases the card or the photos of a complaint. What was erased before is left out; when nothing
/// is left, nothing is written.
pub(crate) fn erase(
    tx: &Tx<'_>,
    identity: &Identity,
    name: &str,
    what: Erasing,
    why: &str,
) -> Result<Erased> {
    let role = complaints::require_role(identity)?;
    if !may_erase(role) {
        return Err(Error::about(ErrorCode::RoleMayNot, format!("{}, erase", role.as_str())));
    }
    if why.trim().is_empty() {
        return Err(Error::about(ErrorCode::BadValue, "why"));
    }
    let (scope, id) = complaints::find(tx, name)?;
    let mut document = documents::load(tx, identity, &scope, &id)?;
    let complaint = document.fold(&Lookup::new(tx, identity));
    let mut ids: BTreeSet<String> = match what {
        Erasing::Card => {
            let cards = document.all_cards();
            cards.iter().filter_map(|card| Some(CardRef::parse(card)?.blob.to_string())).collect()
        }
        Erasing::Photos => {
            references(&complaint).map(|(reference, _)| reference.hash.to_string()).collect()
        }
    };
    let erased = complaint.erasures();
    ids.retain(|id| !erased.contains_key(id.as_str()));
    let number = complaint.number.clone();
    if ids.is_empty() {
        return Ok(Erased { number, erased: Vec::new() });
    }
    let mut event =
        DocumentEvent::new(EventKind::Noted, clock::to_text(clock::now(), clock::DEFAULT_ZONE));
    event.note = Some(why.trim().to_owned());
    let named: Vec<&String> = ids.iter().collect();
    event.set = Map::from_iter([
        (ERASED.to_owned(), serde_json::json!(named)),
        (WHAT.to_owned(), Value::from(what.as_str())),
    ]);
    let (_, change) =
        document.act(&identity.actor(), &event, 0).map_err(|error| complaints::explain(&error))?;
    documents::keep(tx, identity, &scope, &id, &document, &document.save(), &[change])?;
    Ok(Erased { number, erased: ids.into_iter().collect() })
}

/// Brings the blobs of a document to what its complaint says: those of its present card and its
/// evidence are wanted, and those that were erased are gone for good.
pub(crate) fn settle_blobs(
    tx: &Tx<'_>,
    identity: &Identity,
    (scope, document): (&ScopeId, &DocumentId),
    complaint: &Complaint,
) -> Result<()> {
    let erased = complaint.erasures();
    let tells = tells(identity);
    let settle = |record: &BlobRecord, named: &str| -> Result<()> {
        if !erased.contains_key(named) {
            return Ok(tx.want_blob(record)?);
        }
        tx.erase_blob(record)?;
        // Whoever may not erase at the relay leaves it to those who may.
        if !tells {
            tx.note_erasure_told(&record.id)?;
        }
        Ok(())
    };
    for (reference, _) in references(complaint) {
        for record in reference.blobs(scope, document) {
            settle(&record, &reference.hash.to_string())?;
        }
    }
    let card = complaint.card.as_deref().and_then(CardRef::parse).map(|card| card.blob);
    // Cards of before are named by nothing but their erasure.
    let named = erased.keys().filter_map(|id| id.parse::<BlobId>().ok());
    let earlier = named.filter(|id| !complaint.evidence.contains_key(&id.to_string()));
    for id in card.into_iter().chain(earlier).collect::<BTreeSet<_>>() {
        settle(&card_record(id, scope, document), &id.to_string())?;
    }
    Ok(())
}

/// Whether this device tells relays of erasures: the others leave it to those who may.
pub(crate) fn tells(identity: &Identity) -> bool {
    identity.role().is_some_and(may_erase)
}

/// A card's blob, as it is kept for a document.
pub(crate) fn card_record(id: BlobId, scope: &ScopeId, document: &DocumentId) -> BlobRecord {
    let (scope, document, kind) = (*scope, *document, BlobKind::Card);
    BlobRecord { id, scope, document, kind, evidence: None, size_bytes: 0 }
}

/// Whether a blob was erased.
pub(crate) fn is_erased(tx: &Tx<'_>, id: &BlobId) -> Result<bool> {
    Ok(matches!(tx.blob_state(id)?, Some(BlobState::ErasedUntold | BlobState::Erased)))
}
