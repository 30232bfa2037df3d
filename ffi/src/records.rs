//! Plain immutable records: what goes in and comes out of calls.
//!
//! They mirror the replica's records, whose fields are the command line's JSON. Moments are texts
//! with their zone (RFC 3339); ids and hashes are hexadecimal digits; keys (stages, kinds, fields)
//! have their words in [`crate::words`].

mod complaint;
mod events;
mod evidence;
mod intake;
mod state;

pub use complaint::{AllowedKind, Complaint, ComplaintRow, Delivery, Duty, Escalation, Refusal};
pub use events::{Acted, EventInfo, NewEvent, Value};
pub use evidence::{AttachOptions, Attached, EvidenceInfo, SavedEvidence};
pub use intake::{Draft, DraftPhoto, ListQuery, NewComplaint, Recorded};
pub use state::{
    Building, BundleReport, Community, Joined, RepairReport, Status, SyncOptions, SyncProgress,
    SyncReport,
};
