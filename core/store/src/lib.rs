//! SQLite on the device: everything that a replica keeps, in one file; large blobs lie beside it.
//!
//! - [`Store`] opens the file (WAL, `synchronous=FULL`), migrates it, and runs transactions.
//! - [`Tx`] is one transaction; its methods live next to their tables: [`meta`] (settings and
//!   scope keys), [`lists`] (lists and logs), [`parcels`], [`quarantine`], [`documents`],
//!   [`complaints`] (the view that lists are read from), [`outbox`], [`blobs`],
//!   [`drafts`], [`custody`] (which parcels hold a document, and the relay's receipts).
//! - [`BlobFiles`] is the folder of large blobs.
//! - [`Salvage`] reads what is left of a damaged file.
//!
//! Invariants: parcels are the truth, documents and views are caches that can be rebuilt from
//! parcels and outbox; whatever belongs together is written in one transaction, so a kill leaves
//! the old state or the new; nothing here interprets a document, a key or a clock.

pub mod blob_files;
pub mod blobs;
pub mod complaints;
pub mod custody;
pub mod documents;
pub mod drafts;
pub mod error;
pub mod lists;
pub mod meta;
pub mod outbox;
pub mod parcels;
pub mod quarantine;
pub mod salvage;
mod schema;
pub mod store;

pub use blob_files::{BlobFiles, Draft, Partial};
pub use blobs::{BlobKind, BlobRecord, BlobState, StoredBlob};
pub use complaints::{ComplaintQuery, ComplaintRecord, ListedComplaint};
pub use custody::Receipt;
pub use documents::StoredDocument;
pub use drafts::StoredDraft;
pub use error::StoreError;
pub use lists::{ListId, LogRecord, LogRow};
pub use outbox::OutboxChange;
pub use parcels::{Page, ParcelState, Place, Placed, StoredParcel};
pub use quarantine::{HeldChange, QuarantineEntry, WaitingParcel};
pub use salvage::{Salvage, SalvagedBlob};
pub use store::{Store, Tx};
