//! What the headers of an upload say (tus 1.0.0), read from their text alone.
//!
//! Owns the reading; who may upload, and what becomes of it, is the endpoint's. Whatever a header
//! says, reading it costs no more than its own length.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use floorwalk_wire::limits::BLOB_BYTES_MAX;
use floorwalk_wire::{BlobId, ScopeId};

/// What an upload is begun with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Creation {
    /// The length of the whole blob, in bytes: at most [`BLOB_BYTES_MAX`].
    pub size_bytes: u64,
    /// The scope that the blob belongs to.
    pub scope: ScopeId,
    /// The blob.
    pub blob: BlobId,
}

/// Why headers begin no upload. Always the sender's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadHeaders {
    /// One is missing, or can't be read.
    Malformed,
    /// The blob is larger than a blob may be.
    TooLarge,
}

impl Creation {
    /// Reads `Upload-Length` and `Upload-Metadata`.
    ///
    /// # Errors
    /// [`BadHeaders`] says what is wrong with them.
    pub fn read(length: Option<&str>, metadata: Option<&str>) -> Result<Self, BadHeaders> {
        let size_bytes = length.and_then(number).ok_or(BadHeaders::Malformed)?;
        if size_bytes > BLOB_BYTES_MAX as u64 {
            return Err(BadHeaders::TooLarge);
        }
        let named = |name| value(metadata.unwrap_or_default(), name);
        let scope = named("scope").and_then(|scope| scope.parse().ok());
        let blob = named("blob").and_then(|blob| blob.parse().ok());
        let (scope, blob) = scope.zip(blob).ok_or(BadHeaders::Malformed)?;
        Ok(Self { size_bytes, scope, blob })
    }
}

/// A length or an offset: digits alone, where Rust would also read a plus in front.
pub fn number(header: &str) -> Option<u64> {
    header.bytes().all(|byte| byte.is_ascii_digit()).then(|| header.parse().ok())?
}

/// A value of `Upload-Metadata`: pairs of a key and base64, between commas.
pub fn value(metadata: &str, name: &str) -> Option<String> {
    let pairs = metadata.split(',').map(|pair| pair.trim().split_once(' '));
    let (_, encoded) = pairs.flatten().find(|(key, _)| *key == name)?;
    String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()
}

/// The digest of `Upload-Checksum`, which must be of SHA-1.
pub fn checksum(header: &str) -> Option<Vec<u8>> {
    let (algorithm, encoded) = header.split_once(' ')?;
    (algorithm == "sha1").then(|| STANDARD.decode(encoded).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_as_the_protocol_writes_it() {
        let metadata = "filename d29ybGQ=, scope YWI=,empty";
        assert_eq!(value(metadata, "filename").as_deref(), Some("world"));
        assert_eq!(value(metadata, "scope").as_deref(), Some("ab"));
        assert_eq!(value(metadata, "empty"), None);
    }

    /// Found by the fuzz target `tus_headers`: an `Upload-Offset` of `+5` was taken for 5.
    #[test]
    fn a_number_is_digits_alone() {
        assert_eq!(number("5"), Some(5));
        for other in ["+5", "-5", " 5", "", "18446744073709551616"] {
            assert_eq!(number(other), None, "{other:?}");
        }
    }
}
