//! The constant first change of every document, and the objects that it makes.
//!
//! All replicas start a document from the same bytes, so the objects have the same ids everywhere
//! and two people can write to one document before either has heard of the other. A genesis is
//! part of the program: it is never shipped, and a document without it is none of ours. Both are
//! pinned by golden files; a change here would orphan every document there is.

use std::sync::OnceLock;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, ObjId, ObjType, ROOT};

use crate::ids::{Actor, ChangeHash, DocumentKind};

/// The schema that this version writes.
pub const SCHEMA: u64 = 1;

const COMPLAINT_HASH: ChangeHash = ChangeHash([
    0xb1, 0x09, 0x49, 0x92, 0xc0, 0xcc, 0xd8, 0xba, 0x97, 0xb1, 0xdb, 0xb5, 0x56, 0x7f, 0x01, 0xf0,
    0x8b, 0x41, 0x6b, 0x0d, 0x65, 0x9a, 0x5d, 0xc9, 0x31, 0xb0, 0x8e, 0x8d, 0x73, 0xb8, 0x3a, 0x50,
]);
const COMMUNITY_HASH: ChangeHash = ChangeHash([
    0x6e, 0xb4, 0xaf, 0x58, 0xdb, 0x36, 0x60, 0x83, 0xca, 0x85, 0x99, 0xbb, 0x57, 0xf8, 0xca, 0xec,
    0x1c, 0xeb, 0x8d, 0xad, 0xaa, 0x92, 0xa5, 0x26, 0xa6, 0xae, 0xd5, 0x42, 0xf5, 0x41, 0x2b, 0xd3,
]);

/// An object that a genesis makes; its op counter follows from its place in the lists below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Object {
    Fields,
    Narrative,
    Evidence,
    Events,
    Community,
    Buildings,
    Devices,
    Invitations,
    Notes,
}

const COMPLAINT: [(Object, &str); 4] = [
    (Object::Fields, "fields"),
    (Object::Narrative, "narrative"),
    (Object::Evidence, "evidence"),
    (Object::Events, "events"),
];
const COMMUNITY: [(Object, &str); 5] = [
    (Object::Community, "community"),
    (Object::Buildings, "buildings"),
    (Object::Devices, "devices"),
    (Object::Invitations, "invitations"),
    (Object::Notes, "notes"),
];
/// Op 1 is the schema; the objects follow.
const FIRST_OBJECT: u64 = 2;

impl Object {
    /// The object's id in every document of its kind.
    pub(crate) fn id(self) -> ObjId {
        let list = [objects(DocumentKind::Complaint), objects(DocumentKind::Community)];
        let place =
            list.iter().find_map(|list| list.iter().position(|(object, _)| *object == self));
        let counter = FIRST_OBJECT + place.unwrap_or_default() as u64;
        // The genesis actor sorts first, so its index is 0 in every document.
        ObjId::Id(counter, ActorId::from(Actor::GENESIS.0), 0)
    }

    /// The object of an op counter of the genesis.
    pub(crate) fn of(kind: DocumentKind, counter: u64) -> Option<Self> {
        let place = usize::try_from(counter.checked_sub(FIRST_OBJECT)?).ok()?;
        objects(kind).get(place).map(|(object, _)| *object)
    }
}

fn objects(kind: DocumentKind) -> &'static [(Object, &'static str)] {
    match kind {
        DocumentKind::Complaint => &COMPLAINT,
        DocumentKind::Community => &COMMUNITY,
    }
}

/// The hash of the genesis change of a kind of document.
pub fn genesis_hash(kind: DocumentKind) -> ChangeHash {
    match kind {
        DocumentKind::Complaint => COMPLAINT_HASH,
        DocumentKind::Community => COMMUNITY_HASH,
    }
}

/// A document that holds its genesis and nothing else.
pub(crate) fn empty_document(kind: DocumentKind) -> Automerge {
    // Copying one is some fifteen times cheaper than writing it again, and admission of a day's
    // parcels starts with hundreds of them.
    static COMPLAINT: OnceLock<Automerge> = OnceLock::new();
    static COMMUNITY: OnceLock<Automerge> = OnceLock::new();
    let prototype = match kind {
        DocumentKind::Complaint => &COMPLAINT,
        DocumentKind::Community => &COMMUNITY,
    };
    prototype.get_or_init(|| write_genesis(kind)).clone()
}

fn write_genesis(kind: DocumentKind) -> Automerge {
    let mut document = Automerge::new().with_actor(ActorId::from(Actor::GENESIS.0));
    let mut transaction = document.transaction();
    let valid = "the keys of a genesis are valid";
    transaction.put(ROOT, "schema", SCHEMA).expect(valid);
    for (object, name) in objects(kind) {
        let of_type = if *object == Object::Narrative { ObjType::Text } else { ObjType::Map };
        transaction.put_object(ROOT, *name, of_type).expect(valid);
    }
    transaction.commit_with(CommitOptions::default().with_time(0));
    document
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use automerge::ReadDoc;

    #[test]
    fn a_genesis_is_its_golden_bytes() {
        for (kind, golden) in [
            (DocumentKind::Complaint, include_str!("../tests/golden/genesis-complaint.hex")),
            (DocumentKind::Community, include_str!("../tests/golden/genesis-community.hex")),
        ] {
            let document = empty_document(kind);
            let change = document.get_changes(&[]).pop().unwrap();
            let hex: String = change.raw_bytes().iter().map(|b| format!("{b:02x}")).collect();
            assert_eq!(hex, golden.trim());
            assert_eq!(change.hash().0, genesis_hash(kind).0, "{}", change.hash());
        }
    }

    #[test]
    fn objects_are_where_their_ids_say() {
        for kind in [DocumentKind::Complaint, DocumentKind::Community] {
            let document = empty_document(kind);
            for (object, name) in objects(kind) {
                let (_, id) = document.get(ROOT, *name).unwrap().unwrap();
                assert_eq!(id, object.id());
                let ObjId::Id(counter, ..) = id else { unreachable!() };
                assert_eq!(Object::of(kind, counter), Some(*object));
            }
            assert_eq!(Object::of(kind, 1), None);
            assert_eq!(Object::of(kind, 9), None);
        }
    }
}
