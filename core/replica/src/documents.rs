//! Documents: taking in changes that parcels brought, and rebuilding from parcels.
//!
//! Admission (`floorwalk_complaint`) decides on changes; this module feeds it, keeps its outcome,
//! and keeps what it holds back or refuses. A document's saved bytes and its row in the list are
//! always written together.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use floorwalk_complaint::{
    Actor, Admission, Author, Authors, Document, DocumentId, DocumentKind, RawChange,
};
use floorwalk_store::{ComplaintRecord, HeldChange, LogRow, ParcelState, QuarantineEntry, Tx};
use floorwalk_wire::{Header, ParcelId, ScopeId, Timestamp};

use crate::admission::{self, Candidate, Decision, Job, Verdict};
use crate::clock;
use crate::error::{Error, ErrorCode, Result};
use crate::evaluation;
use crate::evidence;
use crate::ingest::{is_office, read_content};
use crate::rules::Rules;
use crate::state::Identity;

/// A document's part of one parcel.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    /// The parcel's log.
    pub(crate) log: LogRow,
    /// The parcel's header.
    pub(crate) header: Header,
    /// The parcel.
    pub(crate) parcel: ParcelId,
    /// The packed changes.
    pub(crate) packed: Vec<u8>,
}

/// Units by their document.
pub(crate) type Units = BTreeMap<(ScopeId, DocumentId), Vec<Unit>>;

/// Documents that are admitted to side by side, before their outcome is written.
const DOCUMENTS_AT_ONCE: usize = 512;

/// Takes units into their documents: the community's first, because the regulation that a
/// complaint's row speaks of stands there.
pub(crate) fn apply(tx: &Tx<'_>, identity: &Identity, units: Units, now: Timestamp) -> Result<()> {
    let is_roster = |key: &(ScopeId, DocumentId)| key.1.kind() == DocumentKind::Community;
    let (rosters, complaints) = units.into_iter().partition::<Units, _>(|(key, _)| is_roster(key));
    if !rosters.is_empty() {
        let known = Rules::of(tx, identity)?;
        apply_to(tx, identity, rosters, now)?;
        if !Rules::of(tx, identity)?.names_the_same(&known) {
            show_again(tx, identity)?;
        }
    }
    apply_to(tx, identity, complaints, now)
}

/// Writes the rows of all complaints again: those that came before the regulation that they were
/// received under could not say when they are due.
fn show_again(tx: &Tx<'_>, identity: &Identity) -> Result<()> {
    let rows = Rows::new(tx, identity)?;
    for (id, scope) in tx.document_ids(None)? {
        if id.kind() == DocumentKind::Complaint {
            rows.write(&scope, &id, &load(tx, identity, &scope, &id)?)?;
        }
    }
    Ok(())
}

fn apply_to(tx: &Tx<'_>, identity: &Identity, units: Units, now: Timestamp) -> Result<()> {
    let rows = Rows::new(tx, identity)?;
    let mut units = units.into_iter().peekable();
    while units.peek().is_some() {
        let mut jobs = Vec::new();
        for ((scope, id), units) in units.by_ref().take(DOCUMENTS_AT_ONCE) {
            jobs.push(prepare(tx, identity, scope, id, units)?);
        }
        let decided = admission::decide_all(&jobs);
        for (job, decision) in jobs.iter().zip(decided) {
            keep_decision(&rows, job, decision, now)?;
        }
    }
    Ok(())
}

/// Takes changes of this device into a document and into the outbox.
fn apply_own(
    tx: &Tx<'_>,
    identity: &Identity,
    scope: &ScopeId,
    id: &DocumentId,
    changes: Vec<RawChange>,
) -> Result<()> {
    let document = load(tx, identity, scope, id)?;
    let raw: Vec<Vec<u8>> = changes.iter().map(|change| change.bytes().to_vec()).collect();
    match document.admit(changes) {
        Admission::Admitted(admitted) => {
            keep(tx, identity, scope, id, &admitted.document, &admitted.saved, &raw)
        }
        Admission::Known => Ok(()),
        Admission::Waiting { .. } | Admission::Refused(_) => {
            Err(Error::about(ErrorCode::StoreDamaged, id))
        }
    }
}

/// Keeps a document that was just written here, with its changes for the outbox.
pub(crate) fn keep(
    tx: &Tx<'_>,
    identity: &Identity,
    scope: &ScopeId,
    id: &DocumentId,
    document: &Document,
    saved: &[u8],
    changes: &[Vec<u8>],
) -> Result<()> {
    tx.put_document(id, scope, saved)?;
    changes.iter().try_for_each(|change| tx.put_outbox(scope, id, change))?;
    if id.kind() == DocumentKind::Complaint {
        Rows::new(tx, identity)?.write(scope, id, document)?;
        tx.note_pending(id)?;
    }
    Ok(())
}

/// A document as it stands; an empty one when nothing of it has arrived. One whose saved bytes
/// are damaged is rebuilt from parcels first.
pub(crate) fn load(
    tx: &Tx<'_>,
    identity: &Identity,
    scope: &ScopeId,
    id: &DocumentId,
) -> Result<Document> {
    let Some(stored) = tx.document(id)? else { return Ok(Document::empty(id.kind())) };
    let intact = stored.saved.and_then(|saved| Document::load(id.kind(), &saved).ok());
    match intact {
        Some(document) => Ok(document),
        None => {
            rebuild(tx, identity, &BTreeSet::from([(*scope, *id)]), clock::now())?;
            let rebuilt = tx.document(id)?.and_then(|stored| stored.saved);
            rebuilt
                .and_then(|saved| Document::load(id.kind(), &saved).ok())
                .ok_or_else(|| Error::about(ErrorCode::StoreDamaged, id))
        }
    }
}

/// Makes documents anew from the parcels and the outbox, which are the truth.
pub(crate) fn rebuild(
    tx: &Tx<'_>,
    identity: &Identity,
    wanted: &BTreeSet<(ScopeId, DocumentId)>,
    now: Timestamp,
) -> Result<()> {
    let placed = |(scope, id): &&(ScopeId, DocumentId)| !is_misplaced(identity, scope, id);
    let wanted = &wanted.iter().filter(placed).copied().collect::<BTreeSet<_>>();
    let scopes: BTreeSet<ScopeId> = wanted.iter().map(|(scope, _)| *scope).collect();
    let mut units = Units::new();
    for scope in scopes {
        collect_units(tx, identity, &scope, wanted, &mut units)?;
    }
    for (_, id) in wanted {
        tx.remove_document(id)?;
    }
    apply(tx, identity, units, now)?;
    for (scope, id) in wanted {
        let outbox = tx.outbox_of(id)?;
        if outbox.is_empty() {
            continue;
        }
        let actor = identity.actor();
        let changes = outbox.into_iter().map(|change| RawChange::parse(change.bytes, actor));
        let changes = changes
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(|error| Error::about(ErrorCode::StoreDamaged, error))?;
        tx.clear_outbox_of(id)?;
        apply_own(tx, identity, scope, id, changes)?;
    }
    Ok(())
}

fn collect_units(
    tx: &Tx<'_>,
    identity: &Identity,
    scope: &ScopeId,
    wanted: &BTreeSet<(ScopeId, DocumentId)>,
    units: &mut Units,
) -> Result<()> {
    let mut after = None;
    loop {
        let (page, more) = tx.parcels(scope, after.as_ref())?;
        after = page.last().map(|stored| stored.parcel.id()).or(after);
        for stored in page.iter().filter(|stored| stored.state == ParcelState::Opened) {
            let content = read_content(&stored.parcel, &identity.ring);
            for changes in content.into_iter().flat_map(|content| content.documents) {
                let key = (*scope, DocumentId(changes.document));
                if wanted.contains(&key) {
                    tx.note_document_parcel(&key.1, stored.log, stored.parcel.header().seq)?;
                    units.entry(key).or_default().push(Unit {
                        log: stored.log,
                        header: *stored.parcel.header(),
                        parcel: stored.parcel.id(),
                        packed: changes.packed,
                    });
                }
            }
        }
        if !more {
            return Ok(());
        }
    }
}

/// Whether a document of this id can't be one of this scope, whoever says so.
fn is_misplaced(identity: &Identity, scope: &ScopeId, id: &DocumentId) -> bool {
    match id.kind() {
        DocumentKind::Community => Some(*scope) != identity.membership.community_scope(),
        DocumentKind::Complaint => !id.is_of(&scope.0),
    }
}

/// Gathers what admission needs to decide on a document: its present state, the new units, and
/// those that were held back.
fn prepare(
    tx: &Tx<'_>,
    identity: &Identity,
    scope: ScopeId,
    id: DocumentId,
    units: Vec<Unit>,
) -> Result<Job> {
    let misplaced = is_misplaced(identity, &scope, &id);
    // What is held of a document came in its own scope.
    let (document, units) = if misplaced {
        (Document::empty(id.kind()), units.into_iter().map(|unit| (unit, false)).collect())
    } else {
        (load(tx, identity, &scope, &id)?, with_held(tx, &id, units)?)
    };
    let candidates = units.into_iter().map(|(unit, held)| {
        let role = identity.role_of(&unit.header.device);
        let may_write = id.kind() == DocumentKind::Complaint || role.is_some_and(is_office);
        let barred = match (misplaced, may_write) {
            (true, _) => Some("wrong_scope"),
            (false, false) => Some("role"),
            (false, true) => None,
        };
        Candidate { unit, held, barred }
    });
    Ok(Job { scope, id, document, candidates: candidates.collect() })
}

fn with_held(tx: &Tx<'_>, id: &DocumentId, units: Vec<Unit>) -> Result<Vec<(Unit, bool)>> {
    let mut all: Vec<(Unit, bool)> = units.into_iter().map(|unit| (unit, false)).collect();
    for held in tx.held_changes(id)? {
        let here = all.iter().any(|(unit, _)| unit.log == held.log && unit.header.seq == held.seq);
        let stored = tx.log_parcels(held.log, held.seq)?.into_iter().next();
        if let (false, Some(stored)) = (here, stored) {
            let unit = Unit {
                log: held.log,
                header: *stored.parcel.header(),
                parcel: stored.parcel.id(),
                packed: held.packed,
            };
            all.push((unit, true));
        }
    }
    Ok(all)
}

/// Writes what was decided: the document and its row, and where each unit went.
fn keep_decision(rows: &Rows<'_>, job: &Job, decision: Decision, now: Timestamp) -> Result<()> {
    let tx = rows.tx;
    let Job { scope, id, .. } = job;
    for (candidate, verdict) in job.candidates.iter().zip(&decision.verdicts) {
        let unit = &candidate.unit;
        let (log, seq) = (unit.log, unit.header.seq);
        match verdict {
            Verdict::Waiting if candidate.held => {}
            Verdict::Waiting => {
                tx.hold_change(id, &HeldChange { log, seq, packed: unit.packed.clone() })?;
            }
            Verdict::Applied => {}
            Verdict::Refused(reason) => set_aside(tx, id, unit, reason, now)?,
        }
        if candidate.held && *verdict != Verdict::Waiting {
            tx.release_held(id, log, seq)?;
        }
    }
    let Some((document, saved)) = decision.changed else { return Ok(()) };
    tx.put_document(id, scope, &saved)?;
    if id.kind() == DocumentKind::Complaint {
        rows.write(scope, id, &document)?;
        note_parcels(tx, rows.identity, job, decision.first)?;
    }
    Ok(())
}

fn set_aside(
    tx: &Tx<'_>,
    id: &DocumentId,
    unit: &Unit,
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    tx.quarantine(&QuarantineEntry {
        parcel: unit.parcel,
        document: Some(*id),
        scope: unit.header.scope,
        device: Some(unit.header.device),
        reason: reason.to_owned(),
        at: now,
        bytes: None,
    })?;
    Ok(())
}

/// Notes which parcel brought a complaint, and which of this device's own hold changes to it.
fn note_parcels(tx: &Tx<'_>, identity: &Identity, job: &Job, first: Option<usize>) -> Result<()> {
    for (index, candidate) in job.candidates.iter().enumerate() {
        let (log, header) = (candidate.unit.log, &candidate.unit.header);
        if Some(index) == first {
            tx.note_origin(&job.id, log, header.seq)?;
        }
        if header.device == identity.device() && header.generation == identity.generation {
            tx.note_own(&job.id, log, header.seq)?;
        }
    }
    Ok(())
}

/// What writing complaints' rows of the list needs besides them, looked up once.
struct Rows<'a> {
    tx: &'a Tx<'a>,
    identity: &'a Identity,
    authors: Lookup<'a>,
    rules: Arc<Rules>,
}

impl<'a> Rows<'a> {
    fn new(tx: &'a Tx<'a>, identity: &'a Identity) -> Result<Self> {
        let (authors, rules) = (Lookup::new(tx, identity), Rules::of(tx, identity)?);
        Ok(Self { tx, identity, authors, rules })
    }

    /// Writes a complaint's row, and notes the blobs that it refers to.
    fn write(&self, scope: &ScopeId, id: &DocumentId, document: &Document) -> Result<()> {
        let complaint = document.fold(&self.authors);
        let recorded = clock::from_text(&complaint.recorded_at).unwrap_or(Timestamp(0));
        let (next_due, severity) = evaluation::next_due(self.tx, &self.rules, id, &complaint)?;
        self.tx.put_complaint(&ComplaintRecord {
            document: *id,
            scope: *scope,
            number: complaint.number.clone(),
            room: complaint.fields.get("room").cloned().unwrap_or_default(),
            category: complaint.fields.get("category").cloned(),
            severity: severity.or_else(|| complaint.fields.get("severity").cloned()),
            stage: complaint.stage.as_str().to_owned(),
            accepted: complaint.delivery_accepted(),
            recorded_at: complaint.recorded_at.clone(),
            recorded,
            next_due,
            photos: evidence::count(&complaint),
        })?;
        evidence::erase::settle_blobs(self.tx, self.identity, (scope, id), &complaint)
    }
}

/// Who stands behind an actor: looked up once per actor and batch.
pub(crate) struct Lookup<'a> {
    tx: &'a Tx<'a>,
    identity: &'a Identity,
    known: RefCell<BTreeMap<Actor, Option<Author>>>,
}

impl<'a> Lookup<'a> {
    /// Looks up in the logs and the membership.
    pub(crate) fn new(tx: &'a Tx<'a>, identity: &'a Identity) -> Self {
        let own = identity.role().map(|role| Author { device: identity.device().0, role });
        let known = RefCell::new(BTreeMap::from([(identity.actor(), own)]));
        Self { tx, identity, known }
    }
}

impl Authors for Lookup<'_> {
    fn author(&self, actor: &Actor) -> Option<Author> {
        if let Some(author) = self.known.borrow().get(actor) {
            return *author;
        }
        let device = self.tx.device_of_actor(&actor.0).ok().flatten();
        let author = device.and_then(|device| {
            let role = self.identity.role_of(&device)?;
            Some(Author { device: device.0, role })
        });
        self.known.borrow_mut().insert(*actor, author);
        author
    }
}

#[cfg(test)]
mod tests;
