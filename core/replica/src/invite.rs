//! Invitations, from their making to their end.
//!
//! An invitation stands in the statements with the scope keys sealed to its link. So its end is a
//! change of keys as well: whoever holds the link and has come by the statements could open them.

use std::collections::BTreeSet;

use floorwalk_complaint::{Role, RosterEdit};
use floorwalk_seal::{InvitationLink, InvitationSecret, seal_welcome};
use floorwalk_store::Tx;
use floorwalk_wire::membership::InvitationState;
use floorwalk_wire::{InvitationId, RoleCode, ScopeId, ScopeSet, StatementBody, Timestamp};

use crate::clock;
use crate::community::{require_admin, rotate};
use crate::error::{Error, ErrorCode, Result};
use crate::keys;
use crate::net::Target;
use crate::random;
use crate::records::{Invitation, NewInvitation, RelayAddress};
use crate::roster;
use crate::state::{Identity, State};

/// How long a grant by invitation runs: a year and a month, so that a yearly renewal is in time.
const GRANT_MS: i64 = 396 * 24 * 3600 * 1000;

/// Makes an invitation: the delegation with the scope keys goes into the statements, the secret
/// into the link and nowhere else.
pub(crate) fn invite(state: &mut State, new: &NewInvitation) -> Result<Invitation> {
    let role: Role =
        new.role.parse().map_err(|_| Error::about(ErrorCode::UnknownRole, &new.role))?;
    if new.name.trim().is_empty() {
        return Err(Error::about(ErrorCode::BadValue, "name"));
    }
    let now = clock::now();
    let lasts_ms = i64::try_from(new.expires_in_s).unwrap_or(i64::MAX).saturating_mul(1000);
    let expires_at = Timestamp(now.0.saturating_add(lasts_ms));
    state.write(|tx, identity| {
        require_admin(identity)?;
        end_expired(tx, identity, now)?;
        let scopes = scope_set(tx, identity, role, &new.buildings)?;
        let secret = InvitationSecret::from_bytes(random::bytes());
        let invited = secret.derive_keys();
        let community_scope = identity.community_scope()?;
        let keys = identity
            .ring
            .entries()
            .filter(|(scope, _, _)| *scope == community_scope || scopes.contains(scope));
        let (id, receive) = (invited.id(), invited.receive());
        let welcome = seal_welcome(&identity.community, &id, &receive, keys, &random::bytes())
            .map_err(|error| Error::about(ErrorCode::BadValue, error))?;
        let body = StatementBody::Invitation {
            invitation: id,
            receive,
            role: RoleCode(role.code()),
            scopes,
            grant_expires_at: Timestamp(now.0 + GRANT_MS),
            expires_at,
            welcome,
        };
        keys::state(tx, identity, body)?;
        let invitations = roster::entry(&id.to_string(), new.name.trim());
        roster::write(tx, identity, &RosterEdit { invitations, ..RosterEdit::default() })?;
        let link = InvitationLink {
            relay_url: identity
                .relay
                .url
                .parse()
                .map_err(|_| Error::about(ErrorCode::BadRelayUrl, &identity.relay.url))?,
            pin: pin_bytes(&identity.relay),
            community: identity.community,
            secret,
        };
        let expires_at = clock::to_text(expires_at, clock::DEFAULT_ZONE);
        Ok(Invitation { link: link.to_string(), expires_at })
    })
}

/// Withdraws an invitation that nobody has taken up, and gives the scopes that it granted new keys:
/// whoever holds its link and has come by the statements can open the keys that were.
pub(crate) fn withdraw(state: &mut State, invitation: &str) -> Result<()> {
    let unknown = || Error::about(ErrorCode::BadValue, invitation);
    let id: InvitationId = invitation.parse().map_err(|_| unknown())?;
    state.write(|tx, identity| {
        require_admin(identity)?;
        let info = identity.membership.invitations().get(&id).ok_or_else(unknown)?;
        match info.state {
            InvitationState::Used(_) => Err(ErrorCode::InvitationUsed.into()),
            InvitationState::Withdrawn => Ok(()),
            InvitationState::Open => end_invitations(tx, identity, &[id]),
        }
    })
}

/// How long an invitation may have been over before it is withdrawn for good: time enough for the
/// clocks of relay and desk to agree that it is.
const EXPIRED_FOR_MS: i64 = 24 * 3600 * 1000;

/// Withdraws the invitations that expired long ago, so that no new key is sealed to their links.
/// To be called when the relay has just told of everyone who came in time. The relay's receipts
/// must say so too: by a clock that runs months ahead, an invitation would end that somebody has
/// taken up where this device has not heard of it yet.
fn end_expired(tx: &Tx<'_>, identity: &mut Identity, now: Timestamp) -> Result<()> {
    let receipts = tx.logs(None)?.into_iter().filter_map(|log| log.last_received_at);
    let Some(relay_now) = receipts.max() else { return Ok(()) };
    let open = identity.membership.invitations().iter().filter(|(_, info)| {
        info.state == InvitationState::Open
            && info.expires_at.0.saturating_add(EXPIRED_FOR_MS) < now.min(relay_now).0
    });
    let expired: Vec<InvitationId> = open.map(|(id, _)| *id).collect();
    end_invitations(tx, identity, &expired)
}

fn end_invitations(tx: &Tx<'_>, identity: &mut Identity, ids: &[InvitationId]) -> Result<()> {
    let known = identity.membership.invitations();
    let granted: Vec<ScopeSet> =
        ids.iter().filter_map(|id| known.get(id)).map(|info| info.scopes.clone()).collect();
    if granted.is_empty() {
        return Ok(());
    }
    for id in ids {
        keys::state(tx, identity, StatementBody::Withdrawal { invitation: *id })?;
    }
    let community_scope = identity.community_scope()?;
    let scopes: Vec<ScopeId> = identity.membership.epochs().keys().copied().collect();
    for scope in scopes {
        if scope == community_scope || granted.iter().any(|granted| granted.contains(&scope)) {
            rotate(tx, identity, scope)?;
        }
    }
    Ok(())
}

fn scope_set(
    tx: &Tx<'_>,
    identity: &Identity,
    role: Role,
    buildings: &[String],
) -> Result<ScopeSet> {
    if buildings.is_empty() {
        return match role {
            Role::BuildingRep => Err(ErrorCode::RepNeedsBuilding.into()),
            _ => Ok(ScopeSet::All),
        };
    }
    let scopes = buildings.iter().map(|building| roster::find_building(tx, identity, building));
    scopes.collect::<Result<BTreeSet<_>>>().map(ScopeSet::Some)
}

fn pin_bytes(relay: &RelayAddress) -> Option<[u8; 32]> {
    Target::parse(relay).ok().and_then(|target| target.pin())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use floorwalk_store::Place;

    use super::*;
    use crate::test_home::founded;

    #[test]
    fn an_invitation_that_expired_long_ago_ends_with_new_keys_and_a_fresh_one_stays() {
        let (_folder, shared) = founded();
        let new = |expires_in_s| NewInvitation {
            name: "新人".into(),
            role: "building_rep".into(),
            buildings: vec!["1号楼".into()],
            expires_in_s,
        };
        for expires_in_s in [0, 7 * 24 * 3600] {
            shared.with(|state| invite(state, &new(expires_in_s))).unwrap();
        }
        let look = || {
            shared
                .with(|state| {
                    let membership = &state.identity()?.membership;
                    let open = membership.invitations().values();
                    let open = open.filter(|info| info.state == InvitationState::Open).count();
                    let epochs: Vec<u32> = membership.epochs().values().map(|e| e.0).collect();
                    Ok((open, epochs.iter().sum::<u32>()))
                })
                .unwrap()
        };
        let before = look();
        assert_eq!(before.0, 2);
        let in_hours = |hours: i64| Timestamp(clock::now().0 + hours * 3600 * 1000);
        let end = |now| shared.with(|state| state.write(|tx, i| end_expired(tx, i, now))).unwrap();
        let receive = |position, received_at| {
            let place = Place { position, chain: None, received_at };
            let place_next = |tx: &Tx<'_>| {
                let list = ScopeId::MEMBERSHIP;
                let page = tx.parcels(&list, None)?.0;
                let parcel = page[position as usize - 1].parcel.id();
                Ok(tx.place_parcel(&list, &parcel, &place)?)
            };
            shared.with(|state| state.write(|tx, _| place_next(tx))).unwrap();
        };
        end(in_hours(25));
        assert_eq!(look(), before, "no relay has given a receipt");
        receive(1, in_hours(1));
        end(in_hours(300 * 24));
        assert_eq!(look(), before, "the relay's clock has not come so far");
        receive(2, in_hours(25));
        end(in_hours(1));
        assert_eq!(look(), before, "clocks may differ by an hour");
        end(in_hours(25));
        assert_eq!(look(), (1, before.1 + 2), "its building and the community have new keys");
    }
}
