//! Custody: which parcels carried a document's changes, what their devices committed themselves
//! to, and by when the relay had them.

use std::collections::{BTreeMap, BTreeSet};

use floorwalk_complaint::{
    ChangeHash, Document, DocumentId, RawChange, derive_actor, heads_of, unpack,
};
use floorwalk_seal::DocumentChanges;
use floorwalk_seal::commitment::{Commitment, Step, TreeHash, check, follow, leaf, path};
use floorwalk_store::{ParcelState, Receipt, StoredParcel, Tx};
use floorwalk_wire::{Header, ScopeId, VerifiedParcel};

use crate::error::Result;
use crate::ingest::read_content;
use crate::state::Identity;

/// A document's part of a parcel, and how it hangs together with the device's commitment.
pub(crate) struct Carried {
    pub(crate) parcel: VerifiedParcel,
    /// The document's changes in it, each after those that it builds on.
    pub(crate) changes: Vec<RawChange>,
    pub(crate) leaf: TreeHash,
    pub(crate) path: Vec<Step>,
    pub(crate) commitment: Option<Commitment>,
    /// The relay's word on when it had the parcel.
    pub(crate) receipt: Option<Receipt>,
}

impl Carried {
    /// Whether the parcel's device committed itself to these changes.
    pub(crate) fn is_committed(&self) -> bool {
        let root = follow(self.leaf, &self.path);
        let holds = |commitment| check(self.parcel.header(), &root, commitment).is_ok();
        self.commitment.as_ref().is_some_and(holds)
    }
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
        let Ok(content) = read_content(&stored.parcel, &identity.ring) else { continue };
        let header = stored.parcel.header();
        let Some(index) = content.documents.iter().position(|one| one.document == id.0) else {
            continue;
        };
        let Some(changes) = changes_of(header, &content.documents[index]) else { continue };
        let leaves = content.documents.iter();
        let leaves = leaves.map(|one| leaf_of(one.document, &changes_of(header, one)?));
        // Where one can't be read, nothing can be shown to be under the root.
        let leaves: Vec<TreeHash> = leaves.collect::<Option<_>>().unwrap_or_default();
        found.push(Carried {
            changes,
            leaf: leaves.get(index).copied().unwrap_or_default(),
            path: path(&leaves, index).unwrap_or_default(),
            commitment: content.commitment,
            receipt: tx.receipt(scope, &stored.parcel.id())?,
            parcel: stored.parcel,
        });
    }
    Ok(found)
}

fn changes_of(header: &Header, unit: &DocumentChanges) -> Option<Vec<RawChange>> {
    let actor = derive_actor(&header.device.0, &header.generation.0);
    unpack(DocumentId(unit.document).kind(), &actor, &unit.packed).ok()
}

/// The leaf of a document's changes.
pub(crate) fn leaf_of(document: [u8; 16], changes: &[RawChange]) -> Option<TreeHash> {
    let bytes: Vec<&[u8]> = changes.iter().map(RawChange::bytes).collect();
    let heads = heads_of(&bytes).ok()?;
    Some(leaf(&document, &heads.iter().map(|head| head.0).collect::<Vec<_>>()))
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

/// By when the relay had each piece of evidence of a document, and whether its device committed
/// itself to the change that added it, by the evidence's hash.
pub(crate) fn of_evidence(carried: &[Carried]) -> BTreeMap<String, (Option<Receipt>, bool)> {
    let mut found = BTreeMap::new();
    for one in carried {
        for hash in one.changes.iter().flat_map(RawChange::evidence) {
            found.entry(hash).or_insert_with(|| (one.receipt.clone(), one.is_committed()));
        }
    }
    found
}
