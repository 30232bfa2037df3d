//! Deciding which units of parcels go into which documents: no store, no order of threads.
//!
//! Deciding is the costly part of taking in parcels (every change is judged, applied to a copy,
//! saved and loaded again), and documents do not depend on each other. So the store gathers jobs,
//! as many threads as the machine has cores decide them, and the store writes the outcome.

use std::num::NonZeroUsize;
use std::thread;

use floorwalk_complaint::{Admission, Document, DocumentId, RawChange, derive_actor, unpack};
use floorwalk_wire::ScopeId;

use crate::documents::Unit;

/// A document and what wants to go into it.
pub(crate) struct Job {
    /// The scope in whose parcels the units came.
    pub(crate) scope: ScopeId,
    /// The document.
    pub(crate) id: DocumentId,
    /// Its present state.
    pub(crate) document: Document,
    /// What wants to go into it.
    pub(crate) candidates: Vec<Candidate>,
}

/// A unit that wants to go into its document.
pub(crate) struct Candidate {
    /// The unit.
    pub(crate) unit: Unit,
    /// Whether it was held back before.
    pub(crate) held: bool,
    /// Why it may not, for reasons that its changes have no part in.
    pub(crate) barred: Option<&'static str>,
}

/// What became of a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Its changes are in the document, or were there already.
    Applied,
    /// It builds on changes that have not arrived.
    Waiting,
    /// It breaks a rule.
    Refused(String),
}

/// What was decided about a job.
pub(crate) struct Decision {
    /// The verdict on each candidate.
    pub(crate) verdicts: Vec<Verdict>,
    /// The new state and its saved bytes, when there is one.
    pub(crate) changed: Option<(Document, Vec<u8>)>,
    /// The candidate that brought the first change that is new.
    pub(crate) first: Option<usize>,
}

/// Jobs for which a second thread is not worth starting.
const JOBS_PER_THREAD_MIN: usize = 8;

/// Decides every job; the outcome is in their order.
pub(crate) fn decide_all(jobs: &[Job]) -> Vec<Decision> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = cores.min(jobs.len() / JOBS_PER_THREAD_MIN).max(1);
    let part = jobs.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let mut parts = jobs.chunks(part);
        let own = parts.next().unwrap_or_default();
        let others: Vec<_> = parts
            .map(|part| scope.spawn(move || part.iter().map(decide).collect::<Vec<_>>()))
            .collect();
        let mut decided: Vec<Decision> = own.iter().map(decide).collect();
        for other in others {
            // Admission lets no panic out, so one here is our own mistake: pass it on.
            decided.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        decided
    })
}

fn decide(job: &Job) -> Decision {
    let read: Vec<Result<Vec<RawChange>, String>> =
        job.candidates.iter().map(|candidate| read_changes(job.id, candidate)).collect();
    let good = || (0..).zip(&read).filter_map(|(i, read)| Some((i, read.as_ref().ok()?)));
    let mut decision = Decision {
        verdicts: read.iter().map(refused_or_waiting).collect(),
        changed: None,
        first: None,
    };
    let all: Vec<RawChange> = good().flat_map(|(_, changes)| changes.clone()).collect();
    if all.is_empty() {
        return decision;
    }
    let changes = |index: usize| read[index].as_deref().unwrap_or_default();
    match job.document.admit(all) {
        Admission::Admitted(admitted) => {
            good().for_each(|(index, _)| decision.verdicts[index] = Verdict::Applied);
            let first = admitted.applied.first().copied();
            decision.first = good()
                .find(|(index, _)| changes(*index).iter().any(|c| Some(c.hash()) == first))
                .map(|(index, _)| index);
            decision.changed = Some((admitted.document, admitted.saved));
        }
        Admission::Known => {
            good().for_each(|(index, _)| decision.verdicts[index] = Verdict::Applied);
        }
        // One bad or early candidate must not take the others with it.
        Admission::Waiting { .. } | Admission::Refused(_) => {
            let pending = good().map(|(index, _)| index).collect();
            one_by_one(&job.document, pending, changes, &mut decision);
        }
    }
    decision
}

fn one_by_one<'a>(
    document: &Document,
    mut pending: Vec<usize>,
    changes: impl Fn(usize) -> &'a [RawChange],
    decision: &mut Decision,
) {
    let mut progress = true;
    while std::mem::take(&mut progress) {
        pending.retain(|&index| {
            let present = decision.changed.as_ref().map_or(document, |(document, _)| document);
            let verdict = match present.admit(changes(index).to_vec()) {
                Admission::Admitted(admitted) => {
                    decision.first = decision.first.or(Some(index));
                    decision.changed = Some((admitted.document, admitted.saved));
                    Verdict::Applied
                }
                Admission::Known => Verdict::Applied,
                Admission::Waiting { .. } => return true,
                Admission::Refused(refusal) => Verdict::Refused(refusal.to_string()),
            };
            progress |= verdict == Verdict::Applied;
            decision.verdicts[index] = verdict;
            false
        });
    }
}

fn read_changes(id: DocumentId, candidate: &Candidate) -> Result<Vec<RawChange>, String> {
    if let Some(reason) = candidate.barred {
        return Err(reason.to_owned());
    }
    let header = &candidate.unit.header;
    let actor = derive_actor(&header.device.0, &header.generation.0);
    unpack(id.kind(), &actor, &candidate.unit.packed).map_err(|refusal| refusal.to_string())
}

fn refused_or_waiting(read: &Result<Vec<RawChange>, String>) -> Verdict {
    match read {
        // Nothing in it: nothing to wait for.
        Ok(changes) if changes.is_empty() => Verdict::Applied,
        Ok(_) => Verdict::Waiting,
        Err(reason) => Verdict::Refused(reason.clone()),
    }
}
