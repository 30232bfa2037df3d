//! Founding a community, and what an administrator does besides inviting: buildings, revocation,
//! renewal, certificates, recovery.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use floorwalk_complaint::{Role, RosterEdit, check_short_name};
use floorwalk_seal::{
    DeviceKeys, KeyRing, RecoveryError, RecoveryFile, RootKeys, ScopeKey, StretchCost,
    make_passphrase, make_rotation,
};
use floorwalk_store::Tx;
use floorwalk_wire::membership::Member;
use floorwalk_wire::{
    CommunityId, DeviceId, Epoch, Generation, Membership, RoleCode, ScopeId, StatementBody,
    Timestamp,
};

use crate::clock;
use crate::error::{Error, ErrorCode, Result};
use crate::ingest;
use crate::keychain::write_private;
use crate::keys;
use crate::net::Target;
use crate::random;
use crate::records::{
    BuildingInfo, CommunityCreated, NewAdoption, NewCommunity, RelayAddress, Revoked,
};
use crate::revocation::{self, Held};
use crate::roster;
use crate::rules::{self, RulesMemo};
use crate::state::{Identity, Shared, State, secret, setting};

/// The fewest characters of a passphrase that somebody thinks up.
const PASSPHRASE_CHARS_MIN: usize = 12;

/// What founding leaves to be said once the relay hosts the community.
pub(crate) fn found(shared: &Shared, new: &NewCommunity) -> Result<CommunityCreated> {
    Target::parse(&new.relay)?;
    check_short_name(&new.short).map_err(|_| ErrorCode::BadShortName)?;
    if new.name.trim().is_empty() {
        return Err(Error::about(ErrorCode::BadValue, "name"));
    }
    let short_passphrase =
        new.passphrase.as_ref().is_some_and(|p| p.chars().count() < PASSPHRASE_CHARS_MIN);
    if short_passphrase {
        return Err(ErrorCode::WeakPassphrase.into());
    }
    shared.with(|state| {
        if state.is_member() {
            return Err(ErrorCode::AlreadyInCommunity.into());
        }
        found_in(shared, state, new)
    })
}

fn found_in(shared: &Shared, state: &mut State, new: &NewCommunity) -> Result<CommunityCreated> {
    let root = RootKeys::from_seeds(&random::bytes(), &random::bytes());
    let adoption = rules::first_adoption(&NewAdoption {
        regulation: new.regulation.clone(),
        file: None,
        settings: new.regulation_settings.clone(),
    })?;
    let made = new.passphrase.is_none().then(|| make_passphrase(random::bytes()));
    let passphrase = new.passphrase.as_ref().or(made.as_ref()).map_or("", String::as_str);
    let cost = StretchCost::recommended();
    if let Some(made) = &made {
        state.keychain.save(secret::UNTOLD_PASSPHRASE, made.as_bytes())?;
    }
    let sealed = RecoveryFile::seal(&root, passphrase, cost, random::bytes(), random::bytes())
        .map_err(|error| Error::about(ErrorCode::BadRecoveryFile, error))?;
    let name = format!("recovery-{}.fwr", new.short);
    let file = shared.home.join(&name);
    write_private(&shared.home, &name, sealed.as_bytes())
        .map_err(|_| Error::about(ErrorCode::File, file.display()))?;
    let mut identity = fresh_identity(state, root.community(), &new.relay)?;
    let token = new.host_token.as_deref();
    state.store.write(|tx| {
        write_identity(tx, &identity, token)?;
        tx.set_setting(setting::RECOVERY_FILE, sealed.as_bytes())?;
        let generation = Generation(random::bytes());
        let community_scope = ScopeId(random::bytes());
        let founding = StatementBody::Founding { recovery: root.recovery(), community_scope };
        keys::state_as(tx, &mut identity, root.signing_key(), generation, founding)?;
        let certificate = certificate(identity.device(), &identity, Role::Office);
        keys::state_as(tx, &mut identity, root.signing_key(), generation, certificate)?;
        new_scope(tx, &mut identity, community_scope)?;
        let mut edit = adoption.clone();
        for (key, value) in [("name", &new.name), ("short", &new.short)] {
            edit.community.insert(key.to_owned(), Some(value.clone()));
        }
        edit.devices = roster::entry(&identity.device().to_string(), &new.device_name);
        roster::write(tx, &identity, &edit)
    })?;
    let device = identity.device();
    state.adopt(identity);
    Ok(CommunityCreated {
        community: root.community().to_string(),
        device: device.to_string(),
        buildings: Vec::new(),
        recovery_file: file.display().to_string(),
        recovery_passphrase: None,
    })
}

/// The recovery passphrase that was made for the person, to be shown this once. It is kept until
/// founding has wholly worked, since a broken line must not lose it.
pub(crate) fn tell_passphrase(shared: &Shared) -> Result<Option<String>> {
    shared.with(|state| {
        let untold = untold_passphrase(state)?;
        if untold.is_some() {
            state.keychain.save(secret::UNTOLD_PASSPHRASE, b"")?;
        }
        Ok(untold)
    })
}

fn untold_passphrase(state: &State) -> Result<Option<String>> {
    let untold = state.keychain.load(secret::UNTOLD_PASSPHRASE)?.unwrap_or_default();
    Ok(String::from_utf8(untold).ok().filter(|passphrase| !passphrase.is_empty()))
}

/// Points a community that its relay has not taken yet at a relay again.
pub(crate) fn found_again(shared: &Shared, new: &NewCommunity) -> Result<Option<CommunityCreated>> {
    Target::parse(&new.relay)?;
    shared.with(|state| {
        if !state.is_member() {
            return Ok(None);
        }
        let file = shared.home.join(format!("recovery-{}.fwr", new.short));
        let untold = untold_passphrase(state)?.is_some();
        state.write(|tx, identity| {
            let short = roster::read(tx)?.community.get("short").cloned();
            let done = tx.setting(setting::HOSTED)?.is_some() && !untold;
            if done || short.as_ref() != Some(&new.short) {
                return Err(ErrorCode::AlreadyInCommunity.into());
            }
            identity.relay = new.relay.clone();
            write_identity(tx, identity, new.host_token.as_deref())?;
            Ok(Some(CommunityCreated {
                community: identity.community.to_string(),
                device: identity.device().to_string(),
                buildings: Vec::new(),
                recovery_file: file.display().to_string(),
                recovery_passphrase: None,
            }))
        })
    })
}

/// Points this device at another relay, or at the same one under a new address or certificate.
/// Returns the address that it had before. What the other one lacks it is given with the next sync.
pub(crate) fn move_relay(
    state: &mut State,
    relay: &RelayAddress,
    host_token: Option<&str>,
) -> Result<RelayAddress> {
    Target::parse(relay)?;
    state.write(|tx, identity| {
        let before = std::mem::replace(&mut identity.relay, relay.clone());
        write_identity(tx, identity, host_token)?;
        Ok(before)
    })
}

/// Makes keys for a device that is about to belong to a community. They are in the keychain
/// before anything refers to them.
pub(crate) fn fresh_identity(
    state: &State,
    community: CommunityId,
    relay: &RelayAddress,
) -> Result<Identity> {
    let keys = DeviceKeys::from_seeds(&random::bytes(), &random::bytes());
    state.keychain.save(secret::DEVICE, &keys.to_secret_bytes()[..])?;
    Ok(Identity {
        community,
        keys: Arc::new(keys),
        invitation: None,
        generation: Generation(random::bytes()),
        membership: Arc::new(Membership::new(community)),
        ring: Arc::new(KeyRing::default()),
        relay: relay.clone(),
        rules: RulesMemo::default(),
    })
}

/// Writes the settings of an identity.
pub(crate) fn write_identity(
    tx: &Tx<'_>,
    identity: &Identity,
    host_token: Option<&str>,
) -> Result<()> {
    tx.set_setting(setting::COMMUNITY, &identity.community.0)?;
    tx.set_setting(setting::GENERATION, &identity.generation.0)?;
    tx.set_setting(setting::RELAY_URL, identity.relay.url.as_bytes())?;
    match &identity.relay.pin {
        Some(pin) => tx.set_setting(setting::RELAY_PIN, pin.as_bytes())?,
        None => tx.remove_setting(setting::RELAY_PIN)?,
    }
    match host_token {
        Some(token) => tx.set_setting(setting::HOST_TOKEN, token.as_bytes())?,
        None => tx.remove_setting(setting::HOST_TOKEN)?,
    }
    Ok(())
}

/// Restores a community from its recovery file on a new device: the root certifies the device,
/// and the recovery key opens every scope key once the statements have come.
pub(crate) fn recover(
    shared: &Shared,
    file: &Path,
    passphrase: &str,
    relay: &RelayAddress,
) -> Result<RootKeys> {
    Target::parse(relay)?;
    let bytes = std::fs::read(file).map_err(|_| Error::about(ErrorCode::File, file.display()))?;
    let root = open_root(&bytes, passphrase, &file.display().to_string())?;
    shared.with(|state| {
        if state.is_member() && state.identity()?.community == root.community() {
            // An earlier attempt got this far before the line broke: go on from there.
            return Ok(());
        }
        if state.is_member() {
            return Err(ErrorCode::AlreadyInCommunity.into());
        }
        let mut identity = fresh_identity(state, root.community(), relay)?;
        state.store.write(|tx| {
            write_identity(tx, &identity, None)?;
            tx.set_setting(setting::RECOVERY_FILE, &bytes)?;
            let certificate = certificate(identity.device(), &identity, Role::Office);
            let generation = Generation(random::bytes());
            keys::state_as(tx, &mut identity, root.signing_key(), generation, certificate)?;
            Ok::<_, Error>(())
        })?;
        state.adopt(identity);
        Ok(())
    })?;
    Ok(root)
}

/// After the statements have come: takes every scope key out of them by the recovery key, and
/// seals it to this device as a new epoch, so that it is one of the keys' recipients from now on.
pub(crate) fn finish_recovery(shared: &Shared, root: &RootKeys, device_name: &str) -> Result<()> {
    shared.with(|state| {
        state.write(|tx, identity| {
            keys::take_recovered(tx, identity, root)?;
            ingest::retry_waiting(tx, identity, clock::now())?;
            let scopes: Vec<ScopeId> = identity.membership.epochs().keys().copied().collect();
            for scope in scopes {
                rotate(tx, identity, scope)?;
            }
            let devices = roster::entry(&identity.device().to_string(), device_name);
            roster::write(tx, identity, &RosterEdit { devices, ..RosterEdit::default() })
        })
    })
}

/// Makes another device an administrator, by the root key that this desk keeps sealed.
pub(crate) fn certify(state: &mut State, device: &str, passphrase: &str) -> Result<()> {
    state.write(|tx, identity| {
        let device = find_device(tx, identity, device)?;
        let sealed = tx.setting(setting::RECOVERY_FILE)?.ok_or(ErrorCode::NotAdmin)?;
        let root = open_root(&sealed, passphrase, "recovery")?;
        let member = identity.membership.member(&device).ok_or(ErrorCode::UnknownDevice)?;
        let (receive, role) = (member.receive, member.role);
        let body = StatementBody::Certificate { device, receive, role };
        let generation = Generation(random::bytes());
        keys::state_as(tx, identity, root.signing_key(), generation, body)?;
        let scopes: Vec<ScopeId> = identity.membership.epochs().keys().copied().collect();
        for scope in scopes {
            rotate(tx, identity, scope)?;
        }
        Ok(())
    })
}

/// Adds a building: a scope with its first key, and its name in the roster.
pub(crate) fn add_building(state: &mut State, name: &str) -> Result<BuildingInfo> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 64 {
        return Err(Error::about(ErrorCode::BadValue, "name"));
    }
    state.write(|tx, identity| {
        require_admin(identity)?;
        if roster::read(tx)?.buildings.values().any(|known| known == name) {
            return Err(Error::about(ErrorCode::BuildingExists, name));
        }
        let scope = ScopeId(random::bytes());
        new_scope(tx, identity, scope)?;
        let buildings = roster::entry(&scope.to_string(), name);
        roster::write(tx, identity, &RosterEdit { buildings, ..RosterEdit::default() })?;
        Ok(BuildingInfo { name: name.to_owned(), scope: scope.to_string() })
    })
}

/// Ends a device's membership: what this replica has of its logs still counts, and every scope
/// that it could read gets a new key.
pub(crate) fn revoke(state: &mut State, device: &str, why: &str) -> Result<Revoked> {
    state.write(|tx, identity| {
        require_admin(identity)?;
        let device = find_device(tx, identity, device)?;
        let stays = |(known, member): (&DeviceId, &Member)| {
            *known != device && member.admin && member.revoked.is_none()
        };
        if !identity.membership.members().iter().any(stays) {
            return Err(ErrorCode::LastAdmin.into());
        }
        let cuts = revocation::cuts(tx, identity, &device, Held::Cut)?;
        let affected: Vec<ScopeId> = identity
            .membership
            .epochs()
            .keys()
            .copied()
            .filter(|scope| identity.membership.has_access(&device, scope))
            .collect();
        keys::state(tx, identity, StatementBody::Revocation { device, cuts })?;
        for scope in &affected {
            rotate(tx, identity, *scope)?;
        }
        let notes = roster::entry(&format!("revoked/{device}"), why);
        roster::write(tx, identity, &RosterEdit { notes, ..RosterEdit::default() })?;
        let rotated = affected.iter().map(ScopeId::to_string).collect();
        Ok(Revoked { device: device.to_string(), rotated })
    })
}

/// Extends a device's grant to `for_s` seconds from now.
pub(crate) fn renew(state: &mut State, device: &str, for_s: u64) -> Result<()> {
    let lasts_ms = i64::try_from(for_s).unwrap_or(i64::MAX).saturating_mul(1000);
    let expires_at = Timestamp(clock::now().0.saturating_add(lasts_ms));
    state.write(|tx, identity| {
        require_admin(identity)?;
        let device = find_device(tx, identity, device)?;
        let member = identity.membership.member(&device).ok_or(ErrorCode::UnknownDevice)?;
        let body = StatementBody::Grant {
            device,
            receive: member.receive,
            role: member.role,
            scopes: member.scopes.clone(),
            expires_at,
        };
        keys::state(tx, identity, body).map(|_| ())
    })
}

/// A member's device by its id, a unique beginning of it, or its name in the roster.
pub(crate) fn find_device(tx: &Tx<'_>, identity: &Identity, text: &str) -> Result<DeviceId> {
    let names = roster::device_names(tx, identity)?;
    let matches: BTreeSet<DeviceId> = identity
        .membership
        .members()
        .keys()
        .filter(|device| {
            let by_id = text.len() >= 8 && device.to_string().starts_with(&text.to_lowercase());
            by_id || names.get(device).is_some_and(|name| name == text)
        })
        .copied()
        .collect();
    match matches.first() {
        Some(device) if matches.len() == 1 => Ok(*device),
        _ => Err(Error::about(ErrorCode::UnknownDevice, text)),
    }
}

/// Refuses what only administrators may do.
pub(crate) fn require_admin(identity: &Identity) -> Result<()> {
    if identity.is_admin() { Ok(()) } else { Err(ErrorCode::NotAdmin.into()) }
}

fn certificate(device: DeviceId, identity: &Identity, role: Role) -> StatementBody {
    let receive = identity.keys.receive();
    StatementBody::Certificate { device, receive, role: RoleCode(role.code()) }
}

/// Gives a new scope its first key.
fn new_scope(tx: &Tx<'_>, identity: &mut Identity, scope: ScopeId) -> Result<()> {
    rotate(tx, identity, scope)
}

/// Gives a scope its next key, sealed to everyone who may read it now.
pub(crate) fn rotate(tx: &Tx<'_>, identity: &mut Identity, scope: ScopeId) -> Result<()> {
    let newest = identity.membership.epochs().get(&scope).copied().unwrap_or(Epoch(0));
    let epoch = Epoch(newest.0 + 1);
    let key = ScopeKey::from_bytes(random::bytes());
    let body = make_rotation(&identity.membership, scope, epoch, &key, &random::bytes())
        .map_err(|error| Error::about(ErrorCode::BadValue, error))?;
    keys::keep_key(tx, identity, scope, epoch, key)?;
    keys::state(tx, identity, body).map(|_| ())
}

fn open_root(sealed: &[u8], passphrase: &str, name: &str) -> Result<RootKeys> {
    let opened = RecoveryFile::from_bytes(sealed).and_then(|file| file.open(passphrase));
    opened.map_err(|error| match error {
        RecoveryError::WrongPassphrase => ErrorCode::WrongPassphrase.into(),
        _ => Error::about(ErrorCode::BadRecoveryFile, name),
    })
}
