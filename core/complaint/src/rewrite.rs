//! Writing changes anew under another actor, for an install that found out that it has a copy.
//!
//! Two copies of an install write different changes under one actor and number; only one of them
//! can stand. The other copy's changes are written anew: the same operations with the same
//! counters, by the new actor. References to operations that are written anew follow them;
//! references to everything else stay. Event ids name their actor, so they change with it.

use std::collections::BTreeMap;

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId};
use automerge::{ActorId, Change, ExpandedChange};

use crate::chunk::RawChange;
use crate::error::Error;
use crate::genesis::Object;
use crate::guard::guarded;
use crate::ids::{Actor, DocumentKind, EventId};

/// Writes changes of one document anew as `actor`, which must not have written in it.
///
/// The changes must be a chain: each after those it builds on, as one device wrote them.
///
/// # Errors
///
/// [`Error::NotOwnChange`] when one could not be written anew.
pub fn rewrite_actor(
    kind: DocumentKind,
    changes: &[RawChange],
    actor: &Actor,
) -> Result<Vec<RawChange>, Error> {
    let mut ordered: Vec<&RawChange> = changes.iter().collect();
    ordered.sort_by_key(|change| change.change().start_op());
    let new = ActorId::from(actor.0);
    let mut moved = Moved { new: new.clone(), ranges: Vec::new() };
    moved.ranges.extend(ordered.iter().map(|raw| {
        let change = raw.change();
        (change.actor_id().clone(), change.start_op().get(), change.max_op())
    }));
    let mut hashes = BTreeMap::new();
    let mut rewritten = Vec::with_capacity(ordered.len());
    for (index, raw) in ordered.iter().enumerate() {
        let mut expanded: ExpandedChange = raw.change().decode();
        let start = expanded.start_op.get();
        for (counter, op) in (start..).zip(&mut expanded.operations) {
            moved.op(kind, counter, op, actor);
        }
        for dep in &mut expanded.deps {
            *dep = hashes.get(dep).copied().unwrap_or(*dep);
        }
        expanded.deps.sort_unstable();
        expanded.actor_id = new.clone();
        expanded.seq = index as u64 + 1;
        expanded.hash = None;
        let bytes = guarded(|| Change::from(expanded).raw_bytes().to_vec()).ok_or(Error::Write)?;
        let anew = RawChange::parse(bytes, *actor).map_err(Error::NotOwnChange)?;
        hashes.insert(raw.change().hash(), anew.change().hash());
        rewritten.push(anew);
    }
    Ok(rewritten)
}

/// The operations that move to the new actor.
struct Moved {
    new: ActorId,
    ranges: Vec<(ActorId, u64, u64)>,
}

impl Moved {
    fn op(&self, kind: DocumentKind, counter: u64, op: &mut Op, actor: &Actor) {
        let object = match &op.obj {
            ObjectId::Id(id) => Object::of(kind, id.counter()),
            ObjectId::Root => None,
        };
        if let Key::Seq(ElementId::Id(id)) = &mut op.key {
            self.id(id);
        } else if object == Some(Object::Events) {
            op.key = Key::Map(EventId::derive(counter, actor).as_str().into());
        }
        op.pred = op.pred.iter().map(|pred| self.moved(pred)).collect();
    }

    fn moved(&self, id: &OpId) -> OpId {
        let mut id = id.clone();
        self.id(&mut id);
        id
    }

    fn id(&self, id: &mut OpId) {
        let moves = self.ranges.iter().any(|(actor, first, last)| {
            actor == id.actor() && (*first..=*last).contains(&id.counter())
        });
        if moves {
            id.1 = self.new.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use super::*;
    use crate::admit::Admission;
    use crate::complaint::{Draft, TEXT};
    use crate::document::Document;
    use crate::event::{EventKind, NewEvent};
    use crate::fold::Author;
    use crate::number::ComplaintNumber;
    use crate::role::Role;

    fn author(_: &Actor) -> Option<Author> {
        Some(Author { device: [0; 32], role: Role::BuildingRep })
    }

    fn draft(actor: &Actor) -> Draft {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
        Draft {
            number: ComplaintNumber::derive("HJ", day, actor, 1).unwrap(),
            recorded_at: "2026-11-24T08:00:00+08:00".into(),
            fields: BTreeMap::from([("room".to_owned(), "1203".to_owned())]),
            narrative: "漏水".into(),
            card: None,
            evidence: BTreeMap::new(),
            received_at: "2026-11-24T08:00:00+08:00".into(),
            received_set: serde_json::Map::new(),
        }
    }

    #[test]
    fn changes_written_anew_say_the_same_and_are_admitted_beside_the_copys() {
        let (old, new) = (Actor([1; 16]), Actor([2; 16]));
        let (shared, first) = Document::create(&old, &draft(&old), 0).unwrap();
        let mut here = shared.clone();
        let mut changes = Vec::new();
        let text = BTreeMap::from([(TEXT.to_owned(), Some("三楼漏水了".to_owned()))]);
        changes.push(here.edit(&old, &text, 0).unwrap().unwrap());
        let note = NewEvent::new(EventKind::Noted, "2026-11-24T09:00:00+08:00");
        changes.push(here.act(&old, &note, 0).unwrap().1);
        let room = BTreeMap::from([("room".to_owned(), Some("1204".to_owned()))]);
        changes.push(here.edit(&old, &room, 0).unwrap().unwrap());
        let mut copy = shared.clone();
        let visit = NewEvent::new(EventKind::SiteVisited, "2026-11-24T09:30:00+08:00");
        let theirs = copy.act(&old, &visit, 0).unwrap().1;

        let mine: Vec<RawChange> =
            changes.into_iter().map(|bytes| RawChange::parse(bytes, old).unwrap()).collect();
        let anew = rewrite_actor(DocumentKind::Complaint, &mine, &new).unwrap();
        let mut all = anew;
        all.push(RawChange::parse(theirs, old).unwrap());
        all.push(RawChange::parse(first, old).unwrap());
        let Admission::Admitted(admitted) = Document::empty(DocumentKind::Complaint).admit(all)
        else {
            panic!("not admitted")
        };
        let complaint = admitted.document.fold(&author);
        assert_eq!(complaint.narrative, "三楼漏水了");
        assert_eq!(complaint.fields["room"], "1204");
        let kinds: Vec<_> = complaint.events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds.len(), 3);
        assert!(kinds.contains(&"noted") && kinds.contains(&"site_visited"));
        assert!(complaint.events.iter().all(|event| event.counted));
    }
}
