//! What a role, a stage or a grant does not allow ends with 3; what it allows is done.

use crate::support::{TestRelay, invitation, member, office};

fn forbidden(code: &str) -> (i32, String) {
    (3, code.to_owned())
}

#[test]
fn a_rep_records_and_does_not_decide() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let rep = member(&office, "周", "building_rep");
    let number = rep.record("屋面漏雨");
    assert_eq!(rep.refused(&["act", &number, "accepted"]), forbidden("role_may_not"));
    rep.json(&["act", &number, "site_visited"]);
    rep.json(&["sync"]);
    office.json(&["sync"]);
    office.json(&["act", &number, "accepted"]);
}

#[test]
fn only_an_administrator_decides_who_belongs() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let clerk = member(&office, "文员", "office");
    for args in [
        &["invite", "--name", "a", "--role", "office"][..],
        &["building", "add", "3号楼"],
        &["revoke", "管理处", "--why", "w"],
        &["renew", "文员", "--for", "1d"],
    ] {
        assert_eq!(clerk.refused(args), forbidden("not_admin"), "{args:?}");
    }
    invitation(&office, "b", "inspector");
    office.json(&["building", "add", "3号楼"]);
}

#[test]
fn a_stage_allows_what_follows_from_it() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let number = office.record("电梯异响");
    office.json(&["act", &number, "withdrawn"]);
    assert_eq!(office.refused(&["act", &number, "accepted"]), forbidden("stage_forbids"));
    office.json(&["act", &number, "reopened"]);
    office.json(&["act", &number, "accepted"]);
}

#[test]
fn a_revoked_device_is_told_and_keeps_what_it_has() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let rep = member(&office, "周", "building_rep");
    let number = rep.record("井盖松动");
    office.json(&["revoke", "周", "--why", "手机丢失"]);
    assert_eq!(rep.refused(&["sync"]), forbidden("revoked"));
    assert_eq!(rep.json(&["show", &number])["narrative"], "井盖松动");
    let bundle = rep.path("left.fwb").display().to_string();
    assert!(rep.json(&["bundle", "export", &bundle])["parcels"].as_u64().unwrap() >= 1);
}
