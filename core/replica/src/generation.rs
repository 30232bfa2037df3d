//! Copies of an install: finding out, and losing nothing.
//!
//! Two phones restored from one backup, or one phone put back to an older state, write into one
//! log what does not fit together. It shows in three ways: a parcel of this install arrives that
//! this device does not have; one arrives in a place where this device has another; or the relay
//! refuses one because its place is taken. Then this device takes a new generation, so that from
//! here on it writes its own log under its own actor, and writes anew there what stands only
//! here: changes in the outbox, and parcels from the fork on. What the other copy wrote stands
//! as it is. The documents are rebuilt from parcels first, so that no trace of the abandoned
//! branch is left in them. At a relay with another past it takes one without a sign ([`begin`]).
//!
//! On other devices, of two copies' parcels those that the relay has go on in the log, and the
//! others give way ([`give_way`]).
//!
//! An administrator's statements are made anew word for word: a link that was handed out must go
//! on working, and a scope key that parcels were sealed with must reach everybody. That is sound
//! because the membership is a fold over the set of statements, whoever stated them first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use floorwalk_complaint::{DocumentId, RawChange, derive_actor, rewrite_actor, unpack};
use floorwalk_store::{LogRecord, LogRow, OutboxChange, Tx};
use floorwalk_sync::{Placement, check_placement};
use floorwalk_wire::{
    Generation, ParcelKind, ScopeId, Seq, Statement, StatementBody, Timestamp, VerifiedParcel,
};

use crate::cut;
use crate::documents;
use crate::error::{Error, ErrorCode, Result};
use crate::ingest::{self, FORK, Opened, read_content};
use crate::keys;
use crate::random;
use crate::relay_state;
use crate::revocation;
#[cfg(feature = "simulation")]
use crate::simulation::{Sabotage, is_sabotaged};
use crate::state::{Identity, load_membership, setting};

/// Whether a log is one of this device's, of whatever generation.
pub(crate) fn is_own(tx: &Tx<'_>, identity: &Identity, log: LogRow) -> Result<bool> {
    Ok(tx.log_at(log)?.log.device == identity.device())
}

/// Looks at a parcel that has arrived and is not here: when it claims to be this install's, this
/// install has a copy.
pub(crate) fn notice_copy(
    tx: &Tx<'_>,
    identity: &mut Identity,
    parcel: &VerifiedParcel,
    opened: &mut Opened,
    now: Timestamp,
) -> Result<()> {
    let header = parcel.header();
    if header.device != identity.device() {
        return Ok(());
    }
    // Rebuilding documents below reads the parcels in the logs; what this batch has opened so
    // far must not be applied on top of that a second time, which admission sees to.
    std::mem::take(opened).apply(tx, identity, now)?;
    let log = tx.find_log(&header.log())?;
    match log.and_then(|log| Some((log.row, other_branch(&log, parcel)?))) {
        Some((row, from)) => write_anew(tx, identity, &header.scope, row, from, now),
        None if header.generation == identity.generation => {
            relay_state::warn(tx, relay_state::NEW_GENERATION)?;
            begin(tx, identity, now)
        }
        None => Ok(()),
    }
}

/// Takes a new generation, with nothing abandoned. So it is also at a relay with another past than
/// the one before: should this device have been put back to an older state, that relay could not
/// tell it, and would give the places of what others still have of it to what it writes next.
pub(crate) fn begin(tx: &Tx<'_>, identity: &mut Identity, now: Timestamp) -> Result<()> {
    renew(tx, identity, Abandoned::default(), now)
}

/// The first place of a log from which on what is here is another install's than the parcel.
fn other_branch(log: &LogRecord, parcel: &VerifiedParcel) -> Option<Seq> {
    let header = parcel.header();
    match check_placement(log.head.as_ref(), parcel) {
        Placement::Taken => Some(header.seq),
        Placement::Fork => log.head.map(|head| head.seq),
        Placement::Next | Placement::Gap => None,
    }
}

/// Of two copies of somebody's install, the one whose parcels the relay has goes on in their log.
/// What is here of the other, by way of a file or another device, gives way to it: it is put into
/// quarantine, and the install that wrote it writes it anew when it hears of this. What the relay
/// itself has given a place does not give way to what it says later. Says whether something did.
pub(crate) fn give_way(
    tx: &Tx<'_>,
    identity: &mut Identity,
    (log, parcel): (&LogRecord, &VerifiedParcel),
    opened: &mut Opened,
    now: Timestamp,
) -> Result<bool> {
    let own = parcel.header().device == identity.device();
    let from = other_branch(log, parcel).filter(|from| !own && *from > log.relay_seq);
    let Some(from) = from else { return Ok(false) };
    std::mem::take(opened).apply(tx, identity, now)?;
    set_aside(tx, identity, log.row, from, now)?;
    tx.release_quarantine(&parcel.id())?;
    Ok(true)
}

/// Puts what is here of somebody's log from a place on into quarantine.
pub(crate) fn set_aside(
    tx: &Tx<'_>,
    identity: &mut Identity,
    log: LogRow,
    from: Seq,
    now: Timestamp,
) -> Result<()> {
    let mut documents = BTreeSet::new();
    for stored in tx.log_parcels(log, from)? {
        let bytes = Some(stored.parcel.bytes().to_vec());
        ingest::quarantine(tx, &stored.parcel, None, FORK, bytes, now)?;
        documents.extend(revocation::documents_of(identity, &stored));
    }
    tx.truncate_log(log, from)?;
    if tx.log_at(log)?.log.scope == ScopeId::MEMBERSHIP {
        identity.membership = Arc::new(load_membership(tx, identity.community)?);
        return Ok(());
    }
    // What this device itself has built on them is held like anybody's, as a parcel.
    cut::cut_all(tx, identity)?;
    documents::rebuild(tx, identity, &documents, now)
}

/// Takes this device's own parcels from `from` on out of a log whose place is taken by others',
/// and writes their changes anew.
pub(crate) fn write_anew(
    tx: &Tx<'_>,
    identity: &mut Identity,
    scope: &ScopeId,
    log: LogRow,
    from: Seq,
    now: Timestamp,
) -> Result<()> {
    let log_id = tx.log_at(log)?.log;
    let actor = derive_actor(&log_id.device.0, &log_id.generation.0);
    let mut abandoned = Abandoned::default();
    for stored in tx.log_parcels(log, from)? {
        if stored.parcel.header().kind == ParcelKind::Statement {
            // One that is malformed never had an effect.
            abandoned.statements.extend(Statement::read(&stored.parcel).map(|said| said.body));
            continue;
        }
        let content = read_content(&stored.parcel, &identity.ring)
            .map_err(|error| Error::about(ErrorCode::StoreDamaged, error))?;
        for changes in content.documents {
            let document = DocumentId(changes.document);
            let raw = unpack(document.kind(), &actor, &changes.packed)
                .map_err(|error| Error::about(ErrorCode::StoreDamaged, error))?;
            abandoned.changes.entry((*scope, document)).or_default().extend(raw);
        }
    }
    tx.truncate_log(log, from)?;
    relay_state::warn(tx, relay_state::NEW_GENERATION)?;
    renew(tx, identity, abandoned, now)
}

/// What stands nowhere but here.
#[derive(Default)]
struct Abandoned {
    changes: Changes,
    statements: Vec<StatementBody>,
}

type Changes = BTreeMap<(ScopeId, DocumentId), Vec<RawChange>>;

/// Takes a new generation and moves what was abandoned, and the outbox, over to it.
fn renew(
    tx: &Tx<'_>,
    identity: &mut Identity,
    mut abandoned: Abandoned,
    now: Timestamp,
) -> Result<()> {
    let old = identity.actor();
    let generation = Generation(random::bytes());
    #[cfg(feature = "simulation")]
    let generation = match is_sabotaged(Sabotage::ReuseActor) {
        true => identity.generation,
        false => generation,
    };
    identity.generation = generation;
    tx.set_setting(setting::GENERATION, &identity.generation.0)?;
    for scope in tx.outbox_scopes()? {
        for change in tx.whole_outbox(&scope)? {
            let raw = RawChange::parse(change.bytes, old)
                .map_err(|error| Error::about(ErrorCode::StoreDamaged, error))?;
            abandoned.changes.entry((scope, change.document)).or_default().push(raw);
        }
    }
    rewrite(tx, identity, &abandoned.changes, now)?;
    if !abandoned.statements.is_empty() {
        // The membership in memory still has them as they were stated first.
        identity.membership = Arc::new(load_membership(tx, identity.community)?);
        for body in abandoned.statements {
            keys::state(tx, identity, body)?;
        }
    }
    Ok(())
}

/// Writes anew what an earlier install of this device had made and not put into a parcel.
pub(crate) fn adopt_outbox(
    tx: &Tx<'_>,
    identity: &Identity,
    earlier: Generation,
    outbox: Vec<(ScopeId, OutboxChange)>,
    now: Timestamp,
) -> Result<()> {
    let earlier = derive_actor(&identity.device().0, &earlier.0);
    let mut changes = Changes::new();
    for (scope, change) in outbox {
        // What the damage has spoiled can't be written anew.
        if let Ok(raw) = RawChange::parse(change.bytes, earlier) {
            changes.entry((scope, change.document)).or_default().push(raw);
        }
    }
    rewrite(tx, identity, &changes, now)
}

/// Writes changes anew as the present actor. They go into a parcel at once, so that what builds on
/// changes that are not here is held like anybody's until they come.
fn rewrite(tx: &Tx<'_>, identity: &Identity, changes: &Changes, now: Timestamp) -> Result<()> {
    let actor = identity.actor();
    for ((scope, document), changes) in changes {
        tx.clear_outbox_of(document)?;
        let rewritten = rewrite_actor(document.kind(), changes, &actor)
            .map_err(|error| Error::about(ErrorCode::StoreDamaged, error))?;
        for change in rewritten {
            tx.put_outbox(scope, document, change.bytes())?;
        }
    }
    cut::cut_all(tx, identity)?;
    documents::rebuild(tx, identity, &changes.keys().copied().collect(), now)
}
