//! Statements and keys: making statements, and taking scope keys out of those that arrive.

use std::sync::Arc;

use floorwalk_complaint::derive_actor;
use floorwalk_seal::{InvitationKeys, RootKeys, ScopeKey, open_rotation, open_welcome};
use floorwalk_store::{ParcelState, Tx};
use floorwalk_wire::{
    DeviceId, Epoch, Generation, Header, LogId, ParcelId, ParcelKind, ScopeId, Seq, Statement,
    StatementBody, VerifiedParcel,
};

use crate::error::{Error, ErrorCode, Result};
use crate::revocation;
use crate::state::{Identity, all_statements};

/// Signs a statement into this device's log of statements and lets it take effect here.
pub(crate) fn state(tx: &Tx<'_>, identity: &mut Identity, body: StatementBody) -> Result<ParcelId> {
    let keys = identity.keys.clone();
    let generation = identity.generation;
    state_as(tx, identity, keys.signing_key(), generation, body)
}

/// Signs a statement by another key: the root's.
pub(crate) fn state_as(
    tx: &Tx<'_>,
    identity: &mut Identity,
    key: &ed25519_dalek::SigningKey,
    generation: Generation,
    body: StatementBody,
) -> Result<ParcelId> {
    let device = DeviceId(key.verifying_key().to_bytes());
    let log = LogId { scope: ScopeId::MEMBERSHIP, device, generation };
    let record = tx.log(&log, &derive_actor(&device.0, &generation.0).0)?;
    let (seq, previous) = match &record.head {
        Some(head) => (Seq(head.seq.0 + 1), head.parcel),
        None => (Seq(1), ParcelId::NONE),
    };
    let statement = Statement { lamport: identity.membership.next_lamport(), body };
    let header = Header {
        kind: ParcelKind::Statement,
        community: identity.community,
        scope: ScopeId::MEMBERSHIP,
        device,
        generation,
        seq,
        previous,
        epoch: Epoch(0),
    };
    let parcel = VerifiedParcel::sign(header, &statement.encode(), key)
        .map_err(|error| Error::about(ErrorCode::BadValue, error))?;
    tx.append_parcel(record.row, &parcel, ParcelState::Waiting)?;
    take_statements(tx, identity, std::slice::from_ref(&parcel))?;
    Ok(parcel.id())
}

/// Adds statements to the membership, takes out the keys that they hold for this device, and looks
/// again at parcels that count otherwise now.
///
/// Keys count only from statements whose author had the right to make them; one that gains its
/// effect later stays *waiting* until then.
pub(crate) fn take_statements(
    tx: &Tx<'_>,
    identity: &mut Identity,
    statements: &[VerifiedParcel],
) -> Result<()> {
    let before = identity.membership.members().clone();
    // A malformed statement stays in its log and has no effect.
    let membership = Arc::make_mut(&mut identity.membership);
    let well_formed = statements.iter().filter(|parcel| Statement::read(parcel).is_ok());
    membership.extend(well_formed).map_err(|error| Error::about(ErrorCode::BadValue, error))?;
    for stored in tx.waiting_parcels()? {
        let parcel = &stored.parcel;
        let effective = parcel.header().kind == ParcelKind::Statement
            && identity.membership.is_effective(&parcel.id());
        if effective {
            take_keys(tx, identity, parcel)?;
            tx.set_parcel_state(stored.log, parcel.header().seq, ParcelState::Opened)?;
        }
    }
    revocation::reconsider(tx, identity, &before)
}

/// Keeps a scope key in store and memory.
pub(crate) fn keep_key(
    tx: &Tx<'_>,
    identity: &mut Identity,
    scope: ScopeId,
    epoch: Epoch,
    key: ScopeKey,
) -> Result<()> {
    tx.put_scope_key(&scope, epoch, key.as_bytes())?;
    Arc::make_mut(&mut identity.ring).insert(scope, epoch, key);
    Ok(())
}

/// Opens every scope key that the statements hold for the recovery key.
pub(crate) fn take_recovered(tx: &Tx<'_>, identity: &mut Identity, root: &RootKeys) -> Result<()> {
    for parcel in all_statements(tx)? {
        let Ok(statement) = Statement::read(&parcel) else { continue };
        let StatementBody::Rotation { scope, epoch, .. } = &statement.body else { continue };
        if !identity.membership.is_effective(&parcel.id()) {
            continue;
        }
        let secrets = [root.recovery_secret()];
        if let Ok(Some(key)) = open_rotation(&identity.community, &statement.body, &secrets) {
            keep_key(tx, identity, *scope, *epoch, key)?;
        }
    }
    Ok(())
}

fn take_keys(tx: &Tx<'_>, identity: &mut Identity, parcel: &VerifiedParcel) -> Result<()> {
    let Ok(statement) = Statement::read(parcel) else { return Ok(()) };
    let community = identity.community;
    match &statement.body {
        StatementBody::Rotation { scope, epoch, .. } => {
            let (keys, invitation) = (identity.keys.clone(), identity.invitation.clone());
            let mut secrets = vec![keys.receive_secret()];
            secrets.extend(invitation.as_deref().map(InvitationKeys::receive_secret));
            // One that names this device and does not open is its author's fault; the statement
            // stands, and whatever is sealed with the key will wait for it.
            if let Ok(Some(key)) = open_rotation(&community, &statement.body, &secrets) {
                keep_key(tx, identity, *scope, *epoch, key)?;
            }
        }
        StatementBody::Invitation { invitation, welcome, .. } => {
            let keys = identity.invitation.clone();
            let Some(keys) = keys.filter(|keys| keys.id() == *invitation) else { return Ok(()) };
            let welcome = open_welcome(&community, &keys, welcome)
                .map_err(|_| Error::new(ErrorCode::BadLink))?;
            for (scope, epoch, key) in welcome.entries() {
                keep_key(tx, identity, scope, epoch, key.clone())?;
            }
        }
        _ => {}
    }
    Ok(())
}
