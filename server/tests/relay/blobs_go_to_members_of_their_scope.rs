//! Blobs: whole or not at all, and for those only who may have them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use floorwalk_wire::limits::SMALL_BLOB_BYTES_MAX;
use floorwalk_wire::message::CloseCode;
use floorwalk_wire::{BlobId, Message, ScopeId};
use serde_json::Value;

use crate::device::Device;
use crate::line::{Line, found, http, open_relay};
use crate::town::{BUILDING, ELSEWHERE, Town};

pub async fn authorization(address: std::net::SocketAddr, town: &Town, device: &Device) -> String {
    let mut line = Line::call(address, town.id, device).await;
    line.send(&Message::TicketRequest).await;
    let Some(Message::Ticket { ticket }) = line.receive().await else {
        panic!("no ticket");
    };
    format!("authorization: Floorwalk {}\r\n", URL_SAFE_NO_PAD.encode(ticket))
}

pub fn path(method: &str, scope: ScopeId, blob: &BlobId) -> String {
    format!("{method} /v1/blobs/{scope}/{blob}")
}

pub fn code(answer: (u16, Vec<u8>)) -> (u16, String) {
    let said: Value = serde_json::from_slice(&answer.1).unwrap();
    (answer.0, said["error"]["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_blob_comes_back_as_it_was_put_for_its_scope_only() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    let at = relay.local_addr();
    let mut town = Town::new(1);
    let device = town.member(3);
    found(at, &town).await;
    let (ours, admins) =
        (authorization(at, &town, &device).await, authorization(at, &town, &town.admin).await);
    let bytes: Vec<u8> = (0..60_000_u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    let blob = BlobId::derive(&bytes);

    let get = path("GET", BUILDING, &blob);
    assert_eq!(code(http(at, &get, &ours, b"").await), (404, "not_found".into()));
    let put = path("PUT", BUILDING, &blob);
    assert_eq!(http(at, &put, &ours, &bytes).await.0, 201);
    assert_eq!(http(at, &put, &ours, &bytes).await.0, 200);
    assert_eq!(http(at, &get, &ours, b"").await, (200, bytes.clone()));
    assert_eq!(http(at, &path("HEAD", BUILDING, &blob), &ours, b"").await, (200, Vec::new()));

    let elsewhere = path("GET", ELSEWHERE, &blob);
    assert_eq!(code(http(at, &elsewhere, &ours, b"").await), (403, "not_allowed".into()));
    assert_eq!(code(http(at, &elsewhere, &admins, b"").await), (404, "not_found".into()));
    assert_eq!(code(http(at, &get, "", b"").await), (401, "ticket".into()));
    let forged = format!("authorization: Floorwalk {}\r\n", URL_SAFE_NO_PAD.encode([7; 104]));
    assert_eq!(code(http(at, &get, &forged, b"").await), (401, "ticket".into()));

    // A ticket is no right: that is looked up when it is used.
    let revocation = town.revoke(&device, Vec::new());
    let mut line = Line::call(at, town.id, &town.admin).await;
    line.push(ScopeId::MEMBERSHIP, &[revocation]).await;
    assert_eq!(code(http(at, &get, &ours, b"").await), (403, "not_allowed".into()));
    assert_eq!(http(at, &get, &admins, b"").await.1, bytes);
}

#[tokio::test]
async fn wrong_and_oversized_bytes_are_refused_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    let at = relay.local_addr();
    let mut town = Town::new(1);
    let device = town.member(3);
    found(at, &town).await;
    let ours = authorization(at, &town, &device).await;
    let blob = BlobId::derive(b"right");
    let put = path("PUT", BUILDING, &blob);
    assert_eq!(code(http(at, &put, &ours, b"wrong").await), (400, "wrong_hash".into()));
    let short = path("PUT", BUILDING, &blob).replace(&blob.to_string(), "ab");
    assert_eq!(code(http(at, &short, &ours, b"right").await), (400, "bad_path".into()));
    let large = vec![7; SMALL_BLOB_BYTES_MAX + 1];
    let put_large = path("PUT", BUILDING, &BlobId::derive(&large));
    assert_eq!(code(http(at, &put_large, &ours, &large).await), (413, "too_large".into()));

    let left = std::fs::read_dir(folder.path().join("blobs/tmp")).unwrap().count();
    assert_eq!(left, 0);
    assert_eq!(http(at, &put, &ours, b"right").await.0, 201);
}

#[tokio::test]
async fn strangers_get_no_ticket() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    let town = Town::new(1);
    found(relay.local_addr(), &town).await;
    let mut line = Line::call(relay.local_addr(), town.id, &Device::new(9)).await;
    line.send(&Message::TicketRequest).await;
    assert_eq!(line.close_code().await, Some(CloseCode::NotAMember));
}
