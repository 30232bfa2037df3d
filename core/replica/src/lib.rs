//! A device's replica of its community: the one API that every client uses.
//!
//! [`Replica`] records, lists and shows complaints offline, and syncs with a relay or with
//! another device. Command line, desk and phones call the same functions and get the same plain
//! [`records`] and flat [`Error`]s.
//!
//! How a word travels: `complaints` writes a change into the document and, in the same
//! transaction, into the outbox; `cut` seals the outbox into a parcel when there is someone to
//! send to; `conversation` hosts the sync session that carries parcels both ways; `ingest` takes
//! arriving parcels into their logs and opens them; `admission` decides on their changes and
//! `documents` keeps the outcome. `community`, `invite`, `join` and `keys` deal with who may read
//! and write, `revocation` with parcels whose authors may not have written them any more;
//! `generation` with copies of an install; `doctor` and `rescue` with damage. `evidence` takes
//! photos in, shows, covers and erases them; `blob` seals and opens what `transfer` carries.
//! `drafts` keeps what is typed before it is a complaint; `words` says keys and errors in both
//! languages.
//!
//! Invariants: what a call has acknowledged survives a kill and a power cut; parcels are the
//! truth, documents a cache; a foreign change reaches a document through admission only; the
//! clock is read in `clock`, randomness in `random`, and nowhere else in the core.

mod admission;
mod blob;
mod bundle;
mod card;
mod clock;
mod community;
mod complaints;
mod conversation;
mod custody;
mod cut;
mod describe;
mod doctor;
mod documents;
pub mod dossier;
mod drafts;
pub mod error;
mod evaluation;
mod evidence;
mod generation;
mod ingest;
mod invite;
mod join;
pub mod keychain;
mod keys;
mod last_blob;
mod net;
pub mod observe;
pub mod peer;
mod random;
pub mod records;
mod relay_state;
pub mod replica;
mod report;
mod rescue;
mod revocation;
mod roster;
mod rules;
#[cfg(feature = "simulation")]
pub mod simulation;
mod state;
pub mod sync;
#[cfg(test)]
mod test_home;
mod transfer;
pub mod words;

pub use error::{Error, ErrorClass, ErrorCode, Result};
pub use floorwalk_complaint::{EventKind, Role, Stage};
pub use floorwalk_regulation as regulation;
pub use floorwalk_wire::DeviceId;
pub use keychain::{FileKeychain, Keychain};
pub use observe::{Listener, Subscription};
pub use peer::PeerSession;
pub use replica::Replica;
pub use sync::{SyncProgress, WatchEvent};

/// The device's clock, in milliseconds since 1970: for showing how much time is left.
pub fn now_ms() -> i64 {
    clock::now().0
}

/// The device's clock as records tell moments (RFC 3339).
pub fn now_text() -> String {
    clock::to_text(clock::now(), clock::DEFAULT_ZONE)
}
