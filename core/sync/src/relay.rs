//! The relay's end of a session.
//!
//! It serves lists page by page behind the peer's cursor and takes parcels into them. A parcel
//! that the peer put comes back to it as a mere id at its position: that entry, under the signed
//! chain, is the receipt.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use floorwalk_wire::limits::LISTS_MAX;
use floorwalk_wire::message::{
    CloseCode, Entry, EntryParcel, ListStart, PROTOCOL_VERSION, Refusal, RelayIdentity, Start,
};
use floorwalk_wire::signing::{self, Domain, SIGNATURE_BYTES};
use floorwalk_wire::{
    CommunityId, DeviceId, Membership, Message, Parcel, ParcelId, ScopeId, SignedHead, Timestamp,
    VerifiedParcel,
};

use crate::effect::{After, Hello, Known, Outcome, Page, RelayEffect};

/// What the host knows about a community that a device wants to talk about.
#[derive(Debug, Clone)]
pub enum Access {
    /// It is hosted here, with these members.
    Hosted(Arc<Membership>),
    /// It is not, but may be founded in this session.
    MayFound,
    /// It is not.
    UnknownCommunity,
    /// It is not, and the host token is missing, used or wrong.
    HostTokenRefused,
}

/// A relay's end of one session.
#[derive(Debug)]
pub struct RelaySession {
    identity: RelayIdentity,
    challenge: [u8; 32],
    state: State,
    effects: VecDeque<RelayEffect>,
}

#[derive(Debug)]
enum State {
    Greeted,
    Admitting { community: CommunityId, device: DeviceId, live: bool, early: Vec<Message> },
    Talking(Box<Talk>),
    Closed,
}

#[derive(Debug)]
struct Talk {
    community: CommunityId,
    device: DeviceId,
    live: bool,
    membership: Arc<Membership>,
    lists: BTreeMap<ScopeId, Reading>,
    round: Option<u32>,
    loading: Option<ScopeId>,
    /// Lists about whose cursor the peer was told that it is not known.
    unknown_cursors: BTreeSet<ScopeId>,
    now: Timestamp,
}

#[derive(Debug)]
struct Reading {
    after: After,
    known: Known,
    put_here: BTreeSet<ParcelId>,
    /// The peer has no cursor yet, so that even an empty list must be answered.
    wants_head: bool,
    dirty: bool,
}

/// What a device may do in its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Not a member: may prove that it is one.
    Guest,
    /// A member whose grant has run out: may read the membership list, for its renewal.
    Expired,
    /// A member.
    Member,
}

impl RelaySession {
    /// Begins with a greeting. `challenge` is 32 random bytes.
    pub fn new(identity: RelayIdentity, challenge: [u8; 32]) -> Self {
        let greeting =
            Message::Greeting { version: PROTOCOL_VERSION, challenge, relay: Some(identity) };
        let effects = VecDeque::from([RelayEffect::Send(greeting)]);
        Self { identity, challenge, state: State::Greeted, effects }
    }

    /// The next thing to do. Answer it before taking the next.
    pub fn poll(&mut self) -> Option<RelayEffect> {
        self.effects.pop_front()
    }

    /// Whether the session is over.
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// The community and device, once proven.
    pub fn peer(&self) -> Option<(CommunityId, DeviceId)> {
        match &self.state {
            State::Talking(talk) => Some((talk.community, talk.device)),
            _ => None,
        }
    }

    /// Whether the peer wants the session kept open.
    pub fn is_live(&self) -> bool {
        matches!(&self.state, State::Talking(talk) if talk.live)
    }

    /// Takes a message as it arrived.
    pub fn receive(&mut self, message: Message, now: Timestamp) {
        match (&mut self.state, message) {
            (State::Closed, _) => {}
            (_, Message::Close { .. }) => {
                self.state = State::Closed;
                self.effects.push_back(RelayEffect::Close);
            }
            (_, Message::Ping) => self.send(Message::Pong),
            (_, Message::Pong) => {}
            (State::Greeted, Message::Greeting { version, .. }) => {
                if version != PROTOCOL_VERSION {
                    self.close(CloseCode::Version, 0);
                }
            }
            (State::Greeted, Message::Hello { community, device, proof, live, host_token }) => {
                self.hello(Hello { community, device, host_token }, &proof, live);
            }
            (State::Admitting { early, .. }, message) => early.push(message),
            (State::Talking(_), message) => self.talk(message, now),
            (State::Greeted, _) => self.close(CloseCode::Protocol, 0),
        }
    }

    /// Answers [`RelayEffect::Admit`].
    pub fn admitted(&mut self, access: Access, now: Timestamp) {
        let State::Admitting { community, device, live, early } =
            std::mem::replace(&mut self.state, State::Closed)
        else {
            return;
        };
        let membership = match access {
            Access::Hosted(membership) => membership,
            Access::MayFound => Arc::new(Membership::new(community)),
            Access::UnknownCommunity => return self.close(CloseCode::UnknownCommunity, 0),
            Access::HostTokenRefused => return self.close(CloseCode::HostToken, 0),
        };
        let (lists, round, loading) = (BTreeMap::new(), None, None);
        let talk = Talk {
            community,
            device,
            live,
            membership,
            lists,
            round,
            loading,
            unknown_cursors: BTreeSet::new(),
            now,
        };
        self.state = State::Talking(Box::new(talk));
        self.refuse_revoked();
        early.into_iter().for_each(|message| self.receive(message, now));
    }

    /// Answers [`RelayEffect::Load`].
    pub fn loaded(&mut self, page: Option<Page>) {
        let State::Talking(talk) = &mut self.state else {
            return;
        };
        let Some(scope) = talk.loading.take() else {
            return;
        };
        let Some(reading) = talk.lists.get_mut(&scope) else {
            return;
        };
        let Some(page) = page else {
            reading.dirty = false;
            talk.unknown_cursors.insert(scope);
            self.send(Message::CursorUnknown { scope });
            return self.advance();
        };
        let position = page.head.chain.position;
        let moved = match reading.after {
            After::Chain(chain) => chain != page.head.chain,
            After::Position(after) => after != position,
        };
        reading.after = After::Position(position);
        reading.dirty = page.more;
        if moved || std::mem::take(&mut reading.wants_head) {
            let message = reading.items(page);
            self.send(message);
        }
        self.advance();
    }

    /// Answers [`RelayEffect::Store`]: the outcome of each parcel, and the membership where the
    /// statements changed it.
    pub fn stored(
        &mut self,
        scope: ScopeId,
        outcomes: &[(ParcelId, Outcome)],
        membership: Option<Arc<Membership>>,
    ) {
        let State::Talking(talk) = &mut self.state else {
            return;
        };
        if let Some(membership) = membership {
            talk.membership = membership;
        }
        let mut refused = Vec::new();
        for (parcel, outcome) in outcomes {
            match outcome {
                Outcome::Refused(refusal, head) => refused.push(Message::Refused {
                    scope,
                    parcel: *parcel,
                    refusal: *refusal,
                    head: *head,
                }),
                Outcome::Stored | Outcome::Duplicate => {
                    if let Some(reading) = talk.lists.get_mut(&scope) {
                        reading.put_here.insert(*parcel);
                        reading.dirty = true;
                    }
                }
            }
        }
        refused.into_iter().for_each(|message| self.send(message));
        self.refuse_revoked();
    }

    /// Answers [`RelayEffect::Ticket`].
    pub fn ticket(&mut self, ticket: Vec<u8>) {
        self.send(Message::Ticket { ticket });
    }

    /// Tells a live session that a list has grown, and of new members where it was theirs.
    pub fn list_changed(&mut self, scope: ScopeId, membership: Option<Arc<Membership>>) {
        let State::Talking(talk) = &mut self.state else {
            return;
        };
        if let Some(membership) = membership {
            talk.membership = membership;
            self.refuse_revoked();
        }
        let State::Talking(talk) = &mut self.state else {
            return;
        };
        if let Some(reading) = talk.lists.get_mut(&scope) {
            reading.dirty = true;
        }
        self.advance();
    }

    /// Ends the session from this side.
    pub fn close(&mut self, code: CloseCode, retry_after_s: u32) {
        self.send(Message::Close { code, retry_after_s });
        self.effects.push_back(RelayEffect::Close);
        self.state = State::Closed;
    }

    fn hello(&mut self, hello: Hello, proof: &[u8; SIGNATURE_BYTES], live: bool) {
        let parts = [&self.challenge[..], &self.identity.key.0, &hello.community.0];
        if signing::verify(Domain::Hello, &parts, &hello.device, proof).is_err() {
            return self.close(CloseCode::BadProof, 0);
        }
        let (community, device) = (hello.community, hello.device);
        self.state = State::Admitting { community, device, live, early: Vec::new() };
        self.effects.push_back(RelayEffect::Admit(hello));
    }

    fn talk(&mut self, message: Message, now: Timestamp) {
        let State::Talking(talk) = &mut self.state else {
            return;
        };
        talk.now = now;
        match message {
            Message::Open(lists) => {
                if talk.lists.len() + lists.len() > LISTS_MAX {
                    return self.close(CloseCode::TooMuch, 0);
                }
                talk.open(lists);
            }
            Message::Put { scope, parcels } => self.put(scope, parcels, now),
            Message::End { round } => {
                if talk.standing(now) == Standing::Guest {
                    return self.close(CloseCode::NotAMember, 0);
                }
                talk.round = Some(round);
                self.advance();
            }
            Message::CursorProof(head) => self.take_cursor_proof(head, now),
            Message::TicketRequest => match talk.standing(now) {
                Standing::Member => self.effects.push_back(RelayEffect::Ticket),
                Standing::Expired => self.close(CloseCode::Expired, 0),
                Standing::Guest => self.close(CloseCode::NotAMember, 0),
            },
            _ => self.close(CloseCode::Protocol, 0),
        }
    }

    fn put(&mut self, scope: ScopeId, parcels: Vec<Arc<[u8]>>, now: Timestamp) {
        let State::Talking(talk) = &mut self.state else {
            return;
        };
        let refusal = talk.refusal_to_put(&scope, now);
        let community = talk.community;
        let mut verified = Vec::with_capacity(parcels.len());
        for bytes in parcels {
            let id = ParcelId::derive(&bytes);
            let outcome = match refusal {
                Some(refusal) => Err(refusal),
                None => verify(bytes, &community, &scope),
            };
            match outcome {
                Ok(parcel) => verified.push(parcel),
                Err(refusal) => {
                    self.send(Message::Refused { scope, parcel: id, refusal, head: None });
                }
            }
        }
        if !verified.is_empty() {
            self.effects.push_back(RelayEffect::Store { scope, parcels: verified });
        }
    }

    /// A client that holds our signature for a place that we do not have has seen a future that
    /// was taken from us. Only a member is heard, about a list whose cursor was just not known;
    /// the host looks whether the place is really not ours, since a new history costs everyone.
    fn take_cursor_proof(&mut self, head: SignedHead, now: Timestamp) {
        let State::Talking(talk) = &mut self.state else {
            return;
        };
        let standing = talk.standing(now);
        if standing == Standing::Expired {
            return self.close(CloseCode::Expired, 0);
        }
        let asked = talk.unknown_cursors.remove(&head.scope);
        let ours = head.history == self.identity.history && head.community == talk.community;
        let heard = standing == Standing::Member && talk.may_read(&head.scope);
        if asked && heard && ours && head.verify(&self.identity.key).is_ok() {
            self.effects.push_back(RelayEffect::RenewHistory(head));
            self.close(CloseCode::HistoryChanged, 1);
        } else {
            self.close(CloseCode::Protocol, 0);
        }
    }

    /// Asks for the next page that is due, or says that the round is done.
    fn advance(&mut self) {
        let State::Talking(talk) = &mut self.state else {
            return;
        };
        if talk.loading.is_some() {
            return;
        }
        let due = talk.lists.iter().find(|(scope, list)| list.dirty && talk.may_read(scope));
        if let Some((scope, after)) = due.map(|(scope, list)| (*scope, list.after)) {
            talk.loading = Some(scope);
            self.effects.push_back(RelayEffect::Load { scope, after });
        } else if let Some(round) = talk.round.take() {
            // No round may end for an expired device as if it had everything.
            match talk.standing(talk.now) {
                Standing::Expired => self.close(CloseCode::Expired, 0),
                Standing::Guest | Standing::Member => self.send(Message::Done { round }),
            }
        }
    }

    fn refuse_revoked(&mut self) {
        let State::Talking(talk) = &self.state else {
            return;
        };
        let revoked = talk.membership.member(&talk.device).is_some_and(|m| m.revoked.is_some());
        if revoked {
            self.close(CloseCode::Revoked, 0);
        }
    }

    fn send(&mut self, message: Message) {
        self.effects.push_back(RelayEffect::Send(message));
    }
}

impl Talk {
    fn standing(&self, now: Timestamp) -> Standing {
        match self.membership.member(&self.device) {
            None => Standing::Guest,
            Some(member) if member.expires_at <= now => Standing::Expired,
            Some(_) => Standing::Member,
        }
    }

    /// Whether the device may read a list now. A right can come later in a session, with the
    /// statements that the device itself puts.
    fn may_read(&self, scope: &ScopeId) -> bool {
        match self.standing(self.now) {
            Standing::Guest => false,
            Standing::Expired => *scope == ScopeId::MEMBERSHIP,
            Standing::Member => self.membership.has_access(&self.device, scope),
        }
    }

    /// Lists that the device may not read are not served, and not answered either: it learns of
    /// its rights in the membership list.
    fn open(&mut self, lists: Vec<ListStart>) {
        for ListStart { scope, from } in lists {
            let (after, known, wants_head) = match from {
                Start::Chain(chain) => (After::Chain(chain), Known::default(), false),
                Start::Heads(heads) => (After::Position(0), Known::new(&heads), true),
            };
            let put_here = BTreeSet::new();
            let reading = Reading { after, known, put_here, wants_head, dirty: true };
            self.lists.insert(scope, reading);
        }
    }

    fn refusal_to_put(&self, scope: &ScopeId, now: Timestamp) -> Option<Refusal> {
        match self.standing(now) {
            _ if *scope == ScopeId::MEMBERSHIP => None,
            Standing::Guest => Some(Refusal::NotAllowed),
            Standing::Expired => Some(Refusal::Expired),
            Standing::Member if self.membership.has_access(&self.device, scope) => None,
            Standing::Member => Some(Refusal::NotAllowed),
        }
    }
}

impl Reading {
    fn items(&mut self, page: Page) -> Message {
        let entries = page.entries.into_iter().map(|entry| {
            let put_here = self.put_here.remove(&entry.parcel);
            let parcel = if put_here || self.known.covers(&entry.log, entry.seq) {
                EntryParcel::Known(entry.parcel)
            } else {
                EntryParcel::Whole(entry.bytes)
            };
            Entry { received_at: entry.received_at, parcel }
        });
        Message::Items { entries: entries.collect(), head: page.head }
    }
}

fn verify(
    bytes: Arc<[u8]>,
    community: &CommunityId,
    scope: &ScopeId,
) -> Result<VerifiedParcel, Refusal> {
    let parcel = Parcel::parse(bytes).map_err(|_| Refusal::Invalid)?;
    if parcel.header().community != *community || parcel.header().scope != *scope {
        return Err(Refusal::Invalid);
    }
    parcel.verify().map_err(|_| Refusal::Invalid)
}
