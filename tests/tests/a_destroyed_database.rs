//! A database that can't be opened, or not written, any more: a fresh one takes its place with
//! what was not sent, the relay brings the rest, and the old file is kept.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;

use floorwalk_replica::{ErrorCode, Replica};
use floorwalk_tests::{
    BUILDING_1, Stage, act, contents, delivery, edit, files, invite, list, record, sync, sync_all,
};

fn database(stage: &Stage, name: &str) -> PathBuf {
    stage.home(name).join("floorwalk.db")
}

/// Overwrites a part of the database, which nobody has open.
fn destroy(stage: &Stage, name: &str, from: usize, to: usize) {
    let file = database(stage, name);
    let mut bytes = fs::read(&file).unwrap();
    let to = to.min(bytes.len());
    bytes[from..to].fill(0xa5);
    fs::write(file, bytes).unwrap();
}

fn kept_aside(stage: &Stage, name: &str) -> usize {
    let is_aside = |file: &PathBuf| file.to_string_lossy().contains("floorwalk.db.damaged-");
    files(&stage.home(name)).iter().filter(|file| is_aside(file)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroyed_header_costs_nothing_that_was_recorded() {
    let mut stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let sent = record(&rep, BUILDING_1, "已经发送");
    sync_all(&[&rep, &office]).await;
    stage.stop_relay().await;
    // Three degrees of not sent: in a parcel, in the outbox, and in the outbox on top of both.
    let cut = record(&rep, BUILDING_1, "已经装进包裹");
    rep.export_bundle(&stage.home("rep.fwb")).unwrap();
    let pending = record(&rep, BUILDING_1, "还在发件箱");
    edit(&rep, &sent.number, "room", "2201");
    edit(&rep, &cut.number, "room", "2202");
    let before = contents(&rep);
    drop(rep);
    destroy(&stage, "rep", 0, 100);
    let refused = Replica::open(&stage.home("rep")).map(drop).unwrap_err();
    assert_eq!(refused.code, ErrorCode::StoreDamaged);

    let report = Replica::rescue(&stage.home("rep")).unwrap();
    assert_eq!((report.problems.len(), report.repaired), (1, 1), "{:?}", report.problems);
    assert_eq!(kept_aside(&stage, "rep"), 1);
    let rep = stage.replica("rep");
    let texts = |all: &[serde_json::Value]| -> Vec<String> {
        all.iter().map(|detail| format!("{} {}", detail["narrative"], detail["fields"])).collect()
    };
    assert_eq!(texts(&contents(&rep)), texts(&before));
    assert!(rep.doctor(false).unwrap().problems.is_empty());
    assert_eq!(rep.show(&pending.number).unwrap().card.unwrap().complainant.unwrap(), "王芳");

    stage.start_relay().await;
    sync_all(&[&rep, &office]).await;
    assert_eq!(contents(&rep), contents(&office));
    assert_eq!(office.show(&pending.number).unwrap().card.unwrap().complainant.unwrap(), "王芳");
    assert_eq!(office.show(&cut.number).unwrap().fields["room"], "2202");
    let later = record(&rep, BUILDING_1, "之后照常");
    assert_ne!(later.number, pending.number);
    sync_all(&[&rep, &office]).await;
    act(&office, &later.number, "accepted");
    sync_all(&[&office, &rep]).await;
    assert_eq!(delivery(&rep, &later.number), "accepted");
    let status = rep.status().unwrap();
    assert_eq!((status.waiting, status.unsent.complaints, status.quarantine.len()), (0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_which_nothing_is_left_is_refilled_by_the_relay() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    record(&rep, BUILDING_1, "中继有一份");
    sync_all(&[&rep, &office]).await;
    let before = (contents(&rep), contents(&office));
    drop((rep, office));
    for name in ["rep", "office"] {
        destroy(&stage, name, 0, usize::MAX);
        let report = Replica::rescue(&stage.home(name)).unwrap();
        assert_eq!((report.problems.len(), report.repaired), (2, 1), "what is lost is said");
    }
    let (rep, office) = (stage.replica("rep"), stage.replica("office"));
    assert_eq!(list(&rep).len(), 0);
    sync_all(&[&rep, &office]).await;
    assert_eq!((contents(&rep), contents(&office)), before);
    // The office is an administrator again, and its keys fit.
    let link = invite(&office, "new", "building_rep", &[BUILDING_1]).await;
    let new = stage.replica("new");
    new.join(&link).await.unwrap();
    assert_eq!(contents(&new), contents(&office));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_table_is_made_anew_where_it_is_open() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    sync_all(&[&rep, &office]).await;
    let pending = record(&rep, BUILDING_1, "坏了也要救出来");
    drop(rep);
    let connection = rusqlite::Connection::open(database(&stage, "rep")).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'number_counter'";
    let page: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    drop(connection);
    let page = usize::try_from(page - 1).unwrap() * 4096;
    destroy(&stage, "rep", page, page + 4096);

    let (rep, another) = (stage.replica("rep"), stage.replica("rep"));
    let new = floorwalk_tests::complaint(BUILDING_1, "写不进去");
    assert_eq!(rep.record(&new).unwrap_err().code, ErrorCode::StoreDamaged);
    // Another program that has the file open would go on writing to the one that is put aside.
    assert_eq!(rep.doctor(true).map(drop).unwrap_err().code, ErrorCode::StoreFailed);
    drop(another);
    let report = rep.doctor(true).unwrap();
    assert_eq!((report.problems.len(), report.repaired), (1, 1), "{:?}", report.problems);
    assert_eq!(kept_aside(&stage, "rep"), 1);
    assert!(rep.doctor(false).unwrap().problems.is_empty());
    let more = rep.record(&new).unwrap();
    sync(&rep).await;
    sync(&office).await;
    assert_eq!(office.show(&pending.number).unwrap().narrative, "坏了也要救出来");
    assert!(office.show(&more.number).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_that_does_not_say_whose_it_is_stays_as_it_is() {
    let stage = Stage::open().await;
    drop(stage.office().await);
    fs::remove_file(stage.home("office").join("keys/community")).unwrap();
    destroy(&stage, "office", 0, usize::MAX);
    let before = fs::read(database(&stage, "office")).unwrap();
    let refused = Replica::rescue(&stage.home("office")).map(drop).unwrap_err();
    assert_eq!(refused.code, ErrorCode::StoreDamaged);
    assert_eq!(fs::read(database(&stage, "office")).unwrap(), before);
    assert_eq!(kept_aside(&stage, "office"), 0);
}
