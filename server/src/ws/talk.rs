//! A session with what its host has to remember for it. No I/O.
//!
//! News of grown lists waits until the peer's round is done: a peer that is still putting may not
//! be reading, and two full pipes would block each other.

use std::collections::BTreeSet;
use std::sync::Arc;

use floorwalk_sync::RelaySession;
use floorwalk_wire::limits::LISTS_MAX;
use floorwalk_wire::message::{CloseCode, RelayIdentity};
use floorwalk_wire::{CommunityId, DeviceId, Membership, Message, ScopeId, Timestamp};

use crate::live::Change;

pub(super) type Peer = (CommunityId, DeviceId);

/// A session with what its host has to remember for it.
pub(super) struct Talk {
    pub session: RelaySession,
    /// Whether the peer is known as a member.
    pub is_member: bool,
    /// The peer has begun a round that we have not ended.
    in_round: bool,
    opened: BTreeSet<ScopeId>,
    /// Opened lists that have grown since the session was told.
    grown: BTreeSet<ScopeId>,
    /// The members, where the session has not been told of them.
    newer: Option<Arc<Membership>>,
}

impl Talk {
    /// Begins with a greeting.
    pub(super) fn new(identity: RelayIdentity, challenge: [u8; 32]) -> Self {
        Self {
            session: RelaySession::new(identity, challenge),
            is_member: false,
            in_round: false,
            opened: BTreeSet::new(),
            grown: BTreeSet::new(),
            newer: None,
        }
    }

    /// Takes a message as it arrived.
    pub(super) fn receive(&mut self, bytes: &[u8], now: Timestamp) {
        let Ok(message) = Message::decode(bytes) else {
            return self.session.close(CloseCode::Protocol, 0);
        };
        match &message {
            Message::Open(lists) => {
                self.in_round = true;
                let room = LISTS_MAX.saturating_sub(self.opened.len());
                self.opened.extend(lists.iter().take(room).map(|list| list.scope));
            }
            Message::Put { .. } => self.in_round = true,
            _ => {}
        }
        self.session.receive(message, now);
    }

    /// Learns who the members are, and so whether the peer is one.
    pub(super) fn learn(&mut self, membership: &Membership) {
        let device = self.session.peer().map(|(_, device)| device);
        self.is_member = device.is_some_and(|device| membership.member(&device).is_some());
    }

    /// Hears that a list has grown, which may be another community's.
    pub(super) fn note(&mut self, change: Change) {
        let ours = self.session.peer().is_some_and(|(community, _)| community == change.community);
        if !ours {
            return;
        }
        if let Some(membership) = change.membership {
            self.take_members(membership);
        }
        if self.opened.contains(&change.scope) {
            self.grown.insert(change.scope);
        }
        self.catch_up();
    }

    /// Hears that any of its lists may have grown.
    pub(super) fn note_all(&mut self, membership: Arc<Membership>) {
        self.take_members(membership);
        self.grown.clone_from(&self.opened);
        self.catch_up();
    }

    /// We have ended the peer's round.
    pub(super) fn round_done(&mut self) {
        self.in_round = false;
        self.catch_up();
    }

    fn take_members(&mut self, membership: Arc<Membership>) {
        self.learn(&membership);
        let device = self.session.peer().map(|(_, device)| device);
        let member = device.and_then(|device| membership.member(&device));
        // The revoked are not heard to the end of their round.
        if member.is_some_and(|member| member.revoked.is_some()) {
            self.session.close(CloseCode::Revoked, 0);
        }
        self.newer = Some(membership);
    }

    fn catch_up(&mut self) {
        if self.in_round || !self.session.is_live() {
            return;
        }
        for scope in std::mem::take(&mut self.grown) {
            self.session.list_changed(scope, self.newer.take());
        }
    }
}
