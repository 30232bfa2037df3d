//! The day by Floorwalk: a `floorwalk-relay` process and two `bench-replica` processes.
//!
//! B is the office, which has founded the community and has no complaint; A is a rep that has
//! joined it. Founding and joining are not part of the day. Syncs are single ones, so every phase
//! holds connecting and saying hello. TLS is off, as it is on samod's side.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::process::{Process, disk_bytes, number, path, settle, text, timed};
use super::{Day, Listing, Phase, Programs};
use crate::run::say;

/// Buildings of the community whose list is opened.
const BUILDINGS: usize = 200;

/// A relay, an office that has founded a community, and a rep that has joined it.
pub struct Site<'a> {
    programs: &'a Programs,
    folder: PathBuf,
    relay: Option<Process>,
    idle_rss_kib: u64,
    pub office: Process,
    pub rep: Process,
}

impl<'a> Site<'a> {
    /// Sets everything up in a folder.
    ///
    /// # Errors
    /// When a process can't be started or fails.
    pub fn open(programs: &'a Programs, folder: &Path) -> Result<Self> {
        let data = folder.join("relay");
        fs::create_dir_all(&data).context("making the relay's folder")?;
        let data = path(&data)?;
        let serve = [
            "--json",
            "serve",
            "--data",
            data,
            "--listen",
            "127.0.0.1:0",
            "--tls",
            "off",
            "--open",
        ];
        let mut relay = Process::start(&programs.relay, &serve)?;
        let listening = relay.answer().context("the relay does not start")?;
        let url = text(&listening, "listening")?;
        let idle_rss_kib = relay.status_kib("VmHWM");
        let mut office = Process::start(&programs.replica, &[path(&folder.join("office"))?])?;
        let link = office.ask(&format!("found {url}"))?;
        let mut rep = Process::start(&programs.replica, &[path(&folder.join("rep"))?])?;
        rep.ask(&format!("join {}", text(&link, "link")?))?;
        for replica in [&mut office, &mut rep] {
            replica.ask("sync")?;
        }
        let (folder, relay) = (folder.to_owned(), Some(relay));
        Ok(Self { programs, folder, relay, idle_rss_kib, office, rep })
    }

    /// Does the day, and writes its documents into a file for another engine to do the same.
    ///
    /// # Errors
    /// When a process fails, or the replicas end with different complaints.
    pub fn day(&mut self, count: usize, cards: bool, documents: &Path) -> Result<Day> {
        let mut day = Day { relay_rss_idle_kib: self.idle_rss_kib, ..Day::default() };
        say(format!("== floorwalk: recording {count} complaints of 11 commits, one by one"));
        let with_cards = if cards { " with-cards" } else { "" };
        day.record_ms = timed(|| self.rep.ask(&format!("record {count}{with_cards}")))?.1;
        self.rep.ask(&format!("export {}", path(documents)?))?;
        self.rep = self.again("rep")?;
        self.office = self.again("office")?;
        settle();

        say("== floorwalk: push, pull, edit");
        day.push = phase(|| self.rep.ask("sync"))?;
        settle();
        day.pull = phase(|| self.office.ask("sync"))?;
        settle();
        let made = timed(|| self.office.ask("edit"))?.1;
        let there = phase(|| self.office.ask("sync"))?;
        let back = phase(|| self.rep.ask("sync"))?;
        day.edits_made_ms = Some(made);
        day.edit = Phase {
            ms: made + there.ms + back.ms,
            up_bytes: there.up_bytes + back.up_bytes,
            down_bytes: there.down_bytes + back.down_bytes,
        };
        day.relay_received_bytes =
            [&day.push, &day.pull, &day.edit].map(|p| p.up_bytes).iter().sum();
        day.client_push_rss_peak_kib = rss_peak(&mut self.rep, count)?;
        day.client_pull_rss_peak_kib = rss_peak(&mut self.office, count)?;
        self.look_at_relay(&mut day)?;
        Ok(day)
    }

    /// A replica in a new process, whose memory is that of syncing and not that of recording. The
    /// old process ends when it is dropped; what it has answered is durable.
    fn again(&self, home: &str) -> Result<Process> {
        Process::start(&self.programs.replica, &[path(&self.folder.join(home))?])
    }

    /// The most memory that the relay has held, in KiB.
    pub fn relay_rss_peak_kib(&self) -> u64 {
        self.relay.as_ref().map_or(0, |relay| relay.status_kib("VmHWM"))
    }

    fn look_at_relay(&mut self, day: &mut Day) -> Result<()> {
        let relay = self.relay.take().context("the relay runs")?;
        let data = self.folder.join("relay");
        day.relay_rss_peak_kib = relay.status_kib("VmHWM");
        day.relay_disk_running_bytes = disk_bytes(&data)?;
        relay.terminate()?;
        day.relay_disk_bytes = disk_bytes(&data)?;
        Ok(())
    }
}

/// Counts the durable transactions of a record, and opens a replica with many complaints.
///
/// # Errors
/// When a process fails.
pub fn lists(programs: &Programs, folder: &Path, count: usize) -> Result<(f64, Option<Listing>)> {
    let mut site = Site::open(programs, folder)?;
    let counted = site.rep.ask("count-commits")?;
    let commits_per_record = float(&counted, "commits_per_record");
    if count == 0 {
        return Ok((commits_per_record, None));
    }
    say(format!("== floorwalk: a replica with {count} complaints"));
    site.office.ask(&format!("add-buildings {}", BUILDINGS - 1))?;
    site.office.ask(&format!("record-together {count}"))?;
    site.office = site.again("office")?;
    let listed = site.office.ask("list")?;
    let listing = Listing {
        complaints: count,
        rows: number(&listed, "rows"),
        open_ms: float(&listed, "open_ms"),
        first_list_ms: float(&listed, "first_list_ms"),
        list_ms: float(&listed, "list_ms"),
        query_ms: float(&listed, "query_ms"),
    };
    Ok((commits_per_record, Some(listing)))
}

fn phase(sync: impl FnOnce() -> Result<Value>) -> Result<Phase> {
    let (report, ms) = timed(sync)?;
    let (up_bytes, down_bytes) = (number(&report, "bytes_sent"), number(&report, "bytes_received"));
    Ok(Phase { ms, up_bytes, down_bytes })
}

/// The most memory a replica has held, before it is asked whether it has everything.
fn rss_peak(replica: &mut Process, count: usize) -> Result<u64> {
    let peak_kib = replica.status_kib("VmHWM");
    let found = replica.ask("count")?;
    let whole = number(&found, "complaints") == count as u64
        && number(&found, "quarantined") + number(&found, "waiting") == 0;
    ensure!(whole, "a replica does not end with {count} complaints: {found}");
    Ok(peak_kib)
}

fn float(answer: &Value, name: &str) -> f64 {
    answer[name].as_f64().unwrap_or(f64::NAN)
}
