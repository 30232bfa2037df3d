//! Looking a replica over, and rebuilding what is only a cache.

use std::collections::{BTreeMap, BTreeSet};

use floorwalk_complaint::{Document, DocumentId};
use floorwalk_store::{ParcelState, Tx};
use floorwalk_wire::{BlobId, LogId, ParcelId, ParcelKind, ScopeId, Seq};

use crate::blob;
use crate::clock;
use crate::documents;
use crate::error::Result;
use crate::ingest::read_content;
use crate::records::DoctorReport;
use crate::state::{Identity, State};

/// Checks the file, every parcel and log, every document and every blob; with `rebuild` makes
/// all documents and lists anew from the parcels, also where nothing was found.
pub(crate) fn examine(state: &mut State, rebuild: bool) -> Result<DoctorReport> {
    let mut report = DoctorReport::default();
    match state.store.integrity_problems() {
        Ok(problems) => report.problems.extend(problems),
        // Damage that stops even the check is a finding, not a failure to look.
        Err(error) => report.problems.push(error.to_string()),
    }
    if !state.is_member() {
        return Ok(report);
    }
    let (wanted, damaged, blobs) = state.read(|tx, identity| {
        let wanted = check_parcels(tx, identity, &mut report)?;
        let damaged = check_documents(tx, &wanted, &mut report)?;
        let blobs = check_blobs(tx, &mut report)?;
        Ok((wanted, damaged, blobs))
    })?;
    if rebuild {
        state.store.scrub()?;
        state.write(|tx, identity| {
            documents::rebuild(tx, identity, &wanted, clock::now())?;
            // What the relay has is fetched again.
            blobs.iter().try_for_each(|id| tx.lose_blob(id))?;
            tx.collect_blob_files()?;
            Ok(())
        })?;
        let mut after = DoctorReport::default();
        let left = state.read(|tx, _| check_documents(tx, &wanted, &mut after))?;
        report.repaired = damaged.difference(&left).count() as u64;
    }
    Ok(report)
}

type Documents = BTreeSet<(ScopeId, DocumentId)>;

/// Reads every parcel, follows every log, and finds out which documents there should be.
fn check_parcels(tx: &Tx<'_>, identity: &Identity, report: &mut DoctorReport) -> Result<Documents> {
    let mut documents = Documents::new();
    let mut heads: BTreeMap<LogId, (Seq, ParcelId)> = BTreeMap::new();
    for scope in tx.list_scopes()? {
        let mut after = None;
        loop {
            let (page, more) = tx.parcels(&scope, after.as_ref())?;
            for stored in &page {
                report.checked += 1;
                let header = stored.parcel.header();
                let (seq, previous) =
                    heads.get(&header.log()).copied().unwrap_or((Seq(0), ParcelId::NONE));
                if header.seq.0 != seq.0 + 1 || header.previous != previous {
                    report.problems.push(format!("log broken at parcel {}", stored.parcel.id()));
                }
                heads.insert(header.log(), (header.seq, stored.parcel.id()));
                let opened = stored.state == ParcelState::Opened;
                if opened && header.kind == ParcelKind::Changes {
                    match read_content(&stored.parcel, &identity.ring) {
                        Ok(content) => documents.extend(
                            content.documents.iter().map(|d| (scope, DocumentId(d.document))),
                        ),
                        Err(_) => report
                            .problems
                            .push(format!("parcel {} does not open", stored.parcel.id())),
                    }
                }
            }
            after = page.last().map(|stored| stored.parcel.id()).or(after);
            if !more {
                break;
            }
        }
        for change in tx.whole_outbox(&scope)? {
            documents.insert((scope, change.document));
        }
    }
    // What was held back or refused has no document yet.
    let here: BTreeSet<DocumentId> = tx.document_ids(None)?.into_iter().map(|(id, _)| id).collect();
    let quarantined: BTreeSet<DocumentId> =
        tx.quarantined()?.into_iter().filter_map(|entry| entry.document).collect();
    let mut held = BTreeSet::new();
    for (_, id) in &documents {
        if !here.contains(id) && !tx.held_changes(id)?.is_empty() {
            held.insert(*id);
        }
    }
    documents
        .retain(|(_, id)| here.contains(id) || (!quarantined.contains(id) && !held.contains(id)));
    Ok(documents)
}

/// Loads every document that there should be. Returns those that are missing or damaged.
fn check_documents(
    tx: &Tx<'_>,
    wanted: &Documents,
    report: &mut DoctorReport,
) -> Result<Documents> {
    let mut damaged = Documents::new();
    for (scope, id) in wanted {
        report.checked += 1;
        let saved = tx.document(id)?.and_then(|stored| stored.saved);
        let loads = saved.is_some_and(|saved| Document::load(id.kind(), &saved).is_ok());
        if !loads {
            report.problems.push(format!("document {id} is damaged"));
            damaged.insert((*scope, *id));
        }
    }
    Ok(damaged)
}

fn check_blobs(tx: &Tx<'_>, report: &mut DoctorReport) -> Result<BTreeSet<BlobId>> {
    use floorwalk_store::BlobState::{Kept, Sent, Unsent};
    let mut damaged = BTreeSet::new();
    for state in [Unsent, Sent, Kept] {
        for stored in tx.blobs(state)? {
            let id = stored.record.id;
            report.checked += 1;
            if blob::stored_id(tx, &id)? != Some(id) {
                report.problems.push(format!("blob {id} is damaged"));
                damaged.insert(id);
            }
        }
    }
    Ok(damaged)
}
