//! What the store costs: the first rows of a long list, one durable record, and handing out what
//! a parcel is cut from.
//!
//! The file lies in the build folder: a folder for temporary files may lie in memory, where
//! making something durable costs nothing.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use divan::Bencher;
use floorwalk_complaint::DocumentId;
use floorwalk_store::{ComplaintQuery, ComplaintRecord, Store, StoreError};
use floorwalk_wire::{ScopeId, Timestamp};

const SCOPE: ScopeId = ScopeId([5; 16]);
const COMPLAINTS: u128 = 10_000;
/// About the bytes of a saved complaint of a few changes, and of one change.
const DOCUMENT_BYTES: usize = 1_500;
const CHANGE_BYTES: usize = 200;

fn main() {
    divan::main();
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap()
}

fn record(index: u128) -> ComplaintRecord {
    ComplaintRecord {
        document: DocumentId(index.to_be_bytes()),
        scope: SCOPE,
        number: format!("CS-261124-ABCDE{index:05}"),
        room: "1203".into(),
        category: Some("1B".into()),
        severity: Some("general".into()),
        stage: "received".into(),
        accepted: false,
        recorded_at: "2026-11-24T08:00:00+08:00".into(),
        recorded: Timestamp(index as i64),
        next_due: None,
        photos: 0,
    }
}

fn store_of(folder: &tempfile::TempDir) -> Store {
    let mut store = Store::open(&folder.path().join("bench.db")).unwrap();
    let fill = |tx: &floorwalk_store::Tx<'_>| {
        (0..COMPLAINTS).try_for_each(|index| {
            let record = record(index);
            tx.put_document(&record.document, &SCOPE, &[7; DOCUMENT_BYTES])?;
            tx.put_complaint(&record)?;
            tx.put_outbox(&SCOPE, &record.document, &[7; CHANGE_BYTES])
        })
    };
    store.write::<_, StoreError>(fill).unwrap();
    store
}

#[divan::bench(args = [None, Some(SCOPE)])]
fn first_50_of_10_000(bencher: Bencher, scope: &Option<ScopeId>) {
    let folder = folder();
    let mut store = store_of(&folder);
    let query = ComplaintQuery { scope: *scope, limit: Some(50), ..ComplaintQuery::default() };
    bencher.bench_local(|| store.read::<_, StoreError>(|tx| tx.complaints(&query)).unwrap());
}

#[divan::bench]
fn record_one_durably(bencher: Bencher) {
    let folder = folder();
    let mut store = store_of(&folder);
    let mut index = COMPLAINTS;
    bencher.bench_local(|| {
        index += 1;
        let record = record(index);
        store
            .write::<_, StoreError>(|tx| {
                tx.put_document(&record.document, &SCOPE, &[7; DOCUMENT_BYTES])?;
                tx.put_complaint(&record)?;
                tx.note_pending(&record.document)?;
                tx.put_outbox(&SCOPE, &record.document, &[7; CHANGE_BYTES])
            })
            .unwrap();
    });
}

#[divan::bench]
fn changes_for_one_parcel(bencher: Bencher) {
    let folder = folder();
    let mut store = store_of(&folder);
    let bytes_max = 4 * 1024 * 1024;
    bencher.bench_local(|| store.read::<_, StoreError>(|tx| tx.outbox(&SCOPE, bytes_max)).unwrap());
}
