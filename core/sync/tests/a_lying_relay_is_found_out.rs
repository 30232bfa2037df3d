//! A relay that hides, reorders, re-dates or rewrites what it has promised breaks its own chain,
//! and the device session says so. The honest twin of each lie passes.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use floorwalk_sync::{DeviceEffect, DeviceSession};
use floorwalk_wire::message::{Entry, EntryParcel, ListStart, RelayIdentity, Start};
use floorwalk_wire::signing::device_id;
use floorwalk_wire::{
    Chain, CommunityId, Epoch, Generation, Header, HistoryId, Membership, Message, ParcelId,
    ParcelKind, ScopeId, Seq, SignedHead, Timestamp, VerifiedParcel,
};

const SCOPE: ScopeId = ScopeId([9; 16]);
const HISTORY: HistoryId = HistoryId([3; 16]);

/// A relay's key, and a list of parcels with the times of their receipt.
struct Relay {
    key: SigningKey,
    community: CommunityId,
    list: Vec<(VerifiedParcel, Timestamp)>,
}

impl Relay {
    fn new(count: u64) -> Self {
        let [key, root, device] = [1, 2, 3].map(|seed| SigningKey::from_bytes(&[seed; 32]));
        let community = CommunityId::derive(&device_id(&root));
        let (mut list, mut previous) = (Vec::new(), ParcelId::NONE);
        for seq in 1..=count {
            let header = Header {
                kind: ParcelKind::Changes,
                community,
                scope: SCOPE,
                device: device_id(&device),
                generation: Generation([1; 8]),
                seq: Seq(seq),
                previous,
                epoch: Epoch(1),
            };
            let parcel = VerifiedParcel::sign(header, b"sealed", &device).unwrap();
            previous = parcel.id();
            list.push((parcel, Timestamp(1_000 * seq as i64)));
        }
        Self { key, community, list }
    }

    /// What the relay has promised of its first so many parcels.
    fn chain(&self, count: usize) -> Chain {
        let start = Chain::start(&HISTORY, &self.community, &SCOPE);
        self.list[..count].iter().fold(start, |chain, (parcel, at)| chain.next(&parcel.id(), *at))
    }

    fn signed(&self, chain: Chain) -> SignedHead {
        SignedHead::sign(HISTORY, self.community, SCOPE, chain, &self.key)
    }

    fn entry(&self, index: usize) -> Entry {
        let (parcel, received_at) = &self.list[index];
        let parcel = EntryParcel::Whole(parcel.bytes().clone());
        Entry { received_at: *received_at, parcel }
    }

    /// What a device that has read up to `from` makes of a page: whether it says that the chain is
    /// broken, and where its cursor goes.
    fn tells(&self, from: usize, entries: Vec<Entry>, head: SignedHead) -> (bool, Option<Chain>) {
        let membership = Arc::new(Membership::new(self.community));
        let key = SigningKey::from_bytes(&[4; 32]);
        let mut session = DeviceSession::new(membership, key, [5; 32], false);
        let identity = RelayIdentity { key: device_id(&self.key), history: HISTORY };
        let version = floorwalk_wire::message::PROTOCOL_VERSION;
        let relay = Some(identity);
        session.receive(Message::Greeting { version, challenge: [6; 32], relay });
        let start = Start::Chain(self.chain(from));
        let (mut broken, mut cursor) = (false, None);
        let mut answered = false;
        while let Some(effect) = session.poll() {
            match effect {
                DeviceEffect::Greeted { .. } => {
                    session.start(vec![ListStart { scope: SCOPE, from: start.clone() }]);
                }
                DeviceEffect::Load { scope, what, .. } => {
                    session.loaded(scope, what, Vec::new(), false);
                }
                DeviceEffect::Send(Message::End { .. }) if !answered => {
                    answered = true;
                    session.receive(Message::Items { head, entries: entries.clone() });
                }
                DeviceEffect::ChainBroken { scope } => broken |= scope == SCOPE,
                DeviceEffect::Ingest { head, .. } => {
                    cursor = head.map(|head| head.chain);
                    session.ingested(None);
                }
                _ => (),
            }
        }
        assert!(answered, "the device asked");
        (broken, cursor)
    }
}

#[test]
fn an_honest_page_moves_the_cursor() {
    let relay = Relay::new(4);
    let entries = vec![relay.entry(2), relay.entry(3)];
    let head = relay.signed(relay.chain(4));
    assert_eq!(relay.tells(2, entries, head), (false, Some(relay.chain(4))));
}

#[test]
fn a_hidden_parcel_is_noticed() {
    let relay = Relay::new(4);
    // The third is kept back under the promise of all four.
    let hiding = vec![relay.entry(3)];
    let head = relay.signed(relay.chain(4));
    assert_eq!(relay.tells(2, hiding.clone(), head), (true, None));
    // A shorter list has room for the hidden one under no promise that the relay has made before.
    assert!(relay.tells(2, hiding.clone(), relay.signed(relay.chain(3))).0);
    // It can only promise another list for the same place: two signatures that convict it.
    let forked = relay.chain(2).next(&relay.list[3].0.id(), relay.list[3].1);
    assert_eq!(relay.tells(2, hiding, relay.signed(forked)), (false, Some(forked)));
    assert_ne!(forked, relay.chain(3));
}

#[test]
fn reordered_parcels_are_noticed() {
    let relay = Relay::new(4);
    let head = relay.signed(relay.chain(4));
    assert!(relay.tells(2, vec![relay.entry(3), relay.entry(2)], head).0);
}

#[test]
fn a_parcel_with_another_date_is_noticed() {
    let relay = Relay::new(4);
    let mut late = relay.entry(3);
    late.received_at = Timestamp(late.received_at.0 + 1);
    assert!(relay.tells(3, vec![late], relay.signed(relay.chain(4))).0);
    assert!(!relay.tells(3, vec![relay.entry(3)], relay.signed(relay.chain(4))).0);
}

#[test]
fn a_rewritten_past_does_not_join_a_devices_cursor() {
    let (relay, mut other) = (Relay::new(4), Relay::new(4));
    other.list[0].1 = Timestamp(77);
    // The relay goes on from a past that is not the one that it has signed before.
    let head = relay.signed(other.chain(4));
    assert!(relay.tells(2, vec![relay.entry(2), relay.entry(3)], head).0);
}

#[test]
fn a_head_that_another_key_signed_moves_nothing() {
    let relay = Relay::new(4);
    let forger = SigningKey::from_bytes(&[8; 32]);
    let head = SignedHead::sign(HISTORY, relay.community, SCOPE, relay.chain(4), &forger);
    let entries = vec![relay.entry(2), relay.entry(3)];
    assert_eq!(relay.tells(2, entries, head), (true, None));
}
