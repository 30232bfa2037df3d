//! The recovery file and its passphrase make a new office; the passphrase makes another
//! administrator.

use crate::support::{Device, TestRelay, invitation, member, office};

const PASSPHRASE: &str = "correct horse battery";

#[test]
fn a_lost_office_is_recovered_on_a_new_device() {
    let relay = TestRelay::start();
    let lost = office(&relay);
    let rep = member(&lost, "周", "building_rep");
    let number = rep.record("外墙脱落");
    rep.json(&["sync"]);
    let file = lost.home().join("recovery-CS.fwr");
    let sealed = std::fs::read(file).unwrap();

    let new = Device::new().with("FLOORWALK_PASSPHRASE", PASSPHRASE);
    std::fs::write(new.path("recovery.fwr"), sealed).unwrap();
    let file = new.path("recovery.fwr").display().to_string();
    let (url, pin) = (relay.url(), relay.pin());
    let mut args = vec!["community", "recover", &file, "--relay", &url, "--relay-pin", &pin];
    args.extend(["--name-device", "新管理处"]);
    let wrong = Device::new().with("FLOORWALK_PASSPHRASE", "wrong horse battery");
    assert_eq!(wrong.refused(&args), (2, "wrong_passphrase".to_owned()));
    let recovered = new.json(&args);
    assert_eq!((&recovered["name"], &recovered["role"]), (&"测试小区".into(), &"office".into()));
    assert_eq!(new.json(&["show", &number])["narrative"], "外墙脱落");
    new.json(&["act", &number, "accepted"]);
    new.json(&["sync"]);
    rep.json(&["sync"]);
    assert_eq!(rep.json(&["show", &number])["delivery"], "accepted");
}

#[test]
fn the_passphrase_makes_another_administrator() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let clerk = member(&office, "文员", "office");
    let invite = ["invite", "--name", "a", "--role", "inspector"];
    assert_eq!(clerk.refused(&invite), (3, "not_admin".to_owned()));
    office.json(&["sync"]);
    assert_eq!(office.json(&["community", "certify", "文员"])["device"], "文员");
    office.json(&["sync"]);
    clerk.json(&["sync"]);
    Device::new().json(&["join", &invitation(&clerk, "吴", "inspector")]);
}

#[test]
fn a_community_moves_to_another_relay_when_its_own_is_lost() {
    let lost = TestRelay::start();
    let office = office(&lost);
    let rep = member(&office, "周", "building_rep");
    let number = rep.record("外墙脱落");
    rep.json(&["sync"]);
    office.json(&["sync"]);
    drop(lost);
    let new = TestRelay::start();
    let (url, pin, token) = (new.url(), new.pin(), new.host_token());
    let nowhere = ["community", "relay", "--relay", "https://127.0.0.1:1", "--relay-pin", &pin];
    assert_eq!(office.refused(&nowhere).0, 4);
    let args = ["community", "relay", "--relay", &url, "--relay-pin", &pin, "--host-token", &token];
    assert_eq!(office.json(&args)["relay"], url.as_str());
    rep.json(&args[..6]);
    office.json(&["act", &number, "accepted"]);
    office.json(&["sync"]);
    rep.json(&["sync"]);
    assert_eq!(rep.json(&["show", &number])["stage"], "accepted");
    // And who joins only now gets everything from the new relay.
    let late = member(&office, "吴", "inspector");
    assert_eq!(late.json(&["show", &number])["stage"], "accepted");
}
