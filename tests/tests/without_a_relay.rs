//! Devices and files instead of a relay: the same session, the same parcels.
#![allow(clippy::unwrap_used)]

use floorwalk_replica::ErrorCode;
use floorwalk_tests::{
    BUILDING_1, Stage, act, contents, delivery, list, meet, record, sync, sync_all,
};

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_sync_without_a_relay_and_one_carries_for_the_other() {
    let mut stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let inspector = stage.member(&office, "inspector", "inspector", &[]).await;
    sync_all(&[&rep, &inspector, &office]).await;
    stage.stop_relay().await;
    let one = record(&rep, BUILDING_1, "地下室里写的");
    let two = record(&inspector, BUILDING_1, "巡查发现");
    meet(&rep, &inspector).unwrap();
    assert_eq!(contents(&rep), contents(&inspector));
    assert_eq!(list(&rep).len(), 2);

    stage.start_relay().await;
    sync(&inspector).await;
    sync(&office).await;
    assert!(office.show(&one.number).is_ok(), "the inspector carried what the rep wrote");
    act(&office, &two.number, "accepted");
    sync(&office).await;
    sync(&rep).await;
    assert_eq!(delivery(&rep, &one.number), "received");
    assert_eq!(delivery(&rep, &two.number), "accepted");
    let (again, _) = meet(&rep, &office).unwrap();
    assert_eq!((again.parcels_sent, again.parcels_received), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_gets_nothing_from_scopes_that_are_not_its_own() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let hidden = record(&office, floorwalk_tests::BUILDING_2, "别的楼");
    sync_all(&[&rep, &office]).await;
    meet(&rep, &office).unwrap();
    assert!(rep.show(&hidden.id).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_do_not_talk() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let other_stage = Stage::open().await;
    let foreign = other_stage.office().await;
    assert!(meet(&office, &foreign).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_carries_everything_and_damage_to_it_is_told() {
    let mut stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    sync_all(&[&rep, &office]).await;
    stage.stop_relay().await;
    let recorded = record(&rep, BUILDING_1, "用U盘带走");
    let file = stage.home("round.fwb");
    let written = rep.export_bundle(&file).unwrap();
    assert!(written.parcels > 0 && written.blobs == 1);
    let taken = office.import_bundle(&file).unwrap();
    assert_eq!((taken.parcels, taken.blobs), (1, 1));
    let seen = office.show(&recorded.number).unwrap();
    assert_eq!(seen.card.unwrap().phone.as_deref(), Some("13900001111"));
    let again = office.import_bundle(&file).unwrap();
    assert_eq!((again.parcels, again.blobs), (0, 0));

    let mut bytes = std::fs::read(&file).unwrap();
    let place = bytes.len() - 100;
    bytes[place] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    assert_eq!(office.import_bundle(&file).unwrap_err().code, ErrorCode::BadBundle);
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(office.import_bundle(&file).unwrap_err().code, ErrorCode::BadBundle);
    let other_stage = Stage::open().await;
    let foreign = other_stage.office().await;
    rep.export_bundle(&file).unwrap();
    assert_eq!(foreign.import_bundle(&file).unwrap_err().code, ErrorCode::ForeignBundle);
}
