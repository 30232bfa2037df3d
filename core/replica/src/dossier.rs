//! Dossiers: a complaint with all that proves it, as one file that anybody can check.
//!
//! A dossier is a ZIP archive of stored files. `manifest.json` lists all others with their hashes
//! and says how they hang together; `changes/` are the document's raw Automerge changes,
//! `parcels/` the sealed parcels that carried them, `statements/` the community's membership
//! statements, `evidence/` the originals, `index.html` a page for people. The archive's comment
//! holds the exporter's signature over every byte before it. docs/dossier.md describes all of it
//! for those who check without this program.
//!
//! [`mod@export`] makes one, out of a replica; [`mod@verify`] checks one, out of nothing but
//! itself.

pub(crate) mod export;
pub mod verify;

use std::collections::BTreeMap;
use std::io::{self, Read};

use floorwalk_complaint::{Actor, Complaint, NotCounted};
use floorwalk_wire::signing::SIGNATURE_BYTES;
use floorwalk_wire::{DeviceId, ParcelId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::records::{Card, Erasure};

/// What `format` says in a manifest.
pub const FORMAT: &str = "floorwalk-dossier";
/// The version of the format.
pub const VERSION: u32 = 1;
/// The manifest's name in the archive.
pub const MANIFEST: &str = "manifest.json";
/// The page's name in the archive.
pub const PAGE: &str = "index.html";

/// A dossier's manifest. Ids, hashes and keys are hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// When it was exported, by the exporter's clock (RFC 3339).
    pub exported_at: String,
    /// Who exported it.
    pub exporter: Person,
    /// The community.
    pub community: String,
    /// The root's public key; the community is its hash.
    pub root: String,
    /// The community's name, on the exporter's word.
    pub community_name: String,
    /// The building's scope.
    pub scope: String,
    /// The building's name, on the exporter's word.
    pub building: String,
    /// The complaint's document.
    pub document: String,
    /// The relay's public key, if there was a relay.
    pub relay: Option<String>,
    /// Whether originals were left out in favour of covered copies.
    pub redacted: bool,
    /// Every other file of the archive.
    pub files: Vec<FileEntry>,
    /// The files of the membership statements.
    pub statements: Vec<String>,
    /// The relay's word on which statements there are, in its order; none without a relay.
    pub statements_receipt: Option<ReceiptEntry>,
    /// The document's changes.
    pub changes: Vec<ChangeEntry>,
    /// The parcels that carried them.
    pub parcels: Vec<ParcelEntry>,
    /// Who stands behind the devices, on the exporter's word.
    pub people: Vec<Person>,
    /// What the document says: number, fields, narrative, stage, events.
    pub complaint: Value,
    /// The person's details, if they were asked for; on the exporter's word.
    pub card: Option<Card>,
    /// The evidence.
    pub evidence: Vec<EvidenceEntry>,
}

/// A person behind a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The device.
    pub device: String,
    /// The name in the roster.
    pub name: String,
    /// The role.
    pub role: String,
}

/// A file of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256.
    pub sha256: String,
    /// BLAKE3.
    pub blake3: String,
}

/// A change of the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeEntry {
    /// Its file.
    pub file: String,
    /// Its hash, as Automerge defines it.
    pub hash: String,
}

/// A parcel that carried changes of the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParcelEntry {
    /// Its file: the sealed parcel.
    pub file: String,
    /// The hashes of the document's changes in it, in their order.
    pub changes: Vec<String>,
    /// How the document stands under the root that the parcel attests in the clear; none in
    /// parcels of before there were roots.
    pub proof: Option<ProofEntry>,
    /// The relay's receipt, if there is one.
    pub receipt: Option<ReceiptEntry>,
}

/// What shows that a document stands under a root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofEntry {
    /// The blind of the document's leaf.
    pub blind: String,
    /// The place of the leaf, from 0.
    pub index: u64,
    /// How many leaves there are.
    pub leaves: u64,
    /// The siblings on the way up, the lowest first.
    pub path: Vec<String>,
}

/// The relay's word on when it had a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptEntry {
    /// The parcel's position in the scope's list.
    pub position: u64,
    /// The chain up to the position before; none for the first.
    pub before: Option<String>,
    /// The parcel and those behind it: id and the milliseconds since 1970 at which each came.
    pub entries: Vec<(String, i64)>,
    /// The relay's signed head: history 16 · community 32 · scope 16 · position 8 · chain 32 ·
    /// signature 64.
    pub head: String,
}

/// A piece of evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvidenceEntry {
    /// SHA-256 of the original.
    pub hash: String,
    /// The facts, exactly as the device signed them.
    pub facts: String,
    /// The device's signature over `"floorwalk/evidence/1\0"` and the facts.
    pub signature: String,
    /// The device.
    pub device: String,
    /// Its file; none where it was left out, is not here, or was erased.
    pub file: Option<String>,
    /// SHA-256 of the smaller copy, where the file is that.
    pub copy: Option<String>,
    /// By whom, when and why it was erased.
    pub erased: Option<Erasure>,
}

/// The archive's comment, which seals it: `floorwalk-dossier/1`, the exporter's device, SHA-256 of
/// the manifest, and the exporter's signature over SHA-256 of all bytes before the comment
/// followed by that of the manifest; all but the first in hexadecimal digits, between spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Comment {
    pub(crate) device: DeviceId,
    pub(crate) manifest: [u8; 32],
    pub(crate) signature: [u8; SIGNATURE_BYTES],
}

impl Comment {
    const START: &str = "floorwalk-dossier/1";
    /// Bytes of the text.
    pub(crate) const BYTES: usize = 19 + 1 + 64 + 1 + 64 + 1 + 128;

    pub(crate) fn to_text(&self) -> String {
        let Self { device, manifest, signature } = self;
        format!("{} {device} {} {}", Self::START, hex(manifest), hex(signature))
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() == Self::BYTES)?;
        let mut words = text.split(' ');
        let start = words.next()?;
        let (device, manifest, signature) = (words.next()?, words.next()?, words.next()?);
        let comment = Self {
            device: DeviceId(from_hex(device)?),
            manifest: from_hex(manifest)?,
            signature: from_hex(signature)?,
        };
        // Written in one way only, so that no byte of it can differ.
        (start == Self::START && comment.to_text() == text).then_some(comment)
    }
}

/// What a document says of its complaint, in the form that manifests hold and checks compare.
pub(crate) fn told(complaint: &Complaint) -> Value {
    let events: Vec<Value> = complaint
        .events
        .iter()
        .map(|event| {
            let mut told = Map::new();
            told.insert("id".into(), json!(event.id.to_string()));
            told.insert("kind".into(), json!(event.kind.as_str()));
            told.insert("at".into(), json!(event.at));
            told.insert("actor".into(), json!(event.actor.to_string()));
            let device = event.author.map(|author| DeviceId(author.device).to_string());
            told.insert("device".into(), json!(device));
            told.insert("role".into(), json!(event.author.map(|author| author.role.as_str())));
            told.insert("counted".into(), json!(event.counted));
            told.insert("why_not".into(), json!(event.why_not.map(why_not)));
            told.insert("set".into(), json!(event.set));
            told.insert("note".into(), json!(event.note));
            Value::Object(told)
        })
        .collect();
    // The card is sealed elsewhere; its reference holds a key.
    json!({
        "number": complaint.number,
        "recorded_at": complaint.recorded_at,
        "fields": complaint.fields,
        "narrative": complaint.narrative,
        "stage": complaint.stage.as_str(),
        "events": events,
    })
}

fn why_not(why: NotCounted) -> &'static str {
    match why {
        NotCounted::UnknownAuthor => "unknown_author",
        NotCounted::Role => "role",
        NotCounted::UnknownKind => "unknown_kind",
        NotCounted::Unreadable => "unreadable",
    }
}

/// The name of a change's file.
fn change_file(number: usize) -> String {
    format!("changes/{number:05}.change")
}

/// The name of a parcel's file.
fn parcel_file(id: &ParcelId) -> String {
    format!("parcels/{id}.parcel")
}

/// An actor's devices: who wrote a change.
pub(crate) type Writers = BTreeMap<Actor, DeviceId>;

/// SHA-256 of everything that a source holds.
fn sha256(source: &mut impl Read) -> io::Result<[u8; 32]> {
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        match source.read(&mut piece)? {
            0 => return Ok(hasher.finalize().into()),
            read => hasher.update(&piece[..read]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests;
