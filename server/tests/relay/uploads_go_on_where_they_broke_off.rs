//! Large blobs arrive by tus 1.0.0, whatever breaks; room is kept exactly; what was erased is gone.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use floorwalk_server::Limits;
use floorwalk_wire::{BlobId, RoleCode};
use sha1::{Digest, Sha1};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::blobs_go_to_members_of_their_scope::{authorization, code, path};
use crate::device::Device;
use crate::line::{Line, found, http, ids, open_relay, read, relay_with, request};
use crate::process::{Process, ask};
use crate::town::{BUILDING, ELSEWHERE, Town};

const TUS: &str = "tus-resumable: 1.0.0\r\n";
const OFFSET_TYPE: &str = "content-type: application/offset+octet-stream\r\n";

/// A device's way to upload.
struct Uploader {
    at: SocketAddr,
    ticket: String,
}

type Answer = (u16, BTreeMap<String, String>, Vec<u8>);

impl Uploader {
    async fn of(at: SocketAddr, town: &Town, device: &Device) -> Self {
        Self { at, ticket: authorization(at, town, device).await }
    }

    async fn create(&self, blob: &BlobId, length: usize) -> Answer {
        let encode = |text: String| STANDARD.encode(text);
        let metadata =
            format!("scope {},blob {}", encode(BUILDING.to_string()), encode(blob.to_string()));
        let headers = format!(
            "{TUS}{}upload-length: {length}\r\nupload-metadata: {metadata}\r\n",
            self.ticket
        );
        request(self.at, "POST /v1/blobs", &headers, b"").await
    }

    /// The address of a new upload.
    async fn begin(&self, blob: &BlobId, length: usize) -> String {
        let (status, headers, body) = self.create(blob, length).await;
        assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
        assert!(headers["upload-expires"].ends_with(" GMT"));
        headers["location"].clone()
    }

    async fn patch(&self, upload: &str, offset: usize, more: &str, bytes: &[u8]) -> Answer {
        let headers = format!("{TUS}{}{OFFSET_TYPE}upload-offset: {offset}\r\n{more}", self.ticket);
        request(self.at, &format!("PATCH {upload}"), &headers, bytes).await
    }

    /// How far an upload is; none when it is not there any more.
    async fn offset(&self, upload: &str) -> Option<usize> {
        let headers = format!("{TUS}{}", self.ticket);
        let (status, headers, _) = request(self.at, &format!("HEAD {upload}"), &headers, b"").await;
        (status == 200).then(|| headers["upload-offset"].parse().unwrap())
    }

    async fn get(&self, blob: &BlobId) -> (u16, Vec<u8>) {
        http(self.at, &path("GET", BUILDING, blob), &self.ticket, b"").await
    }
}

fn photo(seed: u32, length: u32) -> Vec<u8> {
    (0..length).map(|n| ((n ^ seed).wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

/// A relay's figures of a community's room: used and reserved.
fn room(data: &Path, town: &Town) -> (u64, u64) {
    let (status, said) = ask(&["quota", &town.id.to_string(), "--data", data.to_str().unwrap()]);
    assert_eq!(status, 0, "{said}");
    let of = |key: &str| said["quota"][key].as_u64().unwrap();
    (of("used"), of("reserved"))
}

#[tokio::test]
async fn an_upload_is_a_blob_when_length_and_hash_are_right() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    let at = relay.local_addr();
    let mut town = Town::new(1);
    let (device, other) = (town.member(3), town.member(4));
    found(at, &town).await;
    let (ours, others) =
        (Uploader::of(at, &town, &device).await, Uploader::of(at, &town, &other).await);
    let bytes = photo(1, 300_000);
    let blob = BlobId::derive(&bytes);

    let upload = ours.begin(&blob, bytes.len()).await;
    assert_eq!(room(folder.path(), &town), (0, 300_000));
    assert_eq!(ours.begin(&blob, bytes.len()).await, upload, "the same one is found again");
    assert_eq!(ours.offset(&upload).await, Some(0));
    assert_eq!(others.offset(&upload).await, None, "an upload is its device's");
    let (status, headers, _) = ours.patch(&upload, 0, "", &bytes[..100_000]).await;
    assert_eq!((status, headers["upload-offset"].as_str()), (204, "100000"));
    let wrong = ours.patch(&upload, 5, "", b"x").await;
    assert_eq!(code((wrong.0, wrong.2)), (409, "wrong_offset".into()));
    assert_eq!(ours.get(&blob).await.0, 404, "half of it is nothing");

    let sha1 = STANDARD.encode(Sha1::digest(&bytes[100_000..200_000]));
    let sum = format!("upload-checksum: sha1 {sha1}\r\n");
    let broken = ours.patch(&upload, 100_000, &sum, &photo(9, 100_000)).await;
    assert_eq!(code((broken.0, broken.2)), (460, "checksum".into()));
    assert_eq!(ours.offset(&upload).await, Some(100_000));
    assert_eq!(ours.patch(&upload, 100_000, &sum, &bytes[100_000..200_000]).await.0, 204);
    assert_eq!(ours.patch(&upload, 200_000, "", &bytes[200_000..]).await.0, 204);
    assert_eq!(ours.get(&blob).await, (200, bytes.clone()));
    assert_eq!(room(folder.path(), &town), (300_000, 0));
    let again = ours.create(&blob, bytes.len()).await;
    assert_eq!(code((again.0, again.2)), (409, "exists".into()));

    let liar = ours.begin(&BlobId::derive(b"something else"), 100_000).await;
    let refused = ours.patch(&liar, 0, "", &photo(2, 100_000)).await;
    assert_eq!(code((refused.0, refused.2)), (400, "wrong_hash".into()));
    assert_eq!(ours.offset(&liar).await, None);
    let ended = ours.begin(&BlobId::derive(b"ended"), 100_000).await;
    let headers = format!("{TUS}{}", ours.ticket);
    assert_eq!(http(at, &format!("DELETE {ended}"), &headers, b"").await.0, 204);
    assert_eq!(room(folder.path(), &town), (300_000, 0), "what ended takes no room");
    assert_eq!(std::fs::read_dir(folder.path().join("blobs/tmp")).unwrap().count(), 0);
}

#[tokio::test]
async fn the_protocols_words_are_kept_to() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    let at = relay.local_addr();
    let mut town = Town::new(1);
    let device = town.member(3);
    found(at, &town).await;
    let ours = Uploader::of(at, &town, &device).await;
    let (status, headers, _) = request(at, "OPTIONS /v1/blobs", "", b"").await;
    assert_eq!((status, headers["tus-version"].as_str()), (204, "1.0.0"));
    assert_eq!(headers["tus-extension"], "creation,expiration,checksum,termination");

    let blob = BlobId::derive(&photo(1, 1000));
    let upload = ours.begin(&blob, 1000).await;
    let old = format!("{}tus-resumable: 0.2.2\r\n", ours.ticket);
    let (status, headers, _) = request(at, &format!("HEAD {upload}"), &old, b"").await;
    assert_eq!((status, headers["tus-version"].as_str()), (412, "1.0.0"));
    let typeless = format!("{TUS}{}upload-offset: 0\r\n", ours.ticket);
    assert_eq!(request(at, &format!("PATCH {upload}"), &typeless, b"x").await.0, 415);
    let lengthless = format!("{TUS}{}", ours.ticket);
    assert_eq!(request(at, "POST /v1/blobs", &lengthless, b"").await.0, 400);
    assert_eq!(ours.create(&blob, 1 << 40).await.0, 413);
    assert_eq!(request(at, &format!("HEAD {upload}"), TUS, b"").await.0, 401);
    let longer = ours.patch(&upload, 0, "", &photo(1, 1001)).await;
    assert_eq!(code((longer.0, longer.2)), (413, "too_large".into()));

    let upload = ours.begin(&BlobId::derive(&photo(2, 1000)), 1000).await;
    let posted = format!(
        "{TUS}{}{OFFSET_TYPE}upload-offset: 0\r\nx-http-method-override: PATCH\r\n",
        ours.ticket
    );
    let (status, ..) = request(at, &format!("POST {upload}"), &posted, &photo(2, 1000)).await;
    assert_eq!(status, 204);
}

#[tokio::test]
async fn what_came_before_a_line_broke_or_the_relay_was_killed_need_not_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut town = Town::new(1);
    let device = town.member(3);
    let mut process = Process::start(folder.path());
    found(process.address, &town).await;
    let mut ours = Uploader::of(process.address, &town, &device).await;
    let bytes = photo(3, 2_000_000);
    let blob = BlobId::derive(&bytes);
    let upload = ours.begin(&blob, bytes.len()).await;
    let (mut offset, mut sent, mut round) = (0, 0, 0);
    while offset < bytes.len() {
        // Less is sent than is announced, and then the line or the relay is gone.
        let piece = &bytes[offset..(offset + 150_000).min(bytes.len())];
        let left = bytes.len() - offset;
        let head = format!(
            "PATCH {upload} HTTP/1.1\r\nhost: relay\r\ncontent-length: {left}\r\n\
             {TUS}{}{OFFSET_TYPE}upload-offset: {offset}\r\n\r\n",
            ours.ticket
        );
        let mut stream = TcpStream::connect(ours.at).await.unwrap();
        stream.write_all(&[head.as_bytes(), piece].concat()).await.unwrap();
        stream.flush().await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer).await;
        sent += piece.len();
        round += 1;
        if round % 3 == 0 {
            process.kill();
            process = Process::start(folder.path());
            ours = Uploader::of(process.address, &town, &device).await;
        }
        offset = match ours.offset(&upload).await {
            Some(offset) => offset,
            None => bytes.len(),
        };
    }
    assert_eq!(sent, bytes.len(), "every byte came once");
    assert_eq!(ours.get(&blob).await, (200, bytes));
    assert_eq!(room(folder.path(), &town), (2_000_000, 0));
}

#[tokio::test]
async fn an_upload_that_nobody_goes_on_with_expires_and_gives_its_room_back() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits {
        upload_life: Duration::from_millis(300),
        upload_sweep: Duration::from_millis(50),
        ..Limits::default()
    };
    let relay = relay_with(folder.path(), limits).await;
    let mut town = Town::new(1);
    let device = town.member(3);
    found(relay.local_addr(), &town).await;
    let ours = Uploader::of(relay.local_addr(), &town, &device).await;
    let upload = ours.begin(&BlobId::derive(b"left"), 90_000).await;
    assert_eq!(ours.patch(&upload, 0, "", &photo(4, 10_000)).await.0, 204);
    let waiting = async {
        while ours.offset(&upload).await.is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("it expires");
    assert_eq!(room(folder.path(), &town), (0, 0));
}

#[tokio::test]
async fn a_quota_bounds_photos_and_text_flows_on() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    let at = relay.local_addr();
    let mut town = Town::new(1);
    let mut device = town.member(3);
    found(at, &town).await;
    let ours = Uploader::of(at, &town, &device).await;
    let id = town.id.to_string();
    let data = folder.path().to_str().unwrap();
    assert_eq!(ask(&["quota", &id, "--bytes", "250000", "--data", data]).0, 0);

    let small = photo(5, 50_000);
    let put = path("PUT", BUILDING, &BlobId::derive(&small));
    assert_eq!(http(at, &put, &ours.ticket, &small).await.0, 201);
    let upload = ours.begin(&BlobId::derive(b"fits"), 200_000).await;
    let over = ours.create(&BlobId::derive(b"over"), 1).await;
    assert_eq!(code((over.0, over.2)), (507, "quota".into()));
    let more = photo(6, 10);
    let put = path("PUT", BUILDING, &BlobId::derive(&more));
    assert_eq!(code(http(at, &put, &ours.ticket, &more).await), (507, "quota".into()));
    let parcel = device.write(town.id, BUILDING, b"words");
    let mut line = Line::call(at, town.id, &device).await;
    assert!(line.push(BUILDING, std::slice::from_ref(&parcel)).await.refused.is_empty());
    assert_eq!(read(at, &town, &device, BUILDING).await, ids(&[parcel]));

    let headers = format!("{TUS}{}", ours.ticket);
    assert_eq!(http(at, &format!("DELETE {upload}"), &headers, b"").await.0, 204);
    assert_eq!(http(at, &put, &ours.ticket, &more).await.0, 201, "room is free again");
    assert_eq!(room(folder.path(), &town), (50_010, 0));
}

#[tokio::test]
async fn parts_of_a_blob_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    let at = relay.local_addr();
    let mut town = Town::new(1);
    let device = town.member(3);
    found(at, &town).await;
    let ours = Uploader::of(at, &town, &device).await;
    let (large, small) = (photo(7, 200_000), photo(8, 5_000));
    let upload = ours.begin(&BlobId::derive(&large), large.len()).await;
    assert_eq!(ours.patch(&upload, 0, "", &large).await.0, 204);
    let put = path("PUT", BUILDING, &BlobId::derive(&small));
    assert_eq!(http(at, &put, &ours.ticket, &small).await.0, 201);
    for bytes in [large, small] {
        let get = path("GET", BUILDING, &BlobId::derive(&bytes));
        let size = bytes.len();
        for (range, from, to) in [("1000-", 1000, size), ("0-0", 0, 1), ("4000-4999", 4000, 5000)] {
            let headers = format!("{}range: bytes={range}\r\n", ours.ticket);
            let (status, headers, body) = request(at, &get, &headers, b"").await;
            assert_eq!((status, &body[..]), (206, &bytes[from..to]), "{range} of {size}");
            assert_eq!(headers["content-range"], format!("bytes {from}-{}/{size}", to - 1));
        }
        let headers = format!("{}range: bytes={size}-\r\n", ours.ticket);
        assert_eq!(request(at, &get, &headers, b"").await.0, 416);
    }
}

#[tokio::test]
async fn who_may_erases_for_good_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut town = Town::new(1);
    let (rep, office) = (town.member(3), town.member_as(4, RoleCode(3)));
    let process = Process::start(folder.path());
    found(process.address, &town).await;
    let at = process.address;
    let reps = Uploader::of(at, &town, &rep).await;
    let offices = Uploader::of(at, &town, &office).await;
    let large = [&b"the canary sings "[..], &photo(9, 200_000)].concat();
    let small = b"a small canary, sealed".to_vec();
    let upload = reps.begin(&BlobId::derive(&large), large.len()).await;
    assert_eq!(reps.patch(&upload, 0, "", &large).await.0, 204);
    let put = path("PUT", BUILDING, &BlobId::derive(&small));
    assert_eq!(http(at, &put, &reps.ticket, &small).await.0, 201);
    let unfinished = reps.begin(&BlobId::derive(b"on its way"), 100_000).await;

    let delete = |blob: &BlobId| path("DELETE", BUILDING, blob);
    for bytes in [&large, &small] {
        let blob = BlobId::derive(bytes);
        let refused = http(at, &delete(&blob), &reps.ticket, b"").await;
        assert_eq!(code(refused), (403, "not_allowed".into()));
        assert_eq!(reps.get(&blob).await.0, 200);
        for _ in 0..2 {
            assert_eq!(http(at, &delete(&blob), &offices.ticket, b"").await.0, 204);
        }
        assert_eq!(code(reps.get(&blob).await), (410, "erased".into()));
        let late = reps.create(&blob, bytes.len()).await;
        assert_eq!(code((late.0, late.2)), (410, "erased".into()));
    }
    assert_eq!(code(http(at, &put, &reps.ticket, &small).await), (410, "erased".into()));
    let elsewhere = path("DELETE", ELSEWHERE, &BlobId::derive(&large));
    assert_eq!(http(at, &elsewhere, &offices.ticket, b"").await.0, 403);
    let on_its_way = BlobId::derive(b"on its way");
    assert_eq!(http(at, &delete(&on_its_way), &offices.ticket, b"").await.0, 204);
    assert_eq!(reps.offset(&unfinished).await, None);
    process.terminate();
    process.wait();
    assert_eq!(room(folder.path(), &town), (0, 0));
    assert_eq!(scan(folder.path(), b"canary"), Vec::<String>::new());
}

/// The files below a folder that hold some bytes.
fn scan(folder: &Path, canary: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(scan(&path, canary));
        } else if std::fs::read(&path).unwrap().windows(canary.len()).any(|some| some == canary) {
            found.push(path.display().to_string());
        }
    }
    found
}
