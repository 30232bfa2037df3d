//! Evidence: what a document says of a photo, a recording or a paper, and how that is signed.
//!
//! A reference stands in the document under the original's SHA-256 and is never changed. It holds
//! *facts*, a JSON text that the device signed as it stands when it took the evidence in; and where
//! the sealed bytes are, with the key of each. The facts are bound to community, document and
//! device, so that they can be shown to somebody who has none of the keys: see docs/dossier.md.
//!
//! Invariant: an [`EvidenceRef`] is well formed; only [`EvidenceRef::verify`] says that it is
//! genuine. Facts that a newer version wrote besides these are signed and kept like these.

pub(crate) mod capture;
pub(crate) mod erase;
pub(crate) mod redact;
pub(crate) mod show;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use floorwalk_complaint::{Complaint, DocumentId, Evidence, EvidenceHash};
use floorwalk_seal::BlobKey;
use floorwalk_store::{BlobKind, BlobRecord};
use floorwalk_wire::signing::{self, Domain, SIGNATURE_BYTES};
use floorwalk_wire::{BlobId, CommunityId, DeviceId, ScopeId};
use serde::{Deserialize, Serialize};

use crate::state::Identity;

/// What a device says of a piece of evidence. The text that was signed is kept beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Facts {
    /// The community, the complaint's document and the device: hexadecimal ids.
    pub(crate) community: String,
    pub(crate) document: String,
    pub(crate) device: String,
    /// The original's hashes, in hexadecimal digits, and its size.
    pub(crate) sha256: String,
    pub(crate) blake3: String,
    pub(crate) bytes: u64,
    /// `photo`, `audio`, `video` or `file`, and the media type, by the first bytes.
    pub(crate) kind: String,
    pub(crate) media: String,
    /// When it was taken in, by the device's clock (RFC 3339).
    pub(crate) attached_at: String,
    /// When it was taken, by the camera's clock (RFC 3339), and where that has its zone from:
    /// `exif`, or `assumed` to be the community's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) captured_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) captured_zone: Option<String>,
    /// The satellites' time (RFC 3339) and place, as the camera says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gps_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) camera: Option<String>,
    /// `whole`, `damaged` or `absent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exif: Option<String>,
    /// As shown, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) height: Option<u32>,
    /// The original that this was made from by covering parts of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) derived_from: Option<String>,
}

/// Where a photo was taken: WGS 84, in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// North is positive.
    pub latitude: f64,
    /// East is positive.
    pub longitude: f64,
}

/// A sealed blob that a reference names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BlobRef {
    pub(crate) id: BlobId,
    pub(crate) key: BlobKey,
    /// Sealed.
    pub(crate) size_bytes: u64,
}

/// A smaller copy that travels in the original's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CopyRef {
    pub(crate) blob: BlobRef,
    /// The hash of the copy's own bytes, before sealing.
    pub(crate) sha256: EvidenceHash,
}

/// A document's reference to a piece of evidence.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EvidenceRef {
    pub(crate) hash: EvidenceHash,
    pub(crate) facts: Facts,
    pub(crate) facts_text: String,
    pub(crate) signature: [u8; SIGNATURE_BYTES],
    pub(crate) original: BlobRef,
    pub(crate) preview: Option<BlobRef>,
    pub(crate) thumb_hash: Option<String>,
    pub(crate) copy: Option<CopyRef>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    facts: String,
    signature: String,
    blob: StoredBlob,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview: Option<StoredBlob>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbhash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    copy: Option<StoredCopy>,
}

#[derive(Serialize, Deserialize)]
struct StoredBlob {
    id: String,
    key: String,
    bytes: u64,
}

#[derive(Serialize, Deserialize)]
struct StoredCopy {
    #[serde(flatten)]
    blob: StoredBlob,
    sha256: String,
}

impl EvidenceRef {
    /// Reads a reference out of a document; anything else is none of ours.
    pub(crate) fn parse(hash: &str, text: &str) -> Option<Self> {
        let hash: EvidenceHash = hash.parse().ok()?;
        let stored: Stored = serde_json::from_str(text).ok()?;
        let copy = stored.copy.map(|copy| {
            Some(CopyRef { blob: BlobRef::read(&copy.blob)?, sha256: copy.sha256.parse().ok()? })
        });
        Some(Self {
            hash,
            facts: serde_json::from_str(&stored.facts).ok()?,
            facts_text: stored.facts,
            signature: decode(&stored.signature)?,
            original: BlobRef::read(&stored.blob)?,
            preview: stored.preview.as_ref().and_then(BlobRef::read),
            thumb_hash: stored.thumbhash,
            copy: copy.flatten(),
        })
    }

    /// The text that a document holds.
    pub(crate) fn to_text(&self) -> String {
        let stored = Stored {
            facts: self.facts_text.clone(),
            signature: encode(&self.signature),
            blob: self.original.write(),
            preview: self.preview.as_ref().map(BlobRef::write),
            thumbhash: self.thumb_hash.clone(),
            copy: self.copy.as_ref().map(|copy| StoredCopy {
                blob: copy.blob.write(),
                sha256: copy.sha256.to_string(),
            }),
        };
        serde_json::to_string(&stored).expect("strings and numbers are valid JSON")
    }

    /// Whether `device` signed the facts, and they are of this evidence of this document.
    pub(crate) fn verify(
        &self,
        community: &CommunityId,
        document: &DocumentId,
        device: &DeviceId,
    ) -> bool {
        let Facts { community: of, document: in_document, device: by, sha256, .. } = &self.facts;
        *of == community.to_string()
            && *in_document == document.to_string()
            && *by == device.to_string()
            && *sha256 == self.hash.to_string()
            && signing::verify(
                Domain::Evidence,
                &[self.facts_text.as_bytes()],
                device,
                &self.signature,
            )
            .is_ok()
    }

    /// The blobs that it names, as they are to be kept for a document.
    pub(crate) fn blobs(&self, scope: &ScopeId, document: &DocumentId) -> Vec<BlobRecord> {
        let named = [
            (BlobKind::Original, Some(&self.original)),
            (BlobKind::Preview, self.preview.as_ref()),
            (BlobKind::Copy, self.copy.as_ref().map(|copy| &copy.blob)),
        ];
        let records = named.into_iter().filter_map(|(kind, blob)| {
            let BlobRef { id, size_bytes, .. } = blob?;
            let (id, size_bytes) = (*id, *size_bytes);
            let (scope, document, evidence) = (*scope, *document, Some(self.hash));
            Some(BlobRecord { id, scope, document, kind, evidence, size_bytes })
        });
        records.collect()
    }
}

/// Signs facts.
pub(crate) fn sign(identity: &Identity, facts_text: &str) -> [u8; SIGNATURE_BYTES] {
    signing::sign(Domain::Evidence, &[facts_text.as_bytes()], identity.keys.signing_key())
}

/// The well-formed references of a complaint that count, with what the document says of each.
pub(crate) fn references(
    complaint: &Complaint,
) -> impl Iterator<Item = (EvidenceRef, &Evidence)> + '_ {
    let counted = complaint.evidence.iter().filter(|(_, evidence)| evidence.counted);
    counted.filter_map(|(hash, evidence)| {
        Some((EvidenceRef::parse(hash, &evidence.reference)?, evidence))
    })
}

/// How many pieces of evidence a complaint has that were not erased.
pub(crate) fn count(complaint: &Complaint) -> u32 {
    let erased = complaint.erasures();
    let hashes = complaint.evidence.iter().filter(|(_, evidence)| evidence.counted);
    hashes.filter(|(hash, _)| !erased.contains_key(hash.as_str())).count() as u32
}

impl BlobRef {
    fn read(stored: &StoredBlob) -> Option<Self> {
        let key = BlobKey::from_bytes(decode(&stored.key)?);
        Some(Self { id: BlobId(decode(&stored.id)?), key, size_bytes: stored.bytes })
    }

    fn write(&self) -> StoredBlob {
        StoredBlob {
            id: encode(&self.id.0),
            key: encode(self.key.as_bytes()),
            bytes: self.size_bytes,
        }
    }
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}
