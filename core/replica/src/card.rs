//! The card: a person's details, sealed as a blob of their own so that they can be erased.
//!
//! The document holds only a reference: the blob's id and the key that opens it. Erasing the blob
//! everywhere leaves a reference to nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use floorwalk_complaint::DocumentId;
use floorwalk_seal::{BlobKey, open_blob, seal_blob};
use floorwalk_store::{BlobState, Tx};
use floorwalk_wire::{BlobId, ScopeId};
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorCode, Result};
use crate::evidence::erase::card_record;
use crate::random;
use crate::records::Card;

/// A document's reference to a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CardRef {
    /// The sealed card.
    pub(crate) blob: BlobId,
    key: BlobKey,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    blob: String,
    key: String,
}

impl CardRef {
    /// Reads a reference out of a document; anything else is no card of ours.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let stored: Stored = serde_json::from_str(text).ok()?;
        let blob = URL_SAFE_NO_PAD.decode(stored.blob).ok()?;
        let key = URL_SAFE_NO_PAD.decode(stored.key).ok()?;
        let blob = BlobId::try_from(&blob[..]).ok()?;
        Some(Self { blob, key: BlobKey::from_bytes(key.try_into().ok()?) })
    }

    fn to_text(&self) -> String {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let stored = Stored { blob: encode(&self.blob.0), key: encode(self.key.as_bytes()) };
        serde_json::to_string(&stored).expect("two strings are valid JSON")
    }
}

/// Seals a card and keeps it to be sent. Returns the reference for the document.
pub(crate) fn keep(
    tx: &Tx<'_>,
    scope: &ScopeId,
    document: &DocumentId,
    card: &Card,
) -> Result<String> {
    let plain = serde_json::to_vec(card).map_err(|_| Error::about(ErrorCode::BadValue, "card"))?;
    let key = BlobKey::from_bytes(random::bytes());
    let (blob, ciphertext) = seal_blob(&plain, &key, random::bytes())
        .map_err(|_| Error::about(ErrorCode::BadValue, "card"))?;
    let record = card_record(blob, scope, document);
    tx.put_blob(&record, Some(&ciphertext), BlobState::Unsent)?;
    Ok(CardRef { blob, key }.to_text())
}

/// Opens a card, when its bytes are here.
pub(crate) fn open(tx: &Tx<'_>, reference: &CardRef) -> Result<Option<Card>> {
    let Some(ciphertext) = tx.blob(&reference.blob)? else { return Ok(None) };
    let plain = open_blob(&ciphertext, &reference.key).ok();
    Ok(plain.and_then(|plain| serde_json::from_slice(&plain).ok()))
}
