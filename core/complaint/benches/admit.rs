//! What admission costs: a thousand complaints of eleven changes each, and one long document.
//!
//! Not a test: nothing fails here when it is slow.
#![allow(clippy::unwrap_used)]

#[path = "../tests/support/world.rs"]
mod world;

use floorwalk_complaint::{Document, DocumentKind, EventKind, RawChange, pack, unpack};
use world::{REP, actor, event, field};

fn main() {
    divan::main();
}

fn changes_of_a_complaint(count: usize) -> Vec<Vec<u8>> {
    let mut draft = world::draft();
    draft.narrative = draft.narrative.repeat(8);
    let (mut document, first) = Document::create(&actor(REP), &draft, 0).unwrap();
    let mut changes = vec![first];
    for step in 1..count {
        changes.push(if step % 4 == 3 {
            let edit = field("room", &step.to_string());
            document.edit(&actor(REP), &edit, 0).unwrap().unwrap()
        } else {
            document.act(&actor(REP), &event(EventKind::Noted), 0).unwrap().1
        });
    }
    changes
}

fn packed(changes: &[Vec<u8>]) -> Vec<u8> {
    let changes: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
    pack(DocumentKind::Complaint, &actor(REP), &changes).unwrap()
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn a_thousand_complaints_of_eleven_changes(bencher: divan::Bencher) {
    let packed = packed(&changes_of_a_complaint(11));
    bencher.bench(|| {
        for _ in 0..1_000 {
            let batch = unpack(DocumentKind::Complaint, &actor(REP), &packed).unwrap();
            let admission = Document::empty(DocumentKind::Complaint).admit(batch);
            divan::black_box(admission);
        }
    });
}

#[divan::bench]
fn one_change_to_a_complaint_of_eleven(bencher: divan::Bencher) {
    let changes = changes_of_a_complaint(12);
    let (early, last) = changes.split_at(11);
    let batch = unpack(DocumentKind::Complaint, &actor(REP), &packed(early)).unwrap();
    let document = world::admitted(&Document::empty(DocumentKind::Complaint), batch).document;
    bencher
        .with_inputs(|| vec![world::raw(&last[0], REP)])
        .bench_values(|batch: Vec<RawChange>| document.admit(batch));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn unpack_a_thousand_packs_of_eleven_changes(bencher: divan::Bencher) {
    let packed = packed(&changes_of_a_complaint(11));
    bencher.bench(|| {
        for _ in 0..1_000 {
            divan::black_box(unpack(DocumentKind::Complaint, &actor(REP), &packed).unwrap());
        }
    });
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn two_thousand_changes_at_once(bencher: divan::Bencher) {
    let packed = packed(&changes_of_a_complaint(2_000));
    bencher
        .with_inputs(|| unpack(DocumentKind::Complaint, &actor(REP), &packed).unwrap())
        .bench_values(|batch: Vec<RawChange>| {
            Document::empty(DocumentKind::Complaint).admit(batch)
        });
}

#[divan::bench]
fn record_a_complaint() -> Vec<u8> {
    Document::create(&actor(REP), &world::draft(), 0).unwrap().1
}

#[divan::bench]
fn fold_a_complaint(bencher: divan::Bencher) {
    let packed = packed(&changes_of_a_complaint(11));
    let batch = unpack(DocumentKind::Complaint, &actor(REP), &packed).unwrap();
    let document = world::admitted(&Document::empty(DocumentKind::Complaint), batch).document;
    bencher.bench(|| document.fold(&world::authors));
}
