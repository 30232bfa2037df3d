//! Every command's JSON has the keys of the contract, and the values that belong to them.

use chrono::DateTime;
use serde_json::{Value, json};

use crate::support::{
    BUILDING, Device, OTHER_BUILDING, TestRelay, assert_has, create_args, exists, invitation, keys,
    member, office,
};

fn is_time(value: &Value) -> bool {
    value.as_str().is_some_and(|text| DateTime::parse_from_rfc3339(text).is_ok())
}

#[test]
fn founding_shows_devices_and_buildings() {
    let relay = TestRelay::start();
    let office = Device::new();
    let (url, pin, token) = (relay.url(), relay.pin(), relay.host_token());
    let created = office.json(&create_args(&url, &pin, &token));
    assert_has(&created, &["community", "device", "buildings"]);
    assert_eq!(created["buildings"], json!([]));
    // Without a passphrase one is made; the file that it opens lies in the home.
    assert!(created["recovery_passphrase"].as_str().unwrap().len() > 20);
    assert!(exists(created["recovery_file"].as_str().unwrap().as_ref()));

    let added = office.json(&["building", "add", BUILDING]);
    assert_eq!(keys(&added), ["name", "scope"]);
    let shown = office.json(&["community", "show"]);
    assert_has(&shown, &["community", "name", "regulation", "relay", "devices", "buildings"]);
    assert_eq!(shown["community"], created["community"]);
    assert_eq!(shown["buildings"], json!([added]));
    let device = &shown["devices"][0];
    assert_has(device, &["device", "name", "role", "buildings", "last_seen", "revoked"]);
    assert_eq!(device["device"], created["device"]);
    assert_eq!((&device["name"], &device["role"]), (&json!("管理处"), &json!("office")));
}

#[test]
fn inviting_joining_and_ending() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let args = ["invite", "--name", "周", "--role", "building_rep", "--building", BUILDING];
    let invited = office.json(&args);
    assert_eq!(keys(&invited), ["expires_at", "link"]);
    assert!(is_time(&invited["expires_at"]));
    let rep = Device::new();
    let joined = rep.json(&["join", invited["link"].as_str().unwrap()]);
    assert_eq!(keys(&joined), ["buildings", "community", "device", "name", "role"]);
    assert_eq!(
        (&joined["role"], &joined["buildings"]),
        (&json!("building_rep"), &json!([BUILDING]))
    );

    let open = invitation(&office, "吴", "inspector");
    let listed = office.json(&["invitation", "list"])["invitations"].clone();
    let state = |name: &str| {
        let all = listed.as_array().unwrap();
        let found = all.iter().find(|invitation| invitation["name"] == name).unwrap();
        assert_has(found, &["invitation", "name", "role", "expires_at", "state"]);
        (found["state"].clone(), found["invitation"].as_str().unwrap().to_owned())
    };
    assert_eq!(state("周").0, "used");
    let (open_state, id) = state("吴");
    assert_eq!(open_state, "open");
    assert_eq!(office.json(&["invitation", "withdraw", &id]), json!({"invitation": id}));
    assert_eq!(Device::new().refused(&["join", &open]), (4, "invitation_withdrawn".to_owned()));

    let renewed = office.json(&["renew", "周", "--for", "365d"]);
    assert_eq!(renewed["device"], joined["device"]);
    assert!(is_time(&renewed["expires_at"]));
    let revoked = office.json(&["revoke", "周", "--why", "手机丢失"]);
    assert_eq!(keys(&revoked), ["device", "rotated"]);
    assert!(!revoked["rotated"].as_array().unwrap().is_empty());
    assert_eq!(rep.refused(&["sync"]), (3, "revoked".to_owned()));
}

/// Records a complaint with every flag, and returns what was answered.
fn record_fully(device: &Device) -> Value {
    let mut args = vec!["record", "--building", BUILDING, "--room", "1203"];
    args.extend(["--complainant", "王女士", "--phone", "13900001111", "--channel", "rep"]);
    args.extend(["--category", "1B", "--severity", "urgent", "--respondent", "物业公司"]);
    args.extend(["--demand", "修好", "--reported-before", "说过两次", "--text", "楼道灯不亮"]);
    args.extend(["--at", "2026-09-30T16:00:00+08:00"]);
    device.json(&args)
}

#[test]
fn recording_listing_and_syncing() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let rep = member(&office, "周", "building_rep");
    let recorded = record_fully(&rep);
    assert_eq!(keys(&recorded), ["id", "missing", "number"]);

    let row_keys = [
        "number",
        "id",
        "building",
        "room",
        "category",
        "severity",
        "stage",
        "delivery",
        "recorded_at",
        "next_due",
        "photos",
    ];
    let listed = rep.json(&["list"]);
    assert_eq!(keys(&listed), ["complaints"]);
    let row = &listed["complaints"][0];
    assert_has(row, &row_keys);
    assert_eq!(row["photos"], json!({"total": 0, "sent": 0}));
    assert_eq!((&row["stage"], &row["delivery"]), (&json!("received"), &json!("saved")));
    assert!(is_time(&row["recorded_at"]));

    let synced = rep.json(&["sync"]);
    let sync_keys = [
        "blobs_received",
        "blobs_sent",
        "bytes_received",
        "bytes_sent",
        "chain_ok",
        "history_reset",
        "parcels_received",
        "parcels_sent",
        "quarantined",
        "round_trips",
    ];
    assert_eq!(keys(&synced), sync_keys);
    assert_eq!((&synced["parcels_sent"], &synced["chain_ok"]), (&json!(1), &json!(true)));
}

#[test]
fn acting_editing_and_showing() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let rep = member(&office, "周", "building_rep");
    let recorded = record_fully(&rep);
    let number = recorded["number"].as_str().unwrap();
    rep.json(&["sync"]);
    office.json(&["sync"]);
    let accepted = office.json(&["act", number, "accepted", "--note", "今日派人"]);
    assert_eq!(keys(&accepted), ["event", "kind", "number"]);
    assert_eq!((&accepted["number"], &accepted["kind"]), (&json!(number), &json!("accepted")));
    let mut followed = vec!["act", number, "followed_up", "--set", "satisfied=true"];
    followed.extend(["--set", "manner=phone", "--set", "score=5"]);
    office.json(&followed);
    let edits = ["edit", number, "--set", "room=1204", "severity=general"];
    assert_eq!(office.json(&edits), json!({"number": number}));

    office.json(&["sync"]);
    rep.json(&["sync"]);
    let shown = rep.json(&["show", number]);
    let show_keys = [
        "number",
        "id",
        "fields",
        "card",
        "narrative",
        "stage",
        "delivery",
        "events",
        "evidence",
        "duties",
        "missing",
        "allowed",
        "conflicts",
    ];
    assert_has(&shown, &show_keys);
    assert_eq!(shown["fields"]["room"], "1204");
    assert_eq!(shown["fields"]["severity"], "general");
    assert_eq!(shown["card"], json!({"complainant": "王女士", "phone": "13900001111"}));
    assert_eq!(
        (&shown["narrative"], &shown["delivery"]),
        (&json!("楼道灯不亮"), &json!("accepted"))
    );
    let events = shown["events"].as_array().unwrap();
    for event in events {
        let event_keys = ["id", "kind", "at", "author", "role", "counted", "set", "note"];
        assert_has(event, &event_keys);
    }
    assert_eq!(events[0]["at"], "2026-09-30T16:00:00+08:00");
    assert_eq!((&events[1]["note"], &events[1]["role"]), (&json!("今日派人"), &json!("office")));
    let set = json!({"satisfied": true, "manner": "phone", "score": 5});
    assert_eq!(events[2]["set"], set);
    let by_id = rep.json(&["show", shown["id"].as_str().unwrap()]);
    assert_eq!(by_id["number"], number);
}

#[test]
fn lists_are_narrowed_by_building_and_stage() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let number = office.record("一楼积水");
    office.json(&["record", "--building", OTHER_BUILDING, "--text", "二楼积水"]);
    office.json(&["act", &number, "accepted"]);
    let count = |args: &[&str]| {
        let listed = office.json(&[&["list"], args].concat());
        listed["complaints"].as_array().unwrap().len()
    };
    assert_eq!(count(&[]), 2);
    assert_eq!(count(&["--building", BUILDING]), 1);
    assert_eq!(count(&["--stage", "accepted"]), 1);
    assert_eq!(count(&["--stage", "received", "--building", BUILDING]), 0);
    assert_eq!(count(&["--overdue"]), 0);
}

#[test]
fn status_bundles_and_doctor() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let rep = member(&office, "周", "building_rep");
    let number = rep.record("单元门锁坏了");
    let status = rep.json(&["status"]);
    assert_has(&status, &["unsent", "last_sync", "quarantine", "waiting"]);
    assert_eq!(
        (&status["unsent"]["complaints"], &status["unsent"]["photos"]),
        (&json!(1), &json!(0))
    );
    assert!(is_time(&status["last_sync"]));

    let bundle = rep.path("round.fwb").display().to_string();
    let exported = rep.json(&["bundle", "export", &bundle]);
    assert_eq!(keys(&exported), ["blobs", "parcels"]);
    let imported = office.json(&["bundle", "import", &bundle]);
    assert_eq!(keys(&imported), ["blobs", "parcels"]);
    assert!(imported["parcels"].as_u64().unwrap() >= 1);
    assert_eq!(office.json(&["show", &number])["narrative"], "单元门锁坏了");
    assert_eq!(office.json(&["bundle", "import", &bundle])["parcels"], 0);

    for args in [&["doctor"][..], &["doctor", "--rebuild"]] {
        let report = office.json(args);
        assert_eq!(keys(&report), ["checked", "problems", "repaired"]);
        assert_eq!(report["problems"], json!([]));
        assert!(report["checked"].as_u64().unwrap() > 0);
    }
}

#[test]
fn the_home_is_the_flags_before_the_environments() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let stranger = Device::new();
    let home = office.home().display().to_string();
    let not_in_community = (2, "not_in_community".to_owned());
    assert_eq!(stranger.refused(&["community", "show"]), not_in_community);
    for args in [["--home", &home, "community", "show"], ["community", "show", "--home", &home]] {
        assert_eq!(stranger.json(&args)["name"], "测试小区");
    }
}

#[test]
fn help_and_version_end_with_0() {
    let device = Device::new();
    for args in [&["--help"][..], &["help"], &["record", "--help"], &["--version"]] {
        let ran = device.run(args);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{args:?}");
        assert!(ran.stdout.contains("floorwalk"));
    }
    assert!(device.run(&["--help"]).stdout.contains("中文"));
    assert!(!exists(&device.home()));
}
