//! Plain data about evidence: photos, recordings and papers of a complaint.

use serde::{Deserialize, Serialize};

pub use crate::evidence::Place;

/// The particular of an `evidence_added` event: the evidence's hash.
pub const HASH: &str = "hash";

/// How a file is taken in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttachOptions {
    /// Lets a smaller copy travel, with a longest edge of so many pixels; the original stays on
    /// this device, and its hash is what is signed.
    pub copy_edge: Option<u32>,
}

/// A piece of evidence that was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attached {
    /// The complaint's number.
    #[serde(skip)]
    pub number: String,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub hash: String,
    /// Its size.
    pub bytes: u64,
    /// `photo`, `audio`, `video` or `file`.
    pub kind: String,
    /// When it was taken, by the camera's clock (RFC 3339).
    pub captured_at: Option<String>,
}

/// What a sync does about photos. Text, cards and previews always travel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncOptions {
    /// Every byte costs: photos wait for another network, in both directions.
    pub metered: bool,
    /// The newest photos go first; otherwise the oldest.
    pub newest_first: bool,
    /// Whether originals are fetched; by default an office does, and others see previews.
    pub originals: Option<bool>,
}

/// A part of a photo to cover, in pixels of the picture as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rectangle {
    /// The first column.
    pub x: u32,
    /// The first row.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// What is erased of a complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasing {
    /// The person's details, all of their versions.
    Card,
    /// Photos and all other evidence, with previews and copies.
    Photos,
}

impl Erasing {
    /// Its key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Photos => "photos",
        }
    }
}

/// What was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// The complaint's number.
    pub number: String,
    /// Hashes of evidence, or ids of the card's blobs.
    pub erased: Vec<String>,
}

/// That something was erased, by whom, when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// When, as its author says (RFC 3339).
    pub at: String,
    /// By whom.
    pub by: String,
    /// Why.
    pub why: String,
}

/// A piece of evidence as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvidenceInfo {
    /// SHA-256 of its bytes, in hexadecimal digits: its name everywhere.
    pub hash: String,
    /// BLAKE3 of its bytes, in hexadecimal digits.
    pub blake3: String,
    /// Its size.
    pub bytes: u64,
    /// `photo`, `audio`, `video` or `file`.
    pub kind: String,
    /// The media type, by its first bytes.
    pub media: String,
    /// Who took it in.
    pub by: String,
    /// With which device, if that is known.
    pub device: Option<String>,
    /// In which role, if that is known.
    pub role: Option<String>,
    /// When it was taken in, by the device's clock (RFC 3339).
    pub attached_at: String,
    /// When it was taken, by the camera's clock (RFC 3339).
    pub captured_at: Option<String>,
    /// Where that has its zone from: `exif`, or `assumed` to be the community's.
    pub captured_zone: Option<String>,
    /// How much later the device's clock was than the camera's, in seconds.
    pub clock_difference_s: Option<i64>,
    /// The satellites' time, as the camera says (RFC 3339).
    pub gps_time: Option<String>,
    /// Where it was taken, as the camera says.
    pub place: Option<Place>,
    /// The camera.
    pub camera: Option<String>,
    /// `whole`, `damaged` or `absent`; none for what is no photo.
    pub exif: Option<String>,
    /// Columns, as shown.
    pub width: Option<u32>,
    /// Rows, as shown.
    pub height: Option<u32>,
    /// The hash of the photo that this is a covered copy of.
    pub derived_from: Option<String>,
    /// A blurred placeholder (ThumbHash, base64url).
    pub thumb_hash: Option<String>,
    /// SHA-256 of the smaller copy that travels in its place.
    pub copy: Option<String>,
    /// `here`, `copy` when only the smaller copy is here, `waiting`, or `erased`.
    pub state: String,
    /// How far it has come: `saved`, `sent`, or `received` by the office.
    pub delivery: String,
    /// By whom, when and why it was erased.
    pub erased: Option<Erasure>,
    /// When the relay had the parcel that brought it, by the relay's signed word (RFC 3339).
    pub relay_received_at: Option<String>,
    /// Whether its device's signature holds over these facts, for this complaint and community.
    pub verified: bool,
}

/// What goes into a dossier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DossierOptions {
    /// Only covered copies, no originals.
    pub redacted: bool,
    /// The person's details too.
    pub with_card: bool,
}

/// A dossier that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DossierReport {
    /// Files in it.
    pub files: u64,
    /// Signatures in it.
    pub signatures: u64,
}

/// A piece of evidence that was written to a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SavedEvidence {
    /// Its hash.
    pub hash: String,
    /// The file.
    pub file: String,
    /// Whether it is the original; otherwise it is the smaller copy.
    pub original: bool,
}
