//! Changes of a member who lies: bytes of real changes mutated, with their checksums put right.
//!
//! For every seed: nothing panics out of admission; a refusal leaves no trace; what is admitted
//! saves, loads and folds the same; and two replicas that know different things agree. Fails on
//! none of these: a mutation that happens to be a valid change. More seeds:
//! `FLOORWALK_HOSTILE_SEEDS=1000000`.
#![allow(clippy::unwrap_used)]

#[path = "support/hostile.rs"]
mod hostile;
#[path = "support/world.rs"]
mod world;

use std::collections::BTreeSet;

use floorwalk_complaint::{
    ChangeHash, Document, DocumentKind, EventKind, RawChange, pack, pack_heads, unpack,
};
use hostile::{Taken, admit_and_check, mutate, targets};
use world::{REP, Random, actor, chunk, content, event, raw};

const KIND: DocumentKind = DocumentKind::Complaint;
const SEEDS: u64 = 10_000;

fn seeds() -> u64 {
    let wanted = std::env::var("FLOORWALK_HOSTILE_SEEDS").ok();
    wanted.and_then(|text| text.parse().ok()).unwrap_or(SEEDS)
}

#[test]
fn mutated_changes_with_right_checksums_do_no_harm() {
    world::quiet_panics();
    let targets = targets();
    for target in &targets {
        let change = [raw(&target.bytes, target.by)];
        let taken = admit_and_check(&target.before, &change);
        assert!(matches!(taken, Ok(Taken::Admitted(_))), "the real one is admitted");
        let taken = admit_and_check(&target.elsewhere, &change);
        assert!(matches!(taken, Ok(Taken::Admitted(_))), "and elsewhere");
    }
    let mut counts = std::collections::BTreeMap::<String, u64>::new();
    for seed in 0..seeds() {
        let mut random = Random(seed);
        let target = &targets[random.below(targets.len())];
        let bytes = chunk(&mutate(content(&target.bytes), &mut random));
        let outcome = match RawChange::parse(bytes, actor(target.by)) {
            Err(refusal) => format!("parse: {refusal:?}"),
            Ok(change) => {
                let is_admitted = |taken| matches!(taken, Taken::Admitted(_));
                let change = [change];
                let here = admit_and_check(&target.before, &change).map(is_admitted);
                let there = admit_and_check(&target.elsewhere, &change).map(is_admitted);
                assert_eq!(here.is_ok(), there.is_ok(), "seed {seed}: {here:?} and {there:?}");
                format!("{here:?}")
            }
        };
        *counts.entry(outcome).or_default() += 1;
    }
    eprintln!("{counts:#?}");
}

#[test]
fn mutated_packs_do_no_harm() {
    world::quiet_panics();
    let (mut document, first) = world::recorded();
    let mut changes = vec![first];
    for _ in 0..4 {
        changes.push(document.act(&actor(REP), &event(EventKind::Noted), 0).unwrap().1);
    }
    let changes: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
    let packed = pack(KIND, &actor(REP), &changes).unwrap();
    assert_eq!(unpack(KIND, &actor(REP), &packed).unwrap().len(), 5);
    for seed in 0..seeds() {
        let mut random = Random(seed);
        let mutated = mutate(&packed, &mut random);
        let heads = pack_heads(KIND, &actor(REP), &mutated);
        if let Ok(changes) = unpack(KIND, &actor(REP), &mutated) {
            let bytes: Vec<&[u8]> = changes.iter().map(RawChange::bytes).collect();
            assert_eq!(pack(KIND, &actor(REP), &bytes).unwrap(), mutated, "seed {seed}");
            assert_eq!(heads, heads_of(&changes), "seed {seed}");
            let _ = Document::empty(KIND).admit(changes);
        }
    }
}

fn heads_of(changes: &[RawChange]) -> Vec<ChangeHash> {
    let built_on: BTreeSet<ChangeHash> = changes.iter().flat_map(RawChange::deps).collect();
    let hashes: BTreeSet<ChangeHash> = changes.iter().map(RawChange::hash).collect();
    hashes.difference(&built_on).copied().collect()
}

#[test]
fn garbage_is_refused() {
    for seed in 0..2_000 {
        let mut random = Random(seed);
        let garbage: Vec<u8> = (0..random.below(300)).map(|_| random.next() as u8).collect();
        assert!(RawChange::parse(garbage.clone(), actor(REP)).is_err());
        assert!(RawChange::parse(chunk(&garbage), actor(REP)).is_err());
        let mut packed = vec![1];
        packed.extend_from_slice(&garbage);
        if let Ok(changes) = unpack(KIND, &actor(REP), &packed) {
            assert!(changes.is_empty());
        }
        assert!(Document::load(KIND, &garbage).is_err());
    }
    let real = Document::empty(KIND).save();
    assert!(Document::load(KIND, &real).is_ok());
    assert!(Document::load(DocumentKind::Community, &real).is_err());
}
