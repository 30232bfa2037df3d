//! Who may do what: a fold over the membership statements of a community.
//!
//! The outcome depends on the set of statements alone, not on the order of their arrival, so all
//! replicas and the relay agree. Statements count in the order (root first, lamport, parcel id):
//!
//! - the founding must be by the key that the community id is the hash of;
//! - only the root makes administrators; only the root and administrators grant, invite, withdraw,
//!   revoke and rotate;
//! - a revocation cuts the revoked device's logs, its log of statements among them, wherever they
//!   stand in the order. When two administrators revoke each other, the first in the order wins,
//!   and the root's word comes before both;
//! - a device has one role for life: a later grant widens scopes or moves the expiry, no more;
//! - an invitation admits the first device in the order that accepts it, and none once withdrawn.
//!
//! Expiry is not judged here, because the fold has no clock: [`Member::expires_at`] is compared
//! by whoever has one. Concurrent rotations to one epoch are all kept, so no key is lost.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{
    CommunityId, DeviceId, Epoch, Generation, InvitationId, LogId, ParcelId, ReceiveKey, RoleCode,
    ScopeId, Seq, Timestamp,
};
use crate::parcel::VerifiedParcel;
use crate::statement::{Cut, ScopeSet, Statement, StatementBody, StatementError};

/// A device that was admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its receiving key.
    pub receive: ReceiveKey,
    /// Its role.
    pub role: RoleCode,
    /// What it may read and write, besides the community's own scope.
    pub scopes: ScopeSet,
    /// When a relay stops accepting its parcels; `i64::MAX` for never.
    pub expires_at: Timestamp,
    /// Whether it may make statements about others.
    pub admin: bool,
    /// The invitation that it came by.
    pub invitation: Option<InvitationId>,
    /// When revoked: the last accepted number of each of its logs.
    pub revoked: Option<BTreeMap<(ScopeId, Generation), Seq>>,
}

/// What became of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationState {
    /// Nobody has taken it up.
    Open,
    /// This device has.
    Used(DeviceId),
    /// An administrator withdrew it.
    Withdrawn,
}

/// An invitation that an administrator made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationInfo {
    /// Where rotations seal new keys for whoever will come.
    pub receive: ReceiveKey,
    /// The role that it grants.
    pub role: RoleCode,
    /// The scopes that it grants.
    pub scopes: ScopeSet,
    /// When the relay stops taking acceptances.
    pub expires_at: Timestamp,
    /// The expiry of the grant.
    pub grant_expires_at: Timestamp,
    /// The statement that holds the welcome.
    pub parcel: ParcelId,
    /// What became of it.
    pub state: InvitationState,
}

/// Why a parcel's author may not have written it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// The device was never admitted.
    #[error("the device is not a member")]
    NotAMember,
    /// The device was admitted, but not to this scope.
    #[error("the device has no right in this scope")]
    WrongScope,
    /// The device was revoked before this parcel.
    #[error("the device was revoked before it wrote this")]
    Revoked,
}

/// The parts of a statement that the fold needs: the bulk of rotations and welcomes is dropped.
#[derive(Debug, Clone)]
struct Slim {
    log: LogId,
    seq: Seq,
    statement: Statement,
}

/// All statements of a community that are known here, and what follows from them.
#[derive(Debug, Clone)]
pub struct Membership {
    community: CommunityId,
    statements: BTreeMap<(Rank, u64, ParcelId), Slim>,
    outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Root,
    Others,
}

#[derive(Debug, Clone, Default)]
struct Outcome {
    root: Option<DeviceId>,
    recovery: Option<ReceiveKey>,
    community_scope: Option<ScopeId>,
    members: BTreeMap<DeviceId, Member>,
    invitations: BTreeMap<InvitationId, InvitationInfo>,
    epochs: BTreeMap<ScopeId, Epoch>,
    effective: BTreeSet<ParcelId>,
}

impl Membership {
    /// A community of which no statement is known yet.
    pub fn new(community: CommunityId) -> Self {
        Self {
            community,
            statements: BTreeMap::new(),
            outcome: Outcome::default(),
        }
    }

    /// Adds statements and folds again. Those of other communities are passed over.
    ///
    /// # Errors
    /// [`StatementError`] of the first that is malformed; the ones before it are kept.
    pub fn extend<'a>(
        &mut self,
        parcels: impl IntoIterator<Item = &'a VerifiedParcel>,
    ) -> Result<(), StatementError> {
        let outcome = parcels
            .into_iter()
            .try_for_each(|parcel| self.insert(parcel));
        self.outcome = self.fold();
        outcome
    }

    fn insert(&mut self, parcel: &VerifiedParcel) -> Result<(), StatementError> {
        let header = parcel.header();
        if header.community != self.community {
            return Ok(());
        }
        let mut statement = Statement::read(parcel)?;
        match &mut statement.body {
            StatementBody::Rotation { keys, .. } => *keys = Vec::new(),
            StatementBody::Invitation { welcome, .. } => *welcome = Vec::new(),
            _ => {}
        }
        let root = CommunityId::derive(&header.device) == self.community;
        let rank = if root { Rank::Root } else { Rank::Others };
        let slim = Slim {
            log: header.log(),
            seq: header.seq,
            statement,
        };
        self.statements
            .insert((rank, slim.statement.lamport, parcel.id()), slim);
        Ok(())
    }

    /// The community.
    pub fn community(&self) -> CommunityId {
        self.community
    }

    /// Whether the founding statement is known.
    pub fn is_founded(&self) -> bool {
        self.outcome.root.is_some()
    }

    /// The root's public key, once the founding is known.
    pub fn root(&self) -> Option<DeviceId> {
        self.outcome.root
    }

    /// The key that every scope key is sealed to as well.
    pub fn recovery(&self) -> Option<ReceiveKey> {
        self.outcome.recovery
    }

    /// The scope that all members share.
    pub fn community_scope(&self) -> Option<ScopeId> {
        self.outcome.community_scope
    }

    /// A device that was admitted, revoked or not.
    pub fn member(&self, device: &DeviceId) -> Option<&Member> {
        self.outcome.members.get(device)
    }

    /// All devices that were ever admitted.
    pub fn members(&self) -> &BTreeMap<DeviceId, Member> {
        &self.outcome.members
    }

    /// All invitations that were ever made.
    pub fn invitations(&self) -> &BTreeMap<InvitationId, InvitationInfo> {
        &self.outcome.invitations
    }

    /// The newest epoch of each scope that exists.
    pub fn epochs(&self) -> &BTreeMap<ScopeId, Epoch> {
        &self.outcome.epochs
    }

    /// Whether a statement is known here and its author had the right to make it.
    pub fn is_effective(&self, statement: &ParcelId) -> bool {
        self.outcome.effective.contains(statement)
    }

    /// The lamport of the next statement made here.
    pub fn next_lamport(&self) -> u64 {
        let highest = self.statements.keys().map(|(_, lamport, _)| *lamport).max();
        highest.unwrap_or(0).saturating_add(1)
    }

    /// Whether an unrevoked member may read and write a scope now.
    pub fn has_access(&self, device: &DeviceId, scope: &ScopeId) -> bool {
        self.member(device)
            .is_some_and(|member| member.revoked.is_none() && self.covers(member, scope))
    }

    /// Whether a device could have written parcel `seq` of `log`: admitted to the scope, and not
    /// revoked before it.
    ///
    /// # Errors
    /// [`NotAllowed`] says why not.
    pub fn may_write(&self, log: &LogId, seq: Seq) -> Result<(), NotAllowed> {
        let member = self.member(&log.device).ok_or(NotAllowed::NotAMember)?;
        if !self.covers(member, &log.scope) {
            return Err(NotAllowed::WrongScope);
        }
        match &member.revoked {
            Some(cuts) if is_beyond(cuts, log, seq) => Err(NotAllowed::Revoked),
            _ => Ok(()),
        }
    }

    /// Everyone to whom a new key of `scope` must be sealed: members, pending invitations and the
    /// recovery key. Sorted, without repeats.
    pub fn recipients(&self, scope: &ScopeId) -> BTreeSet<ReceiveKey> {
        let members = self.outcome.members.values();
        let members = members.filter(|m| m.revoked.is_none() && self.covers(m, scope));
        let invited = self.outcome.invitations.values().filter(|invitation| {
            invitation.state == InvitationState::Open && self.in_set(&invitation.scopes, scope)
        });
        members
            .map(|member| member.receive)
            .chain(invited.map(|invitation| invitation.receive))
            .chain(self.outcome.recovery)
            .collect()
    }

    /// Whether a statement by `parcel` would count if it were added now.
    ///
    /// # Errors
    /// [`StatementError`] when it is malformed.
    pub fn would_accept(&self, parcel: &VerifiedParcel) -> Result<bool, StatementError> {
        let mut with = self.clone();
        with.extend([parcel])?;
        Ok(with.is_effective(&parcel.id()))
    }

    fn covers(&self, member: &Member, scope: &ScopeId) -> bool {
        member.admin || self.in_set(&member.scopes, scope)
    }

    fn in_set(&self, scopes: &ScopeSet, scope: &ScopeId) -> bool {
        Some(*scope) == self.outcome.community_scope
            || *scope == ScopeId::MEMBERSHIP
            || scopes.contains(scope)
    }

    /// A revocation can take away the right to make statements that stand before it in the order,
    /// so the fold starts over with each cut that it finds. Every round adds one, which ends it.
    fn fold(&self) -> Outcome {
        let mut revoked: BTreeMap<ParcelId, (DeviceId, Vec<Cut>)> = BTreeMap::new();
        loop {
            let mut round = Round::new(self.community, &revoked);
            let found = self.statements.iter().find_map(|((_, _, parcel), slim)| {
                round
                    .take(*parcel, slim)
                    .filter(|_| !revoked.contains_key(parcel))
                    .map(|cut| (*parcel, cut))
            });
            match found {
                Some((parcel, cut)) => revoked.insert(parcel, cut),
                None => return round.outcome,
            };
        }
    }
}

type Cuts = BTreeMap<(ScopeId, Generation), Seq>;

fn is_beyond(cuts: &Cuts, log: &LogId, seq: Seq) -> bool {
    cuts.get(&(log.scope, log.generation))
        .is_none_or(|last| seq > *last)
}

struct Round {
    community: CommunityId,
    outcome: Outcome,
    cuts: BTreeMap<DeviceId, Cuts>,
    last_lamport: BTreeMap<LogId, u64>,
}

impl Round {
    fn new(community: CommunityId, revoked: &BTreeMap<ParcelId, (DeviceId, Vec<Cut>)>) -> Self {
        let mut all: BTreeMap<DeviceId, Cuts> = BTreeMap::new();
        for (device, cuts) in revoked.values() {
            let known = all.entry(*device).or_default();
            for cut in cuts {
                let last = known.entry((cut.scope, cut.generation)).or_insert(cut.seq);
                *last = (*last).max(cut.seq);
            }
        }
        let (outcome, last_lamport) = (Outcome::default(), BTreeMap::new());
        Self {
            community,
            outcome,
            cuts: all,
            last_lamport,
        }
    }

    /// Counts one statement if its author may make it; returns a revocation's effect.
    fn take(&mut self, parcel: ParcelId, slim: &Slim) -> Option<(DeviceId, Vec<Cut>)> {
        let author = slim.log.device;
        let in_order = self
            .last_lamport
            .insert(slim.log, slim.statement.lamport)
            .is_none_or(|last| last < slim.statement.lamport);
        let cut = self
            .cuts
            .get(&author)
            .is_some_and(|cuts| is_beyond(cuts, &slim.log, slim.seq));
        if !in_order || cut {
            return None;
        }
        let (counts, revocation) = self.apply(parcel, author, &slim.statement.body);
        if counts {
            self.outcome.effective.insert(parcel);
        }
        revocation
    }

    fn apply(
        &mut self,
        parcel: ParcelId,
        author: DeviceId,
        body: &StatementBody,
    ) -> (bool, Option<(DeviceId, Vec<Cut>)>) {
        let root = CommunityId::derive(&author) == self.community;
        let admin = root
            || self
                .outcome
                .members
                .get(&author)
                .is_some_and(|member| member.admin);
        let counts = match body {
            StatementBody::Founding {
                recovery,
                community_scope,
            } => root && self.found(author, *recovery, *community_scope),
            StatementBody::Certificate {
                device,
                receive,
                role,
            } => root && self.certify(*device, *receive, *role),
            StatementBody::Grant {
                device,
                receive,
                role,
                scopes,
                expires_at,
            } => admin && self.grant(*device, *receive, *role, scopes, *expires_at),
            StatementBody::Invitation { .. } => admin && self.invite(parcel, body),
            StatementBody::Withdrawal { invitation } => admin && self.withdraw(invitation),
            StatementBody::Acceptance {
                invitation,
                receive,
                ..
            } => self.accept(author, invitation, *receive),
            StatementBody::Rotation { scope, epoch, .. } => admin && self.rotate(*scope, *epoch),
            StatementBody::Revocation { device, cuts } => {
                if admin && self.outcome.members.contains_key(device) {
                    return (true, Some((*device, cuts.clone())));
                }
                false
            }
        };
        (counts, None)
    }

    fn found(&mut self, root: DeviceId, recovery: ReceiveKey, scope: ScopeId) -> bool {
        let first = self.outcome.root.is_none() && scope != ScopeId::MEMBERSHIP;
        if first {
            self.outcome.root = Some(root);
            self.outcome.recovery = Some(recovery);
            self.outcome.community_scope = Some(scope);
        }
        first
    }

    fn certify(&mut self, device: DeviceId, receive: ReceiveKey, role: RoleCode) -> bool {
        match self.outcome.members.get_mut(&device) {
            Some(member) if member.receive != receive || member.role != role => false,
            Some(member) => {
                member.admin = true;
                member.scopes = ScopeSet::All;
                true
            }
            None => {
                let never = Timestamp(i64::MAX);
                self.admit(device, receive, role, ScopeSet::All, never, true, None);
                true
            }
        }
    }

    fn grant(
        &mut self,
        device: DeviceId,
        receive: ReceiveKey,
        role: RoleCode,
        scopes: &ScopeSet,
        expires_at: Timestamp,
    ) -> bool {
        match self.outcome.members.get_mut(&device) {
            Some(member) if member.receive != receive || member.role != role => false,
            Some(member) => {
                member.scopes.widen(scopes);
                member.expires_at = expires_at;
                true
            }
            None => {
                self.admit(
                    device,
                    receive,
                    role,
                    scopes.clone(),
                    expires_at,
                    false,
                    None,
                );
                true
            }
        }
    }

    fn invite(&mut self, parcel: ParcelId, body: &StatementBody) -> bool {
        let StatementBody::Invitation {
            invitation,
            receive,
            role,
            scopes,
            grant_expires_at,
            expires_at,
            welcome: _,
        } = body
        else {
            return false;
        };
        if self.outcome.invitations.contains_key(invitation) {
            return false;
        }
        let info = InvitationInfo {
            receive: *receive,
            role: *role,
            scopes: scopes.clone(),
            expires_at: *expires_at,
            grant_expires_at: *grant_expires_at,
            parcel,
            state: InvitationState::Open,
        };
        self.outcome.invitations.insert(*invitation, info);
        true
    }

    /// Withdrawing wins over an acceptance that stands before it: a link known to have leaked
    /// must not admit anyone, whatever lamport its holder writes.
    fn withdraw(&mut self, invitation: &InvitationId) -> bool {
        let Some(info) = self.outcome.invitations.get_mut(invitation) else {
            return false;
        };
        if let InvitationState::Used(device) = info.state {
            self.outcome.members.remove(&device);
        }
        info.state = InvitationState::Withdrawn;
        true
    }

    fn accept(&mut self, device: DeviceId, invitation: &InvitationId, receive: ReceiveKey) -> bool {
        let Some(info) = self.outcome.invitations.get_mut(invitation) else {
            return false;
        };
        if info.state != InvitationState::Open || self.outcome.members.contains_key(&device) {
            return false;
        }
        info.state = InvitationState::Used(device);
        let (role, scopes, expires) = (info.role, info.scopes.clone(), info.grant_expires_at);
        self.admit(
            device,
            receive,
            role,
            scopes,
            expires,
            false,
            Some(*invitation),
        );
        true
    }

    fn rotate(&mut self, scope: ScopeId, epoch: Epoch) -> bool {
        let newest = self.outcome.epochs.get(&scope).copied().unwrap_or(Epoch(0));
        let follows = scope != ScopeId::MEMBERSHIP && (1..=newest.0 + 1).contains(&epoch.0);
        if follows {
            self.outcome.epochs.insert(scope, newest.max(epoch));
        }
        follows
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "the fields of one struct, named at the caller"
    )]
    fn admit(
        &mut self,
        device: DeviceId,
        receive: ReceiveKey,
        role: RoleCode,
        scopes: ScopeSet,
        expires_at: Timestamp,
        admin: bool,
        invitation: Option<InvitationId>,
    ) {
        let revoked = self.cuts.get(&device).cloned();
        let member = Member {
            receive,
            role,
            scopes,
            expires_at,
            admin,
            invitation,
            revoked,
        };
        self.outcome.members.insert(device, member);
    }
}
