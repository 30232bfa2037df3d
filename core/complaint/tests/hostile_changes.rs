//! Changes of a member who lies: bytes of real changes mutated, with their checksums put right.
//!
//! For every seed: nothing panics out of admission; a refusal leaves no trace; what is admitted
//! saves, loads and folds the same; and two replicas that know different things agree. Fails on
//! none of these: a mutation that happens to be a valid change. More seeds:
//! `FLOORWALK_HOSTILE_SEEDS=1000000`.
#![allow(clippy::unwrap_used)]

#[path = "support/world.rs"]
mod world;

use std::collections::BTreeSet;

use floorwalk_complaint::{
    Admission, ChangeHash, Document, DocumentKind, EventKind, RawChange, Refusal, pack, pack_heads,
    unpack,
};
use world::{MANAGER, OFFICE, REP, Random, actor, admitted, chunk, content, event, field, raw};

const KIND: DocumentKind = DocumentKind::Complaint;
const SEEDS: u64 = 10_000;

fn seeds() -> u64 {
    let wanted = std::env::var("FLOORWALK_HOSTILE_SEEDS").ok();
    wanted.and_then(|text| text.parse().ok()).unwrap_or(SEEDS)
}

/// A change, who wrote it, a document that has all it builds on, and one that has more.
struct Target {
    by: u8,
    bytes: Vec<u8>,
    before: Document,
    elsewhere: Document,
}

/// Real changes of every sort: recording, events, fields put, deleted and in conflict, text.
fn targets() -> Vec<Target> {
    let (recorded, first) = world::recorded();
    let mut other = recorded.clone();
    let mut theirs = vec![other.edit(&actor(MANAGER), &field("room", "7"), 5).unwrap().unwrap()];
    let text = field("text", "灯坏了，another hand wrote this。");
    theirs.push(other.edit(&actor(MANAGER), &text, 6).unwrap().unwrap());
    let mut targets = vec![Target {
        by: REP,
        bytes: first,
        before: Document::empty(KIND),
        elsewhere: Document::empty(KIND),
    }];
    let mut office = recorded.clone();
    for step in 0..6 {
        let before = office.clone();
        let by = actor(OFFICE);
        let bytes = match step {
            0 => office.act(&by, &event(EventKind::Accepted), 10).unwrap().1,
            1 => office.edit(&by, &field("room", "1205"), 11).unwrap().unwrap(),
            2 => office.edit(&by, &field("text", "楼道灯坏了五天。"), 12).unwrap().unwrap(),
            3 => {
                let batch = theirs.iter().map(|bytes| raw(bytes, MANAGER)).collect();
                office = admitted(&office, batch).document;
                targets.push(Target {
                    by: MANAGER,
                    bytes: theirs[0].clone(),
                    before: recorded.clone(),
                    elsewhere: before,
                });
                continue;
            }
            4 => office.edit(&by, &field("room", "9"), 13).unwrap().unwrap(),
            _ => {
                let mut edit = field("text", "灯。");
                edit.insert("category".to_owned(), None);
                office.edit(&by, &edit, 14).unwrap().unwrap()
            }
        };
        let mut elsewhere = before.clone();
        elsewhere.act(&actor(9), &event(EventKind::Noted), 1).unwrap();
        elsewhere.edit(&actor(9), &field("room", "elsewhere"), 1).unwrap();
        elsewhere.edit(&actor(9), &field("text", "elsewhere"), 1).unwrap();
        targets.push(Target { by: OFFICE, bytes, before, elsewhere });
    }
    targets
}

fn mutate(content: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = content.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        match random.below(6) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.next() as u8,
            2 => bytes[at] = bytes[at].wrapping_add(1),
            3 => bytes.insert(at, random.next() as u8),
            4 if bytes.len() > 1 => {
                bytes.remove(at);
            }
            _ => {
                let from = random.below(bytes.len());
                let length = random.below(8).min(bytes.len() - from);
                let copied = bytes[from..from + length].to_vec();
                bytes.splice(at..at, copied);
            }
        }
    }
    bytes
}

fn verdict(document: &Document, change: &RawChange) -> Result<Option<Vec<u8>>, Refusal> {
    let (heads, saved) = (document.heads(), document.save());
    let admission = document.admit(vec![change.clone()]);
    assert_eq!((document.heads(), document.save()), (heads, saved), "the document was touched");
    match admission {
        Admission::Refused(refusal) => Err(refusal),
        Admission::Known | Admission::Waiting { .. } => Ok(None),
        Admission::Admitted(admitted) => {
            let loaded = Document::load(KIND, &admitted.saved).unwrap();
            assert_eq!(loaded.heads(), admitted.document.heads());
            assert!(loaded.has(&change.hash()));
            assert_eq!(loaded.change(&change.hash()).unwrap(), change.bytes());
            let fold = loaded.fold(&world::authors);
            assert_eq!(fold, admitted.document.fold(&world::authors));
            let mut onward = loaded;
            onward.act(&actor(OFFICE), &event(EventKind::Noted), 0).unwrap();
            onward.edit(&actor(OFFICE), &field("text", "onward"), 0).unwrap();
            Document::load(KIND, &onward.save()).unwrap();
            Ok(Some(admitted.saved))
        }
    }
}

#[test]
fn mutated_changes_with_right_checksums_do_no_harm() {
    world::quiet_panics();
    let targets = targets();
    for target in &targets {
        let change = raw(&target.bytes, target.by);
        assert!(verdict(&target.before, &change).unwrap().is_some(), "the real one is admitted");
        assert!(verdict(&target.elsewhere, &change).unwrap().is_some(), "and elsewhere");
    }
    let mut counts = std::collections::BTreeMap::<String, u64>::new();
    for seed in 0..seeds() {
        let mut random = Random(seed);
        let target = &targets[random.below(targets.len())];
        let bytes = chunk(&mutate(content(&target.bytes), &mut random));
        let outcome = match RawChange::parse(bytes, actor(target.by)) {
            Err(refusal) => format!("parse: {refusal:?}"),
            Ok(change) => {
                let here = verdict(&target.before, &change).map(|saved| saved.is_some());
                let there = verdict(&target.elsewhere, &change).map(|saved| saved.is_some());
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
