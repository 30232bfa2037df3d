//! Reading the maps of a document: every entry with all its concurrent values.

use std::collections::{BTreeMap, BTreeSet};

use automerge::legacy::{Key, ObjectId, OpId, OpType};
use automerge::{Automerge, ObjId, ROOT, ReadDoc, ScalarValue, ScalarValueRef, Value, ValueRef};

use crate::complaint::CARD;
use crate::document::Document;
use crate::genesis::{Object, SCHEMA};
use crate::ids::{Actor, DocumentKind};

/// The entry that raises a document's schema: a decimal number. A newer version writes it.
pub(crate) const SCHEMA_KEY: &str = "schema";

/// One value of an entry, with the operation that put it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) lamport: u64,
    pub(crate) actor: Actor,
    pub(crate) text: String,
}

impl Document {
    /// The entries of a map. The values of each are sorted by (lamport, actor): the last one is
    /// the one that Automerge shows.
    pub(crate) fn entries(&self, object: Object) -> BTreeMap<String, Vec<Written>> {
        let document = self.automerge();
        let map = object.id();
        let mut entries = BTreeMap::new();
        for item in document.map_range(&map, ..) {
            let values = if item.conflict {
                all_values(document, &map, &item.key)
            } else {
                let ValueRef::Scalar(ScalarValueRef::Str(text)) = &item.value else { continue };
                written(&item.id(), text).into_iter().collect()
            };
            if !values.is_empty() {
                entries.insert(item.key.into_owned(), values);
            }
        }
        entries
    }

    /// The text that Automerge shows for each entry of a map.
    pub(crate) fn texts(&self, object: Object) -> BTreeMap<String, String> {
        let entries = self.entries(object).into_iter();
        entries.filter_map(|(key, values)| Some((key, values.into_iter().last()?.text))).collect()
    }

    /// Every card reference that was ever written, whatever took its place: to erase a person's
    /// details is to erase all of them. Reads the whole history.
    pub fn all_cards(&self) -> BTreeSet<String> {
        let ops = self.automerge().get_changes(&[]).into_iter().flat_map(|change| {
            let fields = op_object(Object::Fields);
            change.decode().operations.into_iter().filter(move |op| op.obj == fields)
        });
        let cards = ops.filter_map(|op| match (op.key, op.action) {
            (Key::Map(key), OpType::Put(ScalarValue::Str(text))) if key == CARD => {
                Some(text.to_string())
            }
            _ => None,
        });
        cards.collect()
    }

    /// The highest schema that a writer of this document has declared.
    pub fn schema(&self) -> u64 {
        let object = match self.kind() {
            DocumentKind::Complaint => Object::Fields,
            DocumentKind::Community => Object::Community,
        };
        let root = match self.automerge().get(ROOT, SCHEMA_KEY) {
            Ok(Some((Value::Scalar(value), _))) => value.as_u64().unwrap_or(SCHEMA),
            _ => SCHEMA,
        };
        let raised = all_values(self.automerge(), &object.id(), SCHEMA_KEY);
        let raised = raised.iter().filter_map(|value| value.text.parse().ok()).max();
        raised.unwrap_or(root).max(root)
    }

    /// Whether a newer version wrote the document: it can be shown and forwarded, not written.
    pub fn is_read_only(&self) -> bool {
        self.schema() > SCHEMA
    }

    /// Reads everything once, so that a document which cannot be read is found before it is used.
    pub(crate) fn read_all(&self) {
        match self.kind() {
            DocumentKind::Complaint => drop(self.fold(&|_: &Actor| None)),
            DocumentKind::Community => drop(self.roster()),
        }
    }
}

/// An object as the operations of a decoded change name it.
pub(crate) fn op_object(object: Object) -> ObjectId {
    let ObjId::Id(counter, actor, _) = object.id() else { return ObjectId::Root };
    ObjectId::Id(OpId::new(counter, &actor))
}

fn all_values(document: &Automerge, map: &ObjId, key: &str) -> Vec<Written> {
    let values = document.get_all(map, key).unwrap_or_default();
    let texts = values.iter().filter_map(|(value, id)| match value {
        Value::Scalar(value) => match value.as_ref() {
            ScalarValue::Str(text) => written(id, text),
            _ => None,
        },
        Value::Object(_) => None,
    });
    let mut texts: Vec<_> = texts.collect();
    texts.sort_by_key(|value| (value.lamport, value.actor));
    texts
}

fn written(id: &ObjId, text: &str) -> Option<Written> {
    let ObjId::Id(lamport, actor, _) = id else { return None };
    let actor = Actor::try_from(actor.to_bytes()).ok()?;
    Some(Written { lamport: *lamport, actor, text: text.to_owned() })
}
