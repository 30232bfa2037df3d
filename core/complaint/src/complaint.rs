//! Writing a complaint: recording it, events, fields, the narrative and references to evidence.
//!
//! Each call is one change. The narrative is a text that merges; writing a field ends its
//! conflict; events are only ever added. The person's details are a card whose JSON is opaque
//! here, because what it refers to is sealed and can be erased.

use std::collections::BTreeMap;

use automerge::ReadDoc;
use automerge::transaction::{Transactable, Transaction};
use serde_json::{Map, Value};

use crate::document::Document;
use crate::error::Error;
use crate::event::{EventKind, NewEvent};
use crate::genesis::Object;
use crate::ids::{Actor, DocumentKind, EventId};
use crate::limits::{KEY_BYTES_MAX, NARRATIVE_CHARS_MAX, VALUE_BYTES_MAX};
use crate::number::ComplaintNumber;
use crate::read::SCHEMA_KEY;
use crate::rules::{NUMBER, RECORDED_AT, is_write_once};

/// The field under which [`Document::edit`] reaches the narrative.
pub const TEXT: &str = "text";
/// The field that holds the card's reference.
pub const CARD: &str = "card";

/// A complaint to be recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Its number, which it keeps.
    pub number: ComplaintNumber,
    /// When it was recorded: RFC 3339.
    pub recorded_at: String,
    /// Building, room, channel, category and so on, by their keys.
    pub fields: BTreeMap<String, String>,
    /// What the person said.
    pub narrative: String,
    /// The reference to the person's details, as JSON text.
    pub card: Option<String>,
    /// References to evidence, as JSON text by hash.
    pub evidence: BTreeMap<String, String>,
    /// When it was received: RFC 3339.
    pub received_at: String,
    /// Particulars of the `received` event.
    pub received_set: Map<String, Value>,
}

/// Something to be written in one change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Edit {
    /// Fields to put, or with `None` to delete; [`TEXT`] is the narrative.
    pub fields: BTreeMap<String, Option<String>>,
    /// References to evidence to add, as JSON text by hash.
    pub evidence: BTreeMap<String, String>,
    /// Events to add, in this order.
    pub events: Vec<NewEvent>,
}

/// What an [`Edit`] wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The raw change, to store and send.
    pub change: Vec<u8>,
    /// The ids of the events, in their order.
    pub events: Vec<EventId>,
}

impl Document {
    /// Records a complaint: a document with exactly one change, whose raw bytes are returned too.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] or [`Error::TooLong`] for what cannot be written.
    pub fn create(actor: &Actor, draft: &Draft, time_s: i64) -> Result<(Self, Vec<u8>), Error> {
        let mut document = Self::empty(DocumentKind::Complaint);
        let mut edit = Edit::default();
        edit.fields.extend(some_values(&draft.fields));
        edit.fields.insert(TEXT.to_owned(), Some(draft.narrative.clone()));
        if let Some(card) = &draft.card {
            edit.fields.insert(CARD.to_owned(), Some(card.clone()));
        }
        edit.evidence.extend(draft.evidence.clone());
        edit.events.push(NewEvent {
            kind: EventKind::Received,
            at: draft.received_at.clone(),
            set: draft.received_set.clone(),
            note: None,
        });
        check(&edit)?;
        let (_, change) = document.write(actor, time_s, |transaction, first_op| {
            put(transaction, Object::Fields, NUMBER, draft.number.as_str())?;
            put(transaction, Object::Fields, RECORDED_AT, &draft.recorded_at)?;
            write(transaction, actor, first_op, &edit)
        })?;
        Ok((document, change.ok_or(Error::Write)?))
    }

    /// Adds one event and gives its id and the raw change.
    ///
    /// Whether the role may do it is for the caller to ask first (`may_author`, and the adopted
    /// regulation); others will not count it if not.
    ///
    /// # Errors
    ///
    /// [`Error::NewerSchema`] for a document that must not be written, [`Error::TooLong`],
    /// [`Error::Full`].
    pub fn act(
        &mut self,
        actor: &Actor,
        event: &NewEvent,
        time_s: i64,
    ) -> Result<(EventId, Vec<u8>), Error> {
        let edit = Edit { events: vec![event.clone()], ..Edit::default() };
        let mut written = self.apply(actor, &edit, time_s)?.ok_or(Error::Write)?;
        let id = written.events.pop().ok_or(Error::Write)?;
        Ok((id, written.change))
    }

    /// Writes fields and gives the raw change, or nothing when nothing changes.
    ///
    /// # Errors
    ///
    /// As for [`Self::act`], and [`Error::Key`] for a field that cannot be written.
    pub fn edit(
        &mut self,
        actor: &Actor,
        fields: &BTreeMap<String, Option<String>>,
        time_s: i64,
    ) -> Result<Option<Vec<u8>>, Error> {
        let edit = Edit { fields: fields.clone(), ..Edit::default() };
        Ok(self.apply(actor, &edit, time_s)?.map(|written| written.change))
    }

    /// Writes fields, evidence and events as one change; nothing when nothing changes.
    ///
    /// # Errors
    ///
    /// As for [`Self::edit`].
    pub fn apply(
        &mut self,
        actor: &Actor,
        edit: &Edit,
        time_s: i64,
    ) -> Result<Option<Written>, Error> {
        self.expect_kind(DocumentKind::Complaint)?;
        if self.is_read_only() {
            return Err(Error::NewerSchema);
        }
        check(edit)?;
        let (events, change) = self.write(actor, time_s, |transaction, first_op| {
            write(transaction, actor, first_op, edit)
        })?;
        Ok(change.map(|change| Written { change, events }))
    }
}

fn some_values(
    entries: &BTreeMap<String, String>,
) -> impl Iterator<Item = (String, Option<String>)> + '_ {
    entries.iter().map(|(key, value)| (key.clone(), Some(value.clone())))
}

fn check(edit: &Edit) -> Result<(), Error> {
    for (key, value) in &edit.fields {
        if is_write_once(key) || key == SCHEMA_KEY {
            return Err(Error::Key);
        }
        if key == TEXT {
            let chars = value.as_ref().map_or(0, |text| text.chars().count());
            if chars > NARRATIVE_CHARS_MAX {
                let max = NARRATIVE_CHARS_MAX;
                return Err(Error::TooLong { what: "the narrative", max, unit: "characters" });
            }
        } else {
            check_entry(key, value.as_deref())?;
        }
    }
    edit.evidence.iter().try_for_each(|(key, value)| check_entry(key, Some(value)))
}

/// Checks an entry against the limits that admission sets.
pub(crate) fn check_entry(key: &str, value: Option<&str>) -> Result<(), Error> {
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        return Err(Error::Key);
    }
    if value.is_some_and(|value| value.len() > VALUE_BYTES_MAX) {
        return Err(Error::TooLong { what: "a field", max: VALUE_BYTES_MAX, unit: "bytes" });
    }
    Ok(())
}

fn write(
    transaction: &mut Transaction<'_>,
    actor: &Actor,
    first_op: u64,
    edit: &Edit,
) -> Result<Vec<EventId>, Error> {
    for (key, value) in edit.fields.iter().filter(|(key, _)| *key != TEXT) {
        write_entry(transaction, Object::Fields, key, value.as_deref())?;
    }
    for (hash, reference) in &edit.evidence {
        // What is there once stays as it is.
        if transaction.get(Object::Evidence.id(), hash).is_ok_and(|value| value.is_none()) {
            put(transaction, Object::Evidence, hash, reference)?;
        }
    }
    let mut ids = Vec::with_capacity(edit.events.len());
    for event in &edit.events {
        let id = EventId::derive(first_op + transaction.pending_ops() as u64, actor);
        put(transaction, Object::Events, id.as_str(), &event.to_text()?)?;
        ids.push(id);
    }
    if let Some(text) = edit.fields.get(TEXT) {
        write_narrative(transaction, text.as_deref().unwrap_or_default())?;
    }
    Ok(ids)
}

/// Puts an entry of a map, or deletes it if it is there.
pub(crate) fn write_entry(
    transaction: &mut Transaction<'_>,
    object: Object,
    key: &str,
    value: Option<&str>,
) -> Result<(), Error> {
    match value {
        Some(value) => put(transaction, object, key, value),
        None => {
            let map = object.id();
            let exists = transaction.get(&map, key).is_ok_and(|value| value.is_some());
            if exists { transaction.delete(&map, key).map_err(|_| Error::Write) } else { Ok(()) }
        }
    }
}

fn put(
    transaction: &mut Transaction<'_>,
    object: Object,
    key: &str,
    value: &str,
) -> Result<(), Error> {
    transaction.put(object.id(), key, value).map_err(|_| Error::Write)
}

/// Replaces the one span in which old and new differ. A finer difference would keep single
/// characters of the old text between those of two people who rewrote it at once.
fn write_narrative(transaction: &mut Transaction<'_>, new: &str) -> Result<(), Error> {
    let narrative = Object::Narrative.id();
    let old = transaction.text(&narrative).map_err(|_| Error::Write)?;
    if old == new {
        return Ok(());
    }
    let (old, chars): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
    let start = old.iter().zip(&chars).take_while(|(a, b)| a == b).count();
    let ends = old[start..].iter().rev().zip(chars[start..].iter().rev());
    let end = ends.take_while(|(a, b)| a == b).count();
    let inserted: String = chars[start..chars.len() - end].iter().collect();
    let deleted = isize::try_from(old.len() - end - start).map_err(|_| Error::Write)?;
    transaction.splice_text(&narrative, start, deleted, &inserted).map_err(|_| Error::Write)
}
