//! The project's own tools, run as `cargo xtask COMMAND`.
//!
//! Owns the list of commands and the order of the steps of `ci`. A command either changes
//! nothing but the build folder (`ci`, `tidy`, `deny`, `bench`) or says that it edits (`fix`).
//! What the tests need from the system is installed by `tests/run`, not here.

mod bench;
mod bindings;
mod run;
mod rust_text;
mod sim;
mod tidy;
mod tree;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use crate::bindings::Bindings;
use crate::run::{Steps, cargo};

#[derive(Parser)]
#[command(name = "xtask", about = "Floorwalk's own tools")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Formatting, tidy, clippy, all tests, the phone packages; stops at the first failure
    Ci {
        /// Skip clippy
        #[arg(long)]
        quick: bool,
    },
    /// Format, and apply the repairs that clippy is sure of (edits files)
    Fix,
    /// The house rules that no compiler checks
    Tidy,
    /// Licences, bans and sources of all dependencies, by cargo-deny when it is installed
    Deny {
        /// Look for known vulnerabilities too (downloads the advisory database)
        #[arg(long)]
        advisories: bool,
    },
    /// Simulated worlds from seeds: --seed N, --seeds A..B, --minutes M
    Sim {
        /// Passed on; --help tells of them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
        arguments: Vec<String>,
    },
    /// The phone packages: kotlin, swift, exchange, size, phones
    #[command(subcommand)]
    Bindings(Bindings),
    /// Benchmarks of whole processes; `cargo bench` has those of single functions
    #[command(subcommand)]
    Bench(bench::Bench),
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    std::env::set_current_dir(find_root()?).context("entering the workspace root")?;
    let passed = match arguments.command {
        Command::Ci { quick } => ci(quick)?,
        Command::Fix => fix()?,
        Command::Tidy => tidy::check_and_report()?,
        Command::Deny { advisories } => deny(advisories)?,
        Command::Sim { arguments } => sim::run(&arguments)?,
        Command::Bindings(bindings) => bindings::run(&bindings)?,
        Command::Bench(bench) => bench::run(&bench)?,
    };
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The workspace root: cargo tells where this package is, and that is one folder below.
fn find_root() -> Result<PathBuf> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").context("run me as `cargo xtask`")?;
    let root = PathBuf::from(package).parent().map(PathBuf::from);
    root.context("this package lies in a folder of the workspace")
}

/// Cheap steps first, so that a slip shows in seconds.
fn ci(quick: bool) -> Result<bool> {
    let mut steps = Steps::start();
    let passed = steps.run("format", || cargo(&["fmt", "--all", "--check"]))?
        && steps.run("tidy", tidy::check_and_report)?
        && (quick || steps.run("clippy", clippy)?)
        && steps.run("tests", || cargo(&["test", "--workspace", "--locked"]))?
        && steps.run("kotlin", || bindings::run(&Bindings::Kotlin { bench: false }))?
        && steps.run("swift", || bindings::run(&Bindings::Swift { bench: false }))?
        && steps.run("exchange", || bindings::run(&Bindings::Exchange))?
        && steps.run("phones", || bindings::run(&Bindings::Phones))?
        && steps.run("size", || bindings::run(&Bindings::Size))?;
    steps.summarise();
    Ok(passed)
}

fn clippy() -> Result<bool> {
    cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
}

fn fix() -> Result<bool> {
    let repair = ["clippy", "--workspace", "--all-targets", "--fix", "--allow-dirty"];
    Ok(cargo(&repair)? && cargo(&["fmt", "--all"])?)
}

fn deny(advisories: bool) -> Result<bool> {
    if !run::is_installed("cargo-deny") {
        run::say("deny: SKIPPED, cargo-deny is not installed (`cargo install cargo-deny`)");
        return Ok(true);
    }
    let mut arguments = vec!["deny", "--workspace", "check", "licenses", "bans", "sources"];
    if advisories {
        arguments.push("advisories");
    }
    cargo(&arguments)
}
