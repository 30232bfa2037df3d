//! Words for the keys that records hold, in both languages: the same that the desk shows.

use floorwalk_replica::words::{Lang, Vocabulary};

/// The language that a person is addressed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum Language {
    /// 中文.
    Chinese,
    /// English.
    English,
}

impl From<Language> for Lang {
    fn from(language: Language) -> Self {
        match language {
            Language::Chinese => Self::Zh,
            Language::English => Self::En,
        }
    }
}

/// A kind of key that stands in records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum WordKind {
    /// Stages of a complaint.
    Stage,
    /// Roles, and other parties that a regulation names.
    Role,
    /// Kinds of events.
    EventKind,
    /// How far a complaint or a photo has come.
    Delivery,
    /// What a piece of evidence is.
    EvidenceKind,
    /// Fields of a complaint.
    Field,
    /// Values of the field `channel`.
    Channel,
    /// Values of the field `severity`.
    Severity,
    /// How somebody was told or asked.
    Manner,
    /// Particulars of an event that are no fields.
    Particular,
    /// What a person should know about this device.
    Warning,
    /// How a duty stands.
    Duty,
}

/// The word for a key; a key that this version does not know is its own word.
#[uniffi::export]
pub fn word(kind: WordKind, key: String, language: Language) -> String {
    kind.vocabulary().word(&key, language.into())
}

/// The keys of a kind that this version knows, in the order that people meet them.
#[uniffi::export]
pub fn keys(kind: WordKind) -> Vec<String> {
    kind.vocabulary().keys().into_iter().map(str::to_owned).collect()
}

impl WordKind {
    fn vocabulary(self) -> Vocabulary {
        match self {
            Self::Stage => Vocabulary::Stage,
            Self::Role => Vocabulary::Role,
            Self::EventKind => Vocabulary::EventKind,
            Self::Delivery => Vocabulary::Delivery,
            Self::EvidenceKind => Vocabulary::EvidenceKind,
            Self::Field => Vocabulary::Field,
            Self::Channel => Vocabulary::Channel,
            Self::Severity => Vocabulary::Severity,
            Self::Manner => Vocabulary::Manner,
            Self::Particular => Vocabulary::Particular,
            Self::Warning => Vocabulary::Warning,
            Self::Duty => Vocabulary::Duty,
        }
    }
}
