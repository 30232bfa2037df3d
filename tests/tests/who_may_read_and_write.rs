//! Revocation, rotation, renewal and recovery: nobody without a right reads or writes, and nobody
//! with one is locked out.
#![allow(clippy::unwrap_used)]

use floorwalk_replica::{ErrorCode, Replica};
use floorwalk_tests::{BUILDING_1, Stage, act, contents, list, record, sync, sync_all};

fn device_of(replica: &Replica) -> String {
    replica.community().unwrap().device
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_is_refused_and_its_later_parcels_are_cut() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let other = stage.member(&office, "other", "building_rep", &[BUILDING_1]).await;
    let before = record(&rep, BUILDING_1, "撤销之前");
    sync_all(&[&rep, &other, &office]).await;

    let revoked = office.revoke(&device_of(&rep), "手机丢失").await.unwrap();
    assert_eq!(revoked.rotated.len(), 2, "its building's scope and the community's");
    let after = record(&rep, BUILDING_1, "撤销之后");
    assert_eq!(rep.sync_once(|_| {}).await.unwrap_err().code, ErrorCode::Revoked);
    assert_eq!(rep.status().unwrap().warnings, ["revoked"]);

    // What it wrote can still be carried to the office by file; it is held, not applied.
    rep.export_bundle(&stage.home("rep.fwb")).unwrap();
    sync(&other).await;
    for replica in [&office, &other] {
        replica.import_bundle(&stage.home("rep.fwb")).unwrap();
        assert!(replica.show(&before.number).is_ok());
        assert!(replica.show(&after.id).is_err());
        let quarantine = replica.status().unwrap().quarantine;
        assert_eq!(quarantine.len(), 1);
        assert_eq!(quarantine[0].reason, "after_revocation");
    }
    let theirs = record(&other, BUILDING_1, "其他人继续");
    sync_all(&[&other, &office]).await;
    assert!(office.show(&theirs.number).is_ok());
    let info = office.community().unwrap();
    let known = info.devices.iter().find(|device| device.device == revoked.device).unwrap();
    assert!(known.revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_cannot_open_what_is_written_after_it() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let other = stage.member(&office, "other", "building_rep", &[BUILDING_1]).await;
    sync_all(&[&rep, &other, &office]).await;
    office.revoke(&device_of(&rep), "离任").await.unwrap();
    sync(&other).await;
    let secret = record(&other, BUILDING_1, "新密钥之后");
    other.export_bundle(&stage.home("other.fwb")).unwrap();
    rep.import_bundle(&stage.home("other.fwb")).unwrap();
    assert!(rep.show(&secret.id).is_err());
    office.import_bundle(&stage.home("other.fwb")).unwrap();
    assert!(office.show(&secret.id).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_was_offline_during_a_rotation_loses_nothing() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let lost = stage.member(&office, "lost", "building_rep", &[BUILDING_1]).await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    sync_all(&[&rep, &lost, &office]).await;
    let offline = record(&rep, BUILDING_1, "离线期间");
    // Sealed with the old key before the phone hears of the new one.
    rep.export_bundle(&stage.home("rep.fwb")).unwrap();
    office.revoke(&device_of(&lost), "手机丢失").await.unwrap();
    let at_the_office = record(&office, BUILDING_1, "新密钥下的");
    sync(&office).await;
    sync_all(&[&rep, &office]).await;
    assert!(office.show(&offline.number).is_ok());
    assert!(rep.show(&at_the_office.number).is_ok());
    let later = record(&rep, BUILDING_1, "之后");
    sync_all(&[&rep, &office]).await;
    assert!(office.show(&later.number).is_ok());
    assert_eq!(contents(&rep), contents(&office));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_grant_keeps_recording_and_syncs_again_when_renewed() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    sync_all(&[&rep, &office]).await;
    office.renew(&device_of(&rep), 0).await.unwrap();
    let missed = record(&office, BUILDING_1, "到期后管理处登记的");
    sync(&office).await;
    // Also with nothing to send, it is not told that it has everything.
    let last_sync = rep.status().unwrap().last_sync;
    assert_eq!(rep.sync_once(|_| {}).await.unwrap_err().code, ErrorCode::GrantExpired);
    let status = rep.status().unwrap();
    assert_eq!(status.warnings, ["grant_expired"]);
    assert_eq!(status.last_sync, last_sync);
    let recorded = record(&rep, BUILDING_1, "授权到期后");
    assert_eq!(rep.sync_once(|_| {}).await.unwrap_err().code, ErrorCode::GrantExpired);
    assert!(rep.show(&recorded.number).is_ok());
    office.renew(&device_of(&rep), 3600).await.unwrap();
    sync_all(&[&rep, &office]).await;
    assert!(office.show(&recorded.number).is_ok());
    assert!(rep.show(&missed.number).is_ok());
    assert!(rep.status().unwrap().warnings.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_file_and_its_passphrase_restore_a_community_whose_office_is_lost() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let recorded = record(&rep, BUILDING_1, "办公室电脑坏了");
    sync_all(&[&rep, &office]).await;
    let file = stage.home("recovery.fwr");
    std::fs::copy(stage.home("office").join("recovery-CS.fwr"), &file).unwrap();
    let before = contents(&office);
    drop(office);
    std::fs::remove_dir_all(stage.home("office")).unwrap();

    let new = stage.replica("new-office");
    let relay = stage.relay_address();
    let wrong = new.recover_community(&file, "not the passphrase", relay.clone(), "新办公室");
    assert_eq!(wrong.await.unwrap_err().code, ErrorCode::WrongPassphrase);
    let joined =
        new.recover_community(&file, "correct horse battery", relay, "新办公室").await.unwrap();
    assert_eq!(joined.role, "office");
    assert_eq!(contents(&new), before);
    act(&new, &recorded.number, "accepted");
    let helper = stage.member(&new, "helper", "inspector", &[]).await;
    sync_all(&[&new, &rep, &helper]).await;
    assert_eq!(rep.show(&recorded.number).unwrap().stage, "accepted");
    assert_eq!(list(&helper).len(), 1);
}
