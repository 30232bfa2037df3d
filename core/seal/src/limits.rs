//! The named limits of what is sealed. Limits that a relay checks too are in
//! [`floorwalk_wire::limits`].

use floorwalk_wire::limits::WELCOME_BYTES_MAX;

/// A parcel's content before it is compressed, in bytes.
pub const CONTENT_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Documents that a writer puts into one parcel.
pub const DOCUMENTS_MAX: usize = 8192;
/// Documents that a reader takes from one: as many as fit, because a parcel that was once cut with
/// more must open for ever. What it costs is bounded by the content's bytes.
pub const DOCUMENTS_READ_MAX: usize = CONTENT_BYTES_MAX / 20;
/// Blobs that one parcel says are here.
pub const BLOBS_HERE_MAX: usize = 4096;
/// Keys in one welcome: as many as fit.
pub const WELCOME_KEYS_MAX: usize =
    (WELCOME_BYTES_MAX - crate::welcome::OVERHEAD_BYTES) / crate::welcome::KEY_BYTES;
/// The plaintext of a blob that is sealed in one piece, in bytes.
pub const BLOB_PLAINTEXT_BYTES_MAX: usize =
    crate::blob::SEALED_BYTES_MAX - crate::blob::OVERHEAD_BYTES;
/// An invitation's link, in bytes of its text.
pub const LINK_BYTES_MAX: usize = 1024;
/// Memory that a recovery file may ask for, in KiB.
pub const STRETCH_MEMORY_KIB_MAX: u32 = 1024 * 1024;
/// Passes that a recovery file may ask for.
pub const STRETCH_PASSES_MAX: u32 = 16;
/// Lanes that a recovery file may ask for.
pub const STRETCH_LANES_MAX: u32 = 16;
