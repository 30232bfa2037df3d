//! The disk itself: what is synced stays, what is not may go, and SQLite notices neither.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use floorwalk_disk::{Disk, install};
use rusqlite::Connection;

fn open(folder: &Path) -> Connection {
    let connection = Connection::open(folder.join("a.db")).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    connection.execute_batch("CREATE TABLE IF NOT EXISTS word (word TEXT)").unwrap();
    connection
}

fn say(connection: &Connection, word: u64) -> rusqlite::Result<usize> {
    connection.execute("INSERT INTO word VALUES (?1)", [word.to_string().repeat(500)])
}

fn words(connection: &Connection) -> u64 {
    connection.query_row("SELECT count(*) FROM word", [], |row| row.get(0)).unwrap()
}

fn chance(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    }
}

/// Says words, cuts the power after each few, and counts the words that were said and are gone.
fn lost_words(seed: u64, lying: bool) -> u64 {
    install();
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::of(folder.path());
    disk.set_lying(lying);
    let (mut said, mut lost) = (0, 0);
    let mut chance = chance(seed);
    for _ in 0..10 {
        let connection = open(folder.path());
        for _ in 0..=chance(5) {
            said += say(&connection, said).unwrap() as u64;
        }
        disk.freeze();
        drop(connection);
        disk.lose_power(&mut chance).unwrap();
        let there = Connection::open(folder.path().join("a.db"));
        let there = there.and_then(|connection| {
            connection.query_row("SELECT count(*) FROM word", [], |row| row.get::<_, u64>(0))
        });
        let there = there.unwrap_or(0);
        lost += said.saturating_sub(there);
        if there < said {
            return lost;
        }
    }
    lost
}

#[test]
fn what_was_committed_outlives_every_power_cut() {
    for seed in 0..40 {
        assert_eq!(lost_words(seed, false), 0, "seed {seed}");
    }
}

#[test]
fn a_disk_that_lies_about_syncing_is_found_out() {
    assert!((0..40).any(|seed| lost_words(seed, true) > 0));
}

#[test]
fn a_full_or_failing_disk_refuses_and_what_was_there_stays() {
    install();
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::of(folder.path());
    let connection = open(folder.path());
    say(&connection, 1).unwrap();
    disk.set_full(true);
    assert!((0..100).any(|word| say(&connection, word).is_err()));
    disk.set_full(false);
    let before = words(&connection);
    disk.set_failing(true);
    assert!(say(&connection, 2).is_err());
    disk.set_failing(false);
    drop(connection);
    let connection = open(folder.path());
    assert!(words(&connection) >= before);
    say(&connection, 3).unwrap();
    assert!(disk.syncs() > 2);
}
