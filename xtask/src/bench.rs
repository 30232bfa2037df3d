//! `cargo xtask bench`: whole processes. `day` is a day's work, Floorwalk's and samod's; [`upload`]
//! is about photos.
//!
//! Complaints of eleven commits are made offline on A; A brings them to a relay; an empty B takes
//! them from there and adds an event to each; those go back to A. Relay and replicas are processes
//! of their own on one machine. This module owns the order and the report; nothing here fails
//! because something was slow.

mod floorwalk;
pub mod process;
mod samod;
mod table;
mod upload;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::run::{cargo, say};

/// Which benchmark.
#[derive(Subcommand)]
pub enum Bench {
    /// A day's work: offline, push, pull, edit, back; by Floorwalk and by samod
    Day(DayArguments),
    /// Photos to a relay and on, and the same bytes to a plain file server (needs curl)
    Upload(upload::UploadArguments),
}

/// How much work.
#[derive(Args)]
pub struct DayArguments {
    /// Complaints, of eleven commits each
    #[arg(long, value_name = "COUNT", default_value_t = 1000)]
    complaints: usize,
    /// Complaints in the replica whose list is opened; 0 leaves that part out
    #[arg(long, value_name = "COUNT", default_value_t = 10_000)]
    listed: usize,
    /// Floorwalk alone, without the comparison
    #[arg(long)]
    no_samod: bool,
    /// Give every complaint a card, a sealed blob that samod has no equal of
    #[arg(long, requires = "no_samod")]
    cards: bool,
    /// Write the figures into a file as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What one engine took for the day. Times in milliseconds.
#[derive(Default, Serialize)]
struct Day {
    record_ms: f64,
    push: Phase,
    pull: Phase,
    edit: Phase,
    /// Of which making the edits themselves, when that was measured.
    edits_made_ms: Option<f64>,
    relay_rss_idle_kib: u64,
    relay_rss_peak_kib: u64,
    client_push_rss_peak_kib: u64,
    client_pull_rss_peak_kib: u64,
    /// The relay's files while it runs, with its write-ahead log.
    relay_disk_running_bytes: u64,
    /// The same when it has stopped.
    relay_disk_bytes: u64,
    relay_received_bytes: u64,
}

/// One phase of the day, and the bytes of messages from the replicas to the relay and back.
#[derive(Default, Clone, Serialize)]
struct Phase {
    ms: f64,
    up_bytes: u64,
    down_bytes: u64,
}

impl Phase {
    fn wire_bytes(&self) -> u64 {
        self.up_bytes + self.down_bytes
    }
}

/// What opening a replica with many complaints takes. Times in milliseconds.
#[derive(Serialize)]
struct Listing {
    complaints: usize,
    rows: u64,
    open_ms: f64,
    first_list_ms: f64,
    list_ms: f64,
    query_ms: f64,
}

#[derive(Serialize)]
struct Report {
    complaints: usize,
    cards: bool,
    floorwalk: Day,
    samod: Option<Day>,
    commits_per_record: f64,
    listing: Option<Listing>,
}

/// Runs a benchmark in the workspace root.
///
/// # Errors
/// When something does not build, run or come to the same documents.
pub fn run(bench: &Bench) -> Result<bool> {
    match bench {
        Bench::Day(arguments) => day(arguments),
        Bench::Upload(arguments) => upload::run(arguments),
    }
}

fn day(arguments: &DayArguments) -> Result<bool> {
    ensure!(arguments.complaints > 0, "a day without complaints has nothing to measure");
    let target = target_folder()?;
    let programs = build(&target, !arguments.no_samod)?;
    // Next to what is built, because a folder for temporary files may lie in memory, where
    // making something durable costs nothing.
    let folder = Folder::make(target.join(format!("bench-day-{}", std::process::id())))?;
    let report = measure(arguments, &programs, &folder.0)?;
    table::print(&report);
    if let Some(path) = &arguments.json {
        let json = serde_json::to_string_pretty(&report)?;
        fs::write(path, json + "\n").with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(true)
}

fn measure(arguments: &DayArguments, programs: &Programs, folder: &Path) -> Result<Report> {
    let count = arguments.complaints;
    let mut site = floorwalk::Site::open(programs, &folder.join("floorwalk"))?;
    let documents = folder.join("documents");
    let floorwalk = site.day(count, arguments.cards, &documents)?;
    let samod = match &programs.samod {
        Some(program) => Some(samod::day(program, &folder.join("samod"), &documents)?),
        None => None,
    };
    let (commits_per_record, listing) =
        floorwalk::lists(programs, &folder.join("lists"), arguments.listed)?;
    let cards = arguments.cards;
    Ok(Report { complaints: count, cards, floorwalk, samod, commits_per_record, listing })
}

/// The programs that take part.
struct Programs {
    relay: PathBuf,
    replica: PathBuf,
    file_server: PathBuf,
    samod: Option<PathBuf>,
}

/// The folder of what cargo builds: this program lies in one of its profiles' folders.
fn target_folder() -> Result<PathBuf> {
    let program = std::env::current_exe().context("finding this program")?;
    let folder = program.ancestors().nth(2).map(Path::to_owned);
    folder.context("this program lies in a folder of the build folder")
}

fn build(target: &Path, with_samod: bool) -> Result<Programs> {
    say("== build");
    let ours = ["floorwalk-server", "floorwalk-tests"];
    let mut arguments = vec!["build", "--release", "--locked", "--bins"];
    arguments.extend(ours.iter().flat_map(|package| ["--package", package]));
    ensure!(cargo(&arguments)?, "Floorwalk does not build");
    let samod_target = target.join("bench-samod");
    if with_samod {
        let folder = samod_target.to_str().context("the build folder's name is not UTF-8")?;
        let manifest = "tests/bench/samod/Cargo.toml";
        let arguments =
            ["build", "--release", "--locked", "--manifest-path", manifest, "--target-dir", folder];
        ensure!(cargo(&arguments)?, "samod's side does not build");
    }
    let release = target.join("release");
    Ok(Programs {
        relay: release.join("floorwalk-relay"),
        replica: release.join("bench-replica"),
        file_server: release.join("bench-file-server"),
        samod: with_samod.then(|| samod_target.join("release").join("bench-samod")),
    })
}

/// A folder that goes when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn make(path: PathBuf) -> Result<Self> {
        fs::create_dir_all(&path).with_context(|| format!("making {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What can't be removed stays in the build folder, where it is looked for.
        let _ = fs::remove_dir_all(&self.0);
    }
}
