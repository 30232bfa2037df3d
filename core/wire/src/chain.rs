//! The relay's promise about order: a running hash over each list, signed.
//!
//! `chain(0) = BLAKE3("floorwalk/chain/1\0" ‖ history ‖ community ‖ scope)` and
//! `chain(n) = BLAKE3(chain(n-1) ‖ parcel id ‖ received_at)` with `received_at` as 8 bytes. A
//! relay that hides, reorders, re-dates or rewrites a parcel can't arrive at the chain that it
//! signed before.

use ed25519_dalek::SigningKey;

use crate::codec::{DecodeError, Reader, Writer};
use crate::ids::{CommunityId, DeviceId, HistoryId, ParcelId, ScopeId, Timestamp};
use crate::signing::{self, BadSignature, Domain, SIGNATURE_BYTES};

/// The running hash of a list up to a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    /// How many parcels it covers; the position of the last of them.
    pub position: u64,
    /// The hash.
    pub hash: [u8; 32],
}

impl Chain {
    /// The chain of an empty list.
    pub fn start(history: &HistoryId, community: &CommunityId, scope: &ScopeId) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"floorwalk/chain/1\0");
        hasher.update(&history.0).update(&community.0).update(&scope.0);
        Self { position: 0, hash: *hasher.finalize().as_bytes() }
    }

    /// The chain with one more parcel.
    #[must_use]
    pub fn next(&self, parcel: &ParcelId, received_at: Timestamp) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.hash).update(&parcel.0).update(&received_at.0.to_le_bytes());
        Self { position: self.position + 1, hash: *hasher.finalize().as_bytes() }
    }
}

/// Where a client stands in a list of one history of a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The history.
    pub history: HistoryId,
    /// The chain up to the last parcel received.
    pub chain: Chain,
}

/// A chain that a relay has signed. Layout: history 16 · community 32 · scope 16 · position 8 ·
/// chain 32 · signature 64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedHead {
    /// The history.
    pub history: HistoryId,
    /// The community.
    pub community: CommunityId,
    /// The list.
    pub scope: ScopeId,
    /// The chain.
    pub chain: Chain,
    /// The relay's signature.
    pub signature: [u8; SIGNATURE_BYTES],
}

impl SignedHead {
    /// Bytes of the layout.
    pub const BYTES: usize = 168;

    /// Signs a chain with the relay's key.
    pub fn sign(
        history: HistoryId,
        community: CommunityId,
        scope: ScopeId,
        chain: Chain,
        key: &SigningKey,
    ) -> Self {
        let mut head = Self { history, community, scope, chain, signature: [0; SIGNATURE_BYTES] };
        head.signature = signing::sign(Domain::RelayHead, &[&head.signed_bytes()], key);
        head
    }

    /// Checks that `relay` signed it.
    ///
    /// # Errors
    /// [`BadSignature`] when it did not.
    pub fn verify(&self, relay: &DeviceId) -> Result<(), BadSignature> {
        signing::verify(Domain::RelayHead, &[&self.signed_bytes()], relay, &self.signature)
    }

    /// Appends the layout.
    pub fn write(&self, writer: &mut Writer) {
        writer.bytes(&self.signed_bytes()).bytes(&self.signature);
    }

    /// Reads the layout; the signature is not checked.
    ///
    /// # Errors
    /// [`DecodeError::TooShort`] at the end.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            history: HistoryId(reader.array()?),
            community: CommunityId(reader.array()?),
            scope: ScopeId(reader.array()?),
            chain: Chain { position: reader.u64()?, hash: reader.array()? },
            signature: reader.array()?,
        })
    }

    fn signed_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(Self::BYTES);
        writer
            .bytes(&self.history.0)
            .bytes(&self.community.0)
            .bytes(&self.scope.0)
            .u64(self.chain.position)
            .bytes(&self.chain.hash);
        writer.finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn hiding_reordering_or_redating_a_parcel_changes_the_chain() {
        let start = Chain::start(&HistoryId([1; 16]), &CommunityId([2; 32]), &ScopeId([3; 16]));
        let (a, b) = (ParcelId([4; 32]), ParcelId([5; 32]));
        let honest = start.next(&a, Timestamp(1)).next(&b, Timestamp(2));
        assert_eq!(honest, start.next(&a, Timestamp(1)).next(&b, Timestamp(2)));
        assert_ne!(honest, start.next(&b, Timestamp(1)).next(&a, Timestamp(2)));
        assert_ne!(honest, start.next(&a, Timestamp(1)).next(&b, Timestamp(3)));
        assert_ne!(honest.hash, start.next(&b, Timestamp(2)).hash);
    }

    #[test]
    fn a_signed_head_is_read_back_and_verifies_only_for_its_relay() {
        let key = SigningKey::from_bytes(&[9; 32]);
        let (history, community, scope) =
            (HistoryId([1; 16]), CommunityId([2; 32]), ScopeId([3; 16]));
        let chain = Chain::start(&history, &community, &scope);
        let head = SignedHead::sign(history, community, scope, chain, &key);
        let mut writer = Writer::default();
        head.write(&mut writer);
        let bytes = writer.finish();
        assert_eq!(bytes.len(), SignedHead::BYTES);
        let read = SignedHead::read(&mut Reader::new(&bytes)).unwrap();
        read.verify(&signing::device_id(&key)).unwrap();
        let other = signing::device_id(&SigningKey::from_bytes(&[8; 32]));
        assert_eq!(read.verify(&other), Err(BadSignature));
    }
}
