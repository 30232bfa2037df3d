//! The day of work of `cargo xtask bench day`, done by samod: a relay or a replica, each in a
//! process of its own.
//!
//! A replica is told what to do by lines on standard input and answers each with one line of
//! JSON, as Floorwalk's `bench-replica` does; `xtask` holds the watch. Storage is samod's own in
//! the file system, the relay is axum and the client tungstenite, with Nagle's delay off at both
//! ends. Bytes are those of WebSocket messages, as Floorwalk counts its own.

mod relay;
mod replica;
mod traffic;

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// Threads that run tasks, in the relay as in a replica: as many as Floorwalk's relay has.
const WORKERS: usize = 2;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
        .context("starting the runtime")?;
    match words[..] {
        ["relay", folder] => runtime.block_on(relay::serve(Path::new(folder))),
        ["replica", folder] => replica::obey(&runtime, Path::new(folder)),
        _ => bail!("usage: bench-samod relay FOLDER | replica FOLDER"),
    }
}

/// Prints one line of JSON.
fn answer(value: &Value) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{value}").and_then(|()| out.flush()).context("standard output")
}

/// The most memory that this process has held, in KiB, as Linux counts it.
fn rss_peak_kib() -> Value {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    json!(line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()))
}
