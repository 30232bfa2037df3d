//! What this device knows of its relay: its history, its lists, what it refused.

use std::collections::BTreeSet;

use floorwalk_store::Tx;
use floorwalk_wire::message::{ListStart, Refusal, RelayIdentity, Start};
use floorwalk_wire::{LogHead, ParcelId, ScopeId, Seq, Timestamp};

use crate::conversation::from_heads;
use crate::error::Result;
use crate::generation;
use crate::last_blob;
use crate::state::{Identity, setting, text_setting};

/// A warning: the relay broke its promise about order.
pub(crate) const CHAIN_BROKEN: &str = "chain_broken";
/// A warning: this install was found to be a copy, and has taken a new generation.
pub(crate) const NEW_GENERATION: &str = "new_generation";
/// A warning: this device's clock differs much from the relay's.
pub(crate) const CLOCK_DIFFERS: &str = "clock_differs";
/// A warning: the relay had been restored from an older copy and was given back what it lost.
pub(crate) const RELAY_RESTORED: &str = "relay_restored";

/// A warning: parcels were not kept, because too many wait for their predecessors already.
pub(crate) const TOO_MANY_WAIT: &str = "too_many_wait";
/// A warning: the relay did not take parcels that count here. They are kept.
pub(crate) const RELAY_REFUSED: &str = "relay_refused";

/// A warning: the relay has said that this device was revoked.
pub(crate) const REVOKED: &str = "revoked";
/// A warning: this device's grant has run out.
pub(crate) const GRANT_EXPIRED: &str = "grant_expired";

/// A warning: cards could not be brought to the relay or taken from it.
pub(crate) const CARDS_STUCK: &str = "cards_stuck";

/// A warning: photos could not be brought to the relay or taken from it.
pub(crate) const PHOTOS_STUCK: &str = "photos_stuck";

/// Remembers a warning for the person to see.
pub(crate) fn warn(tx: &Tx<'_>, warning: &str) -> Result<()> {
    let mut all = warnings(tx)?;
    if !all.iter().any(|known| known == warning) {
        all.push(warning.to_owned());
        tx.set_setting(setting::WARNINGS, all.join("\n").as_bytes())?;
    }
    Ok(())
}

/// Forgets a warning: what it was about is over.
pub(crate) fn unwarn(tx: &Tx<'_>, warning: &str) -> Result<()> {
    let mut all = warnings(tx)?;
    if all.iter().any(|known| known == warning) {
        all.retain(|known| known != warning);
        tx.set_setting(setting::WARNINGS, all.join("\n").as_bytes())?;
    }
    Ok(())
}

/// What the person should know now: the warnings so far, and whether the grant has run out.
pub(crate) fn warnings_now(
    tx: &Tx<'_>,
    identity: &Identity,
    now: Timestamp,
) -> Result<Vec<String>> {
    let mut all = warnings(tx)?;
    let member = identity.membership.member(&identity.device());
    if member.is_some_and(|member| member.expires_at <= now) {
        all.push(GRANT_EXPIRED.to_owned());
    }
    Ok(all)
}

/// The warnings so far.
pub(crate) fn warnings(tx: &Tx<'_>) -> Result<Vec<String>> {
    let all = text_setting(tx, setting::WARNINGS)?.unwrap_or_default();
    Ok(all.lines().map(str::to_owned).collect())
}

/// Compares a relay that has greeted with the one met before. With another key or history, all
/// places in it are forgotten: what it lacks will be found out and given back. Returns whether
/// that was so.
pub(crate) fn meet(
    tx: &Tx<'_>,
    identity: &mut Identity,
    relay: &RelayIdentity,
    now: Timestamp,
) -> Result<bool> {
    let known = tx.setting(setting::RELAY_KEY)?.zip(tx.setting(setting::RELAY_HISTORY)?);
    let same = known.as_ref().is_some_and(|(key, history)| {
        key[..] == relay.key.0[..] && history[..] == relay.history.0[..]
    });
    if same {
        return Ok(false);
    }
    tx.set_setting(setting::RELAY_KEY, &relay.key.0)?;
    tx.set_setting(setting::RELAY_HISTORY, &relay.history.0)?;
    forget_all(tx, identity)?;
    if known.is_some() {
        warn(tx, RELAY_RESTORED)?;
        generation::begin(tx, identity, now)?;
    }
    Ok(known.is_some())
}

/// The relay does not know this device as a member. Where it did once, it was put back to before
/// that: what it lacks, this device's acceptance first, is to be given back. Returns whether that
/// was so.
pub(crate) fn unknown_to_relay(tx: &Tx<'_>, identity: &Identity) -> Result<bool> {
    if tx.cursor(&ScopeId::MEMBERSHIP)?.is_none() {
        return Ok(false);
    }
    forget_all(tx, identity)?;
    warn(tx, RELAY_RESTORED)?;
    Ok(true)
}

/// Forgets all places at the relay, and that it has any blob.
fn forget_all(tx: &Tx<'_>, identity: &Identity) -> Result<()> {
    for scope in tx.list_scopes()? {
        tx.forget_places(&scope)?;
    }
    last_blob::forget_blobs(tx, identity)
}

/// The lists to open: membership, and every scope that is this device's.
pub(crate) fn lists(
    tx: &Tx<'_>,
    identity: &Identity,
    relay: Option<&RelayIdentity>,
    opened: &BTreeSet<ScopeId>,
) -> Result<Vec<ListStart>> {
    let mut scopes = vec![ScopeId::MEMBERSHIP];
    scopes.extend(identity.scopes());
    scopes.retain(|scope| !opened.contains(scope));
    let mut lists = Vec::with_capacity(scopes.len());
    for scope in scopes {
        let cursor = match relay {
            Some(_) => tx.cursor(&scope)?,
            None => None,
        };
        let list = match cursor {
            Some(head) => ListStart { scope, from: Start::Chain(head.chain) },
            None => from_heads(scope, tx.log_heads(&scope)?),
        };
        lists.push(list);
    }
    Ok(lists)
}

/// Lists that have become this device's since the session began.
pub(crate) fn unopened_lists(
    tx: &Tx<'_>,
    identity: &Identity,
    opened: &BTreeSet<ScopeId>,
) -> Result<Vec<ListStart>> {
    let mut lists = Vec::new();
    for scope in identity.scopes() {
        if !opened.contains(&scope) {
            lists.push(from_heads(scope, tx.log_heads(&scope)?));
        }
    }
    Ok(lists)
}

/// Deals with a parcel that the relay did not take.
pub(crate) fn refused(
    tx: &Tx<'_>,
    identity: &mut Identity,
    scope: &ScopeId,
    parcel: &ParcelId,
    refusal: Refusal,
    head: Option<LogHead>,
    now: Timestamp,
) -> Result<()> {
    let Some((log, seq)) = tx.find_parcel(parcel)? else { return Ok(()) };
    match refusal {
        Refusal::Gap => tx.forget_places_after(log, head.map_or(Seq(0), |head| head.seq))?,
        Refusal::Fork => {
            // Another copy of that install has written here first.
            match generation::is_own(tx, identity, log)? {
                true => generation::write_anew(tx, identity, scope, log, seq, now)?,
                false => generation::set_aside(tx, identity, log, seq, now)?,
            }
        }
        Refusal::Quota | Refusal::Unavailable => {}
        // Relay and replica come to agree about these by the statements, and what is wrong shows
        // in quarantine or as an error of its own.
        Refusal::Revoked
        | Refusal::Expired
        | Refusal::InvitationUnknown
        | Refusal::InvitationUsed
        | Refusal::InvitationExpired
        | Refusal::InvitationWithdrawn => tx.note_refused(parcel)?,
        Refusal::Invalid | Refusal::NotAllowed => {
            tx.note_refused(parcel)?;
            warn(tx, RELAY_REFUSED)?;
        }
    }
    Ok(())
}
