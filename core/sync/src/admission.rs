//! Whether a parcel may stand in a log: rights, and the log's own order.
//!
//! Pure functions, so that the relay's writer can ask them while it holds the one truth, and a
//! device can ask the same of what another device brings.

use floorwalk_wire::membership::{InvitationState, NotAllowed};
use floorwalk_wire::message::Refusal;
use floorwalk_wire::{
    DeviceId, LogHead, Membership, ParcelId, ScopeId, Seq, Statement, StatementBody, Timestamp,
    VerifiedParcel,
};

/// Where a parcel stands relative to the log's head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// It is the next.
    Next,
    /// Its place is taken; whether by itself the store must say.
    Taken,
    /// Parcels before it are missing.
    Gap,
    /// It is the next number but does not continue the log.
    Fork,
}

/// Compares a parcel with the head of its log.
pub fn check_placement(head: Option<&LogHead>, parcel: &VerifiedParcel) -> Placement {
    let header = parcel.header();
    let (last, id) = head.map_or((Seq(0), ParcelId::NONE), |head| (head.seq, head.parcel));
    if header.seq <= last {
        Placement::Taken
    } else if header.seq.0 > last.0 + 1 {
        Placement::Gap
    } else if header.previous != id {
        Placement::Fork
    } else {
        Placement::Next
    }
}

/// Whether the author of changes may write them in their scope at `now`.
///
/// Expiry binds the author's own connection. What another member carries was received while the
/// grant ran, so a relay that was restored from an old copy can be given back everything.
///
/// # Errors
/// The refusal to answer with.
pub fn check_rights(
    membership: &Membership,
    parcel: &VerifiedParcel,
    carrier: &DeviceId,
    now: Timestamp,
) -> Result<(), Refusal> {
    let header = parcel.header();
    let log = header.log();
    membership.may_write(&log, header.seq).map_err(|error| match error {
        NotAllowed::NotAMember | NotAllowed::WrongScope => Refusal::NotAllowed,
        NotAllowed::Revoked => Refusal::Revoked,
    })?;
    match membership.member(&header.device) {
        Some(member) if member.expires_at <= now && header.device == *carrier => {
            Err(Refusal::Expired)
        }
        _ => Ok(()),
    }
}

/// Whether a statement may stand in the membership list.
///
/// Those of the root and of everyone it certified are kept, whether they count or not: whether
/// they count can change with a statement that has not come yet, and a log with a statement left
/// out could not go on. Of anybody else, an acceptance is kept that uses up an open invitation;
/// the invitation's expiry is judged by `now`, unless another member brings it.
///
/// # Errors
/// The refusal to answer with.
pub fn check_statement(
    membership: &Membership,
    parcel: &VerifiedParcel,
    carrier: &DeviceId,
    now: Timestamp,
) -> Result<(), Refusal> {
    debug_assert_eq!(parcel.header().scope, ScopeId::MEMBERSHIP);
    let author = parcel.header().device;
    let statement = Statement::read(parcel).map_err(|_| Refusal::Invalid)?;
    if membership.is_effective(&parcel.id()) || membership.may_state(&author) {
        return Ok(());
    }
    let StatementBody::Acceptance { invitation, .. } = &statement.body else {
        return Err(Refusal::NotAllowed);
    };
    let info = membership.invitations().get(invitation).ok_or(Refusal::InvitationUnknown)?;
    match info.state {
        InvitationState::Used(_) => Err(Refusal::InvitationUsed),
        InvitationState::Withdrawn => Err(Refusal::InvitationWithdrawn),
        // Another member may bring late what was accepted in time; nobody else's word counts.
        InvitationState::Open
            if info.expires_at <= now
                && (author == *carrier || !is_current(membership, carrier, now)) =>
        {
            Err(Refusal::InvitationExpired)
        }
        InvitationState::Open => Ok(()),
    }
}

/// Whether a device is a member now: neither revoked nor expired.
fn is_current(membership: &Membership, device: &DeviceId, now: Timestamp) -> bool {
    membership
        .member(device)
        .is_some_and(|member| member.revoked.is_none() && member.expires_at > now)
}
