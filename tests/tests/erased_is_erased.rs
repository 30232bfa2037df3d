//! What an office erases is gone from every store, and history still verifies.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use floorwalk_replica::ErrorCode;
use floorwalk_replica::dossier::verify::verify;
use floorwalk_replica::records::{AttachOptions, DossierOptions, Erasing};
use floorwalk_tests::{BUILDING_1, Stage, delivery, edit, files, record, sync, sync_all};
use rusqlite::Connection;

/// Pieces of every sealed blob of a home, by what it is: the bytes that must be gone.
fn canaries(home: &Path) -> BTreeMap<String, Vec<u8>> {
    let connection = Connection::open(home.join("floorwalk.db")).unwrap();
    let mut query = connection.prepare("SELECT id, kind, bytes FROM blob").unwrap();
    let rows = query.query_map([], |row| {
        Ok((row.get::<_, [u8; 32]>(0)?, row.get::<_, i64>(1)?, row.get::<_, Option<Vec<u8>>>(2)?))
    });
    let piece = |row: rusqlite::Result<([u8; 32], i64, Option<Vec<u8>>)>| {
        let (id, kind, bytes) = row.unwrap();
        let name: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let bytes = bytes.or_else(|| {
            let file = home.join("blobs").join(&name[..2]).join(&name);
            std::fs::read(file).ok()
        });
        let bytes = bytes?;
        Some((format!("{kind} {name}"), bytes[bytes.len() / 2..bytes.len() / 2 + 24].to_vec()))
    };
    rows.unwrap().filter_map(piece).collect()
}

/// Where any of the pieces is found below a folder.
fn scan(folder: &Path, canaries: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let mut found = Vec::new();
    for file in files(folder) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        for (name, canary) in canaries {
            if bytes.windows(canary.len()).any(|window| window == canary) {
                found.push(format!("{name} in {}", file.display()));
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_next_sync_of_each_no_store_holds_a_byte_of_it() {
    let mut stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let neighbour = stage.member(&office, "neighbour", "building_rep", &[BUILDING_1]).await;
    let number = record(&rep, BUILDING_1, "楼上漏水").number;
    let other = record(&rep, BUILDING_1, "另一件").number;
    let hashes = [stage.photo(&rep, &number, 1, 300_000), stage.photo(&rep, &number, 2, 20_000)];
    let kept = stage.photo(&rep, &other, 3, 250_000);
    edit(&rep, &number, "phone", "13911112222");
    sync_all(&[&rep, &office, &neighbour]).await;
    // The neighbour is away with a photo of its own that nobody has yet.
    stage.photo(&neighbour, &number, 4, 200_000);
    let mut gone = canaries(&stage.home("rep"));
    gone.extend(canaries(&stage.home("neighbour")));
    let spared = rep.show(&other).unwrap().evidence[0].hash.clone();
    assert_eq!(spared, kept);
    let holds = |name: &str| scan(&stage.home(name), &gone).len();
    assert!(holds("rep") >= 4 && holds("office") >= 4 && holds("relay") >= 4, "they were there");

    let refused = rep.erase(&number, Erasing::Photos, "本人要求").unwrap_err();
    assert_eq!(refused.code, ErrorCode::RoleMayNot);
    assert_eq!(office.erase(&number, Erasing::Card, " ").unwrap_err().code, ErrorCode::BadValue);
    let cards = office.erase(&number, Erasing::Card, "本人要求").unwrap().erased;
    assert_eq!(cards.len(), 2, "the card of before and the present one");
    assert!(office.erase(&number, Erasing::Card, "再次").unwrap().erased.is_empty());
    let mut erased = office.erase(&number, Erasing::Photos, "拍到了孩子").unwrap().erased;
    erased.sort();
    let mut expected = hashes.to_vec();
    expected.sort();
    assert_eq!(erased, expected);
    sync_all(&[&office, &rep, &neighbour, &office]).await;
    // The neighbour's came later, and is erased by a later word.
    assert_eq!(office.erase(&number, Erasing::Photos, "同上").unwrap().erased.len(), 1);
    sync_all(&[&office, &rep, &neighbour, &office]).await;
    let other_blobs: Vec<String> = rep_blobs(&stage.home("rep"));
    gone.retain(|name, _| !other_blobs.iter().any(|blob| name.ends_with(blob)));
    assert!(gone.len() >= 5, "{gone:?}");
    stage.stop_relay().await;
    for name in ["rep", "office", "neighbour", "relay"] {
        assert_eq!(scan(&stage.home(name), &gone), Vec::<String>::new(), "{name}");
    }

    let shown = rep.show(&number).unwrap();
    assert_eq!((shown.card_state.as_str(), shown.card), ("erased", None));
    let erasure = shown.evidence[0].erased.as_ref().unwrap();
    assert!(!erasure.why.is_empty() && erasure.by == "管理处");
    assert!(shown.evidence.iter().all(|one| one.verified && one.state == "erased"));
    assert_eq!(delivery(&rep, &number), "received");
    let path = stage.home("rep's shot");
    std::fs::write(&path, [7; 9]).unwrap();
    let file = stage.home("dossier.zip");
    let options = DossierOptions::default();
    office.export_dossier(&number, &file, &options, |_| String::new(), |_, _| {}).unwrap();
    let verdict = verify(&file, None).unwrap();
    assert!(verdict.valid, "{:?}", verdict.checks);
}

/// The blobs that a home still has.
fn rep_blobs(home: &Path) -> Vec<String> {
    let connection = Connection::open(home.join("floorwalk.db")).unwrap();
    let mut query = connection.prepare("SELECT id FROM blob WHERE state IN (1, 2, 3)").unwrap();
    let ids = query.query_map([], |row| row.get::<_, [u8; 32]>(0)).unwrap();
    ids.map(|id| id.unwrap().iter().map(|byte| format!("{byte:02x}")).collect()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_erased_is_not_taken_again_from_a_bundle_a_relay_or_its_owner() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let number = record(&rep, BUILDING_1, "楼上漏水").number;
    let hash = stage.photo(&rep, &number, 5, 300_000);
    sync_all(&[&rep, &office]).await;
    let bundle = stage.home("before.fwb");
    rep.export_bundle(&bundle).unwrap();
    office.erase(&number, Erasing::Photos, "误拍").unwrap();
    sync(&office).await;
    assert_eq!(office.import_bundle(&bundle).unwrap().blobs, 0);
    sync(&rep).await;
    assert_eq!(rep.import_bundle(&bundle).unwrap().blobs, 0);
    let path = stage.home("again");
    let bytes: Vec<u8> = (0..300_000_usize).map(|n| (n * n + 5) as u8 ^ 5).collect();
    std::fs::write(&path, bytes).unwrap();
    let again = rep.attach(&number, &path, &AttachOptions::default()).unwrap_err();
    assert_eq!((again.code, again.detail), (ErrorCode::EvidenceErased, Some(hash)));
    // A home that is made anew from its parcels does not want it back.
    rep.doctor(true).unwrap();
    sync(&rep).await;
    assert_eq!(rep.show(&number).unwrap().evidence[0].state, "erased");
    assert!(files(&stage.home("rep").join("blobs")).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_comes_back_with_what_was_erased_is_told_by_those_who_may() {
    let mut stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let number = record(&rep, BUILDING_1, "楼上漏水").number;
    stage.photo(&rep, &number, 6, 300_000);
    sync_all(&[&rep, &office]).await;
    let mut gone = canaries(&stage.home("rep"));
    gone.retain(|name, _| !name.starts_with('0'));
    stage.back_up_relay().await;
    office.erase(&number, Erasing::Photos, "误拍").unwrap();
    sync_all(&[&office, &rep]).await;

    stage.restore_relay().await;
    assert!(!scan(&stage.relay_data(), &gone).is_empty(), "the copy is of before");
    for replica in [&rep, &office, &rep, &office, &rep] {
        // The first to come shows it that it was rolled back, and is cut off.
        if let Err(error) = replica.sync_once(|_| {}).await {
            assert_eq!(error.code, ErrorCode::RelayBroken);
        }
    }
    sync_all(&[&rep, &office]).await;
    let stuck = |warning: &String| warning.contains("stuck");
    assert!(!rep.status().unwrap().warnings.iter().any(stuck), "a rep may not tell, and need not");
    stage.stop_relay().await;
    assert_eq!(scan(&stage.relay_data(), &gone), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_forgot_an_erasure_and_no_word_of_it_is_told_again() {
    let mut stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let number = record(&rep, BUILDING_1, "楼上漏水").number;
    stage.photo(&rep, &number, 7, 300_000);
    sync_all(&[&rep, &office, &rep]).await;
    let mut gone = canaries(&stage.home("rep"));
    gone.retain(|name, _| !name.starts_with('0'));
    // The office's word comes by the rep, who may not have anything erased at the relay.
    office.erase(&number, Erasing::Photos, "误拍").unwrap();
    let bundle = stage.home("word.fwb");
    office.export_bundle(&bundle).unwrap();
    rep.import_bundle(&bundle).unwrap();
    sync(&rep).await;
    stage.back_up_relay().await;
    sync(&office).await;
    stage.stop_relay().await;
    assert_eq!(scan(&stage.relay_data(), &gone), Vec::<String>::new());

    stage.restore_relay().await;
    assert!(!scan(&stage.relay_data(), &gone).is_empty(), "the copy is of before");
    assert!(!sync(&office).await.history_reset, "the relay's lists are as they were");
    // With the next photo, at the latest a day later, the office asks.
    stage.photo(&office, &number, 8, 3_000);
    sync(&office).await;
    stage.stop_relay().await;
    assert_eq!(scan(&stage.relay_data(), &gone), Vec::<String>::new());
}
