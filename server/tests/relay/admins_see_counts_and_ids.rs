//! The admin's commands work beside a running relay, and the public pages tell no secrets.

use floorwalk_wire::statement::Cut;

use crate::line::{Line, found, http};
use crate::process::{Process, ask};
use crate::town::{BUILDING, PAST, Town};

#[tokio::test]
async fn communities_devices_and_tokens_are_told_while_the_relay_runs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let process = Process::start(folder.path());
    let mut town = Town::new(1);
    let (mut writer, revoked) = (town.member(3), town.member(4));
    let expired = crate::device::Device::new(5);
    town.grant(&expired, PAST);
    town.revoke(&revoked, Vec::<Cut>::new());
    found(process.address, &town).await;
    let parcel = writer.write(town.id, BUILDING, &[0; 500]);
    let mut line = Line::call(process.address, town.id, &writer).await;
    line.push(BUILDING, std::slice::from_ref(&parcel)).await;

    let (status, said) = ask(&["communities", "--data", data]);
    assert_eq!(status, 0);
    let community = &said["communities"][0];
    assert_eq!(community["community"], town.id.to_string());
    assert_eq!(community["devices"], 3);
    assert_eq!(community["parcels"], town.statements.len() + 1);
    assert!(community["bytes"].as_u64().unwrap() > 740);
    assert!(community["created_at"].as_str().unwrap().ends_with('Z'));

    let (_, said) = ask(&["devices", &town.id.to_string(), "--data", data]);
    let devices = said["devices"].as_array().unwrap();
    let of = |id: floorwalk_wire::DeviceId| {
        devices.iter().find(|device| device["device"] == id.to_string()).unwrap()
    };
    assert_eq!(devices.len(), 4);
    assert_eq!(of(town.admin.id())["admin"], true);
    assert_eq!(of(revoked.id())["revoked"], true);
    assert_eq!(of(expired.id())["expires_at"], "1970-01-01T00:00:00Z");
    assert!(of(writer.id())["last_seen"].is_string());
    assert!(of(revoked.id())["last_seen"].is_null());

    let (status, said) = ask(&["host-token", "--data", data]);
    assert_eq!(status, 0);
    assert!(said["token"].as_str().unwrap().len() >= 32 && said["expires_at"].is_string());
    let (status, said) = ask(&["devices", &"ab".repeat(32), "--data", data]);
    assert_eq!((status, &said["error"]["code"]), (2, &"unknown_community".into()));
    let (status, said) = ask(&["communities", "--data", "/nowhere"]);
    assert_eq!((status, &said["error"]["code"]), (2, &"no_data".into()));
    let (status, said) = ask(&["communities", "--dta", data]);
    assert_eq!((status, &said["error"]["code"]), (2, &"usage".into()));
}

#[tokio::test]
async fn pages_are_there_and_others_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let relay = crate::line::open_relay(folder.path()).await;
    let at = relay.local_addr();
    for path in ["/livez", "/readyz"] {
        assert_eq!(http(at, &format!("GET {path}"), "", b"").await.0, 200);
    }
    let (status, page) = http(at, "GET /join", "", b"").await;
    let page = String::from_utf8(page).unwrap();
    assert_eq!(status, 200);
    assert!(page.contains("巡楼") && page.contains("floorwalk join") && !page.contains("<script"));
    assert_eq!(http(at, "GET /metrics", "", b"").await.0, 404);
    assert_eq!(http(at, "POST /livez", "", b"").await.0, 405);
    // What a browser gets that opens the sync address.
    assert_eq!(http(at, "GET /v1/sync", "", b"").await.0, 426);
}
