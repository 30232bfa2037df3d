//! Why a peer's changes are not admitted. Always the writer's fault, never the reader's.

/// A broken rule of admission. Names the rule, never the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Beyond a named limit, found before any work.
    #[error("beyond the limit: {0}")]
    TooLarge(&'static str),
    /// Not one raw change chunk: another chunk type, cut off, or with something behind it.
    #[error("not one raw change chunk")]
    NotRawChange,
    /// The checksum does not fit the content.
    #[error("wrong checksum")]
    Checksum,
    /// The columns cannot be read.
    #[error("unreadable columns")]
    Malformed,
    /// A message, extra bytes, marks or columns, which our changes never carry.
    #[error("carries what complaint changes never carry")]
    NotPlain,
    /// Written by another actor than the parcel's author.
    #[error("another actor than the parcel's author")]
    OtherActor,
    /// Not the actor's next change, or its previous one is not among its ancestors.
    #[error("not the actor's next change")]
    BrokenChain,
    /// The document has another change under the same actor and sequence number.
    #[error("a second change under one sequence number")]
    Fork,
    /// The first op counter is not one more than the highest of the dependencies.
    #[error("op counter does not follow from the dependencies")]
    Counter,
    /// An operation refers to one that is not in its causal past, or not of that object and key.
    #[error("refers to an operation it cannot know")]
    Reference,
    /// An event would be overwritten or deleted.
    #[error("an event would be changed")]
    EventChanged,
    /// An event under another key than its operation's.
    #[error("an event under a foreign id")]
    EventId,
    /// A write-once field would be overwritten or deleted.
    #[error("a write-once field would be changed")]
    WriteOnce,
    /// An operation outside the objects that the document has from its genesis.
    #[error("an object that the document does not have")]
    Object,
    /// A kind of operation that has no place in that object.
    #[error("an operation that has no place there")]
    Operation,
    /// Automerge would not apply it, or panicked.
    #[error("cannot be applied")]
    Unappliable,
    /// Applied, but what is saved does not load as the same document.
    #[error("cannot be saved and loaded")]
    Unsaveable,
    /// A pack that cannot be unpacked.
    #[error("damaged pack")]
    Pack,
}
