//! The replica for phones: what Kotlin and Swift see of Floorwalk, by UniFFI.
//!
//! [`Floorwalk`] is one device's replica. Around it are plain immutable [`records`], listeners
//! ([`observe`]), a session with another device without a relay ([`peer`]), the phone's store of
//! keys ([`keychain`]), words in both languages ([`words`]) and one flat error ([`error`]).
//!
//! Threads. Every call that may touch the disk or the network is `async`: its work runs on
//! threads of this library and holds up none of the caller's. Listeners are called on such a
//! thread, one call at a time. A key store is called there too and may block.
//!
//! Cancellation. A call that changes something goes on to its end when whoever waits for it goes
//! away: it is done wholly or not at all. A sync ends when the last who waits for it goes away.
//!
//! Lifetime. [`Floorwalk::open`] reads nothing; the first call opens the database.
//! [`Floorwalk::suspend`] finishes what runs and releases the file, so that a system may freeze the
//! process; [`Floorwalk::resume`] allows calls again. Observations live through that. After
//! [`Floorwalk::shutdown`] nothing can be called any more.
//!
//! What is left out: founding and administering a community, reports and dossiers, which are the
//! desk's; and all that is idiomatic in one language, which `mobile-bindings` adds.

uniffi::setup_scaffolding!("floorwalk");

pub mod care;
pub mod complaints;
pub mod drafts;

mod engine;
pub mod error;
pub mod floorwalk;
pub mod keychain;
pub mod log;
pub mod observe;
pub mod peer;
pub mod records;
mod runtime;
pub mod sync;
pub mod words;

pub use error::{ErrorKind, FloorwalkError, UserAction};
pub use floorwalk::Floorwalk;
pub use keychain::{Keychain, KeychainError};

/// The version of this library.
#[uniffi::export]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
