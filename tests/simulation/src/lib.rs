//! Many devices and relays on one thread, with every fault that a seed can think of.
//!
//! [`op`] says what can happen, [`world`] makes it happen to real replicas, SQLite files and
//! relays, [`model`] knows what people were told is kept, and [`oracle`] holds the two against each
//! other once all trouble is over. A story is a seed and a list of ops; a story that fails is made
//! shorter by leaving ops out as long as it still fails.
//!
//! The clock, chance and the network are the world's (feature `simulation` of the packages);
//! what SQLite writes goes through `floorwalk-disk`. Live sessions, TLS and the system's sockets
//! are not in here: real processes are for those (`tests/tests`).

pub mod chance;
pub mod model;
pub mod network;
pub mod op;
pub mod oracle;
pub mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};

use op::Op;
use world::World;

/// A founded community, to tell stories with on one thread.
pub struct Stories {
    founded: World,
    folder: Option<PathBuf>,
    disks_lie: bool,
}

/// How a story went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// A hash of all that happened.
    pub trace: String,
    /// The promise that was broken.
    pub violation: Option<String>,
    /// Time that passed in it, in milliseconds.
    pub passed_ms: i64,
}

impl Stories {
    /// Founds the community. Files lie in memory where the system has such a folder.
    ///
    /// # Errors
    /// When that fails.
    pub fn begin() -> Result<Self> {
        let memory = Path::new("/dev/shm");
        let folder = memory.is_dir().then(|| memory.to_owned());
        Ok(Self { founded: World::found(folder.as_deref())?, folder, disks_lie: false })
    }

    /// Whether disks say that they have synced without doing it, to see that it is found out.
    pub fn disks_lie(&mut self, lie: bool) {
        self.disks_lie = lie;
    }

    /// Tells the story of a seed.
    pub fn tell(&self, seed: u64) -> Outcome {
        self.tell_ops(seed, &op::generate(seed))
    }

    /// Tells a story.
    pub fn tell_ops(&self, seed: u64, ops: &[Op]) -> Outcome {
        let mut trace = (String::new(), 0);
        let told = catch_unwind(AssertUnwindSafe(|| -> Result<()> {
            let mut world = World::copy_of(&self.founded, self.folder.as_deref(), seed)?;
            world.let_disks_lie(self.disks_lie);
            let outcome = ops.iter().try_for_each(|op| world.apply(*op));
            let outcome = outcome.and_then(|()| oracle::check(&mut world));
            trace = (world.trace(), world.passed_ms());
            outcome
        }));
        let told = told.unwrap_or_else(|panic| Err(anyhow!("a panic: {}", words_of(&*panic))));
        let violation = told.err().map(|error| format!("{error:#}"));
        Outcome { trace: trace.0, violation, passed_ms: trace.1 }
    }

    /// The shortest list of ops that still fails in the same way, by leaving out ever smaller
    /// parts.
    pub fn shorten(&self, seed: u64, ops: Vec<Op>, mut tell: impl FnMut(usize)) -> Vec<Op> {
        let way = |ops: &[Op]| self.tell_ops(seed, ops).violation.as_deref().map(way_of);
        let mut ops = ops;
        let wanted = way(&ops);
        let fails = |ops: &[Op]| way(ops) == wanted;
        let mut part = ops.len().div_ceil(2);
        while part > 0 {
            let (mut at, before) = (0, ops.len());
            while at < ops.len() {
                let mut fewer = ops.clone();
                fewer.drain(at..(at + part).min(ops.len()));
                if fails(&fewer) {
                    ops = fewer;
                    tell(ops.len());
                } else {
                    at += part;
                }
            }
            if part > 1 || ops.len() == before {
                part /= 2;
            }
        }
        ops
    }
}

/// Tells a step where somebody wants to hear every one (`FLOORWALK_SIM_TRACE`).
pub(crate) fn tell(what: impl FnOnce() -> String) {
    if std::env::var_os("FLOORWALK_SIM_TRACE").is_some() {
        eprintln!("{}", what());
    }
}

/// What kind of promise was broken: the words, without who and what.
pub fn way_of(violation: &str) -> String {
    let end = violation.find(['{', ':', '[']).unwrap_or(violation.len());
    violation[..end].chars().filter(|c| !c.is_ascii_digit()).collect()
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let words = panic.downcast_ref::<String>().cloned();
    let words = words.or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned()));
    words.unwrap_or_default()
}
