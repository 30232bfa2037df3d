//! HPKE base mode (RFC 9180 §6.1): X25519-HKDF-SHA256, HKDF-SHA256, ChaCha20-Poly1305.
//!
//! ```text
//!  0  32  encapsulated key
//! 32   …  ciphertext ‖ 16 tag
//! ```
//!
//! Each envelope holds one message, and `info` binds it to its purpose and place. Base mode says
//! nothing about the sender: envelopes travel inside signed statements.

use std::convert::Infallible;

use floorwalk_wire::ReceiveKey;
use hpke::aead::{AeadTag, ChaCha20Poly1305};
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use zeroize::{Zeroize, Zeroizing};

use crate::error::{OpenError, SealError};
use crate::keys::ReceiveSecret;

type EncappedKey = <X25519HkdfSha256 as Kem>::EncappedKey;
type Tag = AeadTag<ChaCha20Poly1305>;

const ENCAPPED_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
/// Bytes of an envelope that are not plaintext.
pub const OVERHEAD_BYTES: usize = ENCAPPED_BYTES + TAG_BYTES;

/// Seals one message to a recipient.
///
/// # Errors
/// [`SealError::Recipient`] when the key is of small order.
pub fn seal(
    recipient: &ReceiveKey,
    info: &[u8],
    plaintext: &[u8],
    random: &[u8; 32],
) -> Result<Vec<u8>, SealError> {
    let public = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&recipient.0)
        .expect("any 32 bytes are read as an X25519 public key");
    let mut sealed = vec![0; ENCAPPED_BYTES];
    sealed.extend_from_slice(plaintext);
    let (encapped, tag) = hpke::single_shot_seal_inout_detached_with_rng::<
        ChaCha20Poly1305,
        HkdfSha256,
        X25519HkdfSha256,
    >(
        &OpModeS::Base,
        &public,
        info,
        (&mut sealed[ENCAPPED_BYTES..]).into(),
        b"",
        &mut Stream::derive(random, recipient, info, plaintext),
    )
    .map_err(|_| {
        sealed.zeroize();
        SealError::Recipient
    })?;
    sealed[..ENCAPPED_BYTES].copy_from_slice(&encapped.to_bytes());
    sealed.extend_from_slice(&tag.to_bytes());
    Ok(sealed)
}

/// Opens an envelope.
///
/// # Errors
/// [`OpenError::Damaged`] when it was sealed to another key or for another `info`, or changed.
pub fn open(
    secret: &ReceiveSecret,
    info: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (encapped, rest) = sealed.split_at_checked(ENCAPPED_BYTES).ok_or(OpenError::Damaged)?;
    let length = rest.len().checked_sub(TAG_BYTES).ok_or(OpenError::Damaged)?;
    let (ciphertext, tag) = rest.split_at(length);
    let encapped = EncappedKey::from_bytes(encapped).map_err(|_| OpenError::Damaged)?;
    let tag = Tag::from_bytes(tag).map_err(|_| OpenError::Damaged)?;
    let mut plaintext = Zeroizing::new(ciphertext.to_vec());
    hpke::single_shot_open_inout_detached::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        secret.private(),
        &encapped,
        info,
        plaintext.as_mut_slice().into(),
        b"",
        &tag,
    )
    .map_err(|_| OpenError::Damaged)?;
    Ok(plaintext)
}

/// The randomness of one encapsulation. It depends on the message too, so that random bytes used
/// twice by mistake don't seal two messages with one key.
struct Stream(blake3::OutputReader);

impl Stream {
    fn derive(random: &[u8; 32], recipient: &ReceiveKey, info: &[u8], plaintext: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("floorwalk/encapsulation/1");
        hasher.update(random).update(&recipient.0);
        hasher.update(blake3::hash(info).as_bytes()).update(plaintext);
        Self(hasher.finalize_xof())
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Stream {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn recipient() -> ReceiveSecret {
        ReceiveSecret::from_bytes(&[1; 32])
    }

    #[test]
    fn an_envelope_opens_for_its_recipient_and_info_only() {
        let sealed = seal(&recipient().public(), b"here", b"words", &[2; 32]).unwrap();
        assert_eq!(sealed.len(), OVERHEAD_BYTES + 5);
        assert_eq!(&open(&recipient(), b"here", &sealed).unwrap()[..], b"words");
        let other = ReceiveSecret::from_bytes(&[3; 32]);
        assert_eq!(open(&other, b"here", &sealed), Err(OpenError::Damaged));
        assert_eq!(open(&recipient(), b"there", &sealed), Err(OpenError::Damaged));
    }

    #[test]
    fn every_flipped_byte_and_every_truncation_is_refused() {
        let sealed = seal(&recipient().public(), b"here", b"words", &[2; 32]).unwrap();
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(open(&recipient(), b"here", &changed), Err(OpenError::Damaged));
            assert_eq!(open(&recipient(), b"here", &sealed[..place]), Err(OpenError::Damaged));
        }
    }

    #[test]
    fn random_bytes_used_twice_do_not_share_a_key() {
        let one = seal(&recipient().public(), b"here", b"words", &[2; 32]).unwrap();
        let two = seal(&recipient().public(), b"here", b"wards", &[2; 32]).unwrap();
        assert_ne!(one[..ENCAPPED_BYTES], two[..ENCAPPED_BYTES]);
    }

    #[test]
    fn a_recipient_key_of_small_order_is_refused() {
        let refused = seal(&ReceiveKey([0; 32]), b"here", b"words", &[2; 32]);
        assert_eq!(refused, Err(SealError::Recipient));
    }
}
