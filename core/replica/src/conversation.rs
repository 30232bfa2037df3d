//! Hosting a sync session: carrying out its effects on the store.
//!
//! The transport is somebody else's: messages go in with [`Conversation::receive`] and come out
//! of [`Conversation::next`], one at a time, so that a backlog of any size is never in memory at
//! once. The same conversation runs over a WebSocket to a relay and over whatever byte stream two
//! phones have between them.

use std::collections::BTreeSet;
use std::sync::Arc;

use floorwalk_sync::{DeviceEffect, DeviceSession, Load};
use floorwalk_wire::message::{CloseCode, ListStart, Refusal, Start};
use floorwalk_wire::{Message, ScopeId};

use crate::clock;
use crate::cut;
use crate::error::{Error, ErrorCode, Result};
use crate::ingest;
use crate::random;
use crate::records::SyncReport;
use crate::relay_state;
use crate::state::{Shared, setting};

/// Rounds that may leave as many parcels unplaced as the one before.
const STALLS_MAX: u32 = 8;

/// A session and what it has done so far.
pub(crate) struct Conversation {
    session: DeviceSession,
    shared: Arc<Shared>,
    with_relay: bool,
    opened: BTreeSet<ScopeId>,
    ticket: Option<Vec<u8>>,
    settled: bool,
    refusal: Option<Refusal>,
    stalled: Option<u64>,
    stalls: u32,
    retry_later: bool,
    expired: bool,
    /// A list is to be read anew, in another session.
    reads_anew: bool,
    /// Everything was put since: what the relay has otherwise was refused, and has given way.
    put_since: bool,
    /// The relay was shown that it was rolled back, and is about to end the session.
    proved: bool,
    /// What the session has done.
    pub(crate) report: SyncReport,
}

impl Conversation {
    /// A conversation with the relay.
    pub(crate) fn with_relay(shared: &Arc<Shared>, live: bool) -> Result<Self> {
        let mut conversation = Self::new(shared, true)?;
        if live {
            conversation.session = conversation.session.live();
        }
        let token =
            shared.with(|state| state.read(|tx, _| Ok(tx.setting(setting::HOST_TOKEN)?)))?;
        if let Some(token) = token {
            conversation.session = conversation.session.with_host_token(token);
        }
        Ok(conversation)
    }

    /// A conversation with another device.
    pub(crate) fn with_device(shared: &Arc<Shared>) -> Result<Self> {
        Self::new(shared, false)
    }

    fn new(shared: &Arc<Shared>, with_relay: bool) -> Result<Self> {
        let session = shared.with(|state| {
            let identity = state.identity()?;
            let membership = identity.membership.clone();
            let key = identity.keys.signing_key().clone();
            Ok(DeviceSession::new(membership, key, random::bytes(), !with_relay))
        })?;
        Ok(Self {
            session,
            shared: shared.clone(),
            with_relay,
            opened: BTreeSet::new(),
            ticket: None,
            settled: false,
            refusal: None,
            stalled: None,
            stalls: 0,
            retry_later: false,
            expired: false,
            reads_anew: false,
            put_since: false,
            proved: false,
            report: SyncReport { chain_ok: true, ..SyncReport::default() },
        })
    }

    /// Takes a message that has arrived.
    pub(crate) fn receive(&mut self, message: Message) {
        self.session.receive(message);
    }

    /// The next message to send; none when it is the other side's turn, or nothing is left.
    ///
    /// # Errors
    /// When the store fails, or the other side has ended the session.
    pub(crate) fn next(&mut self) -> Result<Option<Message>> {
        while let Some(effect) = self.session.poll() {
            if let DeviceEffect::Send(message) = effect {
                return Ok(Some(message));
            }
            self.carry_out(effect)?;
        }
        self.report.round_trips = self.session.rounds();
        Ok(None)
    }

    /// Whether both sides have all that they can have from each other for now.
    pub(crate) fn is_settled(&self) -> bool {
        self.settled
    }

    /// Asks for the right to use the blob endpoint; [`Self::take_ticket`] gives it.
    pub(crate) fn request_ticket(&mut self) {
        self.session.request_ticket();
    }

    /// The right to use the blob endpoint, once it has come.
    pub(crate) fn take_ticket(&mut self) -> Option<Vec<u8>> {
        self.ticket.take()
    }

    /// Asks whether the other side is there.
    pub(crate) fn ping(&mut self) {
        self.session.ping();
    }

    /// Puts what was written since the last round.
    pub(crate) fn put_new(&mut self) -> Result<()> {
        self.next_round()
    }

    /// Whether another session has to go on: the relay could not take everything now, or a list
    /// is to be read anew.
    pub(crate) fn is_to_be_continued(&self) -> bool {
        self.retry_later || self.reads_anew
    }

    /// Whether another session is to read a list anew.
    pub(crate) fn reads_anew(&self) -> bool {
        self.reads_anew
    }

    /// Whether the relay refused this device's parcels because its grant has run out.
    pub(crate) fn grant_expired(&self) -> bool {
        self.expired
    }

    fn carry_out(&mut self, effect: DeviceEffect) -> Result<()> {
        match effect {
            DeviceEffect::Send(_) => {}
            DeviceEffect::Greeted { relay } => self.greeted(relay)?,
            DeviceEffect::Load { scope, what, after } => {
                let loaded = self.shared.with(|state| {
                    state.read(|tx, _| match &what {
                        Load::Unplaced => Ok(tx.unplaced_parcels(&scope, after.as_ref())?),
                        Load::Beyond(known) => {
                            Ok(ingest::parcels_beyond(tx, &scope, known, after.as_ref())?)
                        }
                    })
                })?;
                let (parcels, more) = loaded;
                self.report.parcels_sent += parcels.len() as u64;
                self.session.loaded(scope, what, parcels, more);
            }
            DeviceEffect::Ingest { scope, entries, head } => {
                let now = clock::now();
                let taken = self.shared.with(|state| {
                    state.write(|tx, identity| {
                        ingest::from_relay(tx, identity, &scope, entries, head.as_ref(), now)
                    })
                })?;
                self.reads_anew |= taken.reads_anew;
                self.took(taken.parcels, taken.documents_changed);
                self.session.ingested(taken.membership);
            }
            DeviceEffect::Store { scope, parcels } => {
                let now = clock::now();
                let taken = self.shared.with(|state| {
                    state.write(|tx, identity| {
                        ingest::from_device(tx, identity, &scope, parcels, now)
                    })
                })?;
                self.took(taken.parcels, taken.documents_changed);
                self.session.stored(taken.membership);
            }
            DeviceEffect::ProveCursor { scope } => {
                let cursor =
                    self.shared.with(|state| state.read(|tx, _| Ok(tx.cursor(&scope)?)))?;
                let cursor = cursor.ok_or(ErrorCode::RelayBroken)?;
                self.session.prove_cursor(cursor);
                self.proved = true;
            }
            DeviceEffect::Refused { scope, parcel, refusal, head } => {
                self.report.parcels_sent = self.report.parcels_sent.saturating_sub(1);
                self.refusal.get_or_insert(refusal);
                self.expired |= refusal == Refusal::Expired;
                self.retry_later |= matches!(refusal, Refusal::Quota | Refusal::Unavailable);
                let now = clock::now();
                self.shared.with(|state| {
                    state.write(|tx, identity| {
                        relay_state::refused(tx, identity, &scope, &parcel, refusal, head, now)
                    })
                })?;
            }
            DeviceEffect::ChainBroken { scope: _ } => {
                self.report.chain_ok = false;
                self.shared.with(|state| {
                    state.write(|tx, _| relay_state::warn(tx, relay_state::CHAIN_BROKEN))
                })?;
            }
            DeviceEffect::RoundDone => self.next_round()?,
            DeviceEffect::Ticket(ticket) => self.ticket = Some(ticket),
            DeviceEffect::Closed { code, .. } if self.with_relay => self.closed(code)?,
            DeviceEffect::Closed { code, .. } => return Err(self.explain(code)),
        }
        Ok(())
    }

    /// The relay has ended the session.
    fn closed(&mut self, code: CloseCode) -> Result<()> {
        match code {
            CloseCode::NotAMember => {
                self.reads_anew = self.shared.with(|state| {
                    state.write(|tx, identity| relay_state::unknown_to_relay(tx, identity))
                })?;
                if self.reads_anew {
                    self.settled = true;
                    return Ok(());
                }
            }
            CloseCode::Revoked => {
                // The statement itself is kept from the revoked.
                self.shared.with(|state| {
                    state.write(|tx, _| relay_state::warn(tx, relay_state::REVOKED))
                })?;
                self.shared.observers.notify();
            }
            _ => {}
        }
        Err(self.explain(code))
    }

    fn greeted(&mut self, relay: Option<floorwalk_wire::message::RelayIdentity>) -> Result<()> {
        if relay.is_some() != self.with_relay {
            return Err(ErrorCode::NotARelay.into());
        }
        let (reset, lists) = self.shared.with(|state| {
            state.write(|tx, identity| {
                let reset = match &relay {
                    Some(relay) => relay_state::meet(tx, identity, relay, clock::now())?,
                    None => false,
                };
                cut::cut_all(tx, identity)?;
                let lists = relay_state::lists(tx, identity, relay.as_ref(), &self.opened)?;
                Ok((reset, lists))
            })
        })?;
        self.report.history_reset = reset;
        self.opened.extend(lists.iter().map(|list| list.scope));
        self.session.start(lists);
        Ok(())
    }

    /// After a round: opens lists that have become this device's, and puts what taking in the
    /// last round has brought about: an office's word that it has seen something, or work that
    /// was written anew under another generation.
    fn next_round(&mut self) -> Result<()> {
        if self.proved {
            // This round was talked in a history that ends with it.
            return Ok(());
        }
        let over = self.reads_anew && self.put_since;
        self.put_since = self.reads_anew;
        if !self.with_relay || self.retry_later || over {
            self.settled = true;
            return Ok(());
        }
        let opened = &self.opened;
        let (lists, unplaced, left) = self.shared.with(|state| {
            state.write(|tx, identity| {
                tx.remove_setting(setting::HOST_TOKEN)?;
                tx.set_setting(setting::HOSTED, b"1")?;
                let lists = relay_state::unopened_lists(tx, identity, opened)?;
                cut::cut_all(tx, identity)?;
                let mut unplaced = tx.unplaced_scopes()?;
                unplaced.retain(|scope| opened.contains(scope));
                Ok((lists, unplaced, tx.unplaced_count()?))
            })
        })?;
        if unplaced.is_empty() {
            (self.stalled, self.stalls) = (None, 0);
        } else if self.stalled.replace(left).is_none_or(|before| left < before) {
            self.stalls = 0;
        } else {
            // The relay neither takes nor refuses what it is given: the next session may fare
            // better, this one must not go round for ever.
            self.stalls += 1;
            self.retry_later |= self.stalls > STALLS_MAX;
        }
        if self.retry_later {
            self.settled = true;
            return Ok(());
        }
        if !lists.is_empty() {
            self.settled = false;
            self.opened.extend(lists.iter().map(|list: &ListStart| list.scope));
            self.session.open(lists);
        } else if !unplaced.is_empty() {
            self.settled = false;
            self.session.put_new(unplaced);
        } else {
            self.settled = true;
        }
        Ok(())
    }

    fn took(&mut self, parcels: u64, documents_changed: bool) {
        self.report.parcels_received += parcels;
        if documents_changed {
            self.shared.observers.notify();
        }
    }

    /// What the end of a session means. A device that could not join is told why its acceptance
    /// was refused, not merely that it is no member.
    fn explain(&self, code: CloseCode) -> Error {
        let code = match code {
            CloseCode::Version => ErrorCode::RelayVersion,
            CloseCode::UnknownCommunity => ErrorCode::RelayUnknownCommunity,
            CloseCode::HostToken => ErrorCode::HostTokenRefused,
            CloseCode::NotAMember => match self.refusal {
                Some(Refusal::InvitationUnknown) => ErrorCode::InvitationUnknown,
                Some(Refusal::InvitationUsed) => ErrorCode::InvitationUsed,
                Some(Refusal::InvitationExpired) => ErrorCode::InvitationExpired,
                Some(Refusal::InvitationWithdrawn) => ErrorCode::InvitationWithdrawn,
                _ => ErrorCode::NotAMember,
            },
            CloseCode::Revoked => ErrorCode::Revoked,
            CloseCode::Expired => ErrorCode::GrantExpired,
            CloseCode::HistoryChanged => ErrorCode::RelayBroken,
            CloseCode::GoingAway | CloseCode::Unavailable => ErrorCode::RelayUnavailable,
            CloseCode::BadProof | CloseCode::Protocol | CloseCode::TooMuch => {
                return Error::about(ErrorCode::RelayRefused, format!("{code:?}"));
            }
        };
        code.into()
    }
}

/// A list read from heads, as towards a device or a relay that this device has no cursor for.
pub(crate) fn from_heads(scope: ScopeId, heads: Vec<floorwalk_wire::LogHead>) -> ListStart {
    ListStart { scope, from: Start::Heads(heads) }
}
