//! Everything that a fuzzer found worth keeping holds, and so does what lies near to it.
//!
//! More mutations of each file: `FLOORWALK_FUZZ_MUTATIONS=1000`.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use floorwalk_fuzz::hostile::{Hostile, Tally};
use floorwalk_fuzz::{Random, TARGETS, Target, complaint_seeds, mutate};
use floorwalk_regulation::parse;
use floorwalk_replica::dossier::verify::verify_from;
use floorwalk_server::tus_headers::Creation;
use floorwalk_wire::{Message, Parcel, Statement};

const MUTATIONS: u64 = 8;
const HOSTILE_CHANGES: u64 = 3_000;

fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|_| panic!("{target} has no corpus"));
    let mut files: Vec<_> = entries
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{target} has no corpus");
    files
}

fn replay(name: &str, target: Target) {
    let wanted = std::env::var("FLOORWALK_FUZZ_MUTATIONS").ok();
    let mutations = wanted.and_then(|text| text.parse().ok()).unwrap_or(MUTATIONS);
    for (file, bytes) in corpus(name) {
        // Printed when the test fails: which one it was.
        eprintln!("{name}/{file}");
        target(&bytes);
        for seed in 0..mutations {
            eprintln!("{name}/{file}, mutation {seed}");
            target(&mutate(&bytes, &mut Random(seed)));
        }
    }
}

#[test]
fn every_promise_holds_for_the_corpus_and_near_it() {
    for (name, target) in TARGETS {
        replay(name, *target);
    }
}

#[test]
fn every_folder_of_the_corpus_has_its_target() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(TARGETS.iter().any(|(target, _)| *target == name), "{name} has no target");
    }
}

#[test]
fn hostile_changes_do_no_harm_and_some_of_them_reach_the_document() {
    let (hostile, mut tally) = (Hostile::new(), Tally::default());
    (0..HOSTILE_CHANGES).for_each(|seed| hostile.try_seed(seed, &mut tally));
    assert_eq!(tally.outcomes.values().sum::<u64>(), HOSTILE_CHANGES);
    let admitted = tally.outcomes.get("admitted").copied().unwrap_or_default();
    assert!(admitted > HOSTILE_CHANGES / 100, "{:#?}", tally.outcomes);
    let by_rules = tally.outcomes.keys().filter(|outcome| outcome.starts_with("refused: "));
    assert!(by_rules.count() > 5, "{:#?}", tally.outcomes);
}

/// A target returns for what is refused, too: this says that the seeds are not.
#[test]
fn the_seeds_are_good() {
    let seeds = |target: &str, like: &'static str| {
        let named = move |(name, _): &(String, Vec<u8>)| name.starts_with(like);
        corpus(target).into_iter().filter(named).map(|(_, bytes)| bytes)
    };
    assert!(seeds("wire_codec", "message-").all(|bytes| Message::decode(&bytes).is_ok()));
    assert!(seeds("wire_codec", "statement-").all(|bytes| Statement::decode(&bytes).is_ok()));
    let verifies = |bytes: Vec<u8>| Parcel::parse(bytes).is_ok_and(|it| it.verify().is_ok());
    assert!(seeds("parcel_verify", "parcel-").all(verifies));
    assert!(seeds("seal_open", "parcel").all(verifies));
    let reads = |bytes: Vec<u8>| parse(std::str::from_utf8(&bytes).unwrap()).is_ok();
    assert!(seeds("regulation_files", "S").all(reads));
    for bytes in seeds("dossier", "with-receipts") {
        assert!(verify_from(&mut Cursor::new(bytes), None).unwrap().valid);
    }
    for bytes in seeds("tus_headers", "begun") {
        let lines: Vec<&str> = std::str::from_utf8(&bytes).unwrap().split('\n').collect();
        assert!(Creation::read(Some(lines[0]), Some(lines[1])).is_ok());
    }
    for (name, bytes) in corpus("complaint_document") {
        assert!(!name.starts_with("seed-") || complaint_seeds().contains(&bytes), "{name}");
    }
}
