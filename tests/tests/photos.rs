//! Photos from a rep's phone to the office, over real sockets.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use floorwalk_replica::records::{AttachOptions, SyncOptions};
use floorwalk_replica::{ErrorCode, Replica};
use floorwalk_tests::line::{Line, Manner};
use floorwalk_tests::{BUILDING_1, BUILDING_2, Stage, list, record, sync, sync_all};

/// The photos that all of us share; none where the folder is absent.
fn shared_photos() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/photos");
    let mut found = floorwalk_tests::files(&root);
    found.sort();
    if found.is_empty() {
        eprintln!("skipped: the shared photos are not here");
    }
    found
}

fn noise(seed: u32, length: u32) -> Vec<u8> {
    (0..length).map(|n| ((n ^ seed).wrapping_mul(2_654_435_761) >> 11) as u8).collect()
}

fn file(stage: &Stage, name: &str, bytes: &[u8]) -> PathBuf {
    let path = stage.home(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// The evidence of a complaint that somebody has, by its hash.
fn saved(stage: &Stage, who: &Replica, number: &str, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let files = who.save_evidence(number, &stage.home(folder), |_, _| {}).unwrap();
    files.into_iter().map(|one| (one.hash, std::fs::read(one.file).unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shared_photo_reaches_the_office_byte_for_byte() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "inspector", &[BUILDING_1]).await;
    let number = record(&rep, BUILDING_1, "外墙渗水").number;
    let photos = shared_photos();
    let mut expected = BTreeMap::new();
    for photo in &photos {
        let attached = rep.attach(&number, photo, &AttachOptions::default()).unwrap();
        assert_eq!(rep.attach(&number, photo, &AttachOptions::default()).unwrap(), attached);
        expected.insert(attached.hash, std::fs::read(photo).unwrap());
    }
    assert_eq!(rep.status().unwrap().unsent.photos, expected.len() as u64);
    sync_all(&[&rep, &office, &rep]).await;
    assert_eq!(saved(&stage, &office, &number, "from the office"), expected);
    let shown = office.show(&number).unwrap();
    assert!(shown.evidence.iter().all(|one| one.verified && one.state == "here"));
    assert!(shown.evidence.iter().all(|one| one.relay_received_at.is_some()));
    for one in rep.show(&number).unwrap().evidence {
        assert_eq!(one.delivery, "received", "the rep sees that the office has it");
        // What could be decoded can be seen before its bytes are there.
        let preview = office.preview(&number, &one.hash).unwrap();
        assert_eq!(preview.is_some(), one.width.is_some());
        assert!(
            preview.is_none_or(|jpeg| jpeg.len() <= 24 * 1024 && jpeg.starts_with(b"\xff\xd8"))
        );
    }
    let row = list(&rep).remove(0);
    assert_eq!((row.photos.total, row.photos.sent), (expected.len() as u32, row.photos.total));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_is_taken_in_as_it_is_then_and_others_of_the_building_see_its_preview() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let neighbour = stage.member(&office, "neighbour", "building_rep", &[BUILDING_1]).await;
    let elsewhere = stage.member(&office, "elsewhere", "building_rep", &[BUILDING_2]).await;
    let number = record(&rep, BUILDING_1, "电梯异响").number;
    let bytes = noise(1, 900_000);
    let source = file(&stage, "recording.bin", &bytes);
    rep.attach(&number, &source, &AttachOptions::default()).unwrap();
    // The source is another one by the time it is sent, and then gone.
    std::fs::write(&source, noise(2, 900_000)).unwrap();
    sync(&rep).await;
    std::fs::remove_file(&source).unwrap();
    sync_all(&[&office, &neighbour, &elsewhere]).await;
    let here = saved(&stage, &office, &number, "office's");
    assert_eq!(here.into_values().collect::<Vec<_>>(), std::slice::from_ref(&bytes));
    assert!(saved(&stage, &neighbour, &number, "neighbour's").is_empty(), "not without asking");
    let originals = Some(true);
    neighbour.set_sync_options(SyncOptions { originals, ..SyncOptions::default() });
    sync(&neighbour).await;
    assert_eq!(saved(&stage, &neighbour, &number, "neighbour's").into_values().next(), Some(bytes));
    assert!(elsewhere.show(&number).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_metered_network_words_go_and_photos_wait() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let number = record(&rep, BUILDING_1, "积水").number;
    let photo = file(&stage, "a.bin", &noise(3, 400_000));
    rep.attach(&number, &photo, &AttachOptions::default()).unwrap();
    rep.set_sync_options(SyncOptions { metered: true, ..SyncOptions::default() });
    let report = sync(&rep).await;
    assert!(report.bytes_sent < 50_000, "{report:?}");
    sync(&office).await;
    assert_eq!(office.show(&number).unwrap().evidence[0].state, "waiting");
    assert_eq!(rep.show(&number).unwrap().evidence[0].delivery, "saved");
    rep.set_sync_options(SyncOptions::default());
    sync_all(&[&rep, &office]).await;
    assert_eq!(office.show(&number).unwrap().evidence[0].state, "here");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_smaller_copy_travels_and_the_originals_hash_is_what_was_signed() {
    let Some(photo) = shared_photos().into_iter().find(|path| path.ends_with("Portrait_6.jpg"))
    else {
        return;
    };
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let number = record(&rep, BUILDING_1, "外墙脱落").number;
    let options = AttachOptions { copy_edge: Some(640) };
    let attached = rep.attach(&number, &photo, &options).unwrap();
    sync_all(&[&rep, &office]).await;
    let original = std::fs::read(&photo).unwrap();
    assert_eq!(saved(&stage, &rep, &number, "rep's")[&attached.hash], original);
    let copy = &saved(&stage, &office, &number, "office's")[&attached.hash];
    assert!(copy.starts_with(b"\xff\xd8") && copy.len() < original.len());
    let shown = office.show(&number).unwrap().evidence.remove(0);
    assert_eq!((shown.state.as_str(), shown.hash), ("copy", attached.hash.clone()));
    // The original comes by file, when somebody brings it.
    let bundle = stage.home("round.fwb");
    rep.export_bundle(&bundle).unwrap();
    office.import_bundle(&bundle).unwrap();
    assert_eq!(saved(&stage, &office, &number, "office's")[&attached.hash], original);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_of_a_photo_are_covered_in_a_copy_that_names_it() {
    let Some(photo) = shared_photos().into_iter().find(|path| path.ends_with("Portrait_8.jpg"))
    else {
        return;
    };
    let stage = Stage::open().await;
    let office = stage.office().await;
    let number = record(&office, BUILDING_1, "占道").number;
    let attached = office.attach(&number, &photo, &AttachOptions::default()).unwrap();
    let rectangle = |x, y| floorwalk_replica::records::Rectangle { x, y, width: 50, height: 40 };
    let covered = office.redact(&attached.hash[..10], &[rectangle(5, 5)]).unwrap();
    let shown = office.show(&number).unwrap().evidence;
    let copy = shown.iter().find(|one| one.hash == covered.hash).unwrap();
    assert_eq!(copy.derived_from.as_ref(), Some(&attached.hash));
    assert!(copy.verified && copy.exif.as_deref() == Some("absent"));
    let outside = office.redact(&attached.hash, &[rectangle(0, 0), rectangle(9999, 0)]);
    assert_eq!(outside.unwrap_err().code, ErrorCode::BadRectangle);
    assert_eq!(office.redact("ffff", &[]).unwrap_err().code, ErrorCode::BadRectangle);
    let unknown = office.redact("ffff", &[rectangle(0, 0)]).unwrap_err();
    assert_eq!(unknown.code, ErrorCode::UnknownEvidence);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_over_a_line_cut_fifty_times_costs_little_more_than_itself() {
    let mut stage = Stage::open().await;
    stage.stop_relay().await;
    stage.start_plain_relay().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let number = record(&rep, BUILDING_1, "屋面漏水").number;
    sync(&rep).await;
    let bytes = noise(4, 5_000_000);
    let photo = file(&stage, "large.bin", &bytes);
    rep.attach(&number, &photo, &AttachOptions::default()).unwrap();
    let line = Line::open(stage.relay_addr(), Manner::CutEvery(98_000, 50)).await;
    // The line may break while the session is greeted, too.
    let mut moved = false;
    for _ in 0..60 {
        moved = moved || rep.move_to_relay(&line.as_relay(), None).await.is_ok();
        if moved && rep.sync_once(|_| {}).await.is_ok() && rep.status().unwrap().unsent.photos == 0
        {
            break;
        }
    }
    assert_eq!(rep.status().unwrap().unsent.photos, 0);
    let cost = line.carried().0 as f64 / bytes.len() as f64;
    eprintln!("a 5 MB photo over 50 cuts cost {cost:.3} times its bytes, all requests included");
    assert!(cost <= 1.05, "{cost}");
    sync(&office).await;
    assert_eq!(saved(&stage, &office, &number, "office's").into_values().next(), Some(bytes));
}
