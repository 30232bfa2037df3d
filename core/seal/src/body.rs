//! The sealed body of a parcel of changes.
//!
//! ```text
//!   0   1  version, 2
//!   1  32  attestation root
//!  33  16  salt
//!  49  24  nonce
//!  73  32  key commitment
//! 105   …  ciphertext ‖ 16 tag (XChaCha20-Poly1305)
//! ```
//!
//! Version 1, which is read and not written, has no attestation root.
//!
//! Each parcel has a key of its own: `derive_key("floorwalk/parcel-key/1", scope key ‖ salt ‖
//! place)` with BLAKE3, where *place* is [`Header::to_associated_data`] ‖ attestation root, which
//! is the ciphertext's associated data too. The commitment is the same under the context
//! `floorwalk/parcel-commitment/1`: it says which of the epoch's keys was used, and lets no one
//! make a ciphertext that opens to two contents. The same under
//! `floorwalk/attestation-blinding/1` blinds the leaves of the tree that the root is of
//! ([`crate::attestation`]). What is sealed is compressed first.
//!
//! The root is in the clear so that the parcel's signature and id cover it for somebody who has no
//! key; whether it is that of the content, only a reader can tell, and does.

use blake3::Hasher;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use ed25519_dalek::SigningKey;
use floorwalk_wire::codec::Reader;
use floorwalk_wire::limits::PARCEL_BODY_BYTES_MAX;
use floorwalk_wire::{Header, ParcelError, ParcelKind, VerifiedParcel};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::attestation::{AttestedDocument, Blinding};
use crate::error::{OpenError, SealError, check_version};
use crate::key_ring::KeyRing;
use crate::packing;
use crate::secret::ScopeKey;

/// Random bytes that sealing a parcel takes: salt and nonce.
pub const RANDOM_BYTES: usize = SALT_BYTES + NONCE_BYTES;

const VERSION: u8 = 2;
const VERSION_WITHOUT_ROOT: u8 = 1;
const ROOT_BYTES: usize = 32;
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
const COMMITMENT_BYTES: usize = 32;

/// What an opened parcel holds.
#[derive(Debug, PartialEq, Eq)]
pub struct Opened {
    /// The content's bytes.
    pub content: Vec<u8>,
    /// What the parcel attests; none in a body of version 1.
    pub attested: Option<Attested>,
}

/// The root that a parcel attests, and what its leaves are blinded with.
#[derive(Debug, PartialEq, Eq)]
pub struct Attested {
    /// The root as it stands in the clear.
    pub root: [u8; 32],
    /// What blinds the leaves.
    pub blinding: Blinding,
}

/// The attestation root of a parcel, for whoever can't open it; none in a body of version 1, and
/// in what is no sealed body.
pub fn attestation_root(parcel: &VerifiedParcel) -> Option<[u8; 32]> {
    let mut reader = Reader::new(parcel.body());
    let is_sealed = parcel.header().kind == ParcelKind::Changes;
    (is_sealed && reader.u8().ok()? == VERSION).then_some(())?;
    reader.array().ok()
}

/// Compresses, seals and signs. `documents` are those of the content, with the heads of their
/// changes in it. `key` must be that of `header.epoch`; the random bytes are for this parcel alone.
///
/// # Errors
/// [`SealError::OverLimit`] when the content, or what is left of it when compressed, is too much
/// for one parcel: split it. [`SealError::Header`] when the header is not one of changes by this
/// device.
pub fn seal_parcel(
    header: Header,
    content: &[u8],
    documents: &[AttestedDocument],
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
    let place = header.to_associated_data();
    let root = derive_blinding(key, salt, &place).root(documents);
    let associated = [&place[..], &root].concat();
    let payload = Payload { msg: &packed, aad: &associated };
    let ciphertext = XChaCha20Poly1305::new(&(*derive_key(key, salt, &associated)).into())
        .encrypt(&nonce.into(), payload)
        .expect("the limit is less than the cipher takes");
    let commitment = derive_commitment(key, salt, &associated);
    let body = [&[VERSION], &root[..], salt, &nonce, &commitment, &ciphertext].concat();
    if body.len() > PARCEL_BODY_BYTES_MAX {
        let (value, limit) = (body.len(), PARCEL_BODY_BYTES_MAX);
        return Err(SealError::OverLimit { what: "sealed body", value, limit });
    }
    Ok(VerifiedParcel::sign(header, &body, signing_key)?)
}

/// Opens a parcel with whichever key of its epoch it was sealed with, and inflates its content.
/// Whether the root that it attests is of this content, the caller has to find out.
///
/// # Errors
/// [`OpenError`]: with [`OpenError::awaits_key`], try again when keys arrive.
pub fn open_parcel(parcel: &VerifiedParcel, keys: &KeyRing) -> Result<Opened, OpenError> {
    let header = parcel.header();
    if header.kind != ParcelKind::Changes {
        return Err(OpenError::Inconsistent("statements are not sealed"));
    }
    let mut reader = Reader::new(parcel.body());
    let version = reader.u8()?;
    let root = match version {
        VERSION_WITHOUT_ROOT => None,
        version => {
            check_version("sealed body", version, VERSION)?;
            Some(reader.array::<ROOT_BYTES>()?)
        }
    };
    let salt = reader.array::<SALT_BYTES>()?;
    let nonce = reader.array::<NONCE_BYTES>()?;
    let commitment = reader.array::<COMMITMENT_BYTES>()?;
    let place = header.to_associated_data();
    let associated = [&place[..], root.as_ref().map_or(&[], |root| &root[..])].concat();
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
    let content = packing::unpack(&packed)?;
    let blinded = |root| Attested { root, blinding: derive_blinding(key, &salt, &place) };
    Ok(Opened { content, attested: root.map(blinded) })
}

fn derive_key(key: &ScopeKey, salt: &[u8; SALT_BYTES], associated: &[u8]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(derive("floorwalk/parcel-key/1", key, salt, associated))
}

fn derive_commitment(key: &ScopeKey, salt: &[u8; SALT_BYTES], associated: &[u8]) -> [u8; 32] {
    derive("floorwalk/parcel-commitment/1", key, salt, associated)
}

fn derive_blinding(key: &ScopeKey, salt: &[u8; SALT_BYTES], place: &[u8]) -> Blinding {
    Blinding::new(derive("floorwalk/attestation-blinding/1", key, salt, place))
}

fn derive(context: &str, key: &ScopeKey, salt: &[u8], associated: &[u8]) -> [u8; 32] {
    let mut hasher = Hasher::new_derive_key(context);
    hasher.update(key.as_bytes()).update(salt).update(associated);
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests;
