//! Device keys, invitations, scope keys; sealing and opening parcels and blobs; recovery.
//!
//! Start with [`keys`]: a device signs with one key and receives with another. Every building has
//! a [`ScopeKey`] per epoch, collected in a [`KeyRing`]. A [`rotation`] seals a new scope key to
//! each device that may have it; a [`welcome`] seals all of them to an [`invitation`], whose
//! secret travels in a [`link`]. With a scope key, [`body`] seals a parcel's [`content`]; cards
//! are sealed one by one, each with a key of its own, by [`blob`]; photos chunk by chunk, by
//! [`stream`]. The root's keys rest in a [`recovery`] file under a [`passphrase`]. Byte layouts
//! are drawn in each module.
//!
//! Invariants: secrets are erased when dropped and never printed; every sealed thing is bound to
//! its purpose and place, so that it opens nowhere else; every length is checked against a named
//! limit before anything is allocated; what is opened was made by someone who had the key, which
//! makes it authentic and not yet harmless. Randomness is an argument, and one array of random
//! bytes seals one thing: there is no clock and no source of randomness here.

pub mod attestation;
pub mod blob;
pub mod body;
pub mod content;
mod envelope;
pub mod error;
pub mod invitation;
pub mod key_ring;
pub mod keys;
pub mod limits;
pub mod link;
// Hidden: for the fuzz targets, which give it what a member with a key could seal.
#[doc(hidden)]
pub mod packing;
pub mod passphrase;
pub mod recovery;
pub mod rotation;
pub mod secret;
pub mod stream;
pub mod welcome;

pub use attestation::{AttestedDocument, Blinding, Proof};
pub use blob::{open_blob, seal_blob};
pub use body::{Attested, Opened, attestation_root, open_parcel, seal_parcel};
pub use content::{Content, DocumentChanges, ReadContent};
pub use error::{OpenError, SealError};
pub use invitation::InvitationKeys;
pub use key_ring::KeyRing;
pub use keys::{DeviceKeys, ReceiveSecret};
pub use link::{InvitationLink, LinkError, RelayUrl};
pub use passphrase::make_passphrase;
pub use recovery::{RecoveryError, RecoveryFile, RootKeys, StretchCost};
pub use rotation::{KeyContext, make_rotation, open_key, open_rotation, seal_key};
pub use secret::{BlobKey, InvitationSecret, ScopeKey};
pub use stream::{SealedStream, StreamError, open_stream, seal_stream};
pub use welcome::{open_welcome, seal_welcome};
