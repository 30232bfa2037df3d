//! Attaches evidence and syncs, until it is killed; says what was acknowledged.
//!
//! `photographer HOME NUMBER SEED`: prints `attached HASH` when a call has returned, and `synced`
//! when a sync has ended well.
#![allow(clippy::print_stdout)]

use std::io::Write;
use std::path::{Path, PathBuf};

use floorwalk_replica::Replica;
use floorwalk_replica::records::AttachOptions;

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let mut next = || args.next().ok_or_else(|| anyhow::anyhow!("HOME NUMBER SEED"));
    let (home, number, seed) = (PathBuf::from(next()?), next()?, next()?);
    let replica = Replica::open(&home)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    for count in 0.. {
        let file = home.join(format!("shot-{seed}-{count}"));
        std::fs::write(&file, shot(&file))?;
        let attached = replica.attach(&number, &file, &AttachOptions::default())?;
        std::fs::remove_file(&file)?;
        say(&format!("attached {}", attached.hash))?;
        // Without a relay it is only kept.
        if runtime.block_on(replica.sync_once(|_| {})).is_ok() {
            say("synced")?;
        }
    }
    Ok(())
}

/// Bytes that are like no other shot's: some small, some large.
fn shot(name: &Path) -> Vec<u8> {
    let mut seed = name
        .to_string_lossy()
        .bytes()
        .fold(7_u64, |seed, byte| seed.wrapping_mul(1_099_511_628_211) ^ u64::from(byte));
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let length = if next() % 3 == 0 { 20_000 } else { 400_000 + next() % 2_000_000 };
    (0..length / 8).flat_map(|_| next().to_le_bytes()).collect()
}

fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}
