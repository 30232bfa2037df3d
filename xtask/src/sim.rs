//! `cargo xtask sim`: builds the simulation and hands it its arguments.

use anyhow::Result;

use crate::run::cargo;

/// Builds and runs it, optimised.
///
/// # Errors
/// When cargo can't be started.
pub fn run(arguments: &[String]) -> Result<bool> {
    let mut all = vec!["run", "--release", "--locked", "--quiet"];
    all.extend(["--package", "floorwalk-simulation", "--bin", "simulate", "--"]);
    all.extend(arguments.iter().map(String::as_str));
    cargo(&all)
}
