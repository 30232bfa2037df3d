//! The same day by samod: a relay process and two replica processes of `tests/bench/samod`.
//!
//! The documents are those that Floorwalk has recorded, loaded as they are. Both replicas stay
//! connected during the edits, so that phase has no connecting in it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::process::{Process, disk_bytes, number, path, settle, timed};
use super::{Day, Phase};
use crate::run::say;

/// Does the day with the documents of a file.
///
/// # Errors
/// When a process fails, or the replicas end with different documents.
pub fn day(program: &Path, folder: &Path, documents: &Path) -> Result<Day> {
    say("== samod: push, pull, edit");
    let data = folder.join("relay");
    for made in [data.clone(), folder.join("a"), folder.join("b")] {
        fs::create_dir_all(made).context("making a folder")?;
    }
    let mut relay = Process::start(program, &["relay", path(&data)?])?;
    let listening = relay.answer().context("the relay does not start")?;
    let url = listening["listening"].as_str().context("the relay has no address")?;
    let mut day = Day { relay_rss_idle_kib: relay.status_kib("VmHWM"), ..Day::default() };
    let mut a = Process::start(program, &["replica", path(&folder.join("a"))?])?;
    let mut b = Process::start(program, &["replica", path(&folder.join("b"))?])?;
    let ids = folder.join("ids");
    let ids = path(&ids)?;

    let create = format!("create {} {ids}", path(documents)?);
    day.record_ms = timed(|| a.ask(&create))?.1;
    settle();
    let (pushed, ms) = timed(|| a.ask(&format!("push {url}")))?;
    day.push = since(&Value::Null, &pushed, ms);
    settle();
    let (pulled, ms) = timed(|| b.ask(&format!("pull {url} {ids}")))?;
    day.pull = since(&Value::Null, &pulled, ms);
    settle();
    // What went on after the last phase had ended is not the edits'.
    let before = (a.ask("count")?, b.ask("count")?);
    let (_, ms) = timed(|| {
        a.tell("await")?;
        b.ask("edit")?;
        a.answer()
    })?;
    settle();
    let after = (a.ask("count")?, b.ask("count")?);
    ensure!(after.0["changes"] == after.1["changes"], "the replicas differ: {after:?}");
    let (back, there) = (since(&before.0, &after.0, ms), since(&before.1, &after.1, ms));
    day.edit = Phase {
        ms,
        up_bytes: back.up_bytes + there.up_bytes,
        down_bytes: back.down_bytes + there.down_bytes,
    };
    day.client_push_rss_peak_kib = number(&after.0, "rss_peak_kib");
    day.client_pull_rss_peak_kib = number(&after.1, "rss_peak_kib");
    day.relay_received_bytes = number(&after.0, "bytes_sent") + number(&after.1, "bytes_sent");
    day.relay_rss_peak_kib = relay.status_kib("VmHWM");
    day.relay_disk_running_bytes = disk_bytes(&data)?;
    // The replicas first, which would otherwise try to reach it again.
    a.end()?;
    b.end()?;
    relay.terminate()?;
    day.relay_disk_bytes = disk_bytes(&data)?;
    Ok(day)
}

/// The bytes between two answers of a replica, which counts from its start.
fn since(before: &Value, after: &Value, ms: f64) -> Phase {
    let grown = |name: &str| number(after, name) - number(before, name);
    Phase { ms, up_bytes: grown("bytes_sent"), down_bytes: grown("bytes_received") }
}
