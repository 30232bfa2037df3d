//! What is promised of hostile bytes, one function for each thing that strangers' bytes reach.
//!
//! A target takes any bytes and returns when the promise holds for them, also when they are
//! refused; it panics when it does not. `fuzz/cargo-fuzz` hands the same functions to libFuzzer,
//! `fuzz/tests/replay.rs` replays `fuzz/corpus` and mutations of it in CI without a nightly
//! compiler. [`hostile`] tries one thing far more often: changes with right checksums.
//! `docs/fuzzing.md` says how to run them and what was run.
//!
//! Signatures, checksums and keys would keep a fuzzer out of all that lies behind them, and a
//! hostile member has them. So the targets sign, seal and sum what they are given where a member
//! could.
//!
//! Left out: what no peer's bytes reach, and how fast anything is.

mod complaint;
mod dossier;
pub mod hostile;
#[path = "../../core/complaint/tests/support/hostile.rs"]
mod hostile_changes;
mod membership;
mod parcel;
mod regulation;
mod seal;
mod tus;
mod wire;
#[path = "../../core/complaint/tests/support/world.rs"]
mod world;

pub use complaint::{complaint_document, complaint_seeds};
pub use dossier::dossier;
pub use hostile_changes::mutate;
pub use membership::membership_statements;
pub use parcel::parcel_verify;
pub use regulation::regulation_files;
pub use seal::seal_open;
pub use tus::tus_headers;
pub use wire::wire_codec;
pub use world::{Random, quiet_panics};

/// A function that panics if a promise does not hold for some bytes.
pub type Target = fn(&[u8]);

/// Every target, by the name of its folder in the corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("wire_codec", wire_codec),
    ("parcel_verify", parcel_verify),
    ("membership_statements", membership_statements),
    ("seal_open", seal_open),
    ("complaint_document", complaint_document),
    ("regulation_files", regulation_files),
    ("tus_headers", tus_headers),
    ("dossier", dossier),
];
