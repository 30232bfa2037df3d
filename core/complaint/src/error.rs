//! What can go wrong here, told apart by whose fault it is.
//!
//! [`Error`] is ours or the caller's: misuse, or a damaged store. [`Refusal`] is a
//! peer's. Neither carries text of a complaint.

use crate::refusal::Refusal;

/// A call that was not carried out; the document is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Misuse: not the hexadecimal, or not the number of bytes, of such an id.
    #[error("this is not an id of the expected length")]
    Id,
    /// Misuse: not one of the known names.
    #[error("there is no such {0}")]
    Name(&'static str),
    /// Misuse: not a complaint number, or not a short name to make one from.
    #[error("this is not a complaint number or short name")]
    Number,
    /// Misuse: a complaint's method was called on the roster, or the other way round.
    #[error("the document is of another kind")]
    WrongKind,
    /// Misuse: a key that is empty, too long, or not for callers to write.
    #[error("this field cannot be written")]
    Key,
    /// Misuse: text beyond a limit.
    #[error("{what} may have at most {max} {unit}")]
    TooLong {
        /// What is too long.
        what: &'static str,
        /// The limit.
        max: usize,
        /// What the limit counts.
        unit: &'static str,
    },
    /// The document has reached its limit of operations.
    #[error("the document is full")]
    Full,
    /// A newer version wrote the document; it is shown and forwarded, not changed.
    #[error("a newer version of the program wrote this document: update to change it")]
    NewerSchema,
    /// Corruption: the stored bytes are not a document, or not one of this kind.
    #[error("the stored document is damaged")]
    Damaged,
    /// Misuse: bytes that were given as our own changes are none.
    #[error("not a change of this actor: {0}")]
    NotOwnChange(Refusal),
    /// Automerge refused a local write; nothing was written.
    #[error("the change could not be written")]
    Write,
}
