//! Complaint-handling regulations: what a community's rules demand, and until when.
//!
//! A [`Regulation`] is data, read from a TOML file that a person who is no programmer can check
//! against the document it comes from; each of its entries cites its clause. The twenty of the
//! [`catalogue`] are compiled in; [`parse`] reads a community's own.
//!
//! [`evaluate`] takes a regulation, the community's [`Settings`] (its choices and filled blanks),
//! the facts and events of one complaint and a moment, and answers what is missing, what stands
//! in the way, which duties run and when each is due, what is to be escalated and what may be
//! done next. [`statistics`] counts over many such answers.
//!
//! Invariants: no clock, no I/O, no randomness: the same arguments give the same answer on every
//! device. No moment is ever computed from a blank that nobody has filled. A moment that depends
//! on a calendar year not yet published is marked provisional.

pub mod calendar;
pub mod case;
pub mod catalogue;
pub mod check;
pub mod data;
pub mod error;
pub mod evaluate;
pub mod party;
pub mod period;
pub mod settings;
pub mod statistics;
pub mod trigger;

pub use calendar::Calendar;
pub use case::{Case, CaseError};
pub use check::parse;
pub use data::Regulation;
pub use error::Problem;
pub use evaluate::{Answer, Duty, DutyStatus, Escalation, Facts, Happening, Refusal, evaluate};
pub use party::Party;
pub use period::{Due, Period};
pub use settings::Settings;
pub use trigger::Trigger;
