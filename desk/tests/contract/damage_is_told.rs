//! Damage ends with 5, and what can still be had is had.

use std::fs;

use crate::support::{Ran, TestRelay, office};

#[test]
fn a_home_without_its_keys_is_not_opened() {
    let relay = TestRelay::start();
    let office = office(&relay);
    office.json(&["status"]);
    fs::rename(office.home().join("keys"), office.path("keys")).unwrap();
    assert_eq!(office.refused(&["list"]), (5, "keys_missing".to_owned()));
    fs::rename(office.path("keys"), office.home().join("keys")).unwrap();
    office.json(&["list"]);
}

#[test]
fn a_destroyed_database_never_looks_like_success() {
    let relay = TestRelay::start();
    let office = office(&relay);
    office.record("配电房异响");
    let database = office.home().join("floorwalk.db");
    let mut bytes = fs::read(&database).unwrap();
    bytes[..100].fill(0xa5);
    fs::write(&database, bytes).unwrap();
    for args in [&["list", "--json"][..], &["status", "--json"], &["doctor", "--json"]] {
        let Ran { code, stderr, .. } = office.run(args);
        assert_eq!(code, 5, "{args:?}: {stderr}");
    }
    // The fresh database has what could be read of the damaged one, and the relay gives the rest.
    let rebuilt = office.run(&["doctor", "--rebuild", "--json"]);
    assert!(rebuilt.object()["repaired"].as_u64().unwrap() > 0, "{rebuilt:?}");
    office.json(&["sync"]);
    let listed = office.json(&["list"]);
    assert_eq!(listed["complaints"].as_array().unwrap().len(), 1, "not even unsent work is lost");
}
