//! The `floorwalk` command line: one more client with its own replica.
//!
//! A command goes `cli` (what was typed) → `commands` (one call of the replica) → `output` (one
//! JSON object, or words in Chinese or English). Nothing here decides what a person may do or
//! what a complaint means: the replica does.
//!
//! - [`cli`]: commands and flags; `duration`, `arguments`: values that clap does not know
//! - `commands`: what each command does; `jsonl`: many complaints or acts, a line each
//! - `output`, `table`, `qr`, `progress`: what people and programs see
//! - `report`: statistics, register, forms and calendar as texts and files
//! - `text`: every message in both languages
//! - [`failure`]: what can go wrong, with its code, message and exit code
//! - `demo`: the main job, live: a relay, an office, two reps and an inspector in one process

mod arguments;
pub mod cli;
mod commands;
mod demo;
mod duration;
pub mod failure;
mod jsonl;
mod output;
mod progress;
mod prompt;
mod qr;
mod report;
mod table;
pub mod text;

use std::ffi::OsString;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

pub use crate::failure::{Exit, Failure, Outcome};
pub use crate::output::Output;
pub use crate::text::Lang;

/// Runs the command line on `args`, the program's name first, and says how it ended.
///
/// A panic is reported like an error and ends with code 101.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let out = Output::new(cli::wants_json(&args), cli::wanted_lang(&args));
    let ended = std::panic::catch_unwind(AssertUnwindSafe(|| perform(&args, &out)));
    match ended {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(failure)) => {
            out.fail(&failure);
            failure.exit().into()
        }
        Err(_) => {
            out.fail(&Failure::Internal);
            ExitCode::from(101)
        }
    }
}

fn perform(args: &[OsString], out: &Output) -> Outcome {
    let Some(cli) = cli::parse(args, out)? else { return Ok(Exit::Done) };
    start_log();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Failure::NoRuntime)?;
    runtime.block_on(commands::run(cli, out))
}

/// Logs go to standard error, and only when `FLOORWALK_LOG` asks for them.
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("FLOORWALK_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("off"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second run in one process finds a log already there, which serves it too.
    let _ = log.try_init();
}
