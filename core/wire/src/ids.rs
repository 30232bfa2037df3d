//! The ids, counters and times of the protocol, each its own type.
//!
//! Byte-string ids print as lower-case hexadecimal and parse from it; the short form that people
//! see is the caller's business.

use std::fmt;
use std::str::FromStr;

/// A text is not the hexadecimal of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id of {0} bytes is written as {n} hexadecimal digits", n = .0 * 2)]
pub struct IdError(pub usize);

macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $size:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $size]);

        impl $name {
            /// The number of bytes.
            pub const BYTES: usize = $size;

            /// The bytes.
            pub fn as_bytes(&self) -> &[u8; $size] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}(", stringify!($name))?;
                self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str("…)")
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                parse_hex(text).map(Self)
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = IdError;

            fn try_from(bytes: &[u8]) -> Result<Self, IdError> {
                bytes.try_into().map(Self).map_err(|_| IdError($size))
            }
        }
    };
}

byte_id! {
    /// A community (小区): BLAKE3 of its root Ed25519 public key.
    CommunityId, 32
}
byte_id! {
    /// A device: its Ed25519 public key (RFC 8032).
    DeviceId, 32
}
byte_id! {
    /// A device's X25519 public key (RFC 7748), to which scope keys are sealed.
    ReceiveKey, 32
}
byte_id! {
    /// An invitation: the Ed25519 public key derived from its one-time secret.
    InvitationId, 32
}
byte_id! {
    /// A unit of access: a building, or the community itself. Random.
    ScopeId, 16
}
byte_id! {
    /// One install of a device. Random; new after a detected clone or restore.
    Generation, 8
}
byte_id! {
    /// A parcel: BLAKE3 of all its bytes.
    ParcelId, 32
}
byte_id! {
    /// A sealed blob: BLAKE3 of its ciphertext.
    BlobId, 32
}
byte_id! {
    /// One history of a relay. Random; new after a restore.
    HistoryId, 16
}

impl CommunityId {
    /// The community of a root public key.
    pub fn derive(root: &DeviceId) -> Self {
        Self(*blake3::hash(&root.0).as_bytes())
    }
}

impl ScopeId {
    /// The list of membership statements, which every community has and no key seals.
    pub const MEMBERSHIP: Self = Self([0; 16]);
}

impl ParcelId {
    /// The predecessor of the first parcel of a log.
    pub const NONE: Self = Self([0; 32]);

    /// The id of a parcel's bytes.
    pub fn derive(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

impl BlobId {
    /// The id of a sealed blob's bytes.
    pub fn derive(ciphertext: &[u8]) -> Self {
        Self(*blake3::hash(ciphertext).as_bytes())
    }
}

/// The place of a parcel in its log: 1, 2, 3 … without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

/// The version of a scope's key, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u32);

/// A role as a number. Its meaning belongs to the complaint, which a relay does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleCode(pub u8);

impl RoleCode {
    /// The property office and its manager.
    const ERASING: [u8; 2] = [3, 5];

    /// Whether a relay erases blobs when a device of this role asks it to. The one thing that a
    /// relay knows about roles: anybody else could destroy evidence by asking.
    pub fn may_erase(self) -> bool {
        Self::ERASING.contains(&self.0)
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// One writer's numbered parcels in one scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId {
    /// The scope.
    pub scope: ScopeId,
    /// The device that signs.
    pub device: DeviceId,
    /// The install of that device.
    pub generation: Generation,
}

/// The last parcel of a log that somebody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogHead {
    /// The device that signs.
    pub device: DeviceId,
    /// The install of that device.
    pub generation: Generation,
    /// The number of the last parcel.
    pub seq: Seq,
    /// The id of the last parcel.
    pub parcel: ParcelId,
}

impl LogHead {
    /// Bytes of a log head in a layout: device, generation, seq, parcel.
    pub const BYTES: usize = 80;

    /// The log within `scope` that this is the head of.
    pub fn log(&self, scope: ScopeId) -> LogId {
        LogId { scope, device: self.device, generation: self.generation }
    }
}

fn parse_hex<const N: usize>(text: &str) -> Result<[u8; N], IdError> {
    let digits = text.as_bytes();
    if digits.len() != N * 2 {
        return Err(IdError(N));
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let high = (pair[0] as char).to_digit(16).ok_or(IdError(N))?;
        let low = (pair[1] as char).to_digit(16).ok_or(IdError(N))?;
        *byte = (high << 4 | low) as u8;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_id_is_read_back_from_what_it_prints() {
        let scope = ScopeId([0xab; 16]);
        assert_eq!(scope.to_string().parse::<ScopeId>().unwrap(), scope);
        assert!("ab".parse::<ScopeId>().is_err());
        assert!("zz".repeat(16).parse::<ScopeId>().is_err());
    }
}
