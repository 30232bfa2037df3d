//! What a session costs the relay besides its disk: taking a put, and serving a page of a list.
//!
//! The host is the smallest one that answers: it stores nothing and has every page in memory.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use ed25519_dalek::SigningKey;
use floorwalk_sync::{Access, Outcome, Page, PageEntry, RelayEffect, RelaySession};
use floorwalk_wire::message::{ListStart, RelayIdentity, Start};
use floorwalk_wire::signing::{self, Domain, device_id};
use floorwalk_wire::{
    Chain, CommunityId, Epoch, Generation, Header, HistoryId, Membership, Message, ParcelId,
    ParcelKind, ReceiveKey, RoleCode, ScopeId, Seq, SignedHead, Statement, StatementBody,
    Timestamp, VerifiedParcel,
};

const SCOPE: ScopeId = ScopeId([9; 16]);
const HISTORY: HistoryId = HistoryId([3; 16]);
const CHALLENGE: [u8; 32] = [4; 32];
const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn main() {
    divan::main();
}

/// A community with one device, and parcels of that device.
struct Town {
    relay: SigningKey,
    device: SigningKey,
    community: CommunityId,
    membership: Arc<Membership>,
}

impl Town {
    fn new() -> Self {
        let [relay, root, device] = [1, 2, 3].map(|seed| SigningKey::from_bytes(&[seed; 32]));
        let community = CommunityId::derive(&device_id(&root));
        let receive = ReceiveKey([7; 32]);
        let founding = StatementBody::Founding { recovery: receive, community_scope: SCOPE };
        let certificate =
            StatementBody::Certificate { device: device_id(&device), receive, role: RoleCode(3) };
        let mut log = Log::new(community, ScopeId::MEMBERSHIP, ParcelKind::Statement);
        let statements: Vec<VerifiedParcel> = [(1, founding), (2, certificate)]
            .into_iter()
            .map(|(lamport, body)| log.next(&Statement { lamport, body }.encode(), &root))
            .collect();
        let mut membership = Membership::new(community);
        membership.extend(&statements).unwrap();
        Self { relay, device, community, membership: Arc::new(membership) }
    }

    fn parcels(&self, count: usize, body_bytes: usize) -> Vec<VerifiedParcel> {
        let mut log = Log::new(self.community, SCOPE, ParcelKind::Changes);
        let body = vec![7; body_bytes];
        (0..count).map(|_| log.next(&body, &self.device)).collect()
    }

    /// A session in which the device has proven itself and opened the list.
    fn session(&self) -> RelaySession {
        let key = device_id(&self.relay);
        let identity = RelayIdentity { key, history: HISTORY };
        let mut session = RelaySession::new(identity, CHALLENGE);
        let parts = [&CHALLENGE[..], &key.0, &self.community.0];
        let proof = signing::sign(Domain::Hello, &parts, &self.device);
        let (community, device) = (self.community, device_id(&self.device));
        let host_token = Vec::new();
        session.receive(Message::Hello { community, device, proof, live: false, host_token }, NOW);
        session.admitted(Access::Hosted(self.membership.clone()), NOW);
        let list = ListStart { scope: SCOPE, from: Start::Heads(Vec::new()) };
        session.receive(Message::Open(vec![list]), NOW);
        assert!(session.peer().is_some(), "the device is a member");
        session
    }

    fn page(&self, parcels: &[VerifiedParcel]) -> Page {
        let mut chain = Chain::start(&HISTORY, &self.community, &SCOPE);
        let entries = parcels.iter().map(|parcel| {
            chain = chain.next(&parcel.id(), NOW);
            PageEntry {
                received_at: NOW,
                log: parcel.header().log(),
                seq: parcel.header().seq,
                parcel: parcel.id(),
                bytes: parcel.bytes().clone(),
            }
        });
        let entries = entries.collect();
        let head = SignedHead::sign(HISTORY, self.community, SCOPE, chain, &self.relay);
        Page { entries, head, more: false }
    }
}

/// Signs the parcels of a log, one after the other.
struct Log {
    header: Header,
}

impl Log {
    fn new(community: CommunityId, scope: ScopeId, kind: ParcelKind) -> Self {
        let header = Header {
            kind,
            community,
            scope,
            device: floorwalk_wire::DeviceId([0; 32]),
            generation: Generation([1; 8]),
            seq: Seq(0),
            previous: ParcelId::NONE,
            epoch: Epoch(u32::from(kind == ParcelKind::Changes)),
        };
        Self { header }
    }

    fn next(&mut self, body: &[u8], key: &SigningKey) -> VerifiedParcel {
        self.header.device = device_id(key);
        self.header.seq = Seq(self.header.seq.0 + 1);
        let parcel = VerifiedParcel::sign(self.header, body, key).unwrap();
        self.header.previous = parcel.id();
        parcel
    }
}

/// Answers every effect until nothing is left to do; how many bytes went out.
fn run(session: &mut RelaySession, page: &Page) -> usize {
    let mut sent_bytes = 0;
    while let Some(effect) = session.poll() {
        match effect {
            RelayEffect::Send(message) => sent_bytes += message.encode().len(),
            RelayEffect::Load { .. } => session.loaded(Some(page.clone())),
            RelayEffect::Store { scope, parcels } => {
                let stored: Vec<_> = parcels.iter().map(|p| (p.id(), Outcome::Stored)).collect();
                session.stored(scope, &stored, None);
            }
            RelayEffect::Admit(_) => {}
            other => panic!("unexpected: {other:?}"),
        }
    }
    sent_bytes
}

/// From the bytes of a put to its receipt: decoding, hashing, signatures, the answer.
#[divan::bench(args = [(1, 1_000), (1, 400_000), (256, 1_000)])]
fn take_a_put(bencher: Bencher, (count, body_bytes): (usize, usize)) {
    let town = Town::new();
    let parcels = town.parcels(count, body_bytes);
    let page = town.page(&parcels);
    let parcels: Vec<Arc<[u8]>> = parcels.iter().map(|parcel| parcel.bytes().clone()).collect();
    let put = Message::Put { scope: SCOPE, parcels }.encode();
    bencher
        .counter(BytesCount::new(put.len()))
        .counter(ItemsCount::new(count))
        .with_inputs(|| town.session())
        .bench_values(|mut session| {
            session.receive(Message::decode(&put).unwrap(), NOW);
            session.receive(Message::End { round: 1 }, NOW);
            run(&mut session, &page)
        });
}

/// From an opened list to the bytes of its page, which the host has at hand.
#[divan::bench(args = [(0, 0), (1, 250_000), (256, 1_000)])]
fn serve_a_page(bencher: Bencher, (count, body_bytes): (usize, usize)) {
    let town = Town::new();
    let page = town.page(&town.parcels(count, body_bytes));
    bencher
        .counter(BytesCount::new(count * body_bytes))
        .with_inputs(|| town.session())
        .bench_values(|mut session| {
            session.receive(Message::End { round: 1 }, NOW);
            let sent_bytes = run(&mut session, &page);
            assert!(sent_bytes > count * body_bytes, "the page went out");
            sent_bytes
        });
}
