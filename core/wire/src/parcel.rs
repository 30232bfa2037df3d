//! The parcel: a signed header and a body, immutable, named by the hash of all its bytes.
//!
//! ```text
//!   0   3  magic "FWP"
//!   3   1  version, 1
//!   4   1  kind: 1 changes, 2 kept for checkpoints, 3 membership statement
//!   5   3  zero
//!   8  32  community
//!  40  16  scope; zero for statements
//!  56  32  device that signs
//!  88   8  generation of that device
//!  96   8  seq in the log (scope, device, generation), from 1 without gaps
//! 104  32  id of the previous parcel of the log; zero for the first
//! 136   4  epoch of the scope key; zero for statements
//! 140   4  body length
//! 144  32  BLAKE3 of the body
//! 176  64  Ed25519 signature over domain prefix ‖ bytes 0..176
//! 240   …  body
//! ```
//!
//! [`Parcel`] has a well-formed header and a body that matches it; only [`Parcel::verify`] makes
//! a [`VerifiedParcel`], whose signature is the device's. Neither says that the device may write
//! in the scope: that is [`crate::membership`]'s.

use std::sync::Arc;

use ed25519_dalek::SigningKey;

use crate::codec::{DecodeError, Reader, Writer};
use crate::ids::{
    CommunityId, DeviceId, Epoch, Generation, LogHead, LogId, ParcelId, ScopeId, Seq,
};
use crate::limits::PARCEL_BODY_BYTES_MAX;
use crate::signing::{self, BadSignature, Domain, SIGNATURE_BYTES};

/// Bytes of a header, signature included.
pub const HEADER_BYTES: usize = 240;
const SIGNED_BYTES: usize = HEADER_BYTES - SIGNATURE_BYTES;
const MAGIC: [u8; 3] = *b"FWP";
const VERSION: u8 = 1;
/// The greatest number of a parcel: what every database and every language can hold exactly.
const SEQ_MAX: Seq = Seq(1 << 53);

/// What a body holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ParcelKind {
    /// Sealed changes of documents.
    Changes,
    /// A membership statement in the clear.
    Statement,
}

impl ParcelKind {
    fn code(self) -> u8 {
        match self {
            Self::Changes => 1,
            Self::Statement => 3,
        }
    }

    fn domain(self) -> Domain {
        match self {
            Self::Changes => Domain::Parcel,
            Self::Statement => Domain::Statement,
        }
    }
}

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What the body holds.
    pub kind: ParcelKind,
    /// The community.
    pub community: CommunityId,
    /// The scope, [`ScopeId::MEMBERSHIP`] for statements.
    pub scope: ScopeId,
    /// The device that signs.
    pub device: DeviceId,
    /// The install of that device.
    pub generation: Generation,
    /// Place in the log.
    pub seq: Seq,
    /// The parcel before it in the log, [`ParcelId::NONE`] for the first.
    pub previous: ParcelId,
    /// Epoch of the scope key that seals the body, 0 for statements.
    pub epoch: Epoch,
}

impl Header {
    /// The log that this parcel belongs to.
    pub fn log(&self) -> LogId {
        LogId { scope: self.scope, device: self.device, generation: self.generation }
    }

    /// The bytes that identify header and place, without body and signature: the associated data
    /// of a sealed body.
    pub fn to_associated_data(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(HEADER_BYTES);
        self.write(&mut writer);
        writer.finish()
    }

    fn write(&self, writer: &mut Writer) {
        writer
            .bytes(&MAGIC)
            .u8(VERSION)
            .u8(self.kind.code())
            .bytes(&[0; 3])
            .bytes(&self.community.0)
            .bytes(&self.scope.0)
            .bytes(&self.device.0)
            .bytes(&self.generation.0)
            .u64(self.seq.0)
            .bytes(&self.previous.0)
            .u32(self.epoch.0);
    }
}

/// Why bytes are no parcel. Always the sender's fault, or damage on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParcelError {
    /// The layout does not hold.
    #[error("not a parcel: {0}")]
    Malformed(#[from] DecodeError),
    /// A header that contradicts itself.
    #[error("the header contradicts itself: {0}")]
    Inconsistent(&'static str),
    /// The body is not the one that the header was signed for.
    #[error("the body does not match the header's hash")]
    BodyHash,
    /// The device did not sign this.
    #[error(transparent)]
    Signature(#[from] BadSignature),
}

/// A well-formed parcel whose signature has not been looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    header: Header,
    id: ParcelId,
    bytes: Arc<[u8]>,
}

impl Parcel {
    /// Reads a parcel: layout, limits, consistency and body hash.
    ///
    /// # Errors
    /// [`ParcelError`] unless all of them hold.
    pub fn parse(bytes: impl Into<Arc<[u8]>>) -> Result<Self, ParcelError> {
        let bytes = bytes.into();
        let (header, body_hash, body) = read(&bytes)?;
        if *blake3::hash(body).as_bytes() != body_hash {
            return Err(ParcelError::BodyHash);
        }
        let id = ParcelId::derive(&bytes);
        Ok(Self { header, id, bytes })
    }

    /// Checks that the header's device signed it.
    ///
    /// # Errors
    /// [`ParcelError::Signature`] when it did not.
    pub fn verify(self) -> Result<VerifiedParcel, ParcelError> {
        let signature = self.bytes[SIGNED_BYTES..HEADER_BYTES]
            .try_into()
            .expect("a parsed parcel holds a whole header");
        signing::verify(
            self.header.kind.domain(),
            &[&self.bytes[..SIGNED_BYTES]],
            &self.header.device,
            signature,
        )?;
        Ok(VerifiedParcel(self))
    }

    /// What the header says.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The hash of all its bytes.
    pub fn id(&self) -> ParcelId {
        self.id
    }

    /// All its bytes, as received.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }
}

/// A parcel whose device signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedParcel(Parcel);

impl VerifiedParcel {
    /// Signs a body. `header.device` must be the key's own id.
    ///
    /// # Errors
    /// [`ParcelError::Malformed`] when the body is over [`PARCEL_BODY_BYTES_MAX`],
    /// [`ParcelError::Inconsistent`] for a header that could not be read back.
    pub fn sign(header: Header, body: &[u8], key: &SigningKey) -> Result<Self, ParcelError> {
        if header.device != signing::device_id(key) {
            return Err(ParcelError::Inconsistent("signed by another key"));
        }
        let mut writer = Writer::with_capacity(HEADER_BYTES + body.len());
        header.write(&mut writer);
        writer.count(body.len()).bytes(blake3::hash(body).as_bytes());
        let mut bytes = writer.finish();
        let signature = signing::sign(header.kind.domain(), &[&bytes], key);
        bytes.extend_from_slice(&signature);
        bytes.extend_from_slice(body);
        Parcel::parse(bytes).map(Self)
    }

    /// Takes bytes from a store that verified them before it kept them, without the cost of
    /// verifying again; layout and body hash are still checked.
    ///
    /// # Errors
    /// [`ParcelError`] when the store's bytes are damaged.
    pub fn from_trusted_store(bytes: impl Into<Arc<[u8]>>) -> Result<Self, ParcelError> {
        Parcel::parse(bytes).map(Self)
    }

    /// What the header says.
    pub fn header(&self) -> &Header {
        &self.0.header
    }

    /// The hash of all its bytes.
    pub fn id(&self) -> ParcelId {
        self.0.id
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.0.bytes[HEADER_BYTES..]
    }

    /// All its bytes, as received.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.0.bytes
    }

    /// This parcel as the head of its log.
    pub fn head(&self) -> LogHead {
        let Header { device, generation, seq, .. } = self.0.header;
        LogHead { device, generation, seq, parcel: self.0.id }
    }
}

fn read(bytes: &[u8]) -> Result<(Header, [u8; 32], &[u8]), ParcelError> {
    let mut reader = Reader::new(bytes);
    let magic = reader.array::<3>()?;
    if magic != MAGIC {
        return Err(DecodeError::Unknown { what: "magic", value: u64::from(magic[0]) }.into());
    }
    let version = reader.u8()?;
    if version != VERSION {
        return Err(DecodeError::Unknown { what: "version", value: version.into() }.into());
    }
    let kind = match reader.u8()? {
        1 => ParcelKind::Changes,
        3 => ParcelKind::Statement,
        other => {
            return Err(DecodeError::Unknown { what: "kind", value: other.into() }.into());
        }
    };
    if reader.array::<3>()? != [0; 3] {
        return Err(ParcelError::Inconsistent("reserved bytes are not zero"));
    }
    let header = Header {
        kind,
        community: CommunityId(reader.array()?),
        scope: ScopeId(reader.array()?),
        device: DeviceId(reader.array()?),
        generation: Generation(reader.array()?),
        seq: Seq(reader.u64()?),
        previous: ParcelId(reader.array()?),
        epoch: Epoch(reader.u32()?),
    };
    let value = reader.u32()? as usize;
    if value > PARCEL_BODY_BYTES_MAX {
        let limit = PARCEL_BODY_BYTES_MAX;
        return Err(DecodeError::OverLimit { what: "body", value, limit }.into());
    }
    let body_hash = reader.array()?;
    reader.array::<SIGNATURE_BYTES>()?;
    let body = reader.bytes(value)?;
    reader.finish()?;
    check(&header)?;
    Ok((header, body_hash, body))
}

fn check(header: &Header) -> Result<(), ParcelError> {
    let first = header.seq == Seq(1);
    let clear = header.scope == ScopeId::MEMBERSHIP && header.epoch == Epoch(0);
    if header.seq == Seq(0) || header.seq > SEQ_MAX {
        Err(ParcelError::Inconsistent("seq is from 1 to 2^53"))
    } else if first != (header.previous == ParcelId::NONE) {
        Err(ParcelError::Inconsistent("only the first parcel has no predecessor"))
    } else if (header.kind == ParcelKind::Statement) != clear {
        Err(ParcelError::Inconsistent("statements alone are in the membership list, unsealed"))
    } else if header.kind == ParcelKind::Changes && header.epoch == Epoch(0) {
        Err(ParcelError::Inconsistent("changes are sealed under an epoch from 1"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[3; 32])
    }

    fn header() -> Header {
        let device = signing::device_id(&key());
        Header {
            kind: ParcelKind::Changes,
            community: CommunityId::derive(&device),
            scope: ScopeId([5; 16]),
            device,
            generation: Generation([6; 8]),
            seq: Seq(1),
            previous: ParcelId::NONE,
            epoch: Epoch(1),
        }
    }

    #[test]
    fn a_signed_parcel_is_read_back_and_verifies() {
        let signed = VerifiedParcel::sign(header(), b"sealed", &key()).unwrap();
        let read = Parcel::parse(signed.bytes().clone()).unwrap().verify().unwrap();
        assert_eq!(read, signed);
        assert_eq!(read.body(), b"sealed");
    }

    #[test]
    fn any_flipped_byte_is_refused() {
        let signed = VerifiedParcel::sign(header(), b"sealed", &key()).unwrap();
        for place in 0..signed.bytes().len() {
            let mut bytes = signed.bytes().to_vec();
            bytes[place] ^= 1;
            let outcome = Parcel::parse(bytes).and_then(Parcel::verify);
            assert!(outcome.is_err(), "byte {place} was changed unnoticed");
        }
    }

    #[test]
    fn a_truncated_parcel_is_refused() {
        let signed = VerifiedParcel::sign(header(), b"sealed", &key()).unwrap();
        for length in 0..signed.bytes().len() {
            assert!(Parcel::parse(signed.bytes()[..length].to_vec()).is_err());
        }
    }

    #[test]
    fn an_oversized_body_is_refused_by_its_length_alone() {
        let signed = VerifiedParcel::sign(header(), b"sealed", &key()).unwrap();
        let mut bytes = signed.bytes().to_vec();
        bytes[140..144].copy_from_slice(&u32::MAX.to_le_bytes());
        let outcome = Parcel::parse(bytes);
        assert!(matches!(
            outcome,
            Err(ParcelError::Malformed(DecodeError::OverLimit { what: "body", .. }))
        ));
    }

    #[test]
    fn a_statement_outside_the_membership_list_is_refused() {
        let stray = Header { kind: ParcelKind::Statement, ..header() };
        assert!(VerifiedParcel::sign(stray, b"", &key()).is_err());
        let proper = Header { scope: ScopeId::MEMBERSHIP, epoch: Epoch(0), ..stray };
        VerifiedParcel::sign(proper, b"", &key()).unwrap();
    }
}
