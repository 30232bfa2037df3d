//! A replica of the benchmarks of `cargo xtask bench`, in a process of its own.
//!
//! It is told what to do by lines on standard input, and answers each with one line of JSON;
//! `xtask` holds the watch. How far recording has come goes to standard error when that is a
//! terminal. What it records is in [`content`].

mod commits;
mod content;

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use floorwalk_replica::Replica;
use floorwalk_replica::records::{
    AttachOptions, ListQuery, NewCommunity, NewComplaint, NewEvent, NewInvitation, RelayAddress,
};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use content::Step;

/// Rows of the list that a person sees first.
const FIRST_ROWS: u32 = 50;
/// Complaints or events in one transaction, where they are not written one by one.
const BATCH: usize = 1000;
/// How often a list is read to tell what reading it costs.
const LISTINGS: usize = 101;
/// Complaints that are recorded to count their transactions.
const COUNTED: usize = 10;
/// Records between two words about progress.
const PROGRESS_EVERY: usize = 50;

struct Bench {
    home: PathBuf,
    replica: Replica,
    opened_in: Duration,
    runtime: Runtime,
}

fn main() -> Result<()> {
    let home = std::env::args_os().nth(1).context("usage: bench-replica HOME")?;
    let home = PathBuf::from(home);
    let began = now();
    let replica = Replica::open(&home)?;
    let opened_in = began.elapsed();
    let runtime = Runtime::new().context("starting the runtime")?;
    let bench = Bench { home, replica, opened_in, runtime };
    for line in std::io::stdin().lock().lines() {
        let line = line.context("standard input")?;
        let words: Vec<&str> = line.split(' ').collect();
        let mut value = match bench.carry_out(&words) {
            Ok(value) => value,
            Err(error) => json!({ "error": format!("{error:#}") }),
        };
        value["rss_peak_kib"] = rss_peak_kib();
        let mut out = std::io::stdout().lock();
        writeln!(out, "{value}").and_then(|()| out.flush()).context("standard output")?;
    }
    Ok(())
}

impl Bench {
    fn carry_out(&self, words: &[&str]) -> Result<Value> {
        match *words {
            ["found", url] => self.found(url),
            ["add-buildings", count] => self.add_buildings(count.parse()?),
            ["join", link] => Ok(json!(self.runtime.block_on(self.replica.join(link))?)),
            ["record", count] => self.record(count.parse()?, false),
            ["record", count, "with-cards"] => self.record(count.parse()?, true),
            ["record-together", count] => self.record_together(count.parse()?),
            ["attach", count, bytes] => self.attach(count.parse()?, bytes.parse()?),
            ["sync"] => Ok(json!(self.runtime.block_on(self.replica.sync_once(|_| {}))?)),
            ["edit"] => self.edit(),
            ["list"] => self.list(),
            ["count"] => self.count(),
            ["count-commits"] => self.count_commits(),
            ["export", file] => self.export(Path::new(file)),
            _ => bail!("unknown command"),
        }
    }

    /// Founds a community with one building and invites a rep.
    fn found(&self, url: &str) -> Result<Value> {
        let new = NewCommunity {
            name: "测试小区".into(),
            short: "CS".into(),
            regulation: "howto".into(),
            regulation_settings: Default::default(),
            relay: RelayAddress { url: url.into(), pin: None },
            host_token: None,
            passphrase: Some("correct horse battery".into()),
            device_name: "管理处".into(),
        };
        self.runtime.block_on(self.replica.create_community(new))?;
        self.replica.add_building(content::BUILDING)?;
        let rep = NewInvitation {
            name: "1号楼楼长".into(),
            role: "building_rep".into(),
            buildings: vec![content::BUILDING.into()],
            expires_in_s: 3600,
        };
        let invitation = self.runtime.block_on(self.replica.invite(rep))?;
        Ok(json!({ "link": invitation.link }))
    }

    /// Adds buildings without complaints: the roster is as long as in a large community.
    fn add_buildings(&self, count: usize) -> Result<Value> {
        for number in 0..count {
            self.replica.add_building(&format!("{}号楼", number + 2))?;
        }
        Ok(json!({ "buildings": count }))
    }

    /// Records complaints as a person does: every complaint, edit and event is durable before the
    /// next is begun.
    fn record(&self, count: usize, with_cards: bool) -> Result<Value> {
        for number in 0..count {
            tell_progress("recording", number, count);
            let new = content::complaint(number);
            let new = if with_cards { content::with_card(new, number) } else { new };
            let recorded = self.replica.record(&new)?;
            for step in content::steps(number) {
                match step {
                    Step::Edit(field, value) => {
                        let sets = [(field.to_owned(), value)].into();
                        self.replica.edit(&recorded.number, &sets)?;
                    }
                    Step::Act(kind, note) => {
                        let event = NewEvent { kind: kind.into(), note, ..NewEvent::default() };
                        self.replica.act(&recorded.number, &event)?;
                    }
                }
            }
        }
        tell_progress("recording", count, count);
        Ok(json!({ "complaints": count, "commits": count * (1 + content::STEPS) }))
    }

    /// Records a complaint and attaches files to it, each durable before the next is begun.
    fn attach(&self, count: usize, bytes: usize) -> Result<Value> {
        let recorded = self.replica.record(&content::complaint(0))?;
        let shot = self.home.join("shot.bin");
        for number in 0..count {
            tell_progress("attaching", number, count);
            std::fs::write(&shot, content::noise(number, bytes))?;
            self.replica.attach(&recorded.number, &shot, &AttachOptions::default())?;
        }
        tell_progress("attaching", count, count);
        std::fs::remove_file(&shot)?;
        Ok(json!({ "attached": count }))
    }

    /// Records complaints of one commit each, many in one transaction.
    fn record_together(&self, count: usize) -> Result<Value> {
        let numbers: Vec<usize> = (0..count).collect();
        for batch in numbers.chunks(BATCH) {
            tell_progress("filling", batch[0], count);
            let new: Vec<NewComplaint> = batch.iter().map(|n| content::complaint(*n)).collect();
            for recorded in self.replica.record_many(&new)? {
                recorded?;
            }
        }
        tell_progress("filling", count, count);
        Ok(json!({ "complaints": count }))
    }

    /// Adds an event to every complaint, many in one transaction.
    fn edit(&self) -> Result<Value> {
        let rows = self.replica.list(&ListQuery::default())?;
        let acts: Vec<(String, NewEvent)> =
            rows.into_iter().map(|row| (row.number, content::answer())).collect();
        for batch in acts.chunks(BATCH) {
            for acted in self.replica.act_many(batch)? {
                acted?;
            }
        }
        Ok(json!({ "events": acts.len() }))
    }

    /// What opening took, and what the first rows take: the first time, and in the middle of many.
    fn list(&self) -> Result<Value> {
        let query = ListQuery { limit: Some(FIRST_ROWS), ..ListQuery::default() };
        let mut spent = Vec::with_capacity(LISTINGS);
        let mut rows = 0;
        for _ in 0..LISTINGS {
            let began = now();
            rows = self.replica.list(&query)?.len();
            spent.push(began.elapsed().as_secs_f64() * 1e3);
        }
        let first_ms = spent[0];
        spent.sort_by(f64::total_cmp);
        Ok(json!({
            "rows": rows,
            "open_ms": self.opened_in.as_secs_f64() * 1e3,
            "first_list_ms": first_ms,
            "list_ms": spent[LISTINGS / 2],
            "query_ms": self.bare_query_ms()?,
        }))
    }

    /// The time of an indexed query for the same rows with nothing around it.
    fn bare_query_ms(&self) -> Result<f64> {
        let connection = self.database()?;
        let mut query = connection
            .prepare("SELECT * FROM complaint ORDER BY recorded_ms DESC, document LIMIT ?1")?;
        let mut spent = Vec::with_capacity(LISTINGS);
        for _ in 0..LISTINGS {
            let began = now();
            let rows = query.query_map([FIRST_ROWS], |row| row.get::<_, String>("number"))?;
            ensure!(rows.count() > 0, "there are complaints");
            spent.push(began.elapsed().as_secs_f64() * 1e3);
        }
        spent.sort_by(f64::total_cmp);
        Ok(spent[LISTINGS / 2])
    }

    fn count(&self) -> Result<Value> {
        let status = self.replica.status()?;
        let rows = self.replica.list(&ListQuery::default())?;
        let mut events = 0;
        for row in rows.iter().step_by((rows.len() / 20).max(1)) {
            events = self.replica.show(&row.id)?.events.len().max(events);
        }
        Ok(json!({
            "complaints": rows.len(),
            "events_max": events,
            "quarantined": status.quarantine.len(),
            "waiting": status.waiting,
        }))
    }

    /// Durable transactions of one recorded complaint.
    fn count_commits(&self) -> Result<Value> {
        let log = self.home.join("floorwalk.db-wal");
        self.replica.record(&content::complaint(0))?;
        let before = commits::count(&log)?;
        for number in 0..COUNTED {
            self.replica.record(&content::with_card(content::complaint(number), number))?;
        }
        let after = commits::count(&log)?;
        ensure!(before.salt == after.salt, "the write-ahead log has started over");
        let commits = (after.commits - before.commits) as f64 / COUNTED as f64;
        Ok(json!({ "commits_per_record": commits }))
    }

    /// Writes the Automerge documents of all complaints into a file: the length of each as 32
    /// bits, little endian, and its bytes.
    fn export(&self, file: &Path) -> Result<Value> {
        let connection = self.database()?;
        let mut query = connection
            .prepare("SELECT saved FROM document WHERE id IN (SELECT document FROM complaint)")?;
        let mut rows = query.query([])?;
        let mut bytes = Vec::new();
        while let Some(row) = rows.next()? {
            let saved: Vec<u8> = row.get(0)?;
            bytes.extend_from_slice(&u32::try_from(saved.len())?.to_le_bytes());
            bytes.extend_from_slice(&saved);
        }
        std::fs::write(file, &bytes).with_context(|| format!("writing {}", file.display()))?;
        Ok(json!({ "bytes": bytes.len() }))
    }

    fn database(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Ok(Connection::open_with_flags(self.home.join("floorwalk.db"), flags)?)
    }
}

fn tell_progress(what: &str, done: usize, total: usize) {
    let due = done.is_multiple_of(PROGRESS_EVERY) || done == total;
    if !due || !std::io::stderr().is_terminal() {
        return;
    }
    if done < total {
        eprint!("\r{what} {done} of {total}");
    } else {
        eprint!("\r\x1b[K");
    }
}

/// The most memory that this process has held, in KiB, as Linux counts it.
fn rss_peak_kib() -> Value {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    json!(line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()))
}

#[allow(clippy::disallowed_methods, reason = "a benchmark looks at the watch")]
fn now() -> Instant {
    Instant::now()
}
