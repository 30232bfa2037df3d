//! What must hold once all trouble is over.
//!
//! The five oracles: nothing acknowledged is missing; all replicas agree; nothing was dropped
//! silently; the relay holds no word; its accounts are right.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use floorwalk_replica::records::{ComplaintDetail, QuarantineItem};
use floorwalk_replica::{ErrorCode, Replica};
use floorwalk_tests::{contents, count_words, list};
use rusqlite::Connection;
use serde_json::Value;

use crate::model::Kept;
use crate::world::{BUILDINGS, CANARY, World};

/// Rounds of syncing after which a world must have come to rest.
const ROUNDS_MAX: usize = 12;
/// Rounds in which a sync may still fail.
const ROUNDS_TO_MEND: usize = 4;
/// How it may: a relay that was rolled back cuts its lines once, and the office's word of a
/// renewal may have to come to it first.
const HEALING: [ErrorCode; 2] = [ErrorCode::RelayBroken, ErrorCode::GrantExpired];

/// Heals a world and checks it.
///
/// # Errors
/// The promise that was broken.
pub fn check(world: &mut World) -> Result<()> {
    world.end_trouble()?;
    come_to_rest(world)?;
    nothing_is_missing(world)?;
    replicas_agree(world)?;
    nothing_was_dropped(world)?;
    relays_hold_no_word_and_right_accounts(world)
}

fn come_to_rest(world: &mut World) -> Result<()> {
    for round in 0..ROUNDS_MAX {
        let mut moved = false;
        for number in 0..world.devices.len() {
            if world.devices[number].revoked {
                continue;
            }
            let synced = world.move_device(number).and_then(|_| world.sync(number));
            crate::tell(|| format!("round {round}, device {number} syncs: {synced:?}"));
            match synced {
                Ok(more) => moved |= more,
                Err(error) => {
                    moved = true;
                    let refused = error.downcast_ref::<floorwalk_replica::Error>();
                    let heals = refused.is_some_and(|e| HEALING.contains(&e.code));
                    let mending = round < ROUNDS_TO_MEND && heals;
                    ensure!(mending, "device {number} can't sync with a good relay: {error:#}");
                }
            }
        }
        if !moved {
            return Ok(());
        }
    }
    anyhow::bail!("after {ROUNDS_MAX} rounds there is still something new")
}

fn nothing_is_missing(world: &mut World) -> Result<()> {
    let keys: Vec<String> = world.devices.iter().map(|device| device.key.clone()).collect();
    let newest = world.relay_folders().count() - 1;
    for number in 0..world.devices.len() {
        if world.devices[number].revoked {
            continue;
        }
        let replica = world.replica(number)?;
        let mut seen: BTreeMap<String, ComplaintDetail> = BTreeMap::new();
        for item in world.model.owed(&keys, newest) {
            if !world.devices[number].sees[item.building] {
                continue;
            }
            if !seen.contains_key(&item.complaint) {
                let shown = replica.show(&item.complaint).with_context(|| {
                    let status = replica.status().map(|status| (status.quarantine, status.waiting));
                    format!("device {number} lacks {item:?}: it has {status:?}")
                })?;
                seen.insert(item.complaint.clone(), shown);
            }
            let shown = &seen[&item.complaint];
            let there = match &item.kept {
                Kept::Complaint(text) => shown.narrative.contains(text.as_str()),
                Kept::Note(words) => {
                    shown.events.iter().any(|event| event.note.as_deref() == Some(words))
                }
                Kept::Field(_) => true,
                Kept::Photo(hash) => shown.evidence.iter().any(|one| one.hash == *hash),
                Kept::Bytes(hash) => {
                    let arrived =
                        |state: &str| matches!(state, "here" | "unsent" | "sent" | "received");
                    !world.devices[number].is_office
                        || shown.evidence.iter().any(|one| one.hash == *hash && arrived(&one.state))
                }
            };
            let status = || replica.status().map(|status| (status.quarantine, status.waiting));
            ensure!(there, "device {number} lacks {item:?}: it has {:?}", status());
        }
    }
    Ok(())
}

/// What somebody sees of a building, by complaint.
fn seen(replica: &Replica, building: &str) -> BTreeMap<String, Value> {
    let all = contents(replica).into_iter().filter(|one| one["building"] == building);
    all.map(|one| (one["id"].to_string(), one)).collect()
}

fn replicas_agree(world: &mut World) -> Result<()> {
    for (place, building) in BUILDINGS.iter().enumerate() {
        let mut first: Option<(usize, BTreeMap<String, Value>)> = None;
        for number in 0..world.devices.len() {
            let device = &world.devices[number];
            if device.revoked || !device.sees[place] {
                continue;
            }
            let here = seen(&world.replica(number)?, building);
            match &first {
                None => first = Some((number, here)),
                Some((other, there)) => {
                    ensure!(*there == here, differ(*other, there, number, &here));
                }
            }
        }
        if let Some((_, seen)) = first {
            world.note(&serde_json::to_string(&seen)?);
        }
    }
    Ok(())
}

fn differ(
    one: usize,
    there: &BTreeMap<String, Value>,
    other: usize,
    here: &BTreeMap<String, Value>,
) -> String {
    let ids: BTreeSet<&String> = there.keys().chain(here.keys()).collect();
    let different = ids.into_iter().find(|id| there.get(*id) != here.get(*id));
    let Some(id) = different else { return String::new() };
    let (Some(a), Some(b)) = (there.get(id), here.get(id)) else {
        return format!("devices {one} and {other} differ: one of them lacks {id}");
    };
    let keys = a.as_object().into_iter().flat_map(|object| object.keys());
    let key = keys.clone().find(|key| a[*key] != b[*key]).map_or("", String::as_str);
    format!("devices {one} and {other} differ in {key} of {id}: {} and {}", a[key], b[key])
}

fn nothing_was_dropped(world: &mut World) -> Result<()> {
    for number in 0..world.devices.len() {
        let replica = world.replica(number)?;
        let problems = replica.doctor(false)?.problems;
        ensure!(problems.is_empty(), "device {number}: the doctor finds {problems:?}");
        if world.devices[number].revoked || world.model.has_doubts() {
            continue;
        }
        let status = replica.status()?;
        let explained = |item: &&QuarantineItem| {
            let Some(device) = &item.device else { return false };
            match item.reason.as_str() {
                "fork" => world.model.is_copied(device),
                "after_revocation" => world.model.is_revoked(device),
                _ => false,
            }
        };
        let odd = status.quarantine.iter().find(|item| !explained(item));
        ensure!(odd.is_none(), "device {number} has in quarantine: {odd:?}");
        let carries = world.devices[number].carries;
        let may_wait = carries || world.model.has_contests();
        ensure!(
            may_wait || status.waiting == 0,
            "device {number}: {} parcels wait",
            status.waiting
        );
        ensure!(status.unsent.complaints == 0, "device {number} has something unsent");
        // A relay that was put back has told some people what it now tells others otherwise.
        let rolled_back = world.relay_was_restored;
        let wrong = |warning: &&String| {
            warning.contains("stuck") || (warning.contains("chain") && !rolled_back)
        };
        let warning = status.warnings.iter().find(wrong);
        ensure!(warning.is_none(), "device {number} warns of {warning:?}");
        let rows = list(&replica);
        let late = rows.iter().find(|row| row.delivery == "saved");
        ensure!(late.is_none(), "device {number} shows as unsent {late:?}");
    }
    Ok(())
}

fn relays_hold_no_word_and_right_accounts(world: &World) -> Result<()> {
    for folder in world.relay_folders() {
        let found = count_words(folder, &[CANARY, BUILDINGS[0], "模拟小区"]);
        ensure!(found.values().all(|count| *count == 0), "a relay holds words: {found:?}");
        accounts_are_right(&folder.join("relay.db"))?;
    }
    Ok(())
}

fn accounts_are_right(database: &Path) -> Result<()> {
    let connection = Connection::open(database)?;
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let said = count("SELECT coalesce(sum(used_bytes + reserved_bytes), 0) FROM community")?;
    let blobs = count("SELECT coalesce(sum(size_bytes), 0) FROM blob")?;
    let is = blobs + count("SELECT coalesce(sum(size_bytes), 0) FROM upload")?;
    ensure!(said == is, "a relay says that {said} bytes are used, and it is {is}");
    Ok(())
}
