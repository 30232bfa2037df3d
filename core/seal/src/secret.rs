//! The 32-byte secrets, each its own type.
//!
//! They are erased when dropped, compared in constant time, and print nothing of themselves.
//! What is derived from them is derived where it is used.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

macro_rules! secret_bytes {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Zeroize, ZeroizeOnDrop)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Takes 32 bytes that came from a good source of randomness, or from a safe place.
            pub fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The secret itself, for a safe place.
            pub fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.ct_eq(&other.0).into()
            }
        }

        impl Eq for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(secret)"))
            }
        }
    };
}

secret_bytes! {
    /// The key of a scope for one epoch, from which each parcel's own key is derived.
    ScopeKey
}
secret_bytes! {
    /// The key of one blob. The document that refers to the blob holds it.
    BlobKey
}
secret_bytes! {
    /// The one-time secret of an invitation. Whoever has it can take the invitation up.
    InvitationSecret
}

impl ScopeKey {
    /// A public value that stands for this key and no other.
    pub(crate) fn derive_commitment(&self) -> [u8; 32] {
        blake3::derive_key("floorwalk/scope-key-commitment/1", &self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_nothing_of_itself() {
        let printed = format!("{:?}", ScopeKey::from_bytes([0xab; 32]));
        assert_eq!(printed, "ScopeKey(secret)");
    }

    #[test]
    fn secrets_are_equal_when_all_their_bytes_are() {
        let mut other = [7; 32];
        assert_eq!(BlobKey::from_bytes([7; 32]), BlobKey::from_bytes(other));
        other[31] ^= 1;
        assert_ne!(BlobKey::from_bytes([7; 32]), BlobKey::from_bytes(other));
    }
}
