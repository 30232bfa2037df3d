//! Folding a document into what a person sees: the same result on every replica.
//!
//! Events stand in the order of (lamport, actor), both taken from the operations; the times that
//! authors wrote decide nothing. An event counts if its author is known and their role may do
//! it; one that does not count is still there, with the reason. A field with concurrent values
//! shows the one that Automerge shows and lists all of them under `conflicts`, to choose from.

use std::collections::BTreeMap;

use automerge::ReadDoc;
use serde_json::{Map, Value};

use crate::complaint::CARD;
use crate::document::Document;
use crate::event::{ERASED, EventKind, StoredEvent};
use crate::genesis::{Object, SCHEMA};
use crate::ids::{Actor, EventId};
use crate::read::{SCHEMA_KEY, Written};
use crate::role::{Role, may_author, may_erase};
use crate::rules::{NUMBER, RECORDED_AT};
use crate::stage::Stage;

/// Who stands behind an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Author {
    /// The device's signing key.
    pub device: [u8; 32],
    /// The role that the community gave it.
    pub role: Role,
}

/// Knows who stands behind an actor; a closure will do.
pub trait Authors {
    /// The author, if the actor is one of a member's.
    fn author(&self, actor: &Actor) -> Option<Author>;
}

impl<F: Fn(&Actor) -> Option<Author>> Authors for F {
    fn author(&self, actor: &Actor) -> Option<Author> {
        self(actor)
    }
}

/// A complaint as its document says.
#[derive(Debug, Clone, PartialEq)]
pub struct Complaint {
    /// Its number; empty in a document that nobody recorded properly.
    pub number: String,
    /// When it was recorded, as its recorder says: RFC 3339.
    pub recorded_at: String,
    /// Its fields by their keys, without number, time of recording and card.
    pub fields: BTreeMap<String, String>,
    /// Fields, and the card, with more than one concurrent value: all of them, sorted.
    pub conflicts: BTreeMap<String, Vec<String>>,
    /// What the person said.
    pub narrative: String,
    /// The reference to the person's details, as JSON text.
    pub card: Option<String>,
    /// Its evidence, by hash.
    pub evidence: BTreeMap<String, Evidence>,
    /// Where it stands.
    pub stage: Stage,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// The highest schema that a writer declared.
    pub schema: u64,
    /// Whether a newer version wrote it, so that this one must not.
    pub read_only: bool,
}

/// Something that happened to a complaint.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// The counter of the operation that put it.
    pub lamport: u64,
    /// The actor of the operation that put it.
    pub actor: Actor,
    /// Who that is, if known.
    pub author: Option<Author>,
    /// What happened.
    pub kind: EventKind,
    /// When, as the author says: RFC 3339, unchecked.
    pub at: String,
    /// Particulars, by the keys of the kind.
    pub set: Map<String, Value>,
    /// Free words.
    pub note: Option<String>,
    /// Members that a newer version wrote.
    pub other: Map<String, Value>,
    /// Whether it counts.
    pub counted: bool,
    /// Why it does not; present exactly when it does not.
    pub why_not: Option<NotCounted>,
}

/// A piece of evidence that somebody added to a complaint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The reference to it, as JSON text.
    pub reference: String,
    /// The actor of the operation that put it.
    pub actor: Actor,
    /// Who that is, if known.
    pub author: Option<Author>,
    /// Whether it counts: its author is known and their role may add evidence.
    pub counted: bool,
}

/// Why an event is kept and does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotCounted {
    /// Nobody knows whose actor it is.
    UnknownAuthor,
    /// The author's role may not do it.
    Role,
    /// A newer version's kind.
    UnknownKind,
    /// Its text is not an event.
    Unreadable,
}

impl Complaint {
    /// Whether it was ever taken on: the last step of what a person sees of delivery.
    pub fn delivery_accepted(&self) -> bool {
        self.events.iter().any(|event| event.counted && event.kind == EventKind::Accepted)
    }

    /// What was erased of it, by the ids that the events name: evidence by its hash, a card by
    /// its blob. The first event that names one stands for it.
    pub fn erasures(&self) -> BTreeMap<&str, &Event> {
        let mut erased = BTreeMap::new();
        for event in self.events.iter().filter(|event| event.erases()) {
            let ids = event.set.get(ERASED).and_then(Value::as_array);
            for id in ids.into_iter().flatten().filter_map(Value::as_str) {
                erased.entry(id).or_insert(event);
            }
        }
        erased
    }
}

impl Event {
    /// Whether it erases what it names.
    fn erases(&self) -> bool {
        self.counted
            && self.kind == EventKind::Noted
            && self.author.is_some_and(|author| may_erase(author.role))
    }
}

impl Document {
    /// Folds the document. On the community's document it finds nothing.
    pub fn fold(&self, authors: &dyn Authors) -> Complaint {
        let mut entries = self.entries(Object::Fields);
        // The first writer of a write-once field holds it; later ones are somebody's mistake.
        let mut first = |key: &str| {
            let values = entries.remove(key).unwrap_or_default();
            values.into_iter().next().map(|value| value.text).unwrap_or_default()
        };
        let (number, recorded_at) = (first(NUMBER), first(RECORDED_AT));
        entries.remove(SCHEMA_KEY);
        let conflicts = entries.iter().filter_map(|(key, values)| conflict(key, values)).collect();
        let shown = entries.into_iter();
        let mut fields: BTreeMap<_, _> = shown
            .filter_map(|(key, values)| Some((key, values.into_iter().last()?.text)))
            .collect();
        let events = self.events(authors);
        let counted = events.iter().filter(|event| event.counted);
        let stage =
            counted.fold(Stage::Received, |stage, event| stage.after(&event.kind, &event.set));
        let schema = self.schema();
        Complaint {
            number,
            recorded_at,
            card: fields.remove(CARD),
            fields,
            conflicts,
            narrative: self.automerge().text(Object::Narrative.id()).unwrap_or_default(),
            evidence: self.evidence(authors),
            stage,
            events,
            schema,
            read_only: schema > SCHEMA,
        }
    }

    /// Of entries that were put under one hash at once, the first stands.
    fn evidence(&self, authors: &dyn Authors) -> BTreeMap<String, Evidence> {
        let entries = self.entries(Object::Evidence).into_iter();
        let first = entries.filter_map(|(hash, values)| {
            let Written { actor, text, .. } = values.into_iter().next()?;
            let author = authors.author(&actor);
            let may = |author: Author| may_author(author.role, &EventKind::EvidenceAdded);
            let counted = author.is_some_and(may);
            Some((hash, Evidence { reference: text, actor, author, counted }))
        });
        first.collect()
    }

    fn events(&self, authors: &dyn Authors) -> Vec<Event> {
        let mut events: Vec<Event> = Vec::new();
        for (key, values) in self.entries(Object::Events) {
            events.extend(values.into_iter().map(|value| event(&key, value, authors)));
        }
        events.sort_by_key(|event| (event.lamport, event.actor));
        events
    }
}

fn conflict(key: &str, values: &[Written]) -> Option<(String, Vec<String>)> {
    let mut texts: Vec<String> = values.iter().map(|value| value.text.clone()).collect();
    texts.sort_unstable();
    texts.dedup();
    (texts.len() > 1).then(|| (key.to_owned(), texts))
}

fn event(key: &str, value: Written, authors: &dyn Authors) -> Event {
    let author = authors.author(&value.actor);
    let stored = StoredEvent::parse(&value.text);
    let readable = stored.is_some();
    let stored = stored.unwrap_or_else(|| StoredEvent {
        kind: EventKind::Unknown(String::new()),
        at: String::new(),
        set: Map::new(),
        note: None,
        other: Map::new(),
    });
    let why_not = match (author, &stored.kind) {
        _ if !readable => Some(NotCounted::Unreadable),
        (_, EventKind::Unknown(_)) => Some(NotCounted::UnknownKind),
        (None, _) => Some(NotCounted::UnknownAuthor),
        (Some(author), kind) if !may_author(author.role, kind) => Some(NotCounted::Role),
        _ => None,
    };
    Event {
        id: EventId::from_text(key),
        lamport: value.lamport,
        actor: value.actor,
        author,
        kind: stored.kind,
        at: stored.at,
        set: stored.set,
        note: stored.note,
        other: stored.other,
        counted: why_not.is_none(),
        why_not,
    }
}
