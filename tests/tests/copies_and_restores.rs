//! Copies of an install, phones put back to an older state, and relays restored from old backups:
//! nothing is lost and nothing is stuck.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use floorwalk_replica::records::SyncOptions;
use floorwalk_replica::{ErrorCode, Replica};
use floorwalk_tests::{
    BUILDING_1, Stage, act, contents, copy_folder, edit, list, record, sync, sync_all,
};

fn numbers(replica: &Replica) -> BTreeSet<String> {
    list(replica).into_iter().map(|row| row.number).collect()
}

fn notes(replica: &Replica, number: &str) -> Vec<String> {
    let events = replica.show(number).unwrap().events;
    events.into_iter().filter_map(|event| event.note).collect()
}

fn note(replica: &Replica, number: &str, text: &str) {
    let mut event = floorwalk_tests::event("noted");
    event.note = Some(text.into());
    replica.act(number, &event).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_phones_from_one_backup_both_keep_working_and_lose_nothing() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let shared = record(&rep, BUILDING_1, "备份之前的投诉");
    sync_all(&[&rep, &office]).await;
    drop(rep);
    copy_folder(&stage.home("rep"), &stage.home("clone"));
    let rep = stage.replica("rep");
    let clone = stage.replica("clone");

    note(&rep, &shared.number, "原机写的");
    note(&clone, &shared.number, "副本写的");
    edit(&clone, &shared.number, "room", "2201");
    let by_rep = record(&rep, BUILDING_1, "原机的投诉");
    let by_clone = record(&clone, BUILDING_1, "副本的投诉");
    act(&clone, &by_clone.number, "forwarded");
    sync_all(&[&rep, &clone, &office]).await;

    for replica in [&rep, &clone, &office] {
        let texts: BTreeSet<String> =
            list(replica).iter().map(|row| replica.show(&row.id).unwrap().narrative).collect();
        for text in ["备份之前的投诉", "原机的投诉", "副本的投诉"] {
            assert!(texts.contains(text), "{text} is missing");
        }
        let notes = notes(replica, &shared.id);
        assert!(notes.contains(&"原机写的".to_owned()), "{notes:?}");
        assert!(notes.contains(&"副本写的".to_owned()), "{notes:?}");
        assert_eq!(replica.show(&shared.id).unwrap().fields["room"], "2201");
    }
    assert_eq!(contents(&rep), contents(&office));
    assert_eq!(contents(&clone), contents(&office));
    let warned = |replica: &Replica| {
        replica.status().unwrap().warnings.contains(&"new_generation".to_owned())
    };
    assert!(warned(&rep) || warned(&clone), "the person is told");

    let later = record(&rep, BUILDING_1, "之后原机");
    let also = record(&clone, BUILDING_1, "之后副本");
    assert_ne!(later.number, also.number);
    sync_all(&[&rep, &clone, &office]).await;
    assert_eq!(numbers(&rep), numbers(&office));
    assert_eq!(numbers(&clone), numbers(&office));
    assert_eq!(office.status().unwrap().quarantine, []);
    assert!(by_rep.id != by_clone.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_that_both_cut_parcels_before_they_meet_the_relay_lose_nothing() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let shared = record(&rep, BUILDING_1, "共同的");
    sync_all(&[&rep, &office]).await;
    drop(rep);
    copy_folder(&stage.home("rep"), &stage.home("clone"));
    let (rep, clone) = (stage.replica("rep"), stage.replica("clone"));
    note(&rep, &shared.number, "甲");
    note(&clone, &shared.number, "乙");
    record(&clone, BUILDING_1, "副本的投诉");
    // Exporting cuts parcels: both copies now hold the same number in the same log.
    rep.export_bundle(&stage.home("rep.fwb")).unwrap();
    clone.export_bundle(&stage.home("clone.fwb")).unwrap();
    sync_all(&[&rep, &clone, &office]).await;
    for replica in [&rep, &clone, &office] {
        let notes = notes(replica, &shared.id);
        assert!(notes.contains(&"甲".into()) && notes.contains(&"乙".into()), "{notes:?}");
        assert_eq!(list(replica).len(), 2);
    }
    assert_eq!(contents(&clone), contents(&office));
    for replica in [&rep, &clone, &office] {
        assert!(replica.doctor(false).unwrap().problems.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_put_back_to_an_older_state_gets_everything_back_and_keeps_what_is_new() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let first = record(&rep, BUILDING_1, "第一件");
    sync(&rep).await;
    drop(rep);
    copy_folder(&stage.home("rep"), &stage.home("backup"));
    let rep = stage.replica("rep");
    note(&rep, &first.number, "备份之后写的");
    let second = record(&rep, BUILDING_1, "第二件");
    sync_all(&[&rep, &office]).await;
    drop(rep);
    std::fs::remove_dir_all(stage.home("rep")).unwrap();
    copy_folder(&stage.home("backup"), &stage.home("rep"));

    let rep = stage.replica("rep");
    note(&rep, &first.number, "恢复之后写的");
    let third = record(&rep, BUILDING_1, "第三件");
    sync_all(&[&rep, &office]).await;
    for replica in [&rep, &office] {
        for id in [&first.id, &second.id, &third.id] {
            replica.show(id).unwrap();
        }
        let notes = notes(replica, &first.id);
        assert!(notes.contains(&"备份之后写的".into()), "{notes:?}");
        assert!(notes.contains(&"恢复之后写的".into()), "{notes:?}");
    }
    assert_eq!(contents(&rep), contents(&office));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_restored_from_an_old_copy_is_refilled_by_its_clients() {
    let mut stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    record(&rep, BUILDING_1, "备份之前");
    sync_all(&[&rep, &office]).await;
    stage.back_up_relay().await;
    let late = stage.member(&office, "late", "inspector", &[]).await;
    let lost = record(&rep, BUILDING_1, "备份之后，会被中继丢失");
    sync_all(&[&rep, &office, &late]).await;

    stage.restore_relay().await;
    // The first to come finds out; the relay takes a new history, and the line is cut once.
    let mut resets = 0;
    for replica in [&rep, &late, &office, &rep, &late, &office] {
        match replica.sync_once(|_| {}).await {
            Ok(report) => resets += u32::from(report.history_reset),
            Err(error) => assert_eq!(error.code, ErrorCode::RelayBroken),
        }
    }
    assert!(resets >= 1, "the clients are told that the relay has another history");
    sync_all(&[&rep, &office, &late]).await;

    let fresh = stage.member(&office, "fresh", "inspector", &[]).await;
    assert_eq!(contents(&fresh), contents(&office));
    let card = fresh.show(&lost.number).unwrap().card.unwrap();
    assert_eq!(card.complainant.as_deref(), Some("王芳"));
    let report = sync(&rep).await;
    assert_eq!((report.round_trips, report.parcels_sent), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_a_restored_relay_lost_comes_again_although_its_lists_lack_nothing() {
    let mut stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let number = record(&rep, BUILDING_1, "楼道积水").number;
    stage.photo(&rep, &number, 1, 20_000);
    stage.photo(&rep, &number, 2, 200_000);
    // The words are in the relay's backup, the photos come after it.
    rep.set_sync_options(SyncOptions { metered: true, ..SyncOptions::default() });
    sync(&rep).await;
    stage.back_up_relay().await;
    rep.set_sync_options(SyncOptions::default());
    sync(&rep).await;
    assert!(rep.show(&number).unwrap().evidence.iter().all(|one| one.delivery == "sent"));
    stage.restore_relay().await;

    assert!(!sync(&rep).await.history_reset, "the relay's lists are as they were");
    stage.photo(&rep, &number, 3, 3_000);
    sync_all(&[&rep, &office, &rep]).await;
    for replica in [&office, &rep] {
        let evidence = replica.show(&number).unwrap().evidence;
        assert_eq!(evidence.len(), 3);
        assert!(evidence.iter().all(|one| one.state == "here" && one.delivery == "received"));
    }
    assert_eq!(rep.status().unwrap().warnings, ["relay_restored"]);
    assert_eq!(sync(&rep).await.blobs_sent, 0, "it is found out once");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_whom_a_relay_forgot_by_being_restored_twice_comes_in_again() {
    let mut stage = Stage::open().await;
    let office = stage.office().await;
    sync(&office).await;
    stage.back_up_relay().await;
    let late = stage.member(&office, "late", "building_rep", &[BUILDING_1]).await;
    stage.restore_relay().await;
    // The office shows the relay that it was put back, and gives it back what it has.
    let cut_off = office.sync_once(|_| {}).await.unwrap_err();
    assert_eq!(cut_off.code, ErrorCode::RelayBroken);
    sync(&office).await;
    stage.restore_relay().await;
    sync(&office).await;

    let recorded = record(&late, BUILDING_1, "新楼长登记的");
    sync_all(&[&late, &office, &late]).await;
    assert_eq!(contents(&late), contents(&office));
    assert!(office.show(&recorded.number).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_of_an_administrator_lose_neither_statements_nor_keys() {
    let mut stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let lost = stage.member(&office, "lost", "building_rep", &[BUILDING_1]).await;
    sync_all(&[&rep, &lost, &office]).await;
    drop(office);
    copy_folder(&stage.home("office"), &stage.home("clone"));
    let (office, clone) = (stage.replica("office"), stage.replica("clone"));
    // Both state something at the same places of one log, the clone while it reaches nobody.
    stage.stop_relay().await;
    let lost = lost.community().unwrap().device;
    assert!(clone.revoke(&lost, "手机丢失").await.is_err());
    clone.add_building("3号楼").unwrap();
    let sealed = record(&clone, BUILDING_1, "用副本的新密钥封的");
    clone.export_bundle(&stage.home("clone.fwb")).unwrap();
    stage.start_relay().await;
    office.add_building("4号楼").unwrap();
    sync(&office).await;
    sync_all(&[&clone, &office, &rep]).await;

    for replica in [&office, &clone] {
        let info = replica.community().unwrap();
        let names: BTreeSet<&str> = info.buildings.iter().map(|b| b.name.as_str()).collect();
        assert!(names.contains("3号楼") && names.contains("4号楼"), "{names:?}");
        let device = info.devices.iter().find(|device| device.device == lost).unwrap();
        assert!(device.revoked, "the revocation survives");
        record(replica, "3号楼", "新楼可以记录");
    }
    sync_all(&[&clone, &office, &rep]).await;
    for replica in [&office, &clone, &rep] {
        let seen = replica.show(&sealed.id).unwrap();
        assert_eq!(seen.narrative, "用副本的新密钥封的", "its key reaches everybody");
        assert!(replica.doctor(false).unwrap().problems.is_empty());
    }
    assert_eq!(contents(&clone), contents(&office));
    assert_eq!(office.status().unwrap().waiting, 0);
}
