//! Two processes on one home, as a watching desk and a person who types: nothing is lost, nothing
//! is wedged.

use std::process::Stdio;

use crate::support::{Device, TestRelay, member, office};

#[test]
fn syncing_from_two_processes_at_once_wedges_nothing() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let rep = member(&office, "李楼长", "building_rep");
    let mut numbers = Vec::new();
    for round in 0..6 {
        numbers.push(rep.record(&format!("第{round}件")));
        let start = || rep.command(&["sync", "--json"]).stdout(Stdio::null()).spawn().unwrap();
        let both = [start(), start()];
        for mut one in both {
            assert!(one.wait().unwrap().success());
        }
    }
    rep.json(&["sync"]);
    office.json(&["sync"]);
    for number in &numbers {
        office.json(&["show", number]);
    }
    assert_eq!(rep.json(&["status"])["unsent"]["complaints"], 0);
    assert_eq!(rep.json(&["doctor"])["problems"], serde_json::json!([]));
}

#[test]
fn recording_while_another_process_syncs_loses_nothing() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let rep = member(&office, "李楼长", "building_rep");
    let syncing: Vec<_> = (0..3)
        .map(|_| rep.command(&["sync", "--json"]).stdout(Stdio::null()).spawn().unwrap())
        .collect();
    let numbers: Vec<String> = (0..8).map(|index| rep.record(&format!("第{index}件"))).collect();
    for mut one in syncing {
        assert!(one.wait().unwrap().success());
    }
    rep.json(&["sync"]);
    office.json(&["sync"]);
    numbers.iter().for_each(|number| drop(office.json(&["show", number])));
}

#[test]
fn the_last_administrator_cannot_be_revoked() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let rep = member(&office, "李楼长", "building_rep");
    let refused = office.refused(&["revoke", "管理处", "--why", "误操作"]);
    assert_eq!(refused, (3, "last_admin".to_owned()));
    office.json(&["revoke", "李楼长", "--why", "手机丢失"]);
    assert_eq!(rep.refused(&["sync"]).0, 3);
    let _: Device = rep;
}
