//! What a revoked device wrote beyond its cut: the same on every replica in whatever order things
//! came, shown, never destroyed, and let in when an administrator accepts it.
#![allow(clippy::unwrap_used)]

use floorwalk_replica::{ErrorCode, Replica};
use floorwalk_tests::{BUILDING_1, Stage, act, contents, list, meet, record, sync_all};

fn device_of(replica: &Replica) -> String {
    replica.community().unwrap().device
}

fn note(replica: &Replica, number: &str, text: &str) {
    let mut event = floorwalk_tests::event("noted");
    event.note = Some(text.into());
    replica.act(number, &event).unwrap();
}

fn held(replica: &Replica) -> usize {
    let quarantine = replica.status().unwrap().quarantine;
    quarantine.iter().filter(|item| item.reason == "after_revocation").count()
}

struct Story {
    stage: Stage,
    office: Replica,
    rep: Replica,
    other: Replica,
    /// Recorded by the rep, carried to the other by file, and not known to the office.
    number: String,
    id: String,
}

/// The rep's complaint goes round the revocation: the other has it and has written on it before
/// either of them hears that the rep was revoked.
async fn a_complaint_that_went_round_a_revocation() -> Story {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let other = stage.member(&office, "other", "building_rep", &[BUILDING_1]).await;
    record(&rep, BUILDING_1, "撤销之前就在办公室");
    sync_all(&[&rep, &other, &office]).await;
    let recorded = record(&rep, BUILDING_1, "绕过了撤销");
    rep.export_bundle(&stage.home("rep.fwb")).unwrap();
    other.import_bundle(&stage.home("rep.fwb")).unwrap();
    note(&other, &recorded.number, "另一位的备注");
    office.revoke(&device_of(&rep), "手机丢失").await.unwrap();
    let (number, id) = (recorded.number, recorded.id);
    Story { stage, office, rep, other, number, id }
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_had_opened_such_parcels_agree_with_those_that_had_not() {
    let Story { stage, office, other, number, id, .. } =
        a_complaint_that_went_round_a_revocation().await;
    let late = stage.member(&office, "late", "building_rep", &[BUILDING_1]).await;
    // The note is still in the outbox when the news comes.
    sync_all(&[&other, &office, &late]).await;
    for replica in [&office, &other, &late] {
        assert!(replica.show(&number).is_err(), "it does not count anywhere");
        assert_eq!(list(replica).len(), 1);
        assert!(replica.doctor(false).unwrap().problems.is_empty());
    }
    assert_eq!(contents(&other), contents(&office));
    assert_eq!(contents(&late), contents(&office));
    assert_eq!(held(&other), 1, "the device that holds it shows it");
    for replica in [&office, &other, &late] {
        assert_eq!(replica.status().unwrap().waiting, 1, "the note waits for what it is about");
    }
    // The same holds for who gets parcels and revocation the other way round.
    for replica in [&office, &late] {
        replica.import_bundle(&stage.home("rep.fwb")).unwrap();
        assert!(replica.show(&id).is_err());
        assert_eq!(held(replica), 1);
    }
    other.doctor(true).unwrap();
    assert_eq!(contents(&other), contents(&office));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_accepted_counts_on_every_replica_with_all_that_waited_for_it() {
    let Story { stage, office, rep, other, number, id } =
        a_complaint_that_went_round_a_revocation().await;
    sync_all(&[&other, &office]).await;
    let refused = other.accept_revoked(&device_of(&rep)).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotAdmin);
    assert_eq!(office.accept_revoked(&device_of(&rep)).await.unwrap().parcels, 0);

    office.import_bundle(&stage.home("rep.fwb")).unwrap();
    let accepted = office.accept_revoked(&device_of(&rep)).await.unwrap();
    assert_eq!((accepted.device, accepted.parcels), (device_of(&rep), 1));
    let late = stage.member(&office, "late", "building_rep", &[BUILDING_1]).await;
    sync_all(&[&other, &office, &late]).await;
    for replica in [&office, &other, &late] {
        let seen = replica.show(&number).unwrap();
        assert_eq!(seen.id, id);
        assert_eq!(seen.card.unwrap().phone.as_deref(), Some("13900001111"));
        let notes: Vec<_> = seen.events.iter().filter_map(|event| event.note.clone()).collect();
        assert_eq!(notes, ["另一位的备注"]);
        let status = replica.status().unwrap();
        assert_eq!((status.quarantine.len(), status.waiting), (0, 0));
        assert_eq!(status.unsent.complaints, 0);
    }
    act(&office, &number, "accepted");
    sync_all(&[&other, &office, &late]).await;
    assert_eq!(contents(&other), contents(&office));
    assert_eq!(contents(&late), contents(&office));

    // The device stays revoked, and what it writes after that is held again.
    assert_eq!(rep.sync_once(|_| {}).await.unwrap_err().code, ErrorCode::Revoked);
    let later = record(&rep, BUILDING_1, "又写了一件");
    rep.export_bundle(&stage.home("later.fwb")).unwrap();
    office.import_bundle(&stage.home("later.fwb")).unwrap();
    assert!(office.show(&later.id).is_err());
    assert_eq!(held(&office), 1);
    // Saying the revocation once more accepts nothing.
    office.revoke(&device_of(&rep), "再次").await.unwrap();
    assert!(office.show(&later.id).is_err());
    assert!(office.show(&number).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_phone_goes_on_showing_its_owner_what_was_recorded_on_it() {
    let Story { stage, office, rep, other, number, .. } =
        a_complaint_that_went_round_a_revocation().await;
    sync_all(&[&other, &office]).await;
    other.export_bundle(&stage.home("other.fwb")).unwrap();
    rep.import_bundle(&stage.home("other.fwb")).unwrap();
    assert!(rep.show(&number).is_ok());
    let info = rep.community().unwrap();
    assert!(info.devices.iter().any(|device| device.device == info.device && device.revoked));
    rep.export_bundle(&stage.home("again.fwb")).unwrap();
    office.import_bundle(&stage.home("again.fwb")).unwrap();
    assert_eq!(held(&office), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_a_senior_undoes_gives_back_what_it_held() {
    // A junior administrator revokes the rep; the founder, who is senior, revokes the junior with
    // a cut before that, because it has not heard of it.
    let mut stage = Stage::open().await;
    let office = stage.office().await;
    let junior = stage.member(&office, "junior", "office", &[]).await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let other = stage.member(&office, "other", "building_rep", &[BUILDING_1]).await;
    office.certify(&device_of(&junior), "correct horse battery").unwrap();
    sync_all(&[&office, &junior, &rep, &other]).await;
    let recorded = record(&rep, BUILDING_1, "被下级误撤销");
    meet(&rep, &other).unwrap();
    stage.stop_relay().await;
    assert!(junior.revoke(&device_of(&rep), "误会").await.is_err());
    meet(&junior, &other).unwrap();
    assert!(other.show(&recorded.number).is_err());
    assert_eq!(held(&other), 1);
    assert!(office.revoke(&device_of(&junior), "离任").await.is_err());
    meet(&office, &other).unwrap();
    assert!(other.show(&recorded.number).is_ok(), "the revocation does not count any more");
    let rep_id = device_of(&rep);
    let quarantine = other.status().unwrap().quarantine;
    assert!(quarantine.iter().all(|item| item.device.as_ref() != Some(&rep_id)));
    stage.start_relay().await;
    sync_all(&[&office, &other, &rep]).await;
    assert!(office.show(&recorded.number).is_ok());
    assert_eq!(contents(&other), contents(&office));
}
