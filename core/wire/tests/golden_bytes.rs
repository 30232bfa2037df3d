//! Golden bytes: what was written once is read for ever, and written the same again.
//!
//! A file is made, and only where none is, with `FLOORWALK_BLESS=1`.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use ed25519_dalek::SigningKey;
use floorwalk_wire::message::{
    CloseCode, Entry, EntryParcel, ListStart, Refusal, RelayIdentity, Start,
};
use floorwalk_wire::statement::{Cut, SealedKey};
use floorwalk_wire::{
    Chain, CommunityId, DeviceId, Epoch, Generation, Header, HistoryId, InvitationId, LogHead,
    Message, Parcel, ParcelId, ParcelKind, ReceiveKey, RoleCode, ScopeId, ScopeSet, Seq,
    SignedHead, Statement, StatementBody, Timestamp, VerifiedParcel, signing,
};

fn golden(name: &str, written: &[u8]) -> Vec<u8> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.hex"));
    let hex: String = written.iter().map(|byte| format!("{byte:02x}")).collect();
    if !file.exists() && std::env::var_os("FLOORWALK_BLESS").is_some() {
        std::fs::write(&file, format!("{hex}\n")).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap();
    assert_eq!(kept.trim(), hex, "{name} is written differently now");
    let digits = kept.trim().as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn head() -> LogHead {
    LogHead {
        device: DeviceId([1; 32]),
        generation: Generation([2; 8]),
        seq: Seq(3),
        parcel: ParcelId([4; 32]),
    }
}

fn chain() -> Chain {
    let start = Chain::start(&HistoryId([5; 16]), &CommunityId([6; 32]), &ScopeId([8; 16]));
    start.next(&ParcelId([4; 32]), Timestamp(1_790_000_000_000))
}

fn signed_head() -> SignedHead {
    let (history, community, scope) = (HistoryId([5; 16]), CommunityId([6; 32]), ScopeId([8; 16]));
    SignedHead::sign(history, community, scope, chain(), &key())
}

fn header(kind: ParcelKind) -> Header {
    let device = signing::device_id(&key());
    let (scope, epoch) = match kind {
        ParcelKind::Changes => (ScopeId([8; 16]), Epoch(1)),
        ParcelKind::Statement => (ScopeId::MEMBERSHIP, Epoch(0)),
    };
    let (seq, previous) = (Seq(2), ParcelId([4; 32]));
    let (community, generation) = (CommunityId::derive(&device), Generation([2; 8]));
    Header { kind, community, scope, device, generation, seq, previous, epoch }
}

#[test]
fn parcels_of_both_kinds_are_read_for_ever() {
    for (name, kind) in [("changes", ParcelKind::Changes), ("statement", ParcelKind::Statement)] {
        let signed = VerifiedParcel::sign(header(kind), b"body", &key()).unwrap();
        let kept = golden(&format!("parcel-{name}"), signed.bytes());
        let read = Parcel::parse(kept).unwrap().verify().unwrap();
        assert_eq!(read.header(), &header(kind));
        assert_eq!(read.body(), b"body");
    }
}

#[test]
fn every_statement_is_read_for_ever() {
    let (device, receive, role) = (DeviceId([1; 32]), ReceiveKey([2; 32]), RoleCode(3));
    let invitation = InvitationId([9; 32]);
    let some = ScopeSet::Some(BTreeSet::from([ScopeId([8; 16]), ScopeId([9; 16])]));
    let (scope, parcel) = (ScopeId([8; 16]), ParcelId([4; 32]));
    let cuts = vec![Cut { scope, generation: Generation([2; 8]), seq: Seq(5), parcel }];
    let keys = vec![SealedKey { recipient: receive, sealed: [10; 80] }];
    let bodies = [
        ("founding", StatementBody::Founding { recovery: receive, community_scope: scope }),
        ("certificate", StatementBody::Certificate { device, receive, role }),
        (
            "grant",
            StatementBody::Grant {
                device,
                receive,
                role,
                scopes: some,
                expires_at: Timestamp(i64::MAX),
            },
        ),
        (
            "invitation",
            StatementBody::Invitation {
                invitation,
                receive,
                role,
                scopes: ScopeSet::All,
                grant_expires_at: Timestamp(2),
                expires_at: Timestamp(1),
                welcome: vec![11; 5],
            },
        ),
        ("withdrawal", StatementBody::Withdrawal { invitation }),
        ("acceptance", StatementBody::Acceptance { invitation, receive, proof: [12; 64] }),
        ("revocation", StatementBody::Revocation { device, cuts }),
        ("rotation", StatementBody::Rotation { scope, epoch: Epoch(2), keys }),
    ];
    for (name, body) in bodies {
        let statement = Statement { lamport: 77, body };
        let kept = golden(&format!("statement-{name}"), &statement.encode());
        assert_eq!(Statement::decode(&kept).unwrap(), statement);
    }
}

#[test]
fn every_message_is_read_for_ever() {
    let relay = RelayIdentity { key: DeviceId([1; 32]), history: HistoryId([5; 16]) };
    let scope = ScopeId([8; 16]);
    let whole = EntryParcel::Whole(vec![1, 2, 3].into());
    let known = EntryParcel::Known(ParcelId([4; 32]));
    let received_at = Timestamp(1_790_000_000_000);
    let lists = vec![
        ListStart { scope, from: Start::Chain(chain()) },
        ListStart { scope: ScopeId::MEMBERSHIP, from: Start::Heads(vec![head()]) },
    ];
    let entries = vec![Entry { received_at, parcel: whole }, Entry { received_at, parcel: known }];
    let refusal = Refusal::Gap;
    let messages = [
        (
            "greeting-relay",
            Message::Greeting { version: 1, challenge: [3; 32], relay: Some(relay) },
        ),
        ("greeting-device", Message::Greeting { version: 1, challenge: [3; 32], relay: None }),
        (
            "hello",
            Message::Hello {
                community: CommunityId([6; 32]),
                device: DeviceId([1; 32]),
                proof: [12; 64],
                live: true,
                host_token: b"token".to_vec(),
            },
        ),
        ("open", Message::Open(lists)),
        ("put", Message::Put { scope, parcels: vec![vec![1].into(), vec![2, 3].into()] }),
        ("end", Message::End { round: 1 }),
        ("done", Message::Done { round: 1 }),
        ("items", Message::Items { head: signed_head(), entries }),
        ("stranger", Message::Stranger),
        (
            "refused",
            Message::Refused { scope, parcel: ParcelId([4; 32]), refusal, head: Some(head()) },
        ),
        ("cursor-unknown", Message::CursorUnknown { scope }),
        ("cursor-proof", Message::CursorProof(signed_head())),
        ("ticket-request", Message::TicketRequest),
        ("ticket", Message::Ticket { ticket: vec![13; 4] }),
        ("ping", Message::Ping),
        ("pong", Message::Pong),
        ("close", Message::Close { code: CloseCode::Revoked, retry_after_s: 30 }),
    ];
    for (name, message) in messages {
        let kept = golden(&format!("message-{name}"), &message.encode());
        assert_eq!(Message::decode(&kept).unwrap(), message);
    }
}

#[test]
fn a_signed_head_and_its_chain_stay_the_same() {
    let head = signed_head();
    let mut writer = floorwalk_wire::codec::Writer::default();
    head.write(&mut writer);
    let kept = golden("signed-head", &writer.finish());
    let read = SignedHead::read(&mut floorwalk_wire::codec::Reader::new(&kept)).unwrap();
    assert_eq!(read, head);
    read.verify(&signing::device_id(&key())).unwrap();
}
