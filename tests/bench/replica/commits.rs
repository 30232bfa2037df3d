//! Counting durable transactions from outside: the commit records of SQLite's write-ahead log.
//!
//! With `synchronous=FULL` each of them is one fsync. The format:
//! <https://sqlite.org/fileformat2.html>, section 4.

use std::path::Path;

use anyhow::{Context, Result, ensure};

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;

/// The commit records of a write-ahead log.
pub struct Commits {
    /// Another one when the log has started over.
    pub salt: [u8; 8],
    /// How many there are since it has.
    pub commits: usize,
}

/// Reads a log.
pub fn count(log: &Path) -> Result<Commits> {
    let bytes = std::fs::read(log).with_context(|| format!("reading {}", log.display()))?;
    ensure!(bytes.len() > HEADER_BYTES, "the write-ahead log is empty");
    let page = u32::from_be_bytes(bytes[8..12].try_into()?) as usize;
    let salt: [u8; 8] = bytes[16..24].try_into()?;
    // Frames of an earlier round of the log, behind those of the present one, have another salt.
    let frames = bytes[HEADER_BYTES..].chunks_exact(FRAME_HEADER_BYTES + page);
    let present = frames.take_while(|frame| frame[8..16] == salt);
    // A frame that ends a transaction says how many pages the database has then.
    let commits = present.filter(|frame| frame[4..8] != [0; 4]).count();
    Ok(Commits { salt, commits })
}
