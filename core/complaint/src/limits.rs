//! The named limits of documents and changes. Admission checks them before work, and local
//! writes keep them, so that nothing is written here which another replica would refuse.

/// One raw change, in bytes.
pub const CHANGE_BYTES_MAX: usize = 256 * 1024;
/// Operations in one change; a character of narrative is one operation.
pub const CHANGE_OPS_MAX: u64 = 20_000;
/// Predecessors named by all operations of one change.
pub const CHANGE_PREDS_MAX: u64 = 40_000;
/// Dependencies of one change.
pub const CHANGE_DEPS_MAX: u64 = 1024;
/// Other actors that one change refers to.
pub const CHANGE_ACTORS_MAX: u64 = 1024;
/// Operations of one batch, and the highest op counter of any change of a document.
pub const DOCUMENT_OPS_MAX: u64 = 200_000;
/// The highest sequence number of an actor in a document.
pub const ACTOR_CHANGES_MAX: u64 = 100_000;
/// Changes times actors of a document: what admission's bookkeeping may hold.
pub const CLOCK_CELLS_MAX: usize = 16_000_000;
/// Changes in one pack.
pub const PACK_CHANGES_MAX: u64 = 20_000;
/// All rebuilt changes of one pack, in bytes.
pub const PACK_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The commit time of a change, in seconds either side of 1970: some 8 million years.
pub const TIME_SECONDS_MAX: i64 = 1 << 48;

/// The key of an entry, in bytes.
pub const KEY_BYTES_MAX: usize = 256;
/// A field's value, an evidence reference or one event, in bytes.
pub const VALUE_BYTES_MAX: usize = 64 * 1024;
/// The narrative, in characters, where it is written on this device.
pub const NARRATIVE_CHARS_MAX: usize = 16_000;
/// A community's short name, in characters.
pub const SHORT_NAME_CHARS_MAX: usize = 12;
