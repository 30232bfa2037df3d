//! Photos and other evidence.

use floorwalk_replica::records;

use super::Delivery;

/// How a file is taken in.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct AttachOptions {
    /// Lets a smaller copy travel, with a longest edge of so many pixels; the original stays on
    /// this device, and its hash is what is signed.
    #[uniffi(default = None)]
    pub copy_edge: Option<u32>,
}

/// A piece of evidence that was taken in.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Attached {
    /// The complaint's number.
    pub number: String,
    /// SHA-256 of its bytes.
    pub hash: String,
    /// Its size.
    pub bytes: u64,
    /// `photo`, `audio`, `video` or `file`.
    pub kind: String,
    /// When it was taken, by the camera's clock (RFC 3339).
    pub captured_at: Option<String>,
}

/// A piece of evidence that was written to a file.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SavedEvidence {
    /// Its hash.
    pub hash: String,
    /// The file.
    pub path: String,
    /// Whether it is the original; otherwise it is the smaller copy.
    pub original: bool,
}

/// A piece of evidence as it is shown.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct EvidenceInfo {
    /// SHA-256 of its bytes: its name everywhere.
    pub hash: String,
    /// Its size.
    pub bytes: u64,
    /// `photo`, `audio`, `video` or `file`.
    pub kind: String,
    /// The media type, by its first bytes.
    pub media: String,
    /// Who took it in.
    pub by: String,
    /// When it was taken in, by the device's clock (RFC 3339).
    pub attached_at: String,
    /// When it was taken, by the camera's clock (RFC 3339).
    pub captured_at: Option<String>,
    /// Where it was taken: degrees north, as the camera says (WGS 84).
    pub latitude: Option<f64>,
    /// Where it was taken: degrees east.
    pub longitude: Option<f64>,
    /// Columns, as shown.
    pub width: Option<u32>,
    /// Rows, as shown.
    pub height: Option<u32>,
    /// A blurred placeholder (ThumbHash, base64url).
    pub thumb_hash: Option<String>,
    /// The hash of the photo that this is a covered copy of.
    pub derived_from: Option<String>,
    /// Where its bytes are: `here`, `copy` when only the smaller copy is here, `waiting`, or
    /// `erased`.
    pub state: String,
    /// How far it has come.
    pub delivery: Delivery,
    /// When the relay had the parcel that brought it, by the relay's signed word (RFC 3339).
    pub relay_received_at: Option<String>,
    /// Whether its device's signature holds over these facts.
    pub verified: bool,
    /// Why it was erased, when it was.
    pub erased: Option<String>,
}

impl From<AttachOptions> for records::AttachOptions {
    fn from(options: AttachOptions) -> Self {
        Self { copy_edge: options.copy_edge }
    }
}

impl From<records::Attached> for Attached {
    fn from(attached: records::Attached) -> Self {
        let records::Attached { number, hash, bytes, kind, captured_at } = attached;
        Self { number, hash, bytes, kind, captured_at }
    }
}

impl From<records::SavedEvidence> for SavedEvidence {
    fn from(saved: records::SavedEvidence) -> Self {
        let records::SavedEvidence { hash, file, original } = saved;
        Self { hash, path: file, original }
    }
}

impl From<records::EvidenceInfo> for EvidenceInfo {
    fn from(info: records::EvidenceInfo) -> Self {
        Self {
            hash: info.hash,
            bytes: info.bytes,
            kind: info.kind,
            media: info.media,
            by: info.by,
            attached_at: info.attached_at,
            captured_at: info.captured_at,
            latitude: info.place.map(|place| place.latitude),
            longitude: info.place.map(|place| place.longitude),
            width: info.width,
            height: info.height,
            thumb_hash: info.thumb_hash,
            derived_from: info.derived_from,
            state: info.state,
            delivery: Delivery::of(&info.delivery),
            relay_received_at: info.relay_received_at,
            verified: info.verified,
            erased: info.erased.map(|erasure| erasure.why),
        }
    }
}
