//! Puts so many hostile changes through the safe reader and prints what became of them:
//! `cargo run --release -p floorwalk-fuzz --bin hostile -- --count 1000000`.
//!
//! Fails when one takes over a second or the process has needed 256 MB or more. The seeds count
//! up, so a run can be repeated and continued.
#![allow(clippy::print_stdout)]

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use floorwalk_fuzz::hostile::{Hostile, Tally};

const SLOWEST_MAX: Duration = Duration::from_secs(1);
const MEMORY_KIB_MAX: u64 = 256 * 1024;

#[derive(Parser)]
struct Arguments {
    /// How many changes
    #[arg(long, default_value_t = 10_000)]
    count: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
}

fn main() -> Result<()> {
    let Arguments { count, from } = Arguments::parse();
    let hostile = Hostile::new();
    let mut tally = Tally::default();
    for done in 0..count {
        hostile.try_seed(from + done, &mut tally);
        if (done + 1) % 50_000 == 0 {
            println!("{} of {count}, {} KiB", done + 1, memory_kib()?);
        }
    }
    for (outcome, count) in &tally.outcomes {
        println!("{count:>9}  {outcome}");
    }
    let (slowest, seed) = tally.slowest.unwrap_or_default();
    let memory = memory_kib()?;
    println!("slowest {slowest:?} (seed {seed}), peak memory {memory} KiB");
    ensure!(slowest <= SLOWEST_MAX, "one change took over a second");
    ensure!(memory < MEMORY_KIB_MAX, "the process needed 256 MB");
    Ok(())
}

/// The most that this process has held in memory.
fn memory_kib() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status").context("Linux tells it there")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()).context("no VmHWM")?;
    number.parse().context("VmHWM is a number")
}
