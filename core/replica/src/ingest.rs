//! Taking in parcels: into their logs, opened, and on into the documents.
//!
//! Whatever arrives ends in one of four places, and none of them is nowhere: its log, the waiting
//! room for parcels whose predecessors are missing, the state *waiting* for a key or a membership
//! that has not come, or quarantine with a reason. One batch is one transaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use floorwalk_complaint::{DocumentId, Role, derive_actor, pack_heads};
use floorwalk_seal::{AttestedDocument, Content, KeyRing, OpenError, open_parcel};
use floorwalk_store::{
    LogRow, Page, ParcelState, Place, Placed, QuarantineEntry, StoredParcel, Tx,
};
use floorwalk_sync::{Known, Placement, ReceivedEntry, ReceivedParcel, check_placement};
use floorwalk_wire::membership::NotAllowed;
use floorwalk_wire::{
    LogId, Membership, ParcelId, ParcelKind, ScopeId, Seq, SignedHead, Statement, Timestamp,
    VerifiedParcel,
};

use crate::documents::{self, Unit};
use crate::error::Result;
use crate::generation;
use crate::keys;
use crate::relay_state;
use crate::revocation;
use crate::state::Identity;

/// What a batch brought.
#[derive(Default)]
pub(crate) struct Taken {
    /// New parcels.
    pub(crate) parcels: u64,
    /// The new membership, when statements changed it.
    pub(crate) membership: Option<Arc<Membership>>,
    /// Whether a document, a list or a delivery state may look different now.
    pub(crate) documents_changed: bool,
    /// Whether the relay's list contradicts what is noted here of it, and is to be read anew.
    pub(crate) reads_anew: bool,
    /// Whether a parcel was not kept, because too many wait for their predecessors already.
    overflowed: bool,
}

/// Takes in a page of the relay's list and moves the cursor with it. The cursor stays where a
/// parcel was not kept, and with it through the pages behind: the next sync asks from there on.
pub(crate) fn from_relay(
    tx: &Tx<'_>,
    identity: &mut Identity,
    scope: &ScopeId,
    entries: Vec<ReceivedEntry>,
    head: Option<&SignedHead>,
    now: Timestamp,
) -> Result<Taken> {
    let cursor = tx.cursor(scope)?;
    if cursor.is_some() && entries.iter().any(|entry| doubts_clock(entry, now)) {
        relay_state::warn(tx, relay_state::CLOCK_DIFFERS)?;
    }
    let places: Vec<(ParcelId, Place, bool)> = entries.iter().map(placed).collect();
    let parcels = entries.into_iter().map(|entry| entry.parcel).collect();
    let mut taken = take(tx, identity, scope, (parcels, From::Relay), now)?;
    let Some(head) = head else { return Ok(taken) };
    if taken.overflowed {
        return Ok(taken);
    }
    // Another process of this home may have followed the list meanwhile: what it placed stays,
    // the cursor is never moved back, and never over a gap.
    let reached = tx.cursor(scope)?.filter(|known| known.history == head.history);
    let reached = reached.map_or(0, |cursor| cursor.chain.position);
    let (first, last) = match (places.first(), places.last()) {
        (Some((_, first, _)), Some((_, last, _))) => (first.position, last.position),
        _ => (reached + 1, reached),
    };
    if first > reached + 1 || head.chain.position > last.max(reached) {
        return Ok(taken);
    }
    taken.documents_changed |= !places.is_empty();
    for (parcel, place, known) in places {
        let contradicts = match tx.place_parcel(scope, &parcel, &place)? {
            Placed::Here => false,
            // The relay took what stood at its place in the log for the same.
            Placed::NotHere => known,
            Placed::Conflict => true,
        };
        if contradicts {
            tx.forget_places(scope)?;
            taken.reads_anew = true;
            return Ok(taken);
        }
    }
    if head.chain.position >= reached {
        tx.set_cursor(head)?;
    }
    Ok(taken)
}

/// A parcel, where it stands, and whether the relay takes it for known.
fn placed(entry: &ReceivedEntry) -> (ParcelId, Place, bool) {
    let ReceivedEntry { position, chain, received_at, parcel } = entry;
    let place = Place { position: *position, chain: *chain, received_at: *received_at };
    (parcel_id(parcel), place, matches!(parcel, ReceivedParcel::Known(_)))
}

/// How far this device's clock may differ from the relay's before it is doubted.
const CLOCK_DIFFERENCE_MS: u64 = 10 * 60 * 1000;

/// Behind a cursor, a known parcel is one that this device has just put, so its receipt is as
/// fresh as can be; any other receipt may be old, and tells something only from the future.
fn doubts_clock(entry: &ReceivedEntry, now: Timestamp) -> bool {
    let just_put = matches!(entry.parcel, ReceivedParcel::Known(_));
    let differs = entry.received_at.0.abs_diff(now.0) > CLOCK_DIFFERENCE_MS;
    differs && (just_put || entry.received_at > now)
}

/// Takes in what another device or a bundle brings.
pub(crate) fn from_device(
    tx: &Tx<'_>,
    identity: &mut Identity,
    scope: &ScopeId,
    parcels: Vec<ReceivedParcel>,
    now: Timestamp,
) -> Result<Taken> {
    take(tx, identity, scope, (parcels, From::Device), now)
}

/// A page of a list's parcels beyond what a peer has, in the order of their logs.
pub(crate) fn parcels_beyond(
    tx: &Tx<'_>,
    scope: &ScopeId,
    known: &Known,
    after: Option<&ParcelId>,
) -> Result<Page<Arc<[u8]>>> {
    let mut after = after.copied();
    loop {
        let (page, more) = tx.parcels(scope, after.as_ref())?;
        after = page.last().map(|stored| stored.parcel.id()).or(after);
        let wanted = |stored: &StoredParcel| {
            let header = stored.parcel.header();
            !known.covers(&header.log(), header.seq)
        };
        let beyond: Vec<Arc<[u8]>> =
            page.iter().filter(|s| wanted(s)).map(|s| s.parcel.bytes().clone()).collect();
        // The next load continues after the last parcel that is sent.
        if !more || !beyond.is_empty() {
            return Ok((beyond, more));
        }
    }
}

/// Tries again what waited for a key or a membership.
pub(crate) fn retry_waiting(tx: &Tx<'_>, identity: &mut Identity, now: Timestamp) -> Result<bool> {
    let mut opened = Opened::default();
    for stored in tx.waiting_parcels()? {
        if stored.parcel.header().kind == ParcelKind::Changes {
            let state = open(tx, identity, stored.log, &stored.parcel, now, &mut opened)?;
            if state != ParcelState::Waiting {
                tx.set_parcel_state(stored.log, stored.parcel.header().seq, state)?;
            }
        }
    }
    let changed = !opened.units.is_empty();
    opened.apply(tx, identity, now)?;
    Ok(changed)
}

fn take(
    tx: &Tx<'_>,
    identity: &mut Identity,
    scope: &ScopeId,
    (parcels, from): (Vec<ReceivedParcel>, From),
    now: Timestamp,
) -> Result<Taken> {
    let mut taken = Taken::default();
    let mut opened = Opened::default();
    let mut statements = Vec::new();
    for parcel in parcels {
        let parcel = match parcel {
            ReceivedParcel::Known(_) => continue,
            ReceivedParcel::Rejected { bytes, error } => {
                quarantine_bytes(tx, scope, &bytes, &error.to_string(), now)?;
                continue;
            }
            ReceivedParcel::Verified(parcel) => parcel,
        };
        if tx.has_parcel(&parcel.id())? {
            continue;
        }
        if is_nonsense(identity, &parcel) {
            quarantine(tx, &parcel, None, "not_a_statement", None, now)?;
            continue;
        }
        generation::notice_copy(tx, identity, &parcel, &mut opened, now)?;
        let mut next = Some((parcel, from));
        while let Some((parcel, from)) = next.take() {
            let log = parcel.header().log();
            let row = match place(tx, identity, (&parcel, from), &mut opened, now)? {
                Spot::At(row) => row,
                Spot::Elsewhere => continue,
                Spot::NoRoom => {
                    taken.overflowed = true;
                    relay_state::warn(tx, relay_state::TOO_MANY_WAIT)?;
                    continue;
                }
            };
            taken.parcels += 1;
            let seq = parcel.header().seq;
            let state = match parcel.header().kind {
                ParcelKind::Statement => ParcelState::Waiting,
                ParcelKind::Changes => open(tx, identity, row, &parcel, now, &mut opened)?,
            };
            tx.append_parcel(row, &parcel, state)?;
            if parcel.header().kind == ParcelKind::Statement {
                statements.push(parcel);
            }
            // Who brought those that have waited is not known any more.
            let waiting = tx.take_waiting_parcel(&log, Seq(seq.0 + 1))?;
            next = waiting.map(|waiting| (waiting.parcel, From::Device));
        }
    }
    taken.documents_changed = !opened.units.is_empty();
    opened.apply(tx, identity, now)?;
    if !statements.is_empty() {
        keys::take_statements(tx, identity, &statements)?;
        tx.forget_refusals()?;
        taken.documents_changed |= retry_waiting(tx, identity, now)?;
        taken.membership = Some(identity.membership.clone());
        taken.documents_changed = true;
    }
    Ok(taken)
}

/// Why a parcel is in quarantine whose place in its log another one has.
pub(crate) const FORK: &str = "fork";

/// Who brings parcels.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    /// The relay, whose list says which parcel stands at which place of a log.
    Relay,
    /// Another device, or a file.
    Device,
}

/// Whether it claims to be a statement, is none that this version can read, and its author could
/// not state anything either. An administrator's is kept in its log: a newer version can read it.
fn is_nonsense(identity: &Identity, parcel: &VerifiedParcel) -> bool {
    parcel.header().kind == ParcelKind::Statement
        && !identity.membership.may_state(&parcel.header().device)
        && Statement::read(parcel).is_err()
}

/// Where a parcel goes.
enum Spot {
    /// It is the next of its log.
    At(LogRow),
    /// It waits for its predecessors, or is in quarantine.
    Elsewhere,
    /// It would wait, but too many do.
    NoRoom,
}

/// Finds a parcel's place. One that the relay brings takes it from another install's.
fn place(
    tx: &Tx<'_>,
    identity: &mut Identity,
    (parcel, from): (&VerifiedParcel, From),
    opened: &mut Opened,
    now: Timestamp,
) -> Result<Spot> {
    let header = parcel.header();
    let actor = derive_actor(&header.device.0, &header.generation.0);
    let log = tx.log(&header.log(), &actor.0)?;
    match check_placement(log.head.as_ref(), parcel) {
        Placement::Next => Ok(Spot::At(log.row)),
        Placement::Gap if tx.put_waiting_parcel(parcel)? => Ok(Spot::Elsewhere),
        Placement::Gap => Ok(Spot::NoRoom),
        Placement::Taken | Placement::Fork
            if from == From::Relay
                && generation::give_way(tx, identity, (&log, parcel), opened, now)? =>
        {
            place(tx, identity, (parcel, from), opened, now)
        }
        Placement::Taken | Placement::Fork => {
            let bytes = Some(parcel.bytes().to_vec());
            quarantine(tx, parcel, None, FORK, bytes, now)?;
            Ok(Spot::Elsewhere)
        }
    }
}

/// What the opened parcels of a batch hold, before it goes into the documents.
#[derive(Default)]
pub(crate) struct Opened {
    pub(crate) units: BTreeMap<(ScopeId, DocumentId), Vec<Unit>>,
}

impl Opened {
    /// Takes everything into the documents.
    pub(crate) fn apply(self, tx: &Tx<'_>, identity: &Identity, now: Timestamp) -> Result<()> {
        documents::apply(tx, identity, self.units, now)
    }
}

/// Opens a parcel of changes: rights, key, content. Says in which state it stands.
pub(crate) fn open(
    tx: &Tx<'_>,
    identity: &Identity,
    log: LogRow,
    parcel: &VerifiedParcel,
    now: Timestamp,
    opened: &mut Opened,
) -> Result<ParcelState> {
    let header = parcel.header();
    match revocation::may_count(identity, &header.log(), header.seq) {
        Ok(()) => {}
        Err(NotAllowed::NotAMember | NotAllowed::WrongScope) => return Ok(ParcelState::Waiting),
        Err(NotAllowed::Revoked) => {
            quarantine(tx, parcel, None, revocation::AFTER_REVOCATION, None, now)?;
            return Ok(ParcelState::Quarantined);
        }
    }
    let content = match read_content(parcel, &identity.ring) {
        Ok(content) => content,
        Err(error) if error.awaits_key() => return Ok(ParcelState::Waiting),
        Err(error) => {
            quarantine(tx, parcel, None, &error.to_string(), None, now)?;
            return Ok(ParcelState::Quarantined);
        }
    };
    let role = identity.role_of(&header.device);
    if role.is_some_and(is_office) {
        for blob in &content.blobs_here {
            tx.note_office_has(blob)?;
        }
        for head in &content.seen {
            tx.note_office_seen(&head.log(header.scope), head.seq)?;
        }
    }
    if let Some(cursor) = &content.relay_head {
        compare_heads(tx, &header.scope, cursor)?;
    }
    for changes in content.documents {
        let unit = Unit { log, header: *header, parcel: parcel.id(), packed: changes.packed };
        let document = DocumentId(changes.document);
        tx.note_document_parcel(&document, log, header.seq)?;
        opened.units.entry((header.scope, document)).or_default().push(unit);
    }
    Ok(ParcelState::Opened)
}

/// Opens a parcel's content. Sections that a newer version wrote are passed over here; the parcel
/// keeps them. What it attests must be of its content: a device must not write what nobody can
/// hold against it.
pub(crate) fn read_content(
    parcel: &VerifiedParcel,
    ring: &KeyRing,
) -> std::result::Result<Content, OpenError> {
    let opened = open_parcel(parcel, ring)?;
    let content = Content::decode(&opened.content)?.content;
    if let Some(attested) = opened.attested {
        let documents = attested_documents(&parcel.header().log(), &content);
        if attested.blinding.root(&documents) != attested.root {
            return Err(OpenError::Inconsistent("what is attested is not the content"));
        }
    }
    Ok(content)
}

/// What a parcel of a log attests of its documents. One whose changes can't be read has no heads:
/// it is refused for itself.
pub(crate) fn attested_documents(log: &LogId, content: &Content) -> Vec<AttestedDocument> {
    let actor = derive_actor(&log.device.0, &log.generation.0);
    let attested = content.documents.iter().map(|changes| {
        let kind = DocumentId(changes.document).kind();
        let heads = pack_heads(kind, &actor, &changes.packed);
        AttestedDocument {
            document: changes.document,
            heads: heads.into_iter().map(|head| head.0).collect(),
        }
    });
    attested.collect()
}

/// Whether a role's replica is the property office's, for 物业已收到.
pub(crate) fn is_office(role: Role) -> bool {
    matches!(role, Role::Office | Role::Manager)
}

/// A peer says where it saw the relay's chain: if this device saw another chain there, the relay
/// tells different people different histories.
fn compare_heads(tx: &Tx<'_>, scope: &ScopeId, theirs: &floorwalk_wire::Cursor) -> Result<()> {
    let Some(ours) = tx.cursor(scope)? else { return Ok(()) };
    if ours.history != theirs.history {
        return Ok(());
    }
    let here = tx.chain_at(scope, theirs.chain.position)?;
    if here.is_some_and(|here| here != theirs.chain.hash) {
        relay_state::warn(tx, relay_state::CHAIN_BROKEN)?;
    }
    Ok(())
}

/// Puts a parcel, or a document's part of it, into quarantine.
pub(crate) fn quarantine(
    tx: &Tx<'_>,
    parcel: &VerifiedParcel,
    document: Option<DocumentId>,
    reason: &str,
    bytes: Option<Vec<u8>>,
    now: Timestamp,
) -> Result<()> {
    let header = parcel.header();
    tx.quarantine(&QuarantineEntry {
        parcel: parcel.id(),
        document,
        scope: header.scope,
        device: Some(header.device),
        reason: reason.to_owned(),
        at: now,
        bytes,
    })?;
    Ok(())
}

/// Bytes that are no parcel are kept for the admin to see, up to a limit: nobody has signed them,
/// so nobody can be held to them, and a peer must not fill the disk with them.
const UNSIGNED_QUARANTINE_MAX: u64 = 1000;

fn quarantine_bytes(
    tx: &Tx<'_>,
    scope: &ScopeId,
    bytes: &[u8],
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    if tx.quarantine_count()? >= UNSIGNED_QUARANTINE_MAX {
        return Ok(());
    }
    tx.quarantine(&QuarantineEntry {
        parcel: ParcelId::derive(bytes),
        document: None,
        scope: *scope,
        device: None,
        reason: reason.to_owned(),
        at: now,
        bytes: Some(bytes.to_vec()),
    })?;
    Ok(())
}

fn parcel_id(parcel: &ReceivedParcel) -> ParcelId {
    match parcel {
        ReceivedParcel::Verified(parcel) => parcel.id(),
        ReceivedParcel::Rejected { bytes, .. } => ParcelId::derive(bytes),
        ReceivedParcel::Known(parcel) => *parcel,
    }
}

#[cfg(test)]
mod tests;
