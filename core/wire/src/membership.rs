//! Who may do what: a fold over the membership statements of a community.
//!
//! The outcome depends on the set of statements alone, not on the order of their arrival, so
//! whoever has the same statements agrees. Who has authority is settled first, without regard to
//! any counter that an author may choose:
//!
//! - the founding must be by the key that the community id is the hash of;
//! - only the root makes administrators; only the root and administrators grant, invite, withdraw,
//!   revoke and rotate. An administrator's certificate counts wherever it stands;
//! - a revocation cuts the revoked device's logs, its log of statements among them. What is beyond
//!   the cut does not count, whatever lamport it has. Revocations that cut each other's authors
//!   are settled by seniority: the root, then administrators in the order of their certificates.
//!
//! Then the statements of those authors count in the order (lamport, parcel id):
//!
//! - a device has one role and one receiving key for life: the certificate's, else those that
//!   come first. A later grant widens scopes or moves the expiry, no more;
//! - withdrawals and acceptances stand directly behind their invitation, withdrawals first: a link
//!   known to have leaked admits nobody. Else the first acceptance uses it up;
//! - concurrent rotations to one epoch are all kept, so no key is lost.
//!
//! Expiry is not judged here, because the fold has no clock: [`Member::expires_at`] is compared
//! by whoever has one.
//!
//! # What a hostile member can and can't do
//!
//! It holds a valid key and may write any lamport, seq, generation and time.
//!
//! - A revoked device gains nothing by backdating, by a fresh generation, or by statements that
//!   were never seen before: only what the cut lists counts. It is never admitted again; a person
//!   who comes back brings a new device.
//! - A revoked administrator can't strike back at the root or at a senior. It can at a junior: a
//!   stolen device that is senior to the one that revoked it gets its revocation undone wherever
//!   its own revocation of the junior arrives. The root's word ends that.
//! - A device that is no administrator gains nothing by any statement but an acceptance.
//! - Whoever holds a link that another device has used can write an acceptance that stands before
//!   the other. A relay, and whoever knows of the first, refuses it (`floorwalk_sync`); a replica
//!   that learns of it first is deceived until the administrator revokes that device.
//! - An administrator that is not revoked is trusted. What it backdated can change receiving keys
//!   and roles of devices that the root did not certify; a revocation whose cut is before it
//!   undoes that. A lamport far ahead binds nobody: [`Membership::next_lamport`] passes it over.
//! - A revoked device can show a rewritten log, up to the cut's number, to somebody who has none
//!   of it. The genuine log then shows as a fork there.

mod authority;
mod fold;

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{
    CommunityId, DeviceId, Epoch, Generation, InvitationId, LogId, ParcelId, ReceiveKey, RoleCode,
    ScopeId, Seq, Timestamp,
};
use crate::parcel::VerifiedParcel;
use crate::statement::{ScopeSet, Statement, StatementBody, StatementError};
use fold::{Outcome, fold};

/// How far a lamport may be ahead of the one before it and still be followed.
const LAMPORT_STEP_MAX: u64 = 1 << 32;

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

/// All statements of a community that are known here, and what follows from them.
#[derive(Debug, Clone)]
pub struct Membership {
    community: CommunityId,
    statements: Statements,
    outcome: Outcome,
}

/// Statements in the order in which they count: by lamport, then by parcel id.
type Statements = BTreeMap<(u64, ParcelId), Slim>;

/// The parts of a statement that the fold needs: the bulk of rotations and welcomes is dropped.
#[derive(Debug, Clone)]
struct Slim {
    log: LogId,
    seq: Seq,
    by_root: bool,
    body: StatementBody,
}

/// The last accepted number of each log of a revoked device.
type Cuts = BTreeMap<(ScopeId, Generation), Seq>;

fn is_beyond(cuts: &Cuts, log: &LogId, seq: Seq) -> bool {
    cuts.get(&(log.scope, log.generation)).is_none_or(|last| seq > *last)
}

impl Membership {
    /// A community of which no statement is known yet.
    pub fn new(community: CommunityId) -> Self {
        Self { community, statements: BTreeMap::new(), outcome: Outcome::default() }
    }

    /// Adds statements and folds again. Those of other communities are passed over.
    ///
    /// # Errors
    /// [`StatementError`] of the first that is malformed; the ones before it are kept.
    pub fn extend<'a>(
        &mut self,
        parcels: impl IntoIterator<Item = &'a VerifiedParcel>,
    ) -> Result<(), StatementError> {
        let outcome = parcels.into_iter().try_for_each(|parcel| self.insert(parcel));
        self.outcome = fold(&self.community, &self.statements);
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
        let by_root = self.is_root(&header.device);
        let slim = Slim { log: header.log(), seq: header.seq, by_root, body: statement.body };
        self.statements.insert((statement.lamport, parcel.id()), slim);
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

    /// The lamport of the next statement made here: one more than the highest that counts. Those
    /// of acceptances order nothing and are passed over, and so is what a hostile administrator
    /// puts far ahead of all others, so that there is always a next.
    pub fn next_lamport(&self) -> u64 {
        let counting = self.statements.iter().filter(|((_, parcel), slim)| {
            let orders = !matches!(slim.body, StatementBody::Acceptance { .. });
            orders && self.is_effective(parcel)
        });
        let lamports = counting.map(|((lamport, _), _)| *lamport);
        let reached = lamports.scan(0, |last: &mut u64, lamport| {
            *last = (lamport - *last <= LAMPORT_STEP_MAX).then_some(lamport)?;
            Some(lamport)
        });
        reached.last().unwrap_or(0).saturating_add(1)
    }

    /// Whether statements of a device about others can ever count: the root's, and those of every
    /// device that the root has certified, revoked or not. A revocation that is not known yet may
    /// give a revoked administrator its word back, so all of them are kept.
    pub fn may_state(&self, device: &DeviceId) -> bool {
        self.is_root(device) || self.member(device).is_some_and(|member| member.admin)
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

    fn covers(&self, member: &Member, scope: &ScopeId) -> bool {
        member.admin || self.in_set(&member.scopes, scope)
    }

    fn in_set(&self, scopes: &ScopeSet, scope: &ScopeId) -> bool {
        Some(*scope) == self.outcome.community_scope
            || *scope == ScopeId::MEMBERSHIP
            || scopes.contains(scope)
    }

    fn is_root(&self, device: &DeviceId) -> bool {
        CommunityId::derive(device) == self.community
    }
}
