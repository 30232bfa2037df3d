//! The root's keys, and the file in which they rest under a passphrase.
//!
//! ```text
//!   0   3  magic "FWR"
//!   3   1  version, 1
//!   4  32  community
//!  36   4  Argon2id memory, in KiB
//!  40   4  Argon2id passes
//!  44   4  Argon2id lanes
//!  48  16  salt
//!  64  24  nonce
//!  88  80  Ed25519 seed 32 · X25519 private key 32, sealed (XChaCha20-Poly1305), tag 16
//! 168  32  BLAKE3 of bytes 0..168
//! ```
//!
//! The sealing key is Argon2id (RFC 9106) of the passphrase; bytes 0..88 are the associated data.
//! The hash at the end tells a damaged file from a wrong passphrase; it protects nothing. The
//! founding desk keeps its sealed root in the same format.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use ed25519_dalek::SigningKey;
use floorwalk_wire::codec::{DecodeError, Reader, Writer};
use floorwalk_wire::{CommunityId, DeviceId, ReceiveKey, signing};
use zeroize::Zeroizing;

use crate::keys::{DeviceKeys, ReceiveSecret};
use crate::limits::{STRETCH_LANES_MAX, STRETCH_MEMORY_KIB_MAX, STRETCH_PASSES_MAX};
use crate::passphrase::canonical;

const MAGIC: [u8; 3] = *b"FWR";
const VERSION: u8 = 1;
const CLEAR_BYTES: usize = 88;
const SEALED_BYTES: usize = 80;
const SUMMED_BYTES: usize = CLEAR_BYTES + SEALED_BYTES;

/// The community's root: an Ed25519 key that makes administrators, and an X25519 key to which
/// every scope key is sealed as well.
#[derive(Clone)]
pub struct RootKeys(DeviceKeys);

impl RootKeys {
    /// Makes the root of a new community from two independent random seeds.
    pub fn from_seeds(signing: &[u8; 32], recovery: &[u8; 32]) -> Self {
        Self(DeviceKeys::from_seeds(signing, recovery))
    }

    /// The community that this root founds.
    pub fn community(&self) -> CommunityId {
        CommunityId::derive(&self.root())
    }

    /// The root's public signing key.
    pub fn root(&self) -> DeviceId {
        signing::device_id(self.0.signing_key())
    }

    /// The recovery key's public half.
    pub fn recovery(&self) -> ReceiveKey {
        self.0.receive()
    }

    /// The key that signs the founding and the administrators' certificates.
    pub fn signing_key(&self) -> &SigningKey {
        self.0.signing_key()
    }

    /// The key that opens every rotation.
    pub fn recovery_secret(&self) -> &ReceiveSecret {
        self.0.receive_secret()
    }
}

impl fmt::Debug for RootKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RootKeys").field("community", &self.community()).finish_non_exhaustive()
    }
}

/// What trying one passphrase costs (Argon2id, RFC 9106), within our limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StretchCost(Params);

impl StretchCost {
    /// A cost from memory in KiB, passes and lanes.
    ///
    /// # Errors
    /// [`RecoveryError::Cost`] when Argon2 or our limits do not allow it.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, RecoveryError> {
        let allowed = memory_kib <= STRETCH_MEMORY_KIB_MAX
            && passes <= STRETCH_PASSES_MAX
            && lanes <= STRETCH_LANES_MAX;
        let params = allowed.then(|| Params::new(memory_kib, passes, lanes, Some(32)));
        params.and_then(Result::ok).map(Self).ok_or(RecoveryError::Cost)
    }

    /// 64 MiB and three passes, as in the second recommended option of RFC 9106 §4, in one lane:
    /// its four would be computed here one after the other, and side by side by an attacker.
    pub fn recommended() -> Self {
        Self::new(64 * 1024, 3, 1).expect("the recommended cost is within the limits")
    }

    fn stretch(
        &self,
        passphrase: &str,
        salt: &[u8; 16],
    ) -> Result<Zeroizing<[u8; 32]>, RecoveryError> {
        let passphrase = canonical(passphrase);
        if passphrase.is_empty() {
            return Err(RecoveryError::EmptyPassphrase);
        }
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.0.clone())
            .hash_password_into(passphrase.as_bytes(), salt, &mut *key)
            .map_err(|_| RecoveryError::Memory)?;
        Ok(key)
    }
}

/// A whole, undamaged recovery file, not yet opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryFile {
    community: CommunityId,
    cost: StretchCost,
    salt: [u8; 16],
    nonce: [u8; 24],
    bytes: Vec<u8>,
}

/// Why a recovery file does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryError {
    /// It is something else.
    #[error("this is not a recovery file")]
    NotARecoveryFile,
    /// It was made by a newer version.
    #[error("the recovery file is of version {0}, newer than this program: update it first")]
    Newer(u8),
    /// It was cut off or changed since it was made.
    #[error("the recovery file is damaged: try another copy")]
    Damaged,
    /// The file is whole, and the passphrase is another.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// There is nothing to stretch.
    #[error("the passphrase is empty")]
    EmptyPassphrase,
    /// The cost is beyond what we allow.
    #[error("the cost of trying a passphrase is out of bounds")]
    Cost,
    /// There was no memory to try the passphrase with.
    #[error("out of memory while trying the passphrase")]
    Memory,
}

impl RecoveryFile {
    /// Seals a root under a passphrase; salt and nonce are random and for this file alone.
    ///
    /// # Errors
    /// [`RecoveryError::EmptyPassphrase`], or [`RecoveryError::Memory`].
    pub fn seal(
        root: &RootKeys,
        passphrase: &str,
        cost: StretchCost,
        salt: [u8; 16],
        nonce: [u8; 24],
    ) -> Result<Self, RecoveryError> {
        let key = cost.stretch(passphrase, &salt)?;
        let community = root.community();
        let mut writer = Writer::with_capacity(SUMMED_BYTES + 32);
        writer.bytes(&MAGIC).u8(VERSION).bytes(&community.0);
        writer.u32(cost.0.m_cost()).u32(cost.0.t_cost()).u32(cost.0.p_cost());
        writer.bytes(&salt).bytes(&nonce);
        let mut bytes = writer.finish();
        let mut secrets = Zeroizing::new([0; 64]);
        secrets[..32].copy_from_slice(root.signing_key().as_bytes());
        secrets[32..].copy_from_slice(&*root.recovery_secret().to_secret_bytes());
        let payload = Payload { msg: &*secrets, aad: &bytes };
        let sealed = XChaCha20Poly1305::new(&(*key).into()).encrypt(&nonce.into(), payload);
        bytes.extend(sealed.expect("64 bytes are less than the cipher takes"));
        bytes.extend(blake3::hash(&bytes).as_bytes());
        Ok(Self { community, cost, salt, nonce, bytes })
    }

    /// Reads a file: magic, version, wholeness and cost.
    ///
    /// # Errors
    /// [`RecoveryError`] says which of them does not hold.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecoveryError> {
        if !bytes.starts_with(&MAGIC) {
            return Err(RecoveryError::NotARecoveryFile);
        }
        match bytes.get(MAGIC.len()) {
            Some(&VERSION) => {}
            None | Some(0) => return Err(RecoveryError::Damaged),
            Some(&newer) => return Err(RecoveryError::Newer(newer)),
        }
        let (summed, hash) = bytes.split_at_checked(SUMMED_BYTES).ok_or(RecoveryError::Damaged)?;
        if hash != blake3::hash(summed).as_bytes() {
            return Err(RecoveryError::Damaged);
        }
        let mut reader = Reader::new(&summed[MAGIC.len() + 1..]);
        let community = CommunityId(reader.array()?);
        let cost = StretchCost::new(reader.u32()?, reader.u32()?, reader.u32()?)?;
        let (salt, nonce) = (reader.array()?, reader.array()?);
        Ok(Self { community, cost, salt, nonce, bytes: bytes.to_vec() })
    }

    /// The file's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The community whose root it holds, as the file says in the clear.
    pub fn community(&self) -> CommunityId {
        self.community
    }

    /// Tries a passphrase. With the recommended cost that takes a good part of a second.
    ///
    /// # Errors
    /// [`RecoveryError::WrongPassphrase`] with another; [`RecoveryError::Damaged`] when the root
    /// inside is not this community's.
    pub fn open(&self, passphrase: &str) -> Result<RootKeys, RecoveryError> {
        let key = self.cost.stretch(passphrase, &self.salt)?;
        let (clear, sealed) = self.bytes[..SUMMED_BYTES].split_at(CLEAR_BYTES);
        let payload = Payload { msg: sealed, aad: clear };
        let secrets = XChaCha20Poly1305::new(&(*key).into())
            .decrypt(&self.nonce.into(), payload)
            .map(Zeroizing::new)
            .map_err(|_| RecoveryError::WrongPassphrase)?;
        let mut reader = Reader::new(&secrets);
        let signing = Zeroizing::new(reader.array()?);
        let recovery = Zeroizing::new(reader.array()?);
        let root = RootKeys::from_seeds(&signing, &recovery);
        if root.community() != self.community {
            return Err(RecoveryError::Damaged);
        }
        Ok(root)
    }
}

impl From<DecodeError> for RecoveryError {
    fn from(_: DecodeError) -> Self {
        Self::Damaged
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn root() -> RootKeys {
        RootKeys::from_seeds(&[1; 32], &[2; 32])
    }

    fn file(passphrase: &str) -> RecoveryFile {
        let cheap = StretchCost::new(8, 1, 1).unwrap();
        RecoveryFile::seal(&root(), passphrase, cheap, [3; 16], [4; 24]).unwrap()
    }

    /// The file with a change, made whole again, as only a forger would.
    fn forged(change: impl Fn(&mut [u8])) -> Vec<u8> {
        let mut bytes = file("right").as_bytes()[..SUMMED_BYTES].to_vec();
        change(&mut bytes);
        bytes.extend(blake3::hash(&bytes.clone()).as_bytes());
        bytes
    }

    #[test]
    fn the_passphrase_gives_the_root_back() {
        let read = RecoveryFile::from_bytes(file("right").as_bytes()).unwrap();
        assert_eq!(read, file("right"));
        assert_eq!(read.community(), root().community());
        let opened = read.open(" right\n").unwrap();
        assert_eq!(opened.root(), root().root());
        assert_eq!(opened.recovery(), root().recovery());
        let made = crate::make_passphrase([0x5a; 15]);
        file(&made).open(&made.to_lowercase().replace('-', " ")).unwrap();
    }

    #[test]
    fn a_wrong_passphrase_is_told_from_damage_and_from_another_file() {
        assert_eq!(file("right").open("wrong").unwrap_err(), RecoveryError::WrongPassphrase);
        assert_eq!(file("right").open("Right").unwrap_err(), RecoveryError::WrongPassphrase);
        let bytes = file("right").as_bytes().to_vec();
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 0xff;
            let expected = match place {
                0..3 => RecoveryError::NotARecoveryFile,
                3 => RecoveryError::Newer(0xfe),
                _ => RecoveryError::Damaged,
            };
            assert_eq!(RecoveryFile::from_bytes(&changed).unwrap_err(), expected, "byte {place}");
        }
        for length in 3..bytes.len() {
            let refused = RecoveryFile::from_bytes(&bytes[..length]).unwrap_err();
            assert_eq!(refused, RecoveryError::Damaged);
        }
        assert_eq!(RecoveryFile::from_bytes(b"").unwrap_err(), RecoveryError::NotARecoveryFile);
    }

    #[test]
    fn a_forged_file_does_not_open_and_its_cost_is_bounded() {
        let honest = RecoveryFile::from_bytes(&forged(|_| ())).unwrap();
        honest.open("right").unwrap();
        for place in 4..SUMMED_BYTES {
            let changed = forged(|bytes| bytes[place] ^= 1);
            let opened = RecoveryFile::from_bytes(&changed).and_then(|file| file.open("right"));
            assert!(opened.is_err(), "byte {place} was changed unnoticed");
        }
        for place in [36, 40, 44] {
            let costly = forged(|bytes| bytes[place..place + 4].fill(0xff));
            assert_eq!(RecoveryFile::from_bytes(&costly).unwrap_err(), RecoveryError::Cost);
        }
    }

    #[test]
    fn an_empty_passphrase_is_refused() {
        let cheap = StretchCost::new(8, 1, 1).unwrap();
        let refused = RecoveryFile::seal(&root(), " \n", cheap, [3; 16], [4; 24]);
        assert_eq!(refused.unwrap_err(), RecoveryError::EmptyPassphrase);
    }
}
