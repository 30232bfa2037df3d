//! Bytes that stay readable for ever: a recorded complaint, its pack, and an event's text.
//!
//! A difference here is a new format, which old replicas cannot read: do not renew the files.
#![allow(clippy::unwrap_used)]

#[path = "support/world.rs"]
mod world;

use floorwalk_complaint::{Document, DocumentKind, EventKind, pack, pack_heads, unpack};
use serde_json::json;
use world::{REP, actor, admitted, authors};

fn golden(name: &str, bytes: &[u8]) -> Vec<u8> {
    let path = format!("{}/tests/golden/{name}.hex", env!("CARGO_MANIFEST_DIR"));
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept.trim(), hex, "{name}");
    let digits = kept.trim().as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.map(byte).collect()
}

fn story() -> (Document, Vec<Vec<u8>>) {
    let (mut document, first) = world::recorded();
    let mut event = world::event(EventKind::FollowedUp);
    event.set.insert("satisfied".to_owned(), json!(false));
    event.note = Some("仍不亮".to_owned());
    let second = document.act(&actor(REP), &event, 1_788_000_000).unwrap().1;
    let third = document.edit(&actor(REP), &world::field("room", "1205"), 0).unwrap().unwrap();
    (document, vec![first, second, third])
}

#[test]
fn changes_and_packs_are_their_golden_bytes() {
    let (document, changes) = story();
    let changes: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
    golden("change-recorded", changes[0]);
    golden("change-event", changes[1]);
    let packed = pack(DocumentKind::Complaint, &actor(REP), &changes).unwrap();
    let packed = golden("pack", &packed);
    let back = unpack(DocumentKind::Complaint, &actor(REP), &packed).unwrap();
    assert_eq!(pack_heads(DocumentKind::Complaint, &actor(REP), &packed), document.heads());
    let after = admitted(&Document::empty(DocumentKind::Complaint), back);
    assert_eq!(after.document.fold(&authors), document.fold(&authors));
}

#[test]
fn an_events_text_is_its_golden_text() {
    let (_, changes) = story();
    let text = r#"{"kind":"followed_up","at":"2026-09-04T10:00:00+08:00","set":{"satisfied":false},"note":"仍不亮"}"#;
    let found = changes[1].windows(text.len()).any(|window| window == text.as_bytes());
    assert!(found, "the event's text has changed");
    let kept = golden("event", text.as_bytes());
    assert_eq!(kept, text.as_bytes());
}
