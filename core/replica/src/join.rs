//! Joining a community by an invitation's link.
//!
//! The device makes its keys, says with the invitation's key that they are to be admitted, and
//! brings that statement to the relay, which takes it once. Then the membership list comes, with
//! the invitation's welcome in it, which the secret opens. The desk need not be there.

use std::sync::Arc;

use floorwalk_seal::InvitationLink;
use floorwalk_wire::StatementBody;
use floorwalk_wire::statement::prove_invitation;

use crate::community::{fresh_identity, write_identity};
use crate::error::{Error, ErrorCode, Result};
use crate::keys;
use crate::net::Target;
use crate::records::{Joined, RelayAddress};
use crate::roster;
use crate::state::{Shared, secret};
use crate::sync;

/// Joins, or finishes joining where a broken line has left it.
pub(crate) async fn join(shared: &Arc<Shared>, link: &str) -> Result<Joined> {
    let link: InvitationLink = link.trim().parse().map_err(|_| ErrorCode::BadLink)?;
    let relay = RelayAddress {
        url: link.relay_url.to_string(),
        pin: link.pin.map(|pin| pin.iter().map(|byte| format!("{byte:02x}")).collect()),
    };
    Target::parse(&relay).map_err(|_| ErrorCode::BadLink)?;
    accept(shared, link, &relay)?;
    match sync::once(shared, &|_| {}).await {
        Ok(_) => joined(shared),
        Err(error) => {
            if is_final(error.code) {
                shared.with(|state| state.forget_community())?;
            }
            Err(error)
        }
    }
}

/// Whether the relay can't have taken the acceptance, so that nothing here is worth keeping. After
/// any other error it may have, and only these keys can finish what the link began.
fn is_final(code: ErrorCode) -> bool {
    use ErrorCode as C;
    matches!(
        code,
        C::InvitationUnknown
            | C::InvitationUsed
            | C::InvitationExpired
            | C::InvitationWithdrawn
            | C::RelayUnknownCommunity
            | C::RelayPinMismatch
            | C::RelayNotTrusted
            | C::RelayVersion
    )
}

/// What a device that has joined may see.
pub(crate) fn joined(shared: &Shared) -> Result<Joined> {
    shared.with(|state| {
        state.read(|tx, identity| {
            let roster = roster::read(tx)?;
            Ok(Joined {
                community: identity.community.to_string(),
                name: roster.community.get("name").cloned().unwrap_or_default(),
                device: identity.device().to_string(),
                role: identity.role().map_or("", |role| role.as_str()).to_owned(),
                buildings: roster::buildings(tx, identity)?.into_values().collect(),
            })
        })
    })
}

fn accept(shared: &Shared, link: InvitationLink, relay: &RelayAddress) -> Result<()> {
    let invitation = link.secret.derive_keys();
    shared.with(|state| {
        if state.is_member() {
            let identity = state.identity()?;
            let same =
                identity.invitation.as_ref().is_some_and(|known| known.id() == invitation.id());
            match (identity.role(), same) {
                (None, true) => return Ok(()),
                // An earlier attempt that came to nothing must not stand in the way.
                (None, false) => state.forget_community()?,
                (Some(_), _) => return Err(ErrorCode::AlreadyInCommunity.into()),
            }
        }
        let mut identity = fresh_identity(state, link.community, relay)?;
        state.keychain.save(secret::INVITATION, link.secret.as_bytes())?;
        let proof = prove_invitation(
            &link.community,
            &identity.device(),
            &identity.keys.receive(),
            invitation.signing_key(),
        );
        let body = StatementBody::Acceptance {
            invitation: invitation.id(),
            receive: identity.keys.receive(),
            proof,
        };
        identity.invitation = Some(Arc::new(invitation));
        state.store.write(|tx| {
            write_identity(tx, &identity, None)?;
            keys::state(tx, &mut identity, body)?;
            Ok::<_, Error>(())
        })?;
        state.adopt(identity);
        Ok(())
    })
}
