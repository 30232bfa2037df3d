//! What the waiting room can't hold is asked for again, and never passed over.
#![allow(clippy::unwrap_used)]

use ed25519_dalek::SigningKey;
use floorwalk_seal::{DeviceKeys, DocumentChanges, ScopeKey, seal_parcel};
use floorwalk_store::quarantine::WAITING_PARCELS_MAX;
use floorwalk_wire::signing::device_id;
use floorwalk_wire::{Chain, CommunityId, Epoch, Generation, Header, HistoryId};

use super::*;
use crate::state::Shared;
use crate::test_home::founded;

const SCOPE: ScopeId = ScopeId([7; 16]);
const HISTORY: HistoryId = HistoryId([5; 16]);
const NOW: Timestamp = Timestamp(1_790_000_000_000);

/// The parcels of a log, from the first on.
fn log(community: CommunityId, generation: u8, count: u64) -> Vec<VerifiedParcel> {
    let key = SigningKey::from_bytes(&[9; 32]);
    let mut previous = ParcelId::NONE;
    let mut parcel = |seq| {
        let header = Header {
            kind: ParcelKind::Changes,
            community,
            scope: SCOPE,
            device: device_id(&key),
            generation: Generation([generation; 8]),
            seq: Seq(seq),
            previous,
            epoch: Epoch(1),
        };
        let parcel = VerifiedParcel::sign(header, b"sealed", &key).unwrap();
        previous = parcel.id();
        parcel
    };
    (1..=count).map(&mut parcel).collect()
}

/// A relay's list of these parcels.
struct List(CommunityId, Vec<VerifiedParcel>);

impl List {
    /// Gives the entries from one position on up to another, as a session would.
    fn give(&self, shared: &Shared, from: usize, to: usize) {
        let mut chain = Chain::start(&HISTORY, &self.0, &SCOPE);
        let mut entries = Vec::new();
        for parcel in &self.1[..to] {
            chain = chain.next(&parcel.id(), NOW);
            entries.push(ReceivedEntry {
                position: chain.position,
                chain: Some(chain.hash),
                received_at: NOW,
                parcel: ReceivedParcel::Verified(parcel.clone()),
            });
        }
        let page = entries.split_off(from - 1);
        let relay = SigningKey::from_bytes(&[1; 32]);
        let head = SignedHead::sign(HISTORY, self.0, SCOPE, chain, &relay);
        let take = |tx: &Tx<'_>, identity: &mut Identity| {
            from_relay(tx, identity, &SCOPE, page, Some(&head), NOW)
        };
        shared.with(|state| state.write(take)).unwrap();
    }
}

fn cursor(shared: &Shared) -> u64 {
    let cursor = shared.with(|state| state.read(|tx, _| Ok(tx.cursor(&SCOPE)?))).unwrap();
    cursor.map_or(0, |head| head.chain.position)
}

#[test]
fn the_cursor_does_not_pass_a_parcel_that_was_not_kept() {
    let (_folder, shared) = founded();
    let community = shared.with(|state| Ok(state.identity()?.community)).unwrap();
    let room = usize::try_from(WAITING_PARCELS_MAX).unwrap();
    let mut parcels = log(community, 1, WAITING_PARCELS_MAX + 2);
    let first = parcels.remove(0);
    parcels.push(log(community, 2, 1).remove(0));
    let (list, last) = (List(community, parcels), room + 2);
    list.give(&shared, 1, room);
    assert_eq!(cursor(&shared), WAITING_PARCELS_MAX);

    list.give(&shared, room + 1, room + 1);
    list.give(&shared, last, last);
    assert_eq!(cursor(&shared), WAITING_PARCELS_MAX, "nor is a gap left behind it");
    let warnings = shared.with(|state| state.read(|tx, _| relay_state::warnings(tx))).unwrap();
    assert_eq!(warnings, [relay_state::TOO_MANY_WAIT]);

    let parcels = vec![ReceivedParcel::Verified(first)];
    let take =
        |tx: &Tx<'_>, identity: &mut Identity| from_device(tx, identity, &SCOPE, parcels, NOW);
    let taken = shared.with(|state| state.write(take)).unwrap();
    assert_eq!(taken.parcels, WAITING_PARCELS_MAX + 1);
    list.give(&shared, room + 1, last);
    assert_eq!(cursor(&shared), last as u64);
    let heads = shared.with(|state| state.read(|tx, _| Ok(tx.log_heads(&SCOPE)?))).unwrap();
    assert_eq!(heads.iter().map(|head| head.seq.0).max(), Some(WAITING_PARCELS_MAX + 2));
}

#[test]
fn a_parcel_that_attests_something_else_is_not_opened() {
    let (device, key) = (DeviceKeys::from_seeds(&[1; 32], &[2; 32]), ScopeKey::from_bytes([3; 32]));
    let header = Header {
        kind: ParcelKind::Changes,
        community: CommunityId([4; 32]),
        scope: SCOPE,
        device: device.device(),
        generation: Generation([1; 8]),
        seq: Seq(1),
        previous: ParcelId::NONE,
        epoch: Epoch(1),
    };
    let changes = DocumentChanges { document: [8; 16], packed: vec![1] };
    let content = Content { documents: vec![changes], ..Content::default() };
    let documents = attested_documents(&header.log(), &content);
    let ring = [(SCOPE, Epoch(1), key.clone())].into_iter().collect();
    let read = |documents: &[AttestedDocument]| {
        let bytes = content.encode();
        let sealed = seal_parcel(header, &bytes, documents, &key, device.signing_key(), [5; 40]);
        read_content(&sealed.unwrap(), &ring)
    };
    assert_eq!(read(&documents).unwrap(), content);
    let other = AttestedDocument { heads: vec![[9; 32]], ..documents[0].clone() };
    for others in [&[][..], &[other]] {
        assert!(matches!(read(others), Err(OpenError::Inconsistent(_))));
    }
}
