//! A line to a relay: raw messages over a WebSocket, raw requests over HTTP, and relays to call.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use floorwalk_server::{Config, Limits, Relay, RunningRelay, TlsMode};
use floorwalk_wire::message::{
    CloseCode, Entry, EntryParcel, ListStart, Refusal, RelayIdentity, Start,
};
use floorwalk_wire::signing::{self, Domain};
use floorwalk_wire::{
    Chain, CommunityId, LogHead, Message, ParcelId, ScopeId, SignedHead, VerifiedParcel,
};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::device::Device;
use crate::town::Town;

/// Longer than anything here takes; a test that reaches it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A relay without TLS where anybody may found.
pub async fn open_relay(data: &Path) -> RunningRelay {
    relay_with(data, Limits::default()).await
}

/// The same with limits of its own.
pub async fn relay_with(data: &Path, limits: Limits) -> RunningRelay {
    Relay::start(Config { limits, ..open_config(data) }).await.unwrap()
}

/// A relay without TLS where anybody may found, on a free port.
pub fn open_config(data: &Path) -> Config {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    Config { open: true, tls: TlsMode::Off, ..Config::new(data, any) }
}

/// A session from the peer's end.
pub struct Line {
    socket: WebSocketStream<TcpStream>,
    pub relay: RelayIdentity,
    challenge: [u8; 32],
    round: u32,
    pub bytes: usize,
    pub messages: usize,
}

/// What a round brought.
#[derive(Default)]
pub struct Round {
    pub items: BTreeMap<ScopeId, Vec<(SignedHead, Vec<Entry>)>>,
    pub refused: Vec<(ParcelId, Refusal, Option<LogHead>)>,
    pub unknown_cursors: Vec<ScopeId>,
    pub closed: Option<CloseCode>,
}

impl Line {
    /// Connects and takes the greeting.
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (socket, _) = client_async(format!("ws://{address}/v1/sync"), stream).await.unwrap();
        let relay = RelayIdentity {
            key: floorwalk_wire::DeviceId([0; 32]),
            history: floorwalk_wire::HistoryId([0; 16]),
        };
        let mut line = Self { socket, relay, challenge: [0; 32], round: 0, bytes: 0, messages: 0 };
        match line.receive().await {
            Some(Message::Greeting { challenge, relay: Some(relay), .. }) => {
                line.challenge = challenge;
                line.relay = relay;
            }
            other => panic!("no greeting but {other:?}"),
        }
        line
    }

    /// Connects as a device.
    pub async fn call(address: SocketAddr, community: CommunityId, device: &Device) -> Self {
        let mut line = Self::connect(address).await;
        line.hello(community, device, false, b"").await;
        line
    }

    /// Connects as a device that stays.
    pub async fn live(address: SocketAddr, community: CommunityId, device: &Device) -> Self {
        let mut line = Self::connect(address).await;
        line.hello(community, device, true, b"").await;
        line
    }

    pub async fn hello(
        &mut self,
        community: CommunityId,
        device: &Device,
        live: bool,
        token: &[u8],
    ) {
        let parts = [&self.challenge[..], &self.relay.key.0, &community.0];
        let proof = signing::sign(Domain::Hello, &parts, &device.key);
        let (device, host_token) = (device.id(), token.to_vec());
        self.send(&Message::Hello { community, device, proof, live, host_token }).await;
    }

    pub async fn send(&mut self, message: &Message) {
        let bytes = message.encode();
        self.bytes += bytes.len();
        self.messages += 1;
        self.send_frame(Frame::binary(bytes)).await;
    }

    /// The relay may have hung up already; what it said is read later.
    pub async fn send_frame(&mut self, frame: Frame) {
        let _ = timeout(PATIENCE, self.socket.send(frame)).await.expect("the relay reads");
    }

    /// The next message; none when the relay has hung up.
    pub async fn receive(&mut self) -> Option<Message> {
        loop {
            match timeout(PATIENCE, self.socket.next()).await.expect("the relay speaks") {
                Some(Ok(Frame::Binary(bytes))) => {
                    self.bytes += bytes.len();
                    self.messages += 1;
                    return Some(Message::decode(&bytes).unwrap());
                }
                Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => {}
                None | Some(_) => return None,
            }
        }
    }

    /// Reads until the relay closes.
    pub async fn close_code(&mut self) -> Option<CloseCode> {
        while let Some(message) = self.receive().await {
            if let Message::Close { code, .. } = message {
                return Some(code);
            }
        }
        None
    }

    pub async fn open(&mut self, lists: Vec<ListStart>) {
        self.send(&Message::Open(lists)).await;
    }

    /// Reads lists from their start.
    pub async fn open_all(&mut self, scopes: &[ScopeId]) {
        let from = Start::Heads(Vec::new());
        self.open(scopes.iter().map(|&scope| ListStart { scope, from: from.clone() }).collect())
            .await;
    }

    pub async fn put(&mut self, scope: ScopeId, parcels: &[VerifiedParcel]) {
        for part in parcels.chunks(64) {
            let parcels = part.iter().map(|parcel| parcel.bytes().clone()).collect();
            self.send(&Message::Put { scope, parcels }).await;
        }
    }

    /// Ends a round and hears all that it brings.
    pub async fn end(&mut self) -> Round {
        self.round += 1;
        self.send(&Message::End { round: self.round }).await;
        let mut round = Round::default();
        loop {
            match self.receive().await {
                Some(Message::Done { round: done }) => {
                    assert_eq!(done, self.round);
                    return round;
                }
                Some(Message::Items { head, entries }) => {
                    round.items.entry(head.scope).or_default().push((head, entries));
                }
                Some(Message::Refused { parcel, refusal, head, .. }) => {
                    round.refused.push((parcel, refusal, head));
                }
                Some(Message::CursorUnknown { scope }) => round.unknown_cursors.push(scope),
                Some(Message::Close { code, .. }) => {
                    round.closed = Some(code);
                    return round;
                }
                other => panic!("unexpected {other:?}"),
            }
        }
    }

    /// Puts parcels and ends the round.
    pub async fn push(&mut self, scope: ScopeId, parcels: &[VerifiedParcel]) -> Round {
        self.put(scope, parcels).await;
        self.end().await
    }
}

impl Round {
    /// The ids of a list that was read from its start, with the relay's promise checked.
    pub fn ids(
        &self,
        scope: ScopeId,
        community: CommunityId,
        relay: &RelayIdentity,
    ) -> Vec<ParcelId> {
        let mut chain = Chain::start(&relay.history, &community, &scope);
        let mut ids = Vec::new();
        for (head, entries) in self.items.get(&scope).into_iter().flatten() {
            for entry in entries {
                let id = entry_id(entry);
                chain = chain.next(&id, entry.received_at);
                ids.push(id);
            }
            assert_eq!(head.chain, chain, "the chain does not hold");
            head.verify(&relay.key).unwrap();
        }
        ids
    }

    /// How many entries came without their bytes: receipts, where the peer had put them.
    pub fn receipts(&self, scope: ScopeId) -> usize {
        let entries = self.items.get(&scope).into_iter().flatten().flat_map(|(_, entries)| entries);
        entries.filter(|entry| matches!(entry.parcel, EntryParcel::Known(_))).count()
    }

    pub fn refusals(&self) -> Vec<Refusal> {
        self.refused.iter().map(|(_, refusal, _)| *refusal).collect()
    }
}

pub fn entry_id(entry: &Entry) -> ParcelId {
    match &entry.parcel {
        EntryParcel::Whole(bytes) => ParcelId::derive(bytes),
        EntryParcel::Known(id) => *id,
    }
}

pub fn ids(parcels: &[VerifiedParcel]) -> Vec<ParcelId> {
    parcels.iter().map(VerifiedParcel::id).collect()
}

/// Has a community hosted, with all statements so far.
pub async fn found(address: SocketAddr, town: &Town) {
    let mut line = Line::call(address, town.id, &town.admin).await;
    let round = line.push(ScopeId::MEMBERSHIP, &town.statements).await;
    assert!(round.refused.is_empty() && round.closed.is_none(), "{:?}", round.refused);
}

/// All of a list, as a device gets it.
pub async fn read(
    address: SocketAddr,
    town: &Town,
    device: &Device,
    scope: ScopeId,
) -> Vec<ParcelId> {
    let mut line = Line::call(address, town.id, device).await;
    line.open_all(&[scope]).await;
    let round = line.end().await;
    round.ids(scope, town.id, &line.relay)
}

/// Says a request over a connection of its own; returns the status and the body.
pub async fn http(
    address: SocketAddr,
    method_and_path: &str,
    headers: &str,
    body: &[u8],
) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let head = format!(
        "{method_and_path} HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\
         content-length: {length}\r\n{headers}\r\n"
    );
    let mut request = head.into_bytes();
    request.extend_from_slice(body);
    exchange(&mut stream, &request).await
}

/// The same, with the answer's headers, their names in small letters.
pub async fn request(
    address: SocketAddr,
    method_and_path: &str,
    headers: &str,
    body: &[u8],
) -> (u16, BTreeMap<String, String>, Vec<u8>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let head = format!(
        "{method_and_path} HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\
         content-length: {length}\r\n{headers}\r\n"
    );
    let _ = stream.write_all(&[head.as_bytes(), body].concat()).await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("an answer");
    let split = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&answer[..split]).into_owned();
    let status = head[9..12].parse().unwrap();
    let pairs = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    let headers = pairs.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    (status, headers, answer[split + 4..].to_vec())
}

/// Says raw bytes and reads the answer to its end.
pub async fn exchange(stream: &mut TcpStream, request: &[u8]) -> (u16, Vec<u8>) {
    // The relay may answer before it has heard everything.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("an answer");
    let split = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let Some(split) = split else {
        return (0, answer);
    };
    let status = String::from_utf8_lossy(&answer[9..12]).parse().unwrap();
    (status, answer[split + 4..].to_vec())
}
