//! Parcels whose authors lose, or are given back, the right to have written them.
//!
//! Whether a parcel counts follows from the membership alone, so that all replicas agree in
//! whatever order parcels and statements came to them. A statement can therefore take effect on
//! parcels that were opened long ago. What is beyond a revocation's cut is put into quarantine,
//! stays in its log, and the documents that it had changed are made anew from the parcels that
//! are left; what others have built on it is held until it counts.
//!
//! An administrator lets it count by stating the revocation once more with later cuts: of several
//! revocations of one device, the furthest cut of each log is the one that holds. One rule stands
//! apart: a device never turns its own revocation against its own work, which its owner may have
//! nowhere else.

use std::collections::{BTreeMap, BTreeSet};

use floorwalk_complaint::DocumentId;
use floorwalk_store::{LogRecord, ParcelState, StoredParcel, Tx};
use floorwalk_wire::membership::{Member, NotAllowed};
use floorwalk_wire::statement::Cut;
use floorwalk_wire::{DeviceId, LogId, ScopeId, Seq, StatementBody, Timestamp};

use crate::clock;
use crate::community::{find_device, require_admin};
use crate::cut;
use crate::documents;
use crate::error::Result;
use crate::ingest::{self, Opened, read_content};
use crate::keys;
use crate::records::HeldAccepted;
#[cfg(feature = "simulation")]
use crate::simulation::{Sabotage, is_sabotaged};
use crate::state::{Identity, State};

/// The reason in quarantine of what a device wrote beyond its cut.
pub(crate) const AFTER_REVOCATION: &str = "after_revocation";

/// Whether a parcel counts on this replica.
pub(crate) fn may_count(
    identity: &Identity,
    log: &LogId,
    seq: Seq,
) -> std::result::Result<(), NotAllowed> {
    match identity.membership.may_write(log, seq) {
        Err(NotAllowed::Revoked) if log.device == identity.device() => Ok(()),
        #[cfg(feature = "simulation")]
        Err(NotAllowed::Revoked) if is_sabotaged(Sabotage::IgnoreCut) => Ok(()),
        answer => answer,
    }
}

/// Looks again at the parcels of members who do not stand as they did before.
pub(crate) fn reconsider(
    tx: &Tx<'_>,
    identity: &Identity,
    before: &BTreeMap<DeviceId, Member>,
) -> Result<()> {
    let after = identity.membership.members();
    // Parcels of a device that was unknown before have waited, and are tried again anyway.
    let changed: BTreeSet<DeviceId> = before
        .iter()
        .filter(|(device, member)| after.get(device) != Some(member))
        .map(|(device, _)| *device)
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let now = clock::now();
    let mut again = Reconsidered::default();
    for log in tx.logs(None)? {
        let device = &log.log.device;
        if changed.contains(device) && log.log.scope != ScopeId::MEMBERSHIP {
            let role = |members: &BTreeMap<DeviceId, Member>| Some(members.get(device)?.role);
            let other_role = role(before) != role(after);
            again.look_at(tx, identity, &log, other_role, now)?;
        }
    }
    if !again.documents.is_empty() {
        // What this device itself has built on them is held like anybody's, as a parcel.
        cut::cut_all(tx, identity)?;
        documents::rebuild(tx, identity, &again.documents, now)?;
    }
    again.opened.apply(tx, identity, now)
}

/// States a device's revocation once more, so that all that this replica holds of it counts.
pub(crate) fn accept(state: &mut State, device: &str) -> Result<HeldAccepted> {
    state.write(|tx, identity| {
        require_admin(identity)?;
        let device = find_device(tx, identity, device)?;
        let parcels = tx.quarantined_of(&device, AFTER_REVOCATION)?;
        if parcels > 0 {
            let cuts = cuts(tx, identity, &device, Held::Accepted)?;
            keys::state(tx, identity, StatementBody::Revocation { device, cuts })?;
            // The relay refused them, and will not any more.
            tx.forget_refusals()?;
        }
        Ok(HeldAccepted { device: device.to_string(), parcels })
    })
}

/// What a revocation says of parcels beyond an earlier one's cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// They stay cut off.
    Cut,
    /// They count from here on. Statements never do: a revoked administrator's word ends with
    /// the first cut.
    Accepted,
}

/// The cuts of a revocation made here: all that this replica has, and of a device that is revoked
/// already, what has been accepted.
pub(crate) fn cuts(
    tx: &Tx<'_>,
    identity: &Identity,
    device: &DeviceId,
    held: Held,
) -> Result<Vec<Cut>> {
    let known = identity.membership.member(device).and_then(|member| member.revoked.as_ref());
    let mut cuts = Vec::new();
    for LogRecord { row, log, head, .. } in tx.logs(None)? {
        let Some(head) = head.filter(|_| log.device == *device) else { continue };
        let (scope, generation) = (log.scope, log.generation);
        let accepted = match known {
            Some(cuts) => cuts.get(&(scope, generation)).copied().unwrap_or(Seq(0)),
            None => head.seq,
        };
        let takes_all = held == Held::Accepted && scope != ScopeId::MEMBERSHIP;
        let seq = if takes_all { head.seq } else { accepted.min(head.seq) };
        if let Some(parcel) = tx.parcel_at(row, seq)? {
            cuts.push(Cut { scope, generation, seq, parcel });
        }
    }
    Ok(cuts)
}

/// What comes of looking again.
#[derive(Default)]
struct Reconsidered {
    /// Documents that hold changes which do not count any more, or count as another role's.
    documents: BTreeSet<(ScopeId, DocumentId)>,
    /// Parcels that count again.
    opened: Opened,
}

impl Reconsidered {
    fn look_at(
        &mut self,
        tx: &Tx<'_>,
        identity: &Identity,
        log: &LogRecord,
        other_role: bool,
        now: Timestamp,
    ) -> Result<()> {
        for stored in tx.log_parcels(log.row, Seq(1))? {
            let seq = stored.parcel.header().seq;
            let answer = may_count(identity, &log.log, seq);
            let state = match (stored.state, answer) {
                (ParcelState::Opened, Ok(())) if other_role => {
                    self.documents.extend(documents_of(identity, &stored));
                    continue;
                }
                (ParcelState::Opened, Err(reason)) => {
                    let documents = documents_of(identity, &stored);
                    for (_, document) in &documents {
                        tx.release_held(document, log.row, seq)?;
                    }
                    self.documents.extend(documents);
                    hold(tx, &stored, reason, now)?
                }
                (ParcelState::Waiting, Err(reason)) => hold(tx, &stored, reason, now)?,
                (ParcelState::Quarantined, answer)
                    if answer != Err(NotAllowed::Revoked)
                        && tx.is_quarantined(&stored.parcel.id(), AFTER_REVOCATION)? =>
                {
                    tx.release_quarantine(&stored.parcel.id())?;
                    ingest::open(tx, identity, log.row, &stored.parcel, now, &mut self.opened)?
                }
                _ => continue,
            };
            tx.set_parcel_state(log.row, seq, state)?;
        }
        Ok(())
    }
}

/// Where a parcel goes that does not count.
fn hold(
    tx: &Tx<'_>,
    stored: &StoredParcel,
    reason: NotAllowed,
    now: Timestamp,
) -> Result<ParcelState> {
    match reason {
        NotAllowed::NotAMember | NotAllowed::WrongScope => Ok(ParcelState::Waiting),
        NotAllowed::Revoked => {
            tx.release_quarantine(&stored.parcel.id())?;
            ingest::quarantine(tx, &stored.parcel, None, AFTER_REVOCATION, None, now)?;
            Ok(ParcelState::Quarantined)
        }
    }
}

/// The documents that a parcel holds changes of.
pub(crate) fn documents_of(
    identity: &Identity,
    stored: &StoredParcel,
) -> Vec<(ScopeId, DocumentId)> {
    let scope = stored.parcel.header().scope;
    let content = read_content(&stored.parcel, &identity.ring).unwrap_or_default();
    content.documents.iter().map(|changes| (scope, DocumentId(changes.document))).collect()
}
