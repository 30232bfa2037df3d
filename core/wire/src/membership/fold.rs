//! What follows from the statements of those who have authority.

use std::collections::{BTreeMap, BTreeSet};

use super::authority::Authority;
use super::{InvitationInfo, InvitationState, Member, Slim, Statements};
use crate::ids::{
    CommunityId, DeviceId, Epoch, InvitationId, ParcelId, ReceiveKey, RoleCode, ScopeId, Timestamp,
};
use crate::statement::{ScopeSet, StatementBody};

/// How far an epoch may be ahead of the newest that counts. More than one, because the epochs
/// between may have been made by an administrator whose cut is before them.
const EPOCH_STEP_MAX: u32 = 64;

/// What a set of statements amounts to.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcome {
    pub(super) root: Option<DeviceId>,
    pub(super) recovery: Option<ReceiveKey>,
    pub(super) community_scope: Option<ScopeId>,
    pub(super) members: BTreeMap<DeviceId, Member>,
    pub(super) invitations: BTreeMap<InvitationId, InvitationInfo>,
    pub(super) epochs: BTreeMap<ScopeId, Epoch>,
    pub(super) effective: BTreeSet<ParcelId>,
}

/// What a grant or an invitation gives to a device.
struct Given<'a> {
    receive: ReceiveKey,
    role: RoleCode,
    scopes: &'a ScopeSet,
    expires_at: Timestamp,
}

/// The withdrawals and acceptances of each invitation, in their order.
type Answers<'a> = BTreeMap<InvitationId, Vec<(ParcelId, &'a Slim)>>;

pub(super) fn fold(community: &CommunityId, statements: &Statements) -> Outcome {
    let authority = Authority::of(community, statements);
    let mut folding = Folding { authority, outcome: Outcome::default() };
    folding.begin();
    let (mut withdrawals, mut acceptances) = (Answers::new(), Answers::new());
    for ((_, parcel), slim) in statements {
        match &slim.body {
            StatementBody::Withdrawal { invitation } if folding.authority.holds(slim) => {
                withdrawals.entry(*invitation).or_default().push((*parcel, slim));
            }
            StatementBody::Acceptance { invitation, .. } => {
                acceptances.entry(*invitation).or_default().push((*parcel, slim));
            }
            _ => {}
        }
    }
    for ((_, parcel), slim) in statements {
        if !folding.authority.holds(slim) || !folding.apply(*parcel, slim) {
            continue;
        }
        folding.outcome.effective.insert(*parcel);
        if let StatementBody::Invitation { invitation, .. } = &slim.body {
            for (parcel, _) in withdrawals.get(invitation).into_iter().flatten() {
                folding.withdraw(*parcel, invitation);
            }
            for (parcel, slim) in acceptances.get(invitation).into_iter().flatten() {
                folding.accept(*parcel, slim, invitation);
            }
        }
    }
    folding.outcome
}

struct Folding {
    authority: Authority,
    outcome: Outcome,
}

impl Folding {
    /// Takes over what was settled without regard to the order.
    fn begin(&mut self) {
        let certificates = self.authority.certificates.clone();
        for (device, certificate) in certificates {
            let given = Given {
                receive: certificate.receive,
                role: certificate.role,
                scopes: &ScopeSet::All,
                expires_at: Timestamp(i64::MAX),
            };
            self.admit(device, &given, true, None);
            self.outcome.effective.insert(certificate.parcel);
        }
        self.outcome.effective.extend(&self.authority.revocations);
    }

    /// Lets one statement of an author with authority take effect; says whether it has any.
    fn apply(&mut self, parcel: ParcelId, slim: &Slim) -> bool {
        match &slim.body {
            StatementBody::Founding { recovery, community_scope } => {
                slim.by_root && self.found(slim.log.device, *recovery, *community_scope)
            }
            // A repeated certificate says nothing new but is no mistake.
            StatementBody::Certificate { device, receive, role } => {
                let known = self.outcome.members.get(device);
                let same = known.is_some_and(|m| m.receive == *receive && m.role == *role);
                slim.by_root && same
            }
            StatementBody::Grant { device, receive, role, scopes, expires_at } => {
                let given =
                    Given { receive: *receive, role: *role, scopes, expires_at: *expires_at };
                self.grant(*device, &given)
            }
            StatementBody::Invitation { .. } => self.invite(parcel, &slim.body),
            StatementBody::Rotation { scope, epoch, .. } => self.rotate(*scope, *epoch),
            // Settled before.
            StatementBody::Revocation { .. }
            | StatementBody::Withdrawal { .. }
            | StatementBody::Acceptance { .. } => false,
        }
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

    /// An administrator has all scopes and no expiry; only a revocation ends that.
    fn grant(&mut self, device: DeviceId, given: &Given<'_>) -> bool {
        match self.outcome.members.get_mut(&device) {
            Some(member) if member.receive != given.receive || member.role != given.role => false,
            Some(member) => {
                member.scopes.widen(given.scopes);
                if !member.admin {
                    member.expires_at = given.expires_at;
                }
                true
            }
            None => {
                self.admit(device, given, false, None);
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

    fn withdraw(&mut self, parcel: ParcelId, invitation: &InvitationId) {
        if let Some(info) = self.outcome.invitations.get_mut(invitation) {
            info.state = InvitationState::Withdrawn;
            self.outcome.effective.insert(parcel);
        }
    }

    /// The secret admits, not the author's standing, so an acceptance has no cut: a device whose
    /// revocation does not list its acceptance was a member all the same, and its link is used.
    fn accept(&mut self, parcel: ParcelId, slim: &Slim, invitation: &InvitationId) {
        let StatementBody::Acceptance { receive, .. } = &slim.body else { return };
        let Some(info) = self.outcome.invitations.get_mut(invitation) else { return };
        if info.state != InvitationState::Open {
            return;
        }
        let device = slim.log.device;
        info.state = InvitationState::Used(device);
        self.outcome.effective.insert(parcel);
        let (role, scopes, expires_at) = (info.role, info.scopes.clone(), info.grant_expires_at);
        let given = Given { receive: *receive, role, scopes: &scopes, expires_at };
        match self.outcome.members.get_mut(&device) {
            Some(member) if member.receive == given.receive && member.role == given.role => {
                member.scopes.widen(given.scopes);
                member.expires_at = member.expires_at.max(given.expires_at);
                member.invitation.get_or_insert(*invitation);
            }
            Some(_) => {}
            None => self.admit(device, &given, false, Some(*invitation)),
        }
    }

    fn rotate(&mut self, scope: ScopeId, epoch: Epoch) -> bool {
        let newest = self.outcome.epochs.get(&scope).copied().unwrap_or(Epoch(0));
        let reachable = 1..=newest.0.saturating_add(EPOCH_STEP_MAX);
        let follows = scope != ScopeId::MEMBERSHIP && reachable.contains(&epoch.0);
        if follows {
            self.outcome.epochs.insert(scope, newest.max(epoch));
        }
        follows
    }

    fn admit(
        &mut self,
        device: DeviceId,
        given: &Given<'_>,
        admin: bool,
        invitation: Option<InvitationId>,
    ) {
        let Given { receive, role, expires_at, .. } = *given;
        let scopes = given.scopes.clone();
        let revoked = self.authority.cuts.get(&device).cloned();
        let member = Member { receive, role, scopes, expires_at, admin, invitation, revoked };
        self.outcome.members.insert(device, member);
    }
}
