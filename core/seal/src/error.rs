//! Why something was not sealed, or does not open.
//!
//! A [`SealError`] is the caller's: too much, or a header that does not fit. An [`OpenError`] is
//! the sender's, or says that a key has yet to come. Neither holds a key or a word of content.

use floorwalk_wire::codec::DecodeError;
use floorwalk_wire::{Epoch, ParcelError, ScopeId};

/// Why something was not sealed. Always the caller's to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// More than one parcel, welcome, rotation or blob may hold: split it.
    #[error("{what} of {value} is over the limit of {limit}")]
    OverLimit {
        /// What was counted.
        what: &'static str,
        /// The value found.
        value: usize,
        /// The named limit.
        limit: usize,
    },
    /// The header is not one of a sealed parcel by this device.
    #[error(transparent)]
    Header(#[from] ParcelError),
    /// The receive key is of small order: what is sealed to it, nobody or anybody could open.
    #[error("the recipient's key cannot receive")]
    Recipient,
    /// The compressor found no memory.
    #[error("out of memory while compressing")]
    Memory,
}

/// Why something does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// No key of that epoch is known: try again when keys arrive.
    #[error("no key of epoch {epoch} is known yet for scope {scope}", epoch = .epoch.0)]
    NoKey {
        /// The scope.
        scope: ScopeId,
        /// The epoch.
        epoch: Epoch,
    },
    /// Keys of that epoch are known, and it was sealed with another: a concurrent rotation whose
    /// key is still to come, or a writer's mistake.
    #[error("sealed with another key of epoch {epoch} of scope {scope}", epoch = .epoch.0)]
    OtherKey {
        /// The scope.
        scope: ScopeId,
        /// The epoch.
        epoch: Epoch,
    },
    /// Sealed with another key or for another place, or changed since.
    #[error("sealed with another key, or damaged")]
    Damaged,
    /// It opens, and is larger than anything may be.
    #[error("{what} of {value} is over the limit of {limit}")]
    OverLimit {
        /// What was counted.
        what: &'static str,
        /// The value found.
        value: usize,
        /// The named limit.
        limit: usize,
    },
    /// Written by a newer version: try again after an update.
    #[error("{what} of version {version} is newer than this program")]
    Newer {
        /// What was being read.
        what: &'static str,
        /// Its version.
        version: u8,
    },
    /// It opens, and its layout does not hold.
    #[error("malformed: {0}")]
    Malformed(DecodeError),
    /// It opens, and what is inside contradicts itself.
    #[error("contradicts itself: {0}")]
    Inconsistent(&'static str),
    /// There was no memory for it.
    #[error("out of memory while opening")]
    Memory,
}

impl OpenError {
    /// Whether a key that arrives later may open it: keep it and try again.
    pub fn awaits_key(&self) -> bool {
        matches!(self, Self::NoKey { .. } | Self::OtherKey { .. })
    }
}

impl From<DecodeError> for OpenError {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::OverLimit { what, value, limit } => Self::OverLimit { what, value, limit },
            other => Self::Malformed(other),
        }
    }
}

/// Reads a version byte that must be `known`. Versions start at 1, so 0 is damage.
pub(crate) fn check_version(what: &'static str, found: u8, known: u8) -> Result<(), OpenError> {
    if found == known {
        Ok(())
    } else if found > known {
        Err(OpenError::Newer { what, version: found })
    } else {
        Err(OpenError::Malformed(DecodeError::Unknown { what, value: found.into() }))
    }
}
