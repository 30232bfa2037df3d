//! What a relay may know: ids, signed parcels, membership statements, sync messages, the relay's
//! chain, and the limits on all of them.
//!
//! Start with [`parcel`]: everything that travels is a parcel, a signed and hash-chained envelope.
//! A parcel of changes has a sealed body; a parcel of kind *statement* has a clear body that says
//! who belongs to the community ([`statement`]), and [`membership`] folds those into who may do
//! what. [`chain`] is the relay's promise about order; [`message`] is what two sync sessions say
//! to each other. Byte layouts are drawn in each module and in `docs/protocol.md`.
//!
//! Invariants: every layout is fixed and little-endian; signatures cover bytes as received, never
//! a re-encoding; every length is checked against a named limit before anything is allocated;
//! nothing here knows a name, a word of a complaint, a clock or a source of randomness.

pub mod chain;
pub mod codec;
pub mod ids;
pub mod limits;
pub mod membership;
pub mod message;
pub mod parcel;
pub mod signing;
pub mod statement;

pub use chain::{Chain, Cursor, SignedHead};
pub use codec::DecodeError;
pub use ids::{
    BlobId, CommunityId, DeviceId, Epoch, Generation, HistoryId, InvitationId, LogHead, LogId,
    ParcelId, ReceiveKey, RoleCode, ScopeId, Seq, Timestamp,
};
pub use membership::{Member, Membership};
pub use message::Message;
pub use parcel::{Header, Parcel, ParcelError, ParcelKind, VerifiedParcel};
pub use statement::{ScopeSet, Statement, StatementBody};
