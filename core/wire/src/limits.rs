//! The named limits of everything that crosses a wire. One place, so that both ends agree.

/// A parcel's body, in bytes.
pub const PARCEL_BODY_BYTES_MAX: usize = 1024 * 1024;
/// A whole parcel, header and body, in bytes.
pub const PARCEL_BYTES_MAX: usize = crate::parcel::HEADER_BYTES + PARCEL_BODY_BYTES_MAX;
/// One sync message, in bytes: a full parcel and room for its framing.
pub const MESSAGE_BYTES_MAX: usize = PARCEL_BYTES_MAX + 64 * 1024;
/// How many bytes of parcels a sender puts into one message before it starts another.
pub const BATCH_BYTES_TARGET: usize = 256 * 1024;
/// Parcels or entries in one message.
pub const BATCH_ITEMS_MAX: usize = 8192;
/// Lists (scopes and the membership list) that one session may open.
pub const LISTS_MAX: usize = 4096;
/// Log heads in one message.
pub const LOG_HEADS_MAX: usize = 10_000;
/// Scopes named in one grant or invitation; a person who needs more is granted all.
pub const SCOPES_PER_GRANT_MAX: usize = 1024;
/// Logs named in one revocation.
pub const CUTS_MAX: usize = 10_000;
/// Devices that one rotation seals a scope key to.
pub const RECIPIENTS_MAX: usize = 8192;
/// Sealed welcome inside an invitation, in bytes.
pub const WELCOME_BYTES_MAX: usize = 256 * 1024;
/// A one-time host token, in bytes of its text.
pub const HOST_TOKEN_BYTES_MAX: usize = 128;
/// A ticket for the blob endpoint, in bytes.
pub const TICKET_BYTES_MAX: usize = 256;
/// A sealed blob, in bytes: a photo, a recording, a short film.
pub const BLOB_BYTES_MAX: usize = 256 * 1024 * 1024;
/// A sealed blob that is kept in a database and travels in one piece, in bytes: a card, a preview.
pub const SMALL_BLOB_BYTES_MAX: usize = 64 * 1024;
