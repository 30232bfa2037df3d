//! Custody: which parcels carried a document's changes, what their devices attested by that, and
//! by when the relay had them.

use std::collections::{BTreeMap, BTreeSet};

use floorwalk_complaint::{
    ChangeHash, Document, DocumentId, RawChange, derive_actor, heads_of, unpack,
};
use floorwalk_seal::{Content, Proof, open_parcel};
use floorwalk_store::{ParcelState, Receipt, StoredParcel, Tx};
use floorwalk_wire::{ScopeId, VerifiedParcel};

use crate::error::Result;
use crate::ingest::{attested_documents, read_content};
use crate::state::Identity;

/// A document's part of a parcel.
pub(crate) struct Carried {
    pub(crate) parcel: VerifiedParcel,
    /// The document's changes in it, each after those that it builds on.
    pub(crate) changes: Vec<RawChange>,
    /// How the document stands under the root that the parcel attests; none in parcels of before
    /// there were roots.
    pub(crate) proof: Option<Proof>,
    /// The relay's word on when it had the parcel.
    pub(crate) receipt: Option<Receipt>,
}

/// The parcels that carried a document's changes. Parcels that were noted nowhere, because they
/// came before notes were kept, are looked for in the whole scope.
pub(crate) fn carried(
    tx: &Tx<'_>,
    identity: &Identity,
    scope: &ScopeId,
    id: &DocumentId,
    document: &Document,
) -> Result<Vec<Carried>> {
    let hash = |bytes: &[u8]| heads_of(&[bytes]).ok().and_then(|heads| heads.first().copied());
    let mut present: BTreeSet<ChangeHash> =
        document.changes().iter().filter_map(|bytes| hash(bytes)).collect();
    for unsent in tx.outbox_of(id)? {
        present.retain(|known| hash(&unsent.bytes) != Some(*known));
    }
    let found = read_all(tx, identity, scope, id, tx.parcels_of(id)?)?;
    let known = found.iter().flat_map(|carried| &carried.changes).map(RawChange::hash);
    if present.is_subset(&known.collect()) {
        return Ok(found);
    }
    note_scope(tx, identity, scope)?;
    read_all(tx, identity, scope, id, tx.parcels_of(id)?)
}

fn read_all(
    tx: &Tx<'_>,
    identity: &Identity,
    scope: &ScopeId,
    id: &DocumentId,
    parcels: Vec<StoredParcel>,
) -> Result<Vec<Carried>> {
    let mut found = Vec::new();
    for stored in parcels.into_iter().filter(|stored| stored.state == ParcelState::Opened) {
        let header = stored.parcel.header();
        let Ok(opened) = open_parcel(&stored.parcel, &identity.ring) else { continue };
        let Ok(read) = Content::decode(&opened.content) else { continue };
        let content = read.content;
        let unit = content.documents.iter().find(|unit| unit.document == id.0);
        let actor = derive_actor(&header.device.0, &header.generation.0);
        let changes = unit.and_then(|unit| unpack(id.kind(), &actor, &unit.packed).ok());
        let Some(changes) = changes else { continue };
        let proof = opened.attested.and_then(|attested| {
            attested.blinding.prove(&attested_documents(&header.log(), &content), &id.0)
        });
        let receipt = tx.receipt(scope, &stored.parcel.id())?;
        found.push(Carried { changes, proof, receipt, parcel: stored.parcel });
    }
    Ok(found)
}

fn note_scope(tx: &Tx<'_>, identity: &Identity, scope: &ScopeId) -> Result<()> {
    let mut after = None;
    loop {
        let (page, more) = tx.parcels(scope, after.as_ref())?;
        for stored in page.iter().filter(|stored| stored.state == ParcelState::Opened) {
            let content = read_content(&stored.parcel, &identity.ring);
            for unit in content.into_iter().flat_map(|content| content.documents) {
                let seq = stored.parcel.header().seq;
                tx.note_document_parcel(&DocumentId(unit.document), stored.log, seq)?;
            }
        }
        after = page.last().map(|stored| stored.parcel.id()).or(after);
        if !more {
            return Ok(());
        }
    }
}

/// The relay's receipt of the parcel that brought each piece of evidence, by its hash.
pub(crate) fn receipts_of_evidence(carried: &[Carried]) -> BTreeMap<String, Receipt> {
    let mut found = BTreeMap::new();
    for one in carried {
        let hashes = one.changes.iter().flat_map(RawChange::evidence);
        for (hash, receipt) in hashes.zip(one.receipt.iter().cycle()) {
            found.entry(hash).or_insert_with(|| receipt.clone());
        }
    }
    found
}
