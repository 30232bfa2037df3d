//! Whoever says nothing, says it too slowly, or says too much, does not keep a place.

use std::time::Duration;

use floorwalk_server::Limits;
use floorwalk_wire::Message;
use floorwalk_wire::message::CloseCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::device::Device;
use crate::line::{Line, found, http, relay_with};
use crate::town::{BUILDING, Town};

const SHORT: Duration = Duration::from_millis(100);

#[tokio::test]
async fn an_unfinished_request_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { request_timeout: SHORT, ..Limits::default() };
    let relay = relay_with(folder.path(), limits).await;
    let mut slow = TcpStream::connect(relay.local_addr()).await.unwrap();
    slow.write_all(b"GET /livez HTTP/1.1\r\nhost: re").await.unwrap();
    let mut rest = Vec::new();
    slow.read_to_end(&mut rest).await.unwrap();
    assert!(!rest.starts_with(b"HTTP/1.1 200"));
    assert_eq!(http(relay.local_addr(), "GET /livez", "", b"").await.0, 200);
}

#[tokio::test]
async fn a_session_has_to_say_who_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { hello_timeout: SHORT, ..Limits::default() };
    let relay = relay_with(folder.path(), limits).await;
    let mut silent = Line::connect(relay.local_addr()).await;
    assert_eq!(silent.close_code().await, Some(CloseCode::Protocol));
}

#[tokio::test]
async fn a_stranger_does_not_stay() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { silence_max: SHORT, ping_after: SHORT / 4, ..Limits::default() };
    let relay = relay_with(folder.path(), limits).await;
    let town = Town::new(1);
    found(relay.local_addr(), &town).await;
    // It answers every ping, and still has to go.
    let mut stranger = Line::live(relay.local_addr(), town.id, &Device::new(9)).await;
    assert_eq!(stranger.close_code().await, Some(CloseCode::NotAMember));
}

#[tokio::test]
async fn a_member_that_does_not_answer_is_given_up_and_one_that_does_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { silence_max: SHORT * 4, ping_after: SHORT, ..Limits::default() };
    let relay = relay_with(folder.path(), limits).await;
    let mut town = Town::new(1);
    let mut device = town.member(3);
    found(relay.local_addr(), &town).await;
    let mut answers = Line::live(relay.local_addr(), town.id, &town.admin).await;
    answers.open_all(&[BUILDING]).await;
    answers.end().await;

    // A socket that is open and never read: nobody answers its pings.
    let mut gone = TcpStream::connect(relay.local_addr()).await.unwrap();
    let upgrade = "GET /v1/sync HTTP/1.1\r\nhost: relay\r\nconnection: upgrade\r\n\
        upgrade: websocket\r\nsec-websocket-version: 13\r\n\
        sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    gone.write_all(upgrade.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    // The one that answers reads on meanwhile, and stays.
    tokio::select! {
        end = gone.read_to_end(&mut heard) => drop(end.unwrap()),
        message = answers.receive() => panic!("who answers was told {message:?}"),
    }
    let parcel = device.write(town.id, BUILDING, b"news");
    let mut line = Line::call(relay.local_addr(), town.id, &device).await;
    line.push(BUILDING, &[parcel]).await;
    assert!(matches!(answers.receive().await, Some(Message::Items { .. })));
}

#[tokio::test]
async fn a_flood_is_cut_off_and_its_sender_may_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { budget_messages_max: 100, ..Limits::default() };
    let relay = relay_with(folder.path(), limits).await;
    let town = Town::new(1);
    found(relay.local_addr(), &town).await;
    let mut flood = Line::call(relay.local_addr(), town.id, &town.admin).await;
    for _ in 0..200 {
        flood.send(&Message::Ping).await;
    }
    assert_eq!(flood.close_code().await, Some(CloseCode::TooMuch));
    let mut calm = Line::call(relay.local_addr(), town.id, &town.admin).await;
    assert!(calm.end().await.closed.is_none());
}

#[tokio::test]
async fn a_device_has_a_few_sessions_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { sessions_per_device_max: 2, ..Limits::default() };
    let relay = relay_with(folder.path(), limits).await;
    let town = Town::new(1);
    found(relay.local_addr(), &town).await;
    let mut lines = Vec::new();
    for _ in 0..2 {
        let mut line = Line::call(relay.local_addr(), town.id, &town.admin).await;
        assert!(line.end().await.closed.is_none());
        lines.push(line);
    }
    let mut third = Line::call(relay.local_addr(), town.id, &town.admin).await;
    assert_eq!(third.close_code().await, Some(CloseCode::TooMuch));
}
