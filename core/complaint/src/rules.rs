//! What the operations of a foreign change may do.
//!
//! Every rule looks only at the change and its causal past, so all replicas judge alike. Together
//! they keep Automerge on paths that its own writers use: an operation refers only to operations
//! that exist, of the same object and key, and every deletion leaves a trace. (Otherwise applying
//! panics, or what is saved lacks a predecessor and no longer loads.)
//!
//! - The root is never touched; no objects are made; maps hold strings under keys of 1–256 bytes.
//! - Counters, increments and marks have no place.
//! - Events are put once, under their own operation's id, and never overwritten or deleted.
//! - A complaint's number, time of recording and evidence are never overwritten or deleted.
//! - The narrative takes insertions of one character each, and deletions of them.

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, Change, ScalarValue};

use crate::genesis::Object;
use crate::history::{History, Place};
use crate::ids::{Actor, DocumentKind, EventId};
use crate::limits::{KEY_BYTES_MAX, VALUE_BYTES_MAX};
use crate::refusal::Refusal;

/// The field that holds the complaint's number.
pub(crate) const NUMBER: &str = "number";
/// The field that holds when the complaint was recorded.
pub(crate) const RECORDED_AT: &str = "recorded_at";

/// The key of a field that, once written, stays.
pub(crate) fn is_write_once(key: &str) -> bool {
    key == NUMBER || key == RECORDED_AT
}

/// Checks one change against the history and appends it.
pub(crate) fn admit_change(
    kind: DocumentKind,
    actor: &Actor,
    change: &Change,
    history: &mut History<'_>,
) -> Result<(), Refusal> {
    let place = history.admit_place(change)?;
    let ops = change.decode().operations;
    let mut judge = Judge { actor, change, place: &place, ops: &ops, history };
    for (index, op) in ops.iter().enumerate() {
        let object = object_of(kind, op)?;
        if object == Object::Narrative {
            judge.narrative(index, op)?;
        } else {
            judge.entry(index, op, object)?;
        }
    }
    history.push(place, change, ops);
    Ok(())
}

struct Judge<'a, 'h, 'd> {
    actor: &'a Actor,
    change: &'a Change,
    place: &'a Place,
    ops: &'a [Op],
    history: &'h mut History<'d>,
}

impl Judge<'_, '_, '_> {
    fn entry(&mut self, index: usize, op: &Op, object: Object) -> Result<(), Refusal> {
        let Key::Map(key) = &op.key else { return Err(Refusal::Operation) };
        if op.insert {
            return Err(Refusal::Operation);
        }
        if key.is_empty() || key.len() > KEY_BYTES_MAX {
            return Err(Refusal::TooLarge("bytes of a key"));
        }
        let replaces = !op.pred.is_empty();
        match &op.action {
            OpType::Put(ScalarValue::Str(text)) => {
                if text.len() > VALUE_BYTES_MAX {
                    return Err(Refusal::TooLarge("bytes of a value"));
                }
            }
            // A deletion without a predecessor deletes nothing and would be lost when saved.
            OpType::Delete if replaces => (),
            _ => return Err(Refusal::Operation),
        }
        if object == Object::Events {
            if replaces {
                return Err(Refusal::EventChanged);
            }
            let counter = self.change.start_op().get() + index as u64;
            if EventId::derive(counter, self.actor).as_str() != key.as_str() {
                return Err(Refusal::EventId);
            }
        }
        let write_once =
            object == Object::Evidence || object == Object::Fields && is_write_once(key);
        if replaces && write_once {
            return Err(Refusal::WriteOnce);
        }
        self.preds(index, op, |pred| {
            pred.obj == op.obj && pred.key == op.key && matches!(pred.action, OpType::Put(_))
        })
    }

    fn narrative(&mut self, index: usize, op: &Op) -> Result<(), Refusal> {
        let Key::Seq(element) = &op.key else { return Err(Refusal::Operation) };
        match (&op.action, element) {
            (OpType::Put(ScalarValue::Str(text)), _) if op.insert && op.pred.is_empty() => {
                let mut chars = text.chars();
                if chars.next().is_none() || chars.next().is_some() {
                    return Err(Refusal::Operation);
                }
                let ElementId::Id(after) = element else { return Ok(()) };
                let is_element = |other: &Op| other.insert && other.obj == op.obj;
                self.known(index, after).filter(|other| is_element(other)).map(|_| ())
            }
            (OpType::Delete, ElementId::Id(at)) if !op.insert => {
                if op.pred.len() != 1 || op.pred.get(0) != Some(at) {
                    return Err(Refusal::Reference);
                }
                let is_element = |other: &Op| other.insert && other.obj == op.obj;
                self.known(index, at).filter(|other| is_element(other)).map(|_| ())
            }
            _ => return Err(Refusal::Operation),
        }
        .ok_or(Refusal::Reference)
    }

    /// Checks that an operation's predecessors are known, fit it, and are named once each.
    fn preds(&mut self, index: usize, op: &Op, fits: impl Fn(&Op) -> bool) -> Result<(), Refusal> {
        let mut last: Option<&OpId> = None;
        for pred in op.pred.iter() {
            if last == Some(pred) || !self.known(index, pred).is_some_and(&fits) {
                return Err(Refusal::Reference);
            }
            last = Some(pred);
        }
        Ok(())
    }

    /// The operation of an id, if it comes before the `index`-th one of this change.
    fn known(&mut self, index: usize, id: &OpId) -> Option<&Op> {
        let start = self.change.start_op().get();
        if id.actor() == self.change.actor_id() && id.counter() >= start {
            let at = usize::try_from(id.counter() - start).ok()?;
            return if at < index { self.ops.get(at) } else { None };
        }
        self.history.op(self.place, id.actor(), id.counter())
    }
}

fn object_of(kind: DocumentKind, op: &Op) -> Result<Object, Refusal> {
    let ObjectId::Id(id) = &op.obj else { return Err(Refusal::Object) };
    if *id.actor() != ActorId::from(Actor::GENESIS.0) {
        return Err(Refusal::Object);
    }
    Object::of(kind, id.counter()).ok_or(Refusal::Object)
}
