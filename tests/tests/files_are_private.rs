//! Whoever else has an account on the machine reads neither a replica nor a relay.
#![allow(clippy::unwrap_used)]
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use floorwalk_tests::{BUILDING_1, Stage, files, record, sync};

fn rights(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_may_read_what_a_replica_or_a_relay_keeps() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    record(&office, BUILDING_1, "只有自己能看");
    sync(&office).await;
    for folder in [stage.home("office"), stage.relay_data()] {
        assert_eq!(rights(&folder), 0o700, "{}", folder.display());
    }
    let all = files(&stage.home("office"));
    assert!(all.iter().any(|file| file.ends_with("floorwalk.db-wal")), "it is looked at in use");
    assert!(all.iter().any(|file| file.ends_with("recovery-CS.fwr")));
    for file in all {
        assert_eq!(rights(&file), 0o600, "{}", file.display());
    }
    for name in ["relay.db", "relay.db-wal", "relay.key"] {
        assert_eq!(rights(&stage.relay_data().join(name)), 0o600, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_others_could_read_is_closed_to_them_when_it_is_opened() {
    let stage = Stage::open().await;
    drop(stage.office().await);
    let file = stage.home("office").join("floorwalk.db");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let office = stage.replica("office");
    assert_eq!(rights(&file), 0o600);
    office.status().unwrap();
}
