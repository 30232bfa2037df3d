//! The complaint document, without I/O: what is recorded, who did what, and where it stands.
//!
//! A tour, in the order of a complaint's life:
//!
//! - [`Document::create`] records a complaint as one change on top of a constant first change
//!   ([`genesis`]); [`Document::act`] and [`Document::edit`] go on writing ([`complaint`],
//!   [`event`], [`number`]). Every write gives one raw change to store and send.
//! - [`pack()`] strips a chain of changes for a parcel and [`unpack`] rebuilds them ([`mod@pack`]);
//!   each comes out as a [`RawChange`], weighed before it was opened ([`chunk`]).
//! - [`Document::admit`] is the one way in for foreign changes ([`admit`]): judged by rules that
//!   look only at a change's causal past, applied to a copy, saved, loaded, compared.
//! - [`Document::fold`] gives what a person sees ([`mod@fold`]): fields and their conflicts,
//!   narrative, events in causal order, and the [`Stage`] that the counted ones lead to
//!   ([`stage`]), by the table of who may do what ([`role`]).
//! - [`rewrite_actor`] writes changes anew for an install that found out that it has a copy.
//! - The community's roster is a document too ([`community`]), under the same admission.
//!
//! Invariants: a foreign change enters only through admission; a refused batch leaves no trace;
//! what was admitted on one replica is admitted on all; nothing an author writes can pass for
//! another author's, or move in causal order; unknown fields and kinds are kept.
//!
//! Left out: where bytes are kept, who is behind an actor, when a thing is due, what is sealed.

pub mod admit;
pub mod chunk;
pub mod community;
pub mod complaint;
mod document;
pub mod error;
pub mod event;
pub mod fold;
pub mod genesis;
pub mod guard;
mod history;
pub mod ids;
pub mod limits;
mod named;
pub mod number;
pub mod pack;
mod read;
mod reader;
pub mod refusal;
pub mod rewrite;
pub mod role;
mod rules;
pub mod stage;

pub use admit::{Admission, Admitted};
pub use chunk::RawChange;
pub use community::{Roster, RosterEdit};
pub use complaint::{CARD, Draft, Edit, TEXT, Written};
pub use document::Document;
pub use error::Error;
pub use event::{ERASED, EventKind, NewEvent};
pub use fold::{Author, Authors, Complaint, Event, Evidence, NotCounted};
pub use genesis::{SCHEMA, genesis_hash};
pub use guard::admission_in_progress;
pub use ids::{Actor, ChangeHash, DocumentId, DocumentKind, EventId, EvidenceHash, derive_actor};
pub use number::{ComplaintNumber, check_short_name, derive_device_code};
pub use pack::{heads_of, pack, pack_heads, unpack};
pub use refusal::Refusal;
pub use rewrite::rewrite_actor;
pub use role::{Role, may_author, may_erase};
pub use stage::{Stage, allowed};
