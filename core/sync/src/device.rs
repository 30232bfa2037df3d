//! A device's end of a session, towards a relay or towards another device.
//!
//! Towards a relay it opens lists at its cursors, puts what has no place there yet, and follows
//! the chain of what comes back. Towards another device it says its log heads and puts what the
//! other's heads lack. Both ends of a device-to-device session run this same code.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use ed25519_dalek::SigningKey;
use floorwalk_wire::limits::{BATCH_BYTES_TARGET, BATCH_ITEMS_MAX, LISTS_MAX, LOG_HEADS_MAX};
use floorwalk_wire::message::{
    CloseCode, Entry, EntryParcel, ListStart, PROTOCOL_VERSION, RelayIdentity, Start,
};
use floorwalk_wire::signing::{self, Domain, SIGNATURE_BYTES};
use floorwalk_wire::{
    Chain, CommunityId, DeviceId, LogHead, Membership, Message, Parcel, ParcelError, ParcelId,
    ScopeId, SignedHead,
};

use crate::effect::{DeviceEffect, Known, Load, ReceivedEntry, ReceivedParcel};

/// A device's end of one session.
pub struct DeviceSession {
    community: CommunityId,
    key: SigningKey,
    live: bool,
    host_token: Vec<u8>,
    membership: Arc<Membership>,
    challenge: [u8; 32],
    peer: Peer,
    lists: BTreeMap<ScopeId, Chain>,
    give_back: Vec<ScopeId>,
    loads: VecDeque<(ScopeId, Load)>,
    round: u32,
    waiting_done: bool,
    ending: bool,
    effects: VecDeque<DeviceEffect>,
}

#[derive(Debug)]
enum Peer {
    /// It has not greeted.
    Silent,
    Relay(RelayIdentity),
    Device(OtherDevice),
    Closed,
}

#[derive(Debug, Default)]
struct OtherDevice {
    challenge: [u8; 32],
    device: Option<DeviceId>,
    opened: Vec<(ScopeId, Known)>,
    calls_us_stranger: bool,
    ended: bool,
    served: bool,
    is_done: bool,
}

impl DeviceSession {
    /// Begins a session. `challenge` is 32 random bytes. A device-to-device session greets at
    /// once; a relay greets first, and need not be told that this is a device.
    pub fn new(
        membership: Arc<Membership>,
        key: SigningKey,
        challenge: [u8; 32],
        with_device: bool,
    ) -> Self {
        let greeting = Message::Greeting { version: PROTOCOL_VERSION, challenge, relay: None };
        let effects = with_device.then_some(DeviceEffect::Send(greeting)).into_iter().collect();
        Self {
            community: membership.community(),
            key,
            live: false,
            host_token: Vec::new(),
            membership,
            challenge,
            peer: Peer::Silent,
            lists: BTreeMap::new(),
            give_back: Vec::new(),
            loads: VecDeque::new(),
            round: 0,
            waiting_done: false,
            ending: false,
            effects,
        }
    }

    /// Asks the relay to keep the session open and send what comes later.
    #[must_use]
    pub fn live(mut self) -> Self {
        self.live = true;
        self
    }

    /// Claims the right to have this community hosted.
    #[must_use]
    pub fn with_host_token(mut self, token: Vec<u8>) -> Self {
        self.host_token = token;
        self
    }

    /// The next thing to do. Answer it before taking the next.
    pub fn poll(&mut self) -> Option<DeviceEffect> {
        self.effects.pop_front()
    }

    /// Whether the session is over.
    pub fn is_closed(&self) -> bool {
        matches!(self.peer, Peer::Closed)
    }

    /// The round trips so far: each round is one flight out and one back.
    pub fn rounds(&self) -> u32 {
        self.round
    }

    /// Answers [`DeviceEffect::Greeted`] with the lists to read, the membership list among them.
    /// Towards another device every list starts from heads.
    pub fn start(&mut self, lists: Vec<ListStart>) {
        let relay_key = match &self.peer {
            Peer::Relay(relay) => relay.key.0,
            _ => [0; 32],
        };
        let challenge = match &self.peer {
            Peer::Device(other) => other.challenge,
            _ => self.challenge,
        };
        let parts = [&challenge[..], &relay_key, &self.community.0];
        let hello = Message::Hello {
            community: self.community,
            device: signing::device_id(&self.key),
            proof: signing::sign(Domain::Hello, &parts, &self.key),
            live: self.live,
            host_token: std::mem::take(&mut self.host_token),
        };
        self.send(hello);
        self.open(lists);
    }

    /// Reads more lists, as in a later round when rights have grown. Towards a relay, what has no
    /// place in it is put at once where the cursor holds, and after reading where it does not;
    /// statements are always put at once, since they are what admits this device.
    pub fn open(&mut self, lists: Vec<ListStart>) {
        if let Peer::Relay(relay) = &self.peer {
            for list in &lists {
                let chain = match &list.from {
                    Start::Chain(chain) => *chain,
                    Start::Heads(_) => Chain::start(&relay.history, &self.community, &list.scope),
                };
                self.lists.insert(list.scope, chain);
                if matches!(list.from, Start::Chain(_)) || list.scope == ScopeId::MEMBERSHIP {
                    self.loads.push_back((list.scope, Load::Unplaced));
                } else {
                    self.give_back.push(list.scope);
                }
            }
            self.ending = true;
        }
        open_batches(lists).for_each(|lists| self.send(Message::Open(lists)));
        self.advance();
    }

    /// Begins a round for what was written since: puts the unplaced parcels of these lists.
    pub fn put_new(&mut self, scopes: impl IntoIterator<Item = ScopeId>) {
        let unplaced = scopes.into_iter().map(|scope| (scope, Load::Unplaced));
        self.loads.extend(unplaced);
        self.ending = true;
        self.advance();
    }

    /// Answers [`DeviceEffect::Load`] with a page of parcels in the order of their logs; `more`
    /// when the load is to be asked again after the last of them.
    pub fn loaded(&mut self, scope: ScopeId, what: Load, parcels: Vec<Arc<[u8]>>, more: bool) {
        let last = parcels.last().map(|bytes| ParcelId::derive(bytes));
        put_batches(parcels).for_each(|parcels| self.send(Message::Put { scope, parcels }));
        if more {
            self.effects.push_back(DeviceEffect::Load { scope, what, after: last });
        } else {
            self.advance();
        }
    }

    /// Answers [`DeviceEffect::Ingest`], with the membership where statements changed it.
    pub fn ingested(&mut self, membership: Option<Arc<Membership>>) {
        if let Some(membership) = membership {
            self.membership = membership;
        }
    }

    /// Answers [`DeviceEffect::Store`], with the membership where statements changed it.
    pub fn stored(&mut self, membership: Option<Arc<Membership>>) {
        self.ingested(membership);
        self.serve_device();
    }

    /// Answers [`DeviceEffect::ProveCursor`] with the relay's own signature.
    pub fn prove_cursor(&mut self, head: SignedHead) {
        self.send(Message::CursorProof(head));
    }

    /// Asks a relay for the right to use its blob endpoint.
    pub fn request_ticket(&mut self) {
        self.send(Message::TicketRequest);
    }

    /// Asks whether the peer is still there.
    pub fn ping(&mut self) {
        self.send(Message::Ping);
    }

    /// Ends the session from this side.
    pub fn close(&mut self, code: CloseCode) {
        self.send(Message::Close { code, retry_after_s: 0 });
        self.closed(code, 0);
    }

    /// Takes a message as it arrived.
    pub fn receive(&mut self, message: Message) {
        match (&mut self.peer, message) {
            (Peer::Closed, _) => {}
            (_, Message::Close { code, retry_after_s }) => self.closed(code, retry_after_s),
            (_, Message::Ping) => self.send(Message::Pong),
            (_, Message::Pong) => {}
            (Peer::Silent, Message::Greeting { version, challenge, relay }) => {
                self.greeted(version, challenge, relay);
            }
            (Peer::Silent, _) => self.close(CloseCode::Protocol),
            (Peer::Relay(_), message) => self.take_from_relay(message),
            (Peer::Device(_), message) => self.take_from_device(message),
        }
    }

    fn greeted(&mut self, version: u16, challenge: [u8; 32], relay: Option<RelayIdentity>) {
        if version != PROTOCOL_VERSION {
            return self.close(CloseCode::Version);
        }
        self.peer = match relay {
            Some(relay) => {
                self.challenge = challenge;
                Peer::Relay(relay)
            }
            None => Peer::Device(OtherDevice { challenge, ..OtherDevice::default() }),
        };
        self.effects.push_back(DeviceEffect::Greeted { relay });
    }

    fn take_from_relay(&mut self, message: Message) {
        match message {
            Message::Items { head, entries } => self.items(head, entries),
            Message::Done { round } if round == self.round => self.done(),
            Message::Refused { scope, parcel, refusal, head } => {
                self.effects.push_back(DeviceEffect::Refused { scope, parcel, refusal, head });
            }
            Message::CursorUnknown { scope } => {
                self.effects.push_back(DeviceEffect::ProveCursor { scope });
            }
            Message::Ticket { ticket } => self.effects.push_back(DeviceEffect::Ticket(ticket)),
            _ => self.close(CloseCode::Protocol),
        }
    }

    /// Follows the chain through the entries and compares where it arrives with what was signed.
    fn items(&mut self, head: SignedHead, entries: Vec<Entry>) {
        let Peer::Relay(relay) = &self.peer else {
            return;
        };
        let scope = head.scope;
        let Some(chain) = self.lists.get_mut(&scope) else {
            return self.close(CloseCode::Protocol);
        };
        let mut reached = *chain;
        let mut received = Vec::with_capacity(entries.len());
        for entry in entries {
            let (id, parcel) = receive_parcel(entry.parcel, &self.community, &scope);
            reached = reached.next(&id, entry.received_at);
            let (position, received_at) = (reached.position, entry.received_at);
            received.push(ReceivedEntry {
                position,
                chain: Some(reached.hash),
                received_at,
                parcel,
            });
        }
        let signed = head.community == self.community
            && head.history == relay.history
            && head.chain.position == reached.position
            && head.verify(&relay.key).is_ok();
        if !signed || head.chain != reached {
            self.effects.push_back(DeviceEffect::ChainBroken { scope });
            received.iter_mut().for_each(|entry| entry.chain = None);
        }
        // One entry that does not fit, be it by a flipped bit or by a lie, is told and remembered;
        // it must not keep everything behind it from this device, so the reading goes on from
        // what the relay signed.
        if signed {
            *chain = head.chain;
        }
        let head = signed.then_some(head);
        self.effects.push_back(DeviceEffect::Ingest { scope, entries: received, head });
    }

    fn done(&mut self) {
        self.waiting_done = false;
        if let Peer::Relay(_) = self.peer {
            let give_back = std::mem::take(&mut self.give_back);
            if !give_back.is_empty() {
                return self.put_new(give_back);
            }
        }
        self.finish_round();
    }

    fn take_from_device(&mut self, message: Message) {
        let Peer::Device(other) = &mut self.peer else {
            return;
        };
        match message {
            Message::Hello { community, device, proof, .. } if other.device.is_none() => {
                self.device_hello(community, device, &proof);
            }
            _ if other.device.is_none() => self.close(CloseCode::Protocol),
            Message::Open(lists) => {
                if other.opened.len() + lists.len() > LISTS_MAX {
                    return self.close(CloseCode::TooMuch);
                }
                for list in lists {
                    let known = match &list.from {
                        Start::Heads(heads) => Known::new(heads),
                        Start::Chain(_) => return self.close(CloseCode::Protocol),
                    };
                    other.opened.push((list.scope, known));
                }
                self.serve_device();
            }
            Message::Put { scope, parcels } => self.device_put(scope, parcels),
            Message::End { round } => {
                other.ended = true;
                self.send(Message::Done { round });
                self.serve_device();
                self.finish_round();
            }
            Message::Done { round } if round == self.round => {
                other.is_done = true;
                self.waiting_done = false;
                self.finish_round();
            }
            Message::Stranger => {
                other.calls_us_stranger = true;
                self.close_among_strangers();
            }
            Message::Refused { scope, parcel, refusal, head } => {
                self.effects.push_back(DeviceEffect::Refused { scope, parcel, refusal, head });
            }
            _ => self.close(CloseCode::Protocol),
        }
    }

    fn device_hello(
        &mut self,
        community: CommunityId,
        device: DeviceId,
        proof: &[u8; SIGNATURE_BYTES],
    ) {
        if community != self.community {
            return self.close(CloseCode::UnknownCommunity);
        }
        let parts = [&self.challenge[..], &[0; 32], &community.0];
        if signing::verify(Domain::Hello, &parts, &device, proof).is_err() {
            return self.close(CloseCode::BadProof);
        }
        let Peer::Device(other) = &mut self.peer else {
            return;
        };
        other.device = Some(device);
        if !self.knows_peer() {
            self.send(Message::Stranger);
            self.close_among_strangers();
        }
    }

    fn device_put(&mut self, scope: ScopeId, parcels: Vec<Arc<[u8]>>) {
        let allowed = scope == ScopeId::MEMBERSHIP || self.knows_peer();
        if !allowed {
            return self.close(CloseCode::NotAMember);
        }
        let parcels = parcels
            .into_iter()
            .map(|bytes| receive_parcel(EntryParcel::Whole(bytes), &self.community, &scope).1)
            .collect();
        self.effects.push_back(DeviceEffect::Store { scope, parcels });
    }

    /// Puts what the other device lacks, once it is known as a member; it may become known by the
    /// statements that it puts itself.
    fn serve_device(&mut self) {
        let knows = self.knows_peer();
        let Peer::Device(other) = &mut self.peer else {
            return;
        };
        let Some(device) = other.device else { return };
        if !knows {
            if other.ended {
                self.close(CloseCode::NotAMember);
            }
            return;
        }
        if self.membership.member(&device).is_some_and(|member| member.revoked.is_some()) {
            return self.close(CloseCode::Revoked);
        }
        if other.served || other.opened.is_empty() {
            return;
        }
        other.served = true;
        let membership = &self.membership;
        let mut opened = std::mem::take(&mut other.opened);
        opened.retain(|(scope, _)| {
            *scope == ScopeId::MEMBERSHIP || membership.has_access(&device, scope)
        });
        opened.sort_by_key(|(scope, _)| *scope);
        self.loads.extend(opened.into_iter().map(|(scope, known)| (scope, Load::Beyond(known))));
        self.ending = true;
        self.advance();
    }

    fn knows_peer(&self) -> bool {
        match &self.peer {
            Peer::Device(OtherDevice { device: Some(device), .. }) => {
                self.membership.member(device).is_some()
            }
            _ => false,
        }
    }

    fn close_among_strangers(&mut self) {
        let knows = self.knows_peer();
        let Peer::Device(other) = &self.peer else {
            return;
        };
        if other.device.is_some() && other.calls_us_stranger && !knows {
            self.close(CloseCode::NotAMember);
        }
    }

    /// Asks for the next load, or ends the round when everything was put.
    fn advance(&mut self) {
        if let Some((scope, what)) = self.loads.pop_front() {
            self.effects.push_back(DeviceEffect::Load { scope, what, after: None });
        } else if self.ending && !self.waiting_done {
            self.ending = false;
            self.waiting_done = true;
            self.round += 1;
            self.send(Message::End { round: self.round });
        }
    }

    fn finish_round(&mut self) {
        let finished = match &self.peer {
            Peer::Relay(_) => !self.waiting_done,
            Peer::Device(other) => other.is_done && other.ended,
            Peer::Silent | Peer::Closed => false,
        };
        if finished {
            self.effects.push_back(DeviceEffect::RoundDone);
            self.advance();
        }
    }

    fn closed(&mut self, code: CloseCode, retry_after_s: u32) {
        self.peer = Peer::Closed;
        self.effects.push_back(DeviceEffect::Closed { code, retry_after_s });
    }

    fn send(&mut self, message: Message) {
        self.effects.push_back(DeviceEffect::Send(message));
    }
}

impl std::fmt::Debug for DeviceSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceSession")
            .field("community", &self.community)
            .field("peer", &self.peer)
            .field("round", &self.round)
            .finish_non_exhaustive()
    }
}

fn receive_parcel(
    parcel: EntryParcel,
    community: &CommunityId,
    scope: &ScopeId,
) -> (ParcelId, ReceivedParcel) {
    let bytes = match parcel {
        EntryParcel::Known(id) => return (id, ReceivedParcel::Known(id)),
        EntryParcel::Whole(bytes) => bytes,
    };
    let verified = Parcel::parse(bytes.clone()).and_then(|parcel| {
        let header = parcel.header();
        if header.community == *community && header.scope == *scope {
            parcel.verify()
        } else {
            Err(ParcelError::Inconsistent("sent in the list of another scope"))
        }
    });
    match verified {
        Ok(parcel) => (parcel.id(), ReceivedParcel::Verified(parcel)),
        Err(error) => (ParcelId::derive(&bytes), ReceivedParcel::Rejected { bytes, error }),
    }
}

/// Splits lists into messages of about [`BATCH_BYTES_TARGET`] bytes, and of one list at least. A
/// list with more heads than a message may have is opened with as many as it may: what the others
/// cover is then sent again, which costs bytes and nothing else.
fn open_batches(lists: Vec<ListStart>) -> impl Iterator<Item = Vec<ListStart>> {
    let size_bytes = |list: &ListStart| match &list.from {
        Start::Heads(heads) => ScopeId::BYTES + heads.len().min(LOG_HEADS_MAX) * LogHead::BYTES,
        Start::Chain(_) => ScopeId::BYTES + 48,
    };
    let mut rest = lists.into_iter().peekable();
    std::iter::from_fn(move || {
        let (mut batch, mut total_bytes) = (Vec::new(), 0);
        while let Some(mut list) = rest.next_if(|list| {
            let fits = batch.is_empty() || total_bytes + size_bytes(list) <= BATCH_BYTES_TARGET;
            fits && batch.len() < LISTS_MAX
        }) {
            total_bytes += size_bytes(&list);
            if let Start::Heads(heads) = &mut list.from {
                heads.truncate(LOG_HEADS_MAX);
            }
            batch.push(list);
        }
        (!batch.is_empty()).then_some(batch)
    })
}

/// Splits parcels into messages of about [`BATCH_BYTES_TARGET`] bytes.
fn put_batches(parcels: Vec<Arc<[u8]>>) -> impl Iterator<Item = Vec<Arc<[u8]>>> {
    let mut rest = parcels.into_iter().peekable();
    std::iter::from_fn(move || {
        let mut size_bytes = 0;
        let mut batch = Vec::new();
        while let Some(parcel) = rest.next_if(|parcel: &Arc<[u8]>| {
            let fits = size_bytes == 0 || size_bytes + parcel.len() <= BATCH_BYTES_TARGET;
            fits && batch.len() < BATCH_ITEMS_MAX
        }) {
            size_bytes += parcel.len();
            batch.push(parcel);
        }
        (!batch.is_empty()).then_some(batch)
    })
}
