//! What the stories share: actors with roles, a draft, and a small deterministic random source.
#![allow(dead_code, clippy::should_implement_trait, clippy::unwrap_used)]

use std::collections::BTreeMap;

use floorwalk_complaint::{
    Actor, Admission, Admitted, Author, ComplaintNumber, Document, Draft, EventKind, NewEvent,
    RawChange, Role, derive_actor,
};
use serde_json::Map;

/// The install of a device whose every byte is `device`.
pub fn actor(device: u8) -> Actor {
    derive_actor(&[device; 32], &[1; 8])
}

pub const REP: u8 = 1;
pub const OFFICE: u8 = 2;
pub const MANAGER: u8 = 3;

/// Devices 1, 2 and 3 are a rep, the office and the manager.
pub fn authors(actor_asked: &Actor) -> Option<Author> {
    let roles = [(REP, Role::BuildingRep), (OFFICE, Role::Office), (MANAGER, Role::Manager)];
    roles
        .into_iter()
        .find(|(device, _)| actor(*device) == *actor_asked)
        .map(|(device, role)| Author { device: [device; 32], role })
}

pub fn draft() -> Draft {
    let day = chrono::NaiveDate::from_ymd_opt(2026, 9, 3).unwrap();
    let fields = [("building", "3"), ("room", "1204"), ("category", "1B"), ("channel", "rep")];
    Draft {
        number: ComplaintNumber::derive("JX", day, &actor(REP), 1).unwrap(),
        recorded_at: "2026-09-03T09:00:00+08:00".to_owned(),
        fields: fields.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        narrative: "楼道灯坏了三天，晚上看不见台阶。".to_owned(),
        card: Some(r#"{"hash":"00"}"#.to_owned()),
        evidence: BTreeMap::from([("aa".to_owned(), r#"{"kind":"photo"}"#.to_owned())]),
        received_at: "2026-09-03T09:00:00+08:00".to_owned(),
        received_set: Map::new(),
    }
}

/// A recorded complaint and its change.
pub fn recorded() -> (Document, Vec<u8>) {
    Document::create(&actor(REP), &draft(), 0).unwrap()
}

pub fn event(kind: EventKind) -> NewEvent {
    NewEvent::new(kind, "2026-09-04T10:00:00+08:00")
}

pub fn field(key: &str, value: &str) -> BTreeMap<String, Option<String>> {
    BTreeMap::from([(key.to_owned(), Some(value.to_owned()))])
}

pub fn raw(bytes: &[u8], by: u8) -> RawChange {
    RawChange::parse(bytes.to_vec(), actor(by)).unwrap()
}

pub fn admitted(document: &Document, batch: Vec<RawChange>) -> Admitted {
    match document.admit(batch) {
        Admission::Admitted(admitted) => *admitted,
        other => panic!("not admitted: {other:?}"),
    }
}

/// SplitMix64: the same numbers from a seed for ever.
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// Puts items into another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            let other = self.below(index + 1);
            items.swap(index, other);
        }
    }
}

/// Keeps expected panics of guarded calls from flooding the output.
pub fn quiet_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let default = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !floorwalk_complaint::admission_in_progress() {
                default(info);
            }
        }));
    });
}

/// A chunk around a content, with the right length, checksum and type 1.
pub fn chunk(content: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let mut header = vec![1];
    let mut length = content.len();
    loop {
        let low = (length & 0x7f) as u8;
        length >>= 7;
        header.push(if length == 0 { low } else { low | 0x80 });
        if length == 0 {
            break;
        }
    }
    let mut hasher = Sha256::new();
    hasher.update(&header);
    hasher.update(content);
    let hash = hasher.finalize();
    let mut chunk = vec![0x85, 0x6f, 0x4a, 0x83];
    chunk.extend_from_slice(&hash[..4]);
    chunk.extend_from_slice(&header);
    chunk.extend_from_slice(content);
    chunk
}

/// The content of a chunk: what is behind its header.
pub fn content(chunk: &[u8]) -> &[u8] {
    let length_bytes = chunk[9..].iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
    &chunk[9 + length_bytes..]
}
