//! Whose statements count: the root, the administrators that it certified, and the cuts of those
//! that were revoked.
//!
//! No lamport decides here, because every author chooses its own. A revocation *attacks* the
//! revocations of the device that it names which are beyond its cut. One that nobody attacks
//! counts, and what it attacks does not; where they attack each other in a ring, the most senior
//! author's counts. The outcome is a function of the set alone.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cuts, Slim, Statements, is_beyond};
use crate::ids::{CommunityId, DeviceId, ParcelId, ReceiveKey, RoleCode};
use crate::statement::{Cut, StatementBody};

/// Who has authority, and who was revoked.
#[derive(Debug, Default)]
pub(super) struct Authority {
    /// The certificate of each administrator that counts.
    pub(super) certificates: BTreeMap<DeviceId, Certificate>,
    /// What is left of each revoked device.
    pub(super) cuts: BTreeMap<DeviceId, Cuts>,
    /// The revocations that count.
    pub(super) revocations: BTreeSet<ParcelId>,
}

/// The first certificate of a device.
#[derive(Debug, Clone, Copy)]
pub(super) struct Certificate {
    pub(super) parcel: ParcelId,
    pub(super) receive: ReceiveKey,
    pub(super) role: RoleCode,
    seniority: usize,
}

/// A revocation whose author has authority.
struct Revocation<'a> {
    parcel: ParcelId,
    author: &'a Slim,
    seniority: usize,
    device: DeviceId,
    cuts: Cuts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Open,
    Counts,
    Void,
}

impl Authority {
    pub(super) fn of(community: &CommunityId, statements: &Statements) -> Self {
        let mut authority = Self { certificates: certificates(statements), ..Self::default() };
        let revocations = authority.candidates(community, statements);
        for (revocation, verdict) in revocations.iter().zip(judge(&revocations)) {
            if verdict != Verdict::Counts {
                continue;
            }
            authority.revocations.insert(revocation.parcel);
            // Where several administrators revoke one device, what any of them had seen counts.
            let known = authority.cuts.entry(revocation.device).or_default();
            for (log, seq) in &revocation.cuts {
                let last = known.entry(*log).or_insert(*seq);
                *last = (*last).max(*seq);
            }
        }
        authority
    }

    /// Whether the author of a statement about others had the right to make it.
    pub(super) fn holds(&self, slim: &Slim) -> bool {
        let cuts = self.cuts.get(&slim.log.device);
        slim.by_root
            || self.certificates.contains_key(&slim.log.device)
                && cuts.is_none_or(|cuts| !is_beyond(cuts, &slim.log, slim.seq))
    }

    /// Nobody revokes the root.
    fn candidates<'a>(
        &self,
        community: &CommunityId,
        statements: &'a Statements,
    ) -> Vec<Revocation<'a>> {
        let candidate = |((_, parcel), slim): (&(u64, ParcelId), &'a Slim)| {
            let StatementBody::Revocation { device, cuts } = &slim.body else { return None };
            let certificate = self.certificates.get(&slim.log.device);
            let seniority = if slim.by_root { 0 } else { certificate?.seniority };
            (CommunityId::derive(device) != *community).then(|| Revocation {
                parcel: *parcel,
                author: slim,
                seniority,
                device: *device,
                cuts: collect_cuts(cuts),
            })
        };
        statements.iter().filter_map(candidate).collect()
    }
}

fn certificates(statements: &Statements) -> BTreeMap<DeviceId, Certificate> {
    let mut certificates = BTreeMap::new();
    for ((_, parcel), slim) in statements.iter().filter(|(_, slim)| slim.by_root) {
        if let StatementBody::Certificate { device, receive, role } = slim.body {
            // The root itself has seniority 0.
            let seniority = certificates.len() + 1;
            let certificate = Certificate { parcel: *parcel, receive, role, seniority };
            certificates.entry(device).or_insert(certificate);
        }
    }
    certificates
}

fn collect_cuts(cuts: &[Cut]) -> Cuts {
    let mut collected = Cuts::new();
    for cut in cuts {
        let last = collected.entry((cut.scope, cut.generation)).or_insert(cut.seq);
        *last = (*last).max(cut.seq);
    }
    collected
}

/// Settles which revocations count. Each turn settles at least one, which ends it.
fn judge(revocations: &[Revocation<'_>]) -> Vec<Verdict> {
    let mut verdicts = vec![Verdict::Open; revocations.len()];
    let attackers = attackers(revocations);
    loop {
        let mut changed = false;
        for (place, attackers) in attackers.iter().enumerate() {
            if verdicts[place] != Verdict::Open {
                continue;
            }
            let verdict = if attackers.iter().any(|by| verdicts[*by] == Verdict::Counts) {
                Verdict::Void
            } else if attackers.iter().all(|by| verdicts[*by] == Verdict::Void) {
                Verdict::Counts
            } else {
                continue;
            };
            verdicts[place] = verdict;
            changed = true;
        }
        if changed {
            continue;
        }
        let open = (0..revocations.len()).filter(|place| verdicts[*place] == Verdict::Open);
        // Of equal seniority, the first in the order of all statements.
        let Some(senior) = open.min_by_key(|place| revocations[*place].seniority) else {
            return verdicts;
        };
        verdicts[senior] = Verdict::Counts;
        attackers[senior].iter().for_each(|by| verdicts[*by] = Verdict::Void);
    }
}

/// For each revocation, those that name its author with a cut before it.
fn attackers(revocations: &[Revocation<'_>]) -> Vec<Vec<usize>> {
    let mut against: BTreeMap<DeviceId, Vec<usize>> = BTreeMap::new();
    for (place, revocation) in revocations.iter().enumerate() {
        against.entry(revocation.device).or_default().push(place);
    }
    let of = |(place, revocation): (usize, &Revocation<'_>)| {
        let Slim { log, seq, .. } = revocation.author;
        let named = against.get(&log.device).into_iter().flatten().copied();
        named.filter(|by| *by != place && is_beyond(&revocations[*by].cuts, log, *seq)).collect()
    };
    revocations.iter().enumerate().map(of).collect()
}
