//! A device's two key pairs: Ed25519 to sign (RFC 8032), X25519 to receive (RFC 7748).
//!
//! The secret form, for the keychain of the system:
//!
//! ```text
//!  0   1  version, 1
//!  1  32  Ed25519 seed
//! 33  32  X25519 private key
//! ```
//!
//! The same pair of keys, made from other secrets, serves an invitation and the root.

use std::fmt;

use ed25519_dalek::SigningKey;
use floorwalk_wire::codec::Reader;
use floorwalk_wire::{DeviceId, ReceiveKey, signing};
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, Serializable};
use zeroize::Zeroizing;

use crate::error::{OpenError, check_version};

/// The private half of a [`ReceiveKey`].
#[derive(Clone)]
pub struct ReceiveSecret {
    private: <X25519HkdfSha256 as Kem>::PrivateKey,
    public: ReceiveKey,
}

impl ReceiveSecret {
    /// Takes 32 secret bytes, clamped as RFC 7748 says.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        let private = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(bytes)
            .expect("any 32 bytes are clamped to an X25519 private key");
        let public = X25519HkdfSha256::sk_to_pk(&private);
        Self { private, public: ReceiveKey(public.to_bytes().into()) }
    }

    /// The public half.
    pub fn public(&self) -> ReceiveKey {
        self.public
    }

    /// The clamped secret itself, for a safe place.
    pub fn to_secret_bytes(&self) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0; 32]);
        self.private.write_exact(&mut *bytes);
        bytes
    }

    pub(crate) fn private(&self) -> &<X25519HkdfSha256 as Kem>::PrivateKey {
        &self.private
    }
}

impl fmt::Debug for ReceiveSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiveSecret").field("public", &self.public).finish_non_exhaustive()
    }
}

/// What makes a device that device. Kept in the system's keychain, never sent.
#[derive(Clone)]
pub struct DeviceKeys {
    signing: SigningKey,
    receive: ReceiveSecret,
}

const VERSION: u8 = 1;

impl DeviceKeys {
    /// Bytes of the secret form.
    pub const SECRET_BYTES: usize = 65;

    /// Makes the keys of a new device from two independent random seeds.
    pub fn from_seeds(signing: &[u8; 32], receive: &[u8; 32]) -> Self {
        let receive = ReceiveSecret::from_bytes(receive);
        Self { signing: SigningKey::from_bytes(signing), receive }
    }

    /// The device's id: its public signing key.
    pub fn device(&self) -> DeviceId {
        signing::device_id(&self.signing)
    }

    /// Where scope keys are sealed to.
    pub fn receive(&self) -> ReceiveKey {
        self.receive.public()
    }

    /// The key that signs parcels.
    pub fn signing_key(&self) -> &SigningKey {
        &self.signing
    }

    /// The key that opens what was sealed to [`DeviceKeys::receive`].
    pub fn receive_secret(&self) -> &ReceiveSecret {
        &self.receive
    }

    /// The secret form.
    pub fn to_secret_bytes(&self) -> Zeroizing<[u8; Self::SECRET_BYTES]> {
        let mut bytes = Zeroizing::new([0; Self::SECRET_BYTES]);
        bytes[0] = VERSION;
        bytes[1..33].copy_from_slice(self.signing.as_bytes());
        bytes[33..].copy_from_slice(&*self.receive.to_secret_bytes());
        bytes
    }

    /// Reads the secret form.
    ///
    /// # Errors
    /// [`OpenError::Newer`] or [`OpenError::Malformed`] when it is no secret form of this version.
    pub fn from_secret_bytes(bytes: &[u8]) -> Result<Self, OpenError> {
        let mut reader = Reader::new(bytes);
        check_version("device keys", reader.u8()?, VERSION)?;
        let signing = Zeroizing::new(reader.array()?);
        let receive = Zeroizing::new(reader.array()?);
        reader.finish()?;
        Ok(Self::from_seeds(&signing, &receive))
    }
}

impl fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceKeys")
            .field("device", &self.device())
            .field("receive", &self.receive())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use floorwalk_wire::codec::DecodeError;

    use super::*;

    #[test]
    fn keys_come_back_from_their_secret_form() {
        let keys = DeviceKeys::from_seeds(&[1; 32], &[2; 32]);
        let read = DeviceKeys::from_secret_bytes(&*keys.to_secret_bytes()).unwrap();
        assert_eq!(read.device(), keys.device());
        assert_eq!(read.receive(), keys.receive());
        assert_eq!(read.to_secret_bytes(), keys.to_secret_bytes());
    }

    #[test]
    fn a_secret_form_of_another_length_or_version_is_refused() {
        let bytes = DeviceKeys::from_seeds(&[1; 32], &[2; 32]).to_secret_bytes();
        for length in 0..bytes.len() {
            assert!(DeviceKeys::from_secret_bytes(&bytes[..length]).is_err());
        }
        let mut newer = *bytes;
        newer[0] = 2;
        let refused = DeviceKeys::from_secret_bytes(&newer).unwrap_err();
        assert_eq!(refused, OpenError::Newer { what: "device keys", version: 2 });
        let longer = [&bytes[..], &[0]].concat();
        let refused = DeviceKeys::from_secret_bytes(&longer).unwrap_err();
        assert_eq!(refused, OpenError::Malformed(DecodeError::TrailingBytes(1)));
    }

    #[test]
    fn printed_keys_show_their_public_halves_only() {
        let keys = DeviceKeys::from_seeds(&[0x5c; 32], &[0x6d; 32]);
        let printed = format!("{keys:?} {:?}", keys.receive_secret());
        assert!(printed.contains("DeviceId("));
        assert!(!printed.contains("5c5c") && !printed.contains("6d6d"));
        assert!(!printed.contains("92, 92") && !printed.contains("109, 109"));
    }
}
