//! The main job: recorded without signal, carried by a relay that can't read, answered by the
//! office, seen by the rep.
#![allow(clippy::unwrap_used)]

use floorwalk_replica::ErrorCode;
use floorwalk_tests::{
    BUILDING_1, BUILDING_2, Stage, act, complaint, contents, count_words, delivery, edit, event,
    invite, list, record, sync, sync_all,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_goes_from_a_stairwell_to_the_office_and_its_answer_comes_back() {
    let mut stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;

    stage.stop_relay().await;
    let recorded = record(&rep, BUILDING_1, "三楼走廊漏水，地面湿滑");
    assert_eq!(delivery(&rep, &recorded.number), "saved");
    let error = rep.sync_once(|_| {}).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::RelayUnreachable);
    assert_eq!(rep.status().unwrap().unsent.complaints, 1);

    stage.start_relay().await;
    let report = sync(&rep).await;
    assert_eq!((report.parcels_sent, report.blobs_sent), (1, 1));
    assert!(report.chain_ok);
    assert_eq!(delivery(&rep, &recorded.number), "sent");
    assert_eq!(rep.status().unwrap().unsent.complaints, 0);

    sync(&office).await;
    let seen = office.show(&recorded.number).unwrap();
    assert_eq!(seen.narrative, "三楼走廊漏水，地面湿滑");
    assert_eq!(seen.fields["demand"], "请尽快维修");
    assert_eq!(seen.building, BUILDING_1);
    let card = seen.card.unwrap();
    assert_eq!(card.complainant.as_deref(), Some("王芳"));
    assert_eq!(card.phone.as_deref(), Some("13900001111"));
    assert_eq!(seen.events[0].author, "rep");

    sync(&rep).await;
    assert_eq!(delivery(&rep, &recorded.number), "received");

    act(&office, &recorded.number, "accepted");
    sync(&office).await;
    sync(&rep).await;
    assert_eq!(delivery(&rep, &recorded.number), "accepted");
    act(&office, &recorded.number, "resolved");
    act(&office, &recorded.number, "result_told");
    sync_all(&[&office, &rep]).await;
    assert_eq!(rep.show(&recorded.number).unwrap().stage, "answered");
    assert_eq!(contents(&rep), contents(&office));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rep_sees_only_own_buildings() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let one = stage.member(&office, "one", "building_rep", &[BUILDING_1]).await;
    let two = stage.member(&office, "two", "building_rep", &[BUILDING_2]).await;
    let inspector = stage.member(&office, "inspector", "inspector", &[]).await;
    let first = record(&one, BUILDING_1, "电梯停运");
    let second = record(&two, BUILDING_2, "噪音扰民");
    sync_all(&[&one, &two, &office, &inspector]).await;
    assert_eq!(list(&one).len(), 1);
    assert_eq!(list(&one)[0].number, first.number);
    assert_eq!(list(&two)[0].number, second.number);
    assert_eq!(list(&inspector).len(), 2);
    assert_eq!(list(&office).len(), 2);
    let refused = one.record(&complaint(BUILDING_2, "不是我的楼")).unwrap_err();
    assert_eq!(refused.code, ErrorCode::UnknownBuilding);
    let words = ["噪音扰民"];
    assert_eq!(count_words(&stage.home("one"), &words)["噪音扰民"], 0);
    assert!(count_words(&stage.home("two"), &words)["噪音扰民"] > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rep_may_not_accept() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let recorded = record(&rep, BUILDING_1, "门禁损坏");
    let refused = rep.act(&recorded.number, &event("accepted")).unwrap_err();
    assert_eq!(refused.code, ErrorCode::RoleMayNot);
    sync_all(&[&rep, &office]).await;
    act(&office, &recorded.number, "accepted");
    assert_eq!(office.show(&recorded.number).unwrap().stage, "accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relay_holds_no_plaintext() {
    let mut stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "canaryrep", "building_rep", &[BUILDING_1]).await;
    let mut new = complaint(BUILDING_1, "canary-narrative 下水道堵塞");
    new.complainant = Some("canary-name".into());
    new.phone = Some("canary-phone".into());
    new.demand = Some("canary-demand".into());
    let recorded = rep.record(&new).unwrap();
    sync_all(&[&rep, &office]).await;
    let mut note = event("noted");
    note.note = Some("canary-note".into());
    office.act(&recorded.number, &note).unwrap();
    sync_all(&[&rep, &office]).await;

    let words = [
        "canary-narrative",
        "下水道堵塞",
        "canary-name",
        "canary-phone",
        "canary-demand",
        "canary-note",
        "canaryrep",
        "测试小区",
        BUILDING_1,
        recorded.number.as_str(),
    ];
    // While it runs, so that its write-ahead log is searched as well; and after.
    for _ in 0..2 {
        for (word, count) in count_words(&stage.relay_data(), &words) {
            assert_eq!(count, 0, "the relay holds {word}");
        }
        stage.stop_relay().await;
    }
    let at_the_office = count_words(&stage.home("office"), &words);
    for word in ["canary-demand", "canary-note", "测试小区"] {
        assert!(at_the_office[word] > 0, "the search finds {word} where it is");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_values_are_shown_and_chosen_from() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let recorded = record(&rep, BUILDING_1, "停车位被占");
    sync_all(&[&rep, &office]).await;
    edit(&rep, &recorded.number, "severity", "urgent");
    edit(&office, &recorded.number, "severity", "general_2");
    sync_all(&[&rep, &office]).await;
    for replica in [&rep, &office] {
        let conflicts = replica.show(&recorded.number).unwrap().conflicts;
        assert_eq!(conflicts["severity"], ["general_2", "urgent"]);
    }
    edit(&office, &recorded.number, "severity", "urgent");
    sync_all(&[&rep, &office]).await;
    assert!(rep.show(&recorded.number).unwrap().conflicts.is_empty());
    assert_eq!(contents(&rep), contents(&office));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_new_is_one_round_trip_and_under_a_kilobyte_for_five_scopes() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    for name in ["3号楼", "4号楼"] {
        office.add_building(name).unwrap();
    }
    let buildings = [BUILDING_1, BUILDING_2, "3号楼", "4号楼"];
    let rep = stage.member(&office, "rep", "building_rep", &buildings).await;
    for building in buildings {
        record(&rep, building, "楼道灯不亮");
    }
    sync_all(&[&rep, &office]).await;
    for replica in [&rep, &office] {
        let report = sync(replica).await;
        assert_eq!(report.round_trips, 1);
        let bytes = report.bytes_sent + report.bytes_received;
        assert!(bytes < 1024, "nothing new took {bytes} bytes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_withdrawn_or_unknown_invitation_is_refused() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let link = invite(&office, "rep", "building_rep", &[BUILDING_1]).await;
    stage.replica("first").join(&link).await.unwrap();
    let second = stage.replica("second");
    assert_eq!(second.join(&link).await.unwrap_err().code, ErrorCode::InvitationUsed);
    assert_eq!(second.community().unwrap_err().code, ErrorCode::NotInCommunity);

    let withdrawn = invite(&office, "nobody", "inspector", &[]).await;
    let open = office.community().unwrap().invitations;
    let open = open.iter().find(|invitation| invitation.state == "open").unwrap();
    office.withdraw(&open.invitation).await.unwrap();
    let error = second.join(&withdrawn).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvitationWithdrawn);

    let cut_short = &link[..link.len() - 5];
    assert_eq!(second.join(cut_short).await.unwrap_err().code, ErrorCode::BadLink);
    let good = invite(&office, "second", "inspector", &[]).await;
    assert_eq!(second.join(&good).await.unwrap().role, "inspector");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_invitation_is_refused() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let new = floorwalk_replica::records::NewInvitation {
        name: "late".into(),
        role: "inspector".into(),
        buildings: Vec::new(),
        expires_in_s: 0,
    };
    let link = office.invite(new).await.unwrap().link;
    let late = stage.replica("late");
    assert_eq!(late.join(&link).await.unwrap_err().code, ErrorCode::InvitationExpired);
}
