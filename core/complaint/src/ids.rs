//! Ids of documents, actors, changes and events.
//!
//! An actor says which install wrote a change, so it is derived and never chosen; an event's id
//! says which operation put it there, so nobody can take another's. Which device and role stand
//! behind an actor is for the caller to know (`Authors`).

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

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
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                parse_hex(text).map(Self).ok_or(Error::Id)
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = Error;

            fn try_from(bytes: &[u8]) -> Result<Self, Error> {
                bytes.try_into().map(Self).map_err(|_| Error::Id)
            }
        }
    };
}

byte_id! {
    /// A document. A complaint's id is 8 random bytes and 8 that bind them to its scope; all zeros
    /// is the community's document.
    DocumentId, 16
}
byte_id! {
    /// One install of one device, as Automerge names writers.
    Actor, 16
}
byte_id! {
    /// A change: SHA-256 over its chunk, as Automerge's storage format defines it.
    ChangeHash, 32
}

byte_id! {
    /// A piece of evidence: SHA-256 of the original's bytes (FIPS 180-4), as any tool computes it.
    EvidenceHash, 32
}

/// What a document is about; it follows from the document's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// One complaint.
    Complaint,
    /// The community's roster.
    Community,
}

impl DocumentId {
    /// The community's document, of which every community has exactly one.
    pub const COMMUNITY: Self = Self([0; 16]);

    /// The id of a new complaint in a scope. Bound to it, so that a member of two scopes can't use
    /// one id in both, and replicas of either need not know of the other to agree.
    pub fn derive(scope: &[u8; 16], random: [u8; 8]) -> Self {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&random);
        let hash = blake3::Hasher::new_derive_key("floorwalk/document-id/1")
            .update(scope)
            .update(&random)
            .finalize();
        id[8..].copy_from_slice(&hash.as_bytes()[..8]);
        Self(id)
    }

    /// Whether the document is a complaint of this scope.
    pub fn is_of(&self, scope: &[u8; 16]) -> bool {
        let mut random = [0; 8];
        random.copy_from_slice(&self.0[..8]);
        *self == Self::derive(scope, random)
    }

    /// What the document is about.
    pub fn kind(&self) -> DocumentKind {
        if *self == Self::COMMUNITY { DocumentKind::Community } else { DocumentKind::Complaint }
    }
}

impl Actor {
    /// The writer of every genesis change, which no device can be.
    pub const GENESIS: Self = Self([0; 16]);

    /// The first 8 hexadecimal digits, which event ids end with.
    pub fn short(&self) -> String {
        self.to_string().chars().take(8).collect()
    }
}

/// The actor of a device's install: the first 16 bytes of BLAKE3(device ‖ generation).
pub fn derive_actor(device: &[u8; 32], generation: &[u8; 8]) -> Actor {
    let mut hasher = blake3::Hasher::new();
    hasher.update(device).update(generation);
    let mut actor = [0; 16];
    actor.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    Actor(actor)
}

/// An event: `<op counter>-<first 8 hexadecimal digits of the actor>` of the operation that put
/// it. Admission refuses an event under any other key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct EventId(String);

impl EventId {
    /// The id of the event that an operation puts.
    pub fn derive(counter: u64, actor: &Actor) -> Self {
        Self(format!("{counter}-{}", actor.short()))
    }

    /// An id as a document or a person gives it; whether it exists is another question.
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn parse_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_actor_follows_from_device_and_generation() {
        let one = derive_actor(&[1; 32], &[2; 8]);
        assert_eq!(one, derive_actor(&[1; 32], &[2; 8]));
        assert_ne!(one, derive_actor(&[1; 32], &[3; 8]));
        assert_ne!(one, derive_actor(&[2; 32], &[2; 8]));
        assert_eq!(one.to_string().parse::<Actor>().unwrap(), one);
    }

    #[test]
    fn a_complaints_id_is_of_one_scope() {
        let id = DocumentId::derive(&[5; 16], [1; 8]);
        assert_eq!(id.to_string(), "010101010101010118cc8e7c767ec8e1");
        assert!(id.is_of(&[5; 16]));
        assert!(!id.is_of(&[6; 16]));
        assert!(!DocumentId([1; 16]).is_of(&[5; 16]));
    }

    #[test]
    fn only_the_zero_id_is_the_community() {
        assert_eq!(DocumentId::COMMUNITY.kind(), DocumentKind::Community);
        assert_eq!(DocumentId([1; 16]).kind(), DocumentKind::Complaint);
        assert!("zz".parse::<DocumentId>().is_err());
    }
}
