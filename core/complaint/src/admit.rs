//! Admission: the only way in which foreign changes enter a document.
//!
//! A batch is taken as a whole or not at all. It is judged by the rules, then applied to a copy
//! at once, saved, loaded and compared; what is handed out is the copy that was loaded, with the
//! bytes that it was loaded from. The document asked is never touched. Everything runs guarded: a
//! panic of Automerge is a refusal.
//!
//! A change whose dependencies are not here is neither refused nor queued inside Automerge, which
//! would sort its queue anew for each arrival: the caller keeps it and asks again.
//!
//! Loading what was saved also proves that every change is encoded as Automerge itself would
//! encode it, because loading rebuilds each change from the operations and compares the hashes.

use std::collections::BTreeSet;

use automerge::Automerge;

use crate::chunk::RawChange;
use crate::document::{Document, save};
use crate::guard::guarded;
use crate::history::History;
use crate::ids::ChangeHash;
use crate::limits::DOCUMENT_OPS_MAX;
use crate::refusal::Refusal;
use crate::rules::admit_change;

/// What became of a batch.
#[derive(Debug)]
pub enum Admission {
    /// The document with the batch, and its saved bytes.
    Admitted(Box<Admitted>),
    /// Every change of the batch was there already.
    Known,
    /// These changes must come first; keep the batch and ask again when they have.
    Waiting {
        /// What the batch builds on and neither it nor the document holds, sorted.
        missing: Vec<ChangeHash>,
    },
    /// The batch breaks a rule, and will break it on every replica.
    Refused(Refusal),
}

/// A document after a batch was admitted.
#[derive(Debug)]
pub struct Admitted {
    /// The new document, to put in the old one's place.
    pub document: Document,
    /// The new document's saved bytes.
    pub saved: Vec<u8>,
    /// The changes that are new in it, in the order of their counters.
    pub applied: Vec<ChangeHash>,
}

impl Document {
    /// Admits a batch of changes, in any order; changes that are already here are skipped.
    ///
    /// The document is not changed. One call with many changes is much cheaper than many calls.
    pub fn admit(&self, batch: Vec<RawChange>) -> Admission {
        match guarded(|| admit(self, batch)) {
            Some(Ok(admission)) => admission,
            Some(Err(refusal)) => Admission::Refused(refusal),
            None => Admission::Refused(Refusal::Unappliable),
        }
    }
}

fn admit(document: &Document, batch: Vec<RawChange>) -> Result<Admission, Refusal> {
    let old = document.automerge();
    let mut history = {
        let changes: Vec<_> = batch.iter().map(RawChange::change).collect();
        History::of(old, &changes)?
    };
    let mut new = BTreeSet::new();
    let fresh = |change: &RawChange| !history.has(&change.hash()) && new.insert(change.hash());
    let mut batch: Vec<RawChange> = batch.into_iter().filter(fresh).collect();
    if batch.is_empty() {
        return Ok(Admission::Known);
    }
    let deps = batch.iter().flat_map(RawChange::deps);
    let missing: BTreeSet<_> = deps.filter(|dep| !new.contains(dep) && !history.has(dep)).collect();
    if !missing.is_empty() {
        return Ok(Admission::Waiting { missing: missing.into_iter().collect() });
    }
    let ops: u64 = batch.iter().map(|change| change.change().len() as u64).sum();
    if ops > DOCUMENT_OPS_MAX {
        return Err(Refusal::TooLarge("operations of one batch"));
    }
    // An honest counter is higher than those of all dependencies; a dishonest one is refused.
    batch.sort_by_key(|change| change.change().start_op());
    for change in &batch {
        admit_change(document.kind(), &change.actor(), change.change(), &mut history)?;
    }
    let applied = batch.iter().map(RawChange::hash).collect();
    let heads = history.heads();
    let (document, saved) = apply(document, batch, &heads)?;
    Ok(Admission::Admitted(Box::new(Admitted { document, saved, applied })))
}

/// Applies changes to a copy and proves that the copy survives being saved.
fn apply(
    document: &Document,
    batch: Vec<RawChange>,
    heads: &[ChangeHash],
) -> Result<(Document, Vec<u8>), Refusal> {
    let mut copy = document.automerge().clone();
    let changes: Vec<_> = batch.into_iter().map(RawChange::into_change).collect();
    copy.apply_changes(changes).map_err(|_| Refusal::Unappliable)?;
    let saved = save(&copy);
    let loaded = Automerge::load(&saved).map_err(|_| Refusal::Unsaveable)?;
    let document = Document::of(document.kind(), loaded);
    if document.heads() != heads {
        return Err(Refusal::Unsaveable);
    }
    document.read_all();
    Ok((document, saved))
}
