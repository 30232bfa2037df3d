//! `simulate`: tells the stories of many seeds. Call it as `cargo xtask sim`.
#![allow(clippy::print_stdout)]

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use clap::Parser;
use floorwalk_simulation::{Stories, op};

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_millis(500);

/// Tells stories of devices, relays and trouble, and holds them against what was promised.
#[derive(Parser)]
#[command(after_help = "Examples:
  cargo xtask sim --seed 4711
  cargo xtask sim --seeds 0..2000
  cargo xtask sim --minutes 60")]
struct Arguments {
    /// One seed, with all that happens
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Seeds from the first to before the last
    #[arg(long, value_name = "A..B", conflicts_with = "seed")]
    seeds: Option<String>,
    /// From the first seed on, for so long
    #[arg(long, value_name = "M", conflicts_with = "seed")]
    minutes: Option<u64>,
    /// How many at once; each takes one core
    #[arg(long, value_name = "COUNT", default_value_t = 2)]
    at_once: usize,
}

struct Run {
    next: AtomicU64,
    end: u64,
    until: Option<Instant>,
    told: AtomicU64,
    ops: AtomicU64,
    passed_ms: AtomicU64,
    failed: Mutex<Vec<u64>>,
    over: AtomicBool,
}

fn main() -> Result<std::process::ExitCode> {
    let arguments = Arguments::parse();
    if let Some(seed) = arguments.seed {
        return Ok(match explain(seed)? {
            true => std::process::ExitCode::SUCCESS,
            false => std::process::ExitCode::FAILURE,
        });
    }
    let (first, end) = match (&arguments.seeds, arguments.minutes) {
        (Some(seeds), _) => parse(seeds)?,
        (None, Some(_)) => (0, u64::MAX),
        (None, None) => (0, 1000),
    };
    let began = now();
    let run = Run {
        next: AtomicU64::new(first),
        end,
        until: arguments.minutes.map(|minutes| began + Duration::from_secs(60 * minutes)),
        told: AtomicU64::default(),
        ops: AtomicU64::default(),
        passed_ms: AtomicU64::default(),
        failed: Mutex::default(),
        over: AtomicBool::default(),
    };
    std::panic::set_hook(Box::new(|_| {}));
    std::thread::scope(|scope| -> Result<()> {
        let workers: Vec<_> =
            (0..arguments.at_once.max(1)).map(|_| scope.spawn(|| work(&run))).collect();
        let teller = scope.spawn(|| tell(&run, began));
        let outcomes: Vec<_> =
            workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        run.over.store(true, Relaxed);
        let _ = teller.join();
        outcomes.into_iter().try_for_each(|outcome| outcome.map_err(|_| anyhow!("a panic"))?)
    })?;
    summarise(&run, began);
    let mut failed = run.failed.into_inner().unwrap_or_default();
    failed.sort_unstable();
    match failed.first() {
        None => Ok(std::process::ExitCode::SUCCESS),
        Some(seed) => {
            println!("{} seeds failed: {failed:?}", failed.len());
            explain(*seed)?;
            Ok(std::process::ExitCode::FAILURE)
        }
    }
}

fn parse(seeds: &str) -> Result<(u64, u64)> {
    let (first, end) = seeds.split_once("..").context("seeds are written as A..B")?;
    Ok((first.parse()?, end.parse()?))
}

fn work(run: &Run) -> Result<()> {
    let stories = Stories::begin()?;
    loop {
        let seed = run.next.fetch_add(1, Relaxed);
        if seed >= run.end || run.until.is_some_and(|until| now() >= until) {
            return Ok(());
        }
        let ops = op::generate(seed);
        let outcome = stories.tell_ops(seed, &ops);
        run.told.fetch_add(1, Relaxed);
        run.ops.fetch_add(ops.len() as u64, Relaxed);
        run.passed_ms.fetch_add(outcome.passed_ms.unsigned_abs(), Relaxed);
        if let Some(violation) = outcome.violation {
            println!("seed {seed}: {violation}");
            run.failed.lock().map_err(|_| anyhow!("a panic"))?.push(seed);
        }
    }
}

fn tell(run: &Run, began: Instant) {
    while std::io::stderr().is_terminal() && !run.over.load(Relaxed) {
        eprint!("\r{} \x1b[K", line(run, began));
        std::thread::sleep(TELL_EVERY);
    }
}

fn summarise(run: &Run, began: Instant) {
    println!("{}", line(run, began));
}

fn line(run: &Run, began: Instant) -> String {
    let seconds = began.elapsed().as_secs_f64().max(1e-3);
    let (told, ops) = (run.told.load(Relaxed), run.ops.load(Relaxed));
    let days = run.passed_ms.load(Relaxed) as f64 / 86_400_000.0;
    let failed = run.failed.lock().map_or(0, |failed| failed.len());
    format!(
        "{told} seeds, {ops} ops, {failed} failed, in {seconds:.0} s: {:.1} seeds, {:.0} ops and \
         {:.0} simulated days a second",
        told as f64 / seconds,
        ops as f64 / seconds,
        days / seconds,
    )
}

/// Tells a seed's story twice, and where it fails the shortest one that still does.
fn explain(seed: u64) -> Result<bool> {
    let stories = Stories::begin()?;
    let ops = op::generate(seed);
    let (first, second) = (stories.tell_ops(seed, &ops), stories.tell_ops(seed, &ops));
    println!("seed {seed}: {} ops, trace {}", ops.len(), first.trace);
    if first.trace != second.trace {
        println!("told again, it went otherwise: {}", second.trace);
    }
    let Some(violation) = first.violation else { return Ok(true) };
    println!("{violation}");
    let shown = std::io::stderr().is_terminal();
    let short = stories.shorten(seed, ops, |left| {
        if shown {
            eprint!("\r{left} ops still fail \x1b[K");
        }
    });
    let outcome = stories.tell_ops(seed, &short);
    println!("\nthe shortest story, for reproductions.rs:\n");
    println!("#[test]\nfn seed_{seed}() {{\n    // {}", outcome.violation.unwrap_or_default());
    println!("    holds({seed}, &{short:?});\n}}");
    Ok(false)
}

#[allow(clippy::disallowed_methods, reason = "a tool looks at the watch")]
fn now() -> Instant {
    Instant::now()
}
