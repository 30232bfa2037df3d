//! Ed25519 signatures with a domain prefix for every signed kind.
//!
//! The prefix keeps a signature made for one purpose from being taken for another. Verification
//! is always the strict one (no small-order keys, no malleable encodings; RFC 8032 §5.1.7 and
//! ed25519-dalek's `verify_strict`).

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::ids::DeviceId;

/// What a signature is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// A parcel of changes.
    Parcel,
    /// A parcel that holds a membership statement.
    Statement,
    /// The proof of an invitation's secret by a joining device.
    Acceptance,
    /// The answer to a session's challenge.
    Hello,
    /// A relay's head of a list.
    RelayHead,
    /// A dossier, by the device that exported it.
    Dossier,
    /// The facts of a piece of evidence, as its device took it in.
    Evidence,
}

impl Domain {
    fn prefix(self) -> &'static [u8] {
        match self {
            Self::Parcel => b"floorwalk/parcel/1\0",
            Self::Statement => b"floorwalk/statement/1\0",
            Self::Acceptance => b"floorwalk/acceptance/1\0",
            Self::Hello => b"floorwalk/hello/1\0",
            Self::RelayHead => b"floorwalk/relay-head/1\0",
            Self::Dossier => b"floorwalk/dossier/1\0",
            Self::Evidence => b"floorwalk/evidence/1\0",
        }
    }
}

/// A signature does not belong to the key and bytes that it came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct BadSignature;

/// Bytes of an Ed25519 signature.
pub const SIGNATURE_BYTES: usize = 64;

/// Signs `domain prefix ‖ parts…`.
pub fn sign(domain: Domain, parts: &[&[u8]], key: &SigningKey) -> [u8; SIGNATURE_BYTES] {
    key.sign(&prefixed(domain, parts)).to_bytes()
}

/// Verifies `domain prefix ‖ parts…` strictly.
///
/// # Errors
/// [`BadSignature`] when the key is no point, weak, or did not sign these bytes.
pub fn verify(
    domain: Domain,
    parts: &[&[u8]],
    key: &DeviceId,
    signature: &[u8; SIGNATURE_BYTES],
) -> Result<(), BadSignature> {
    VerifyingKey::from_bytes(&key.0)
        .and_then(|key| {
            key.verify_strict(&prefixed(domain, parts), &Signature::from_bytes(signature))
        })
        .map_err(|_| BadSignature)
}

/// The public half of a signing key, as a device id.
pub fn device_id(key: &SigningKey) -> DeviceId {
    DeviceId(key.verifying_key().to_bytes())
}

fn prefixed(domain: Domain, parts: &[&[u8]]) -> Vec<u8> {
    let prefix = domain.prefix();
    let length = prefix.len() + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut message = Vec::with_capacity(length);
    message.extend_from_slice(prefix);
    parts.iter().for_each(|part| message.extend_from_slice(part));
    message
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_signature_counts_for_its_own_domain_only() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let signature = sign(Domain::Parcel, &[b"one", b"two"], &key);
        verify(Domain::Parcel, &[b"onetwo"], &device_id(&key), &signature).unwrap();
        let elsewhere = verify(Domain::Statement, &[b"onetwo"], &device_id(&key), &signature);
        assert_eq!(elsewhere, Err(BadSignature));
    }
}
