//! A relay that is told to stop tells its sessions, finishes and leaves its files in order.

use floorwalk_wire::message::CloseCode;

use crate::line::{Line, found, http, open_relay};
use crate::town::{BUILDING, Town};

#[cfg(unix)]
#[tokio::test]
async fn sigterm_closes_sessions_and_exits_with_zero() {
    let folder = tempfile::tempdir().unwrap();
    let process = crate::process::Process::start(folder.path());
    let town = Town::new(1);
    found(process.address, &town).await;
    let mut live = Line::live(process.address, town.id, &town.admin).await;
    live.open_all(&[BUILDING]).await;
    live.end().await;
    assert_eq!(http(process.address, "GET /readyz", "", b"").await.0, 200);
    process.terminate();
    assert_eq!(live.close_code().await, Some(CloseCode::GoingAway));
    assert!(process.wait().success());
    assert!(!folder.path().join("relay.db-wal").exists(), "the log was not emptied");
}

#[tokio::test]
async fn a_stopped_relay_frees_its_folder_for_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    let (town, history) = (Town::new(1), relay.history_id());
    found(relay.local_addr(), &town).await;
    let mut live = Line::live(relay.local_addr(), town.id, &town.admin).await;
    live.end().await;
    relay.stop().await;
    assert_eq!(live.close_code().await, Some(CloseCode::GoingAway));
    let relay = open_relay(folder.path()).await;
    assert_eq!(relay.history_id(), history);
    let second = floorwalk_server::Relay::start(crate::line::open_config(folder.path())).await;
    assert!(matches!(second, Err(floorwalk_server::Error::InUse(_))));
}
