//! The sealed body of a parcel of changes.
//!
//! ```text
//!  0   1  version, 1
//!  1  16  salt
//! 17  24  nonce
//! 41  32  key commitment
//! 73   …  ciphertext ‖ 16 tag (XChaCha20-Poly1305)
//! ```
//!
//! Each parcel has a key of its own: `derive_key("floorwalk/parcel-key/1", scope key ‖ salt ‖
//! header)` with BLAKE3, where *header* is [`Header::to_associated_data`], which is the
//! ciphertext's associated data too. The commitment is the same under the context
//! `floorwalk/parcel-commitment/1`: it says which of the epoch's keys was used, and lets no one
//! make a ciphertext that opens to two contents. What is sealed is compressed first.

use blake3::Hasher;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use ed25519_dalek::SigningKey;
use floorwalk_wire::codec::Reader;
use floorwalk_wire::limits::PARCEL_BODY_BYTES_MAX;
use floorwalk_wire::{Header, ParcelError, ParcelKind, VerifiedParcel};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::error::{OpenError, SealError, check_version};
use crate::key_ring::KeyRing;
use crate::packing;
use crate::secret::ScopeKey;

/// Random bytes that sealing a parcel takes: salt and nonce.
pub const RANDOM_BYTES: usize = SALT_BYTES + NONCE_BYTES;

const VERSION: u8 = 1;
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
const COMMITMENT_BYTES: usize = 32;

/// Compresses, seals and signs. `key` must be that of `header.epoch`; the random bytes are for
/// this parcel alone.
///
/// # Errors
/// [`SealError::OverLimit`] when the content, or what is left of it when compressed, is too much
/// for one parcel: split it. [`SealError::Header`] when the header is not one of changes by this
/// device.
pub fn seal_parcel(
    header: Header,
    content: &[u8],
    key: &ScopeKey,
    signing_key: &SigningKey,
    random: [u8; RANDOM_BYTES],
) -> Result<VerifiedParcel, SealError> {
    if header.kind != ParcelKind::Changes {
        return Err(ParcelError::Inconsistent("statements are not sealed").into());
    }
    let packed = packing::pack(content)?;
    let (salt, nonce) = random.split_first_chunk::<SALT_BYTES>().expect("both are in there");
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().expect("the rest is the nonce");
    let associated = header.to_associated_data();
    let payload = Payload { msg: &packed, aad: &associated };
    let ciphertext = XChaCha20Poly1305::new(&(*derive_key(key, salt, &associated)).into())
        .encrypt(&nonce.into(), payload)
        .expect("the limit is less than the cipher takes");
    let commitment = derive_commitment(key, salt, &associated);
    let body = [&[VERSION], &salt[..], &nonce, &commitment, &ciphertext].concat();
    if body.len() > PARCEL_BODY_BYTES_MAX {
        let (value, limit) = (body.len(), PARCEL_BODY_BYTES_MAX);
        return Err(SealError::OverLimit { what: "sealed body", value, limit });
    }
    Ok(VerifiedParcel::sign(header, &body, signing_key)?)
}

/// Opens a parcel with whichever key of its epoch it was sealed with, and inflates its content.
///
/// # Errors
/// [`OpenError`]: with [`OpenError::awaits_key`], try again when keys arrive.
pub fn open_parcel(parcel: &VerifiedParcel, keys: &KeyRing) -> Result<Vec<u8>, OpenError> {
    let header = parcel.header();
    if header.kind != ParcelKind::Changes {
        return Err(OpenError::Inconsistent("statements are not sealed"));
    }
    let mut reader = Reader::new(parcel.body());
    check_version("sealed body", reader.u8()?, VERSION)?;
    let salt = reader.array::<SALT_BYTES>()?;
    let nonce = reader.array::<NONCE_BYTES>()?;
    let commitment = reader.array::<COMMITMENT_BYTES>()?;
    let associated = header.to_associated_data();
    let (scope, epoch) = (header.scope, header.epoch);
    let candidates = keys.candidates(&scope, epoch);
    if candidates.is_empty() {
        return Err(OpenError::NoKey { scope, epoch });
    }
    let committed =
        |key: &&ScopeKey| derive_commitment(key, &salt, &associated).ct_eq(&commitment).into();
    let key = candidates.iter().find(committed).ok_or(OpenError::OtherKey { scope, epoch })?;
    let payload = Payload { msg: reader.rest(), aad: &associated };
    let packed = XChaCha20Poly1305::new(&(*derive_key(key, &salt, &associated)).into())
        .decrypt(&nonce.into(), payload)
        .map_err(|_| OpenError::Damaged)?;
    packing::unpack(&packed)
}

fn derive_key(key: &ScopeKey, salt: &[u8; SALT_BYTES], associated: &[u8]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(derive("floorwalk/parcel-key/1", key, salt, associated))
}

fn derive_commitment(key: &ScopeKey, salt: &[u8; SALT_BYTES], associated: &[u8]) -> [u8; 32] {
    derive("floorwalk/parcel-commitment/1", key, salt, associated)
}

fn derive(context: &str, key: &ScopeKey, salt: &[u8], associated: &[u8]) -> [u8; 32] {
    let mut hasher = Hasher::new_derive_key(context);
    hasher.update(key.as_bytes()).update(salt).update(associated);
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests;
