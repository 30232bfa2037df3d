//! Where a relay's chain does not hold, no place is believed and nothing is passed over, but the
//! parcels are taken all the same: they prove themselves. An honest relay's places are believed.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use floorwalk_sync::{DeviceEffect, DeviceSession, ReceivedEntry};
use floorwalk_wire::message::{
    Entry, EntryParcel, ListStart, PROTOCOL_VERSION, RelayIdentity, Start,
};
use floorwalk_wire::signing::device_id;
use floorwalk_wire::{
    Chain, CommunityId, Epoch, Generation, Header, HistoryId, Membership, Message, ParcelId,
    ParcelKind, ScopeId, Seq, SignedHead, Timestamp, VerifiedParcel,
};

const SCOPE: ScopeId = ScopeId([8; 16]);
const HISTORY: HistoryId = HistoryId([5; 16]);
const NOW: i64 = 1_790_000_000_000;

fn relay_key() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

fn community() -> CommunityId {
    CommunityId([6; 32])
}

/// The parcels of one log; another seed makes others.
fn log(seed: u8, count: u64) -> Vec<VerifiedParcel> {
    let key = SigningKey::from_bytes(&[seed; 32]);
    let mut previous = ParcelId::NONE;
    let mut parcel = |seq| {
        let header = Header {
            kind: ParcelKind::Changes,
            community: community(),
            scope: SCOPE,
            device: device_id(&key),
            generation: Generation([2; 8]),
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

/// What an honest relay would say of these parcels: entries, and the chain at each of them.
fn told(parcels: &[VerifiedParcel]) -> (Vec<Entry>, Vec<Chain>) {
    let mut chains = vec![Chain::start(&HISTORY, &community(), &SCOPE)];
    let entries = parcels.iter().zip(NOW..).map(|(parcel, received_at)| {
        let received_at = Timestamp(received_at);
        chains.push(chains.last().unwrap().next(&parcel.id(), received_at));
        Entry { received_at, parcel: EntryParcel::Whole(parcel.bytes().clone()) }
    });
    (entries.collect(), chains)
}

fn signed(chain: Chain) -> SignedHead {
    SignedHead::sign(HISTORY, community(), SCOPE, chain, &relay_key())
}

/// What a device makes of it.
struct Found {
    broken: bool,
    entries: Vec<ReceivedEntry>,
    cursor: Option<SignedHead>,
}

/// A session of a device that has followed the list up to a place.
fn hear(from: Start, pages: Vec<(SignedHead, Vec<Entry>)>) -> Found {
    let key = SigningKey::from_bytes(&[9; 32]);
    let membership = Arc::new(Membership::new(community()));
    let mut session = DeviceSession::new(membership, key, [3; 32], false);
    let relay = RelayIdentity { key: device_id(&relay_key()), history: HISTORY };
    let version = PROTOCOL_VERSION;
    session.receive(Message::Greeting { version, challenge: [4; 32], relay: Some(relay) });
    let mut found = Found { broken: false, entries: Vec::new(), cursor: None };
    let mut messages: Vec<Message> =
        pages.into_iter().map(|(head, entries)| Message::Items { head, entries }).collect();
    messages.push(Message::Done { round: 1 });
    let mut messages = messages.into_iter();
    loop {
        while let Some(effect) = session.poll() {
            match effect {
                DeviceEffect::Greeted { .. } => {
                    session.start(vec![ListStart { scope: SCOPE, from: from.clone() }]);
                }
                DeviceEffect::Load { scope, what, .. } => {
                    session.loaded(scope, what, Vec::new(), false);
                }
                DeviceEffect::ChainBroken { scope } => {
                    assert_eq!(scope, SCOPE);
                    found.broken = true;
                }
                DeviceEffect::Ingest { entries, head, .. } => {
                    found.entries.extend(entries);
                    found.cursor = head;
                    session.ingested(None);
                }
                DeviceEffect::Send(_) | DeviceEffect::RoundDone => {}
                other => panic!("unexpected: {other:?}"),
            }
        }
        match messages.next() {
            Some(message) => session.receive(message),
            None => return found,
        }
    }
}

fn from_nothing() -> Start {
    Start::Heads(Vec::new())
}

#[track_caller]
fn assert_honest(found: &Found, count: usize) {
    assert!(!found.broken);
    assert_eq!(found.entries.len(), count);
    assert!(found.entries.iter().all(|entry| entry.chain.is_some()));
    assert!(found.cursor.is_some());
}

#[track_caller]
fn assert_found_out(found: &Found, count: usize) {
    assert!(found.broken);
    assert_eq!(found.entries.len(), count, "parcels are taken all the same");
    assert!(found.entries.iter().all(|entry| entry.chain.is_none()), "no place is believed");
}

#[test]
fn an_honest_relay_passes_in_one_page_and_in_several() {
    let (entries, chains) = told(&log(7, 3));
    let page = |from: usize, to: usize| (signed(chains[to]), entries[from..to].to_vec());
    assert_honest(&hear(from_nothing(), vec![page(0, 3)]), 3);
    assert_honest(&hear(from_nothing(), vec![page(0, 1), page(1, 3)]), 3);
    assert_honest(&hear(Start::Chain(chains[1]), vec![page(1, 3)]), 2);
    assert_honest(&hear(from_nothing(), vec![page(0, 0)]), 0);
}

#[test]
fn what_is_left_of_a_page_with_a_hidden_parcel_is_taken() {
    let (entries, chains) = told(&log(7, 3));
    let without = |hidden: usize| {
        let mut entries = entries.clone();
        entries.remove(hidden);
        entries
    };
    for hidden in 0..3 {
        let found = hear(from_nothing(), vec![(signed(chains[3]), without(hidden))]);
        assert_found_out(&found, 2);
        assert_eq!(found.cursor, None, "the cursor does not pass what is missing");
        // As it would look if the relay made its numbers fit.
        let renumbered = Chain { position: 2, hash: chains[3].hash };
        let found = hear(from_nothing(), vec![(signed(renumbered), without(hidden))]);
        assert_found_out(&found, 2);
    }
}

#[test]
fn an_exchanged_parcel_is_taken_without_a_place() {
    let (entries, chains) = told(&log(7, 3));
    let (others, _) = told(&log(77, 3));
    for place in 0..3 {
        let mut exchanged = entries.clone();
        exchanged[place].parcel = others[place].parcel.clone();
        assert_found_out(&hear(from_nothing(), vec![(signed(chains[3]), exchanged)]), 3);
        // Claiming that this device has put it changes nothing.
        let mut known = entries.clone();
        known[place].parcel = EntryParcel::Known(ParcelId([0; 32]));
        assert_found_out(&hear(from_nothing(), vec![(signed(chains[3]), known)]), 3);
    }
}

#[test]
fn what_goes_on_from_another_past_is_taken_without_a_place() {
    let (_, honest) = told(&log(7, 2));
    let mut forked = log(77, 2);
    forked.extend(log(7, 1));
    let (entries, chains) = told(&forked);
    let page = vec![(signed(chains[3]), entries[2..].to_vec())];
    assert_found_out(&hear(Start::Chain(honest[2]), page.clone()), 1);
    assert_honest(&hear(Start::Chain(chains[2]), page), 1);
    // Nor can it say that there is nothing new at another place than the one that it signed.
    let nothing = vec![(signed(chains[2]), Vec::new())];
    assert!(hear(Start::Chain(honest[2]), nothing.clone()).broken);
    assert!(!hear(Start::Chain(chains[2]), nothing).broken);
}

#[test]
fn a_head_that_is_not_the_relays_own_of_this_list_moves_no_cursor() {
    let (entries, chains) = told(&log(7, 2));
    let (history, community, chain) = (HISTORY, community(), chains[2]);
    let other = SigningKey::from_bytes(&[2; 32]);
    let heads = [
        SignedHead::sign(history, community, SCOPE, chain, &other),
        SignedHead::sign(HistoryId([6; 16]), community, SCOPE, chain, &relay_key()),
        SignedHead::sign(history, CommunityId([7; 32]), SCOPE, chain, &relay_key()),
        SignedHead {
            scope: SCOPE,
            ..SignedHead::sign(history, community, ScopeId([9; 16]), chain, &relay_key())
        },
    ];
    for head in heads {
        let found = hear(from_nothing(), vec![(head, entries.clone())]);
        assert_found_out(&found, 2);
        assert_eq!(found.cursor, None);
    }
    assert_honest(&hear(from_nothing(), vec![(signed(chain), entries)]), 2);
}
