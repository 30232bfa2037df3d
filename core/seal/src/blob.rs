//! Blobs: cards sealed one by one, so that each can be erased later.
//!
//! ```text
//!  0   1  version, 1
//!  1  24  nonce
//! 25   …  ciphertext ‖ 16 tag (XChaCha20-Poly1305) of
//!           0   4  length
//!           4   …  that many bytes, then zeros up to the bucket
//! ```
//!
//! The padded plaintext fills a bucket of 64, 128, 256 … bytes, so that a size says little; the
//! last bucket is what the limit leaves. The associated data is `"floorwalk/blob/1\0"`; a blob is
//! bound to its place by its id, which the signed document that refers to it holds beside the
//! key. Version 1 is sealed in one piece, which is right for cards and previews; version 2, for
//! photos, is a [`crate::stream`].

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use floorwalk_wire::BlobId;
use floorwalk_wire::codec::Reader;
use zeroize::Zeroizing;

use crate::error::{OpenError, SealError, check_version};
use crate::limits::BLOB_PLAINTEXT_BYTES_MAX;
use crate::secret::BlobKey;

/// A blob that is sealed in one piece, in bytes.
pub const SEALED_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Random bytes that sealing a blob takes: the nonce.
pub const RANDOM_BYTES: usize = 24;

const VERSION: u8 = 1;
const TAG_BYTES: usize = 16;
const LENGTH_BYTES: usize = 4;
const ENVELOPE_BYTES: usize = 1 + RANDOM_BYTES + TAG_BYTES;
/// Bytes of a sealed blob besides plaintext and padding.
pub(crate) const OVERHEAD_BYTES: usize = ENVELOPE_BYTES + LENGTH_BYTES;
const BUCKET_BYTES_MIN: usize = 64;
const BUCKET_BYTES_MAX: usize = SEALED_BYTES_MAX - ENVELOPE_BYTES;
const PURPOSE: &[u8] = b"floorwalk/blob/1\0";

/// Seals a blob under a key of its own; returns its id and its bytes.
///
/// # Errors
/// [`SealError::OverLimit`] beyond [`BLOB_PLAINTEXT_BYTES_MAX`].
pub fn seal_blob(
    plaintext: &[u8],
    key: &BlobKey,
    random: [u8; RANDOM_BYTES],
) -> Result<(BlobId, Vec<u8>), SealError> {
    if plaintext.len() > BLOB_PLAINTEXT_BYTES_MAX {
        let (value, limit) = (plaintext.len(), BLOB_PLAINTEXT_BYTES_MAX);
        return Err(SealError::OverLimit { what: "blob", value, limit });
    }
    let length = u32::try_from(plaintext.len()).expect("the limit is less than 4 GiB");
    let mut padded = Zeroizing::new(Vec::with_capacity(bucket_bytes(plaintext.len())));
    padded.extend_from_slice(&length.to_le_bytes());
    padded.extend_from_slice(plaintext);
    padded.resize(bucket_bytes(plaintext.len()), 0);
    let payload = Payload { msg: &padded, aad: PURPOSE };
    let ciphertext = XChaCha20Poly1305::new(&(*key.as_bytes()).into())
        .encrypt(&random.into(), payload)
        .expect("the limit is less than the cipher takes");
    let sealed = [&[VERSION], &random[..], &ciphertext].concat();
    Ok((BlobId::derive(&sealed), sealed))
}

/// Opens a blob. That it has the right id is checked by whoever fetched it.
///
/// # Errors
/// [`OpenError`] says whether it is damaged, too large, newer or malformed.
pub fn open_blob(sealed: &[u8], key: &BlobKey) -> Result<Vec<u8>, OpenError> {
    if sealed.len() > SEALED_BYTES_MAX {
        let (value, limit) = (sealed.len(), SEALED_BYTES_MAX);
        return Err(OpenError::OverLimit { what: "blob", value, limit });
    }
    let mut reader = Reader::new(sealed);
    check_version("blob", reader.u8()?, VERSION)?;
    let nonce = reader.array::<RANDOM_BYTES>()?;
    let payload = Payload { msg: reader.rest(), aad: PURPOSE };
    let padded = XChaCha20Poly1305::new(&(*key.as_bytes()).into())
        .decrypt(&nonce.into(), payload)
        .map(Zeroizing::new)
        .map_err(|_| OpenError::Damaged)?;
    let mut reader = Reader::new(&padded);
    let plaintext = reader.sized("blob", BLOB_PLAINTEXT_BYTES_MAX)?;
    Ok(plaintext.to_vec())
}

fn bucket_bytes(plaintext_bytes: usize) -> usize {
    let bytes = (LENGTH_BYTES + plaintext_bytes).next_power_of_two();
    bytes.clamp(BUCKET_BYTES_MIN, BUCKET_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn key() -> BlobKey {
        BlobKey::from_bytes([1; 32])
    }

    #[test]
    fn a_blob_opens_with_its_key_and_no_other() {
        let (id, sealed) = seal_blob("张三 13800000000".as_bytes(), &key(), [2; 24]).unwrap();
        assert_eq!(id, BlobId::derive(&sealed));
        assert_eq!(open_blob(&sealed, &key()).unwrap(), "张三 13800000000".as_bytes());
        let other = BlobKey::from_bytes([3; 32]);
        assert_eq!(open_blob(&sealed, &other), Err(OpenError::Damaged));
    }

    #[test]
    fn every_flipped_byte_and_every_truncation_is_refused() {
        let (_, sealed) = seal_blob(b"words", &key(), [2; 24]).unwrap();
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(open_blob(&changed, &key()).is_err(), "byte {place} was changed unnoticed");
            assert!(open_blob(&sealed[..place], &key()).is_err());
        }
    }

    #[test]
    fn a_size_says_no_more_than_its_bucket() {
        let size = |length| seal_blob(&vec![7; length], &key(), [2; 24]).unwrap().1.len();
        assert_eq!(size(0), 64 + ENVELOPE_BYTES);
        assert_eq!(size(60), size(0));
        assert_eq!(size(61), 128 + ENVELOPE_BYTES);
        assert_eq!(size(124), size(61));
        assert_eq!(size(125), 256 + ENVELOPE_BYTES);
    }

    #[test]
    fn the_largest_blob_is_within_the_limit_and_one_more_byte_is_refused() {
        let largest = vec![7; BLOB_PLAINTEXT_BYTES_MAX];
        let (_, sealed) = seal_blob(&largest, &key(), [2; 24]).unwrap();
        assert_eq!(sealed.len(), SEALED_BYTES_MAX);
        assert!(open_blob(&sealed, &key()).unwrap() == largest);
        let larger = vec![7; BLOB_PLAINTEXT_BYTES_MAX + 1];
        let refused = seal_blob(&larger, &key(), [2; 24]);
        assert!(matches!(refused, Err(SealError::OverLimit { what: "blob", .. })));
        let refused = open_blob(&vec![1; SEALED_BYTES_MAX + 1], &key());
        assert!(matches!(refused, Err(OpenError::OverLimit { what: "blob", .. })));
    }

    #[test]
    fn a_newer_blob_asks_for_an_update() {
        let (_, mut sealed) = seal_blob(b"words", &key(), [2; 24]).unwrap();
        sealed[0] = 2;
        let refused = open_blob(&sealed, &key());
        assert_eq!(refused, Err(OpenError::Newer { what: "blob", version: 2 }));
    }
}
