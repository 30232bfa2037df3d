//! Running other programs and timing the steps of a check.
//!
//! Owns everything this program prints besides help, and the one reading of the clock it needs.
//! A program that fails is `Ok(false)`; an error means that it could not be started.
#![allow(clippy::print_stdout, reason = "a command line tool prints")]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Prints one line.
pub fn say(line: impl AsRef<str>) {
    println!("{}", line.as_ref());
}

/// Runs the cargo that runs us with these arguments; true if it succeeds.
///
/// # Errors
/// When cargo cannot be started.
pub fn cargo(arguments: &[&str]) -> Result<bool> {
    let status = Command::new(cargo_program()).args(arguments).status();
    Ok(status.context("starting cargo")?.success())
}

/// What a program prints on its standard output, or `None` if it fails.
///
/// # Errors
/// When it cannot be started or prints something else than UTF-8.
pub fn output_of(program: &str, arguments: &[&str]) -> Result<Option<String>> {
    let output = Command::new(program)
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("starting {program}"))?;
    let text = String::from_utf8(output.stdout).context("reading what it printed")?;
    Ok(output.status.success().then_some(text))
}

/// True if the program answers to `--version`.
pub fn is_installed(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The cargo that runs us, so that a chosen toolchain stays chosen.
pub fn cargo_program() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// The steps of one check, with how long each took.
pub struct Steps {
    done: Vec<(&'static str, bool, Duration)>,
}

impl Steps {
    /// No steps yet.
    pub fn start() -> Self {
        Self { done: Vec::new() }
    }

    /// Runs one step and says whether it passed.
    ///
    /// # Errors
    /// Those of the step itself.
    pub fn run(&mut self, name: &'static str, step: impl FnOnce() -> Result<bool>) -> Result<bool> {
        say(format!("== {name}"));
        let started = now();
        let passed = step().with_context(|| format!("step {name}"))?;
        self.done.push((name, passed, started.elapsed()));
        Ok(passed)
    }

    /// Prints one line for each step that ran.
    pub fn summarise(&self) {
        say("");
        for (name, passed, spent) in &self.done {
            let word = if *passed { "ok" } else { "FAILED" };
            say(format!("{name:8} {word:7} {:6.1} s", spent.as_secs_f32()));
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "how long a step took is told, never decided on")]
fn now() -> Instant {
    Instant::now()
}
