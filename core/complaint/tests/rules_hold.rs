//! Each rule of admission, broken on purpose by a writer with a valid key, and kept by another.
//!
//! The liar uses Automerge directly on the same genesis, so that its changes are well-formed in
//! everything but the rule.
#![allow(clippy::unwrap_used)]

#[path = "support/world.rs"]
mod world;

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{
    ActorId, Automerge, Change, ExpandedChange, ObjId, ObjType, ROOT, ReadDoc, ScalarValue,
};
use floorwalk_complaint::limits::{CHANGE_OPS_MAX, KEY_BYTES_MAX, VALUE_BYTES_MAX};
use floorwalk_complaint::{
    Admission, Document, DocumentKind, EventKind, RawChange, Refusal, RosterEdit,
};
use world::{OFFICE, REP, actor, admitted, chunk, content, event, field, raw};

/// The complaint as the liar holds it: all of Automerge at hand.
fn liar(document: &Document) -> Automerge {
    let mut automerge = Automerge::load(&document.save()).unwrap();
    automerge.set_actor(ActorId::from(actor(OFFICE).0));
    automerge
}

fn lie(document: &Document, write: impl FnOnce(&mut Transaction<'_>)) -> Vec<u8> {
    let mut automerge = liar(document);
    let mut transaction = automerge.transaction();
    write(&mut transaction);
    transaction.commit_with(CommitOptions::default().with_time(0));
    automerge.get_last_local_change().unwrap().raw_bytes().to_vec()
}

fn object(document: &Document, name: &str) -> ObjId {
    Automerge::load(&document.save()).unwrap().get(ROOT, name).unwrap().unwrap().1
}

fn verdict(document: &Document, bytes: Vec<u8>) -> Result<(), Refusal> {
    world::quiet_panics();
    let change = RawChange::parse(bytes, actor(OFFICE))?;
    match document.admit(vec![change]) {
        Admission::Refused(refusal) => Err(refusal),
        Admission::Admitted(_) => Ok(()),
        other => panic!("{other:?}"),
    }
}

fn expanded(bytes: &[u8], alter: impl FnOnce(&mut ExpandedChange)) -> Vec<u8> {
    let mut expanded = Change::try_from(bytes).unwrap().decode();
    alter(&mut expanded);
    Change::from(expanded).raw_bytes().to_vec()
}

#[test]
fn an_entry_as_we_write_it_is_admitted() {
    let (document, _) = world::recorded();
    let fields = object(&document, "fields");
    let bytes = lie(&document, |t| t.put(&fields, "unheard_of", "kept").unwrap());
    let after = admitted(&document, vec![raw(&bytes, OFFICE)]).document;
    assert_eq!(after.fold(&world::authors).fields["unheard_of"], "kept");
}

#[test]
fn the_root_and_its_objects_stay() {
    let (document, _) = world::recorded();
    let fields = object(&document, "fields");
    let root = |t: &mut Transaction<'_>| t.put(ROOT, "schema", 2_u64).unwrap();
    assert_eq!(verdict(&document, lie(&document, root)), Err(Refusal::Object));
    let delete = |t: &mut Transaction<'_>| t.delete(ROOT, "events").unwrap();
    assert_eq!(verdict(&document, lie(&document, delete)), Err(Refusal::Object));
    let nested = |t: &mut Transaction<'_>| {
        t.put_object(&fields, "room", ObjType::Map).unwrap();
    };
    assert_eq!(verdict(&document, lie(&document, nested)), Err(Refusal::Operation));
}

#[test]
fn maps_hold_bounded_strings_under_bounded_keys() {
    let (document, _) = world::recorded();
    let fields = object(&document, "fields");
    let put = |key: String, value: ScalarValue| {
        let bytes = lie(&document, |t| t.put(&fields, key, value).unwrap());
        verdict(&document, bytes)
    };
    let long = |length: usize| "x".repeat(length);
    assert_eq!(put(long(KEY_BYTES_MAX), long(VALUE_BYTES_MAX).into()), Ok(()));
    let key = Err(Refusal::TooLarge("bytes of a key"));
    assert_eq!(put(long(KEY_BYTES_MAX + 1), "v".into()), key);
    let value = Err(Refusal::TooLarge("bytes of a value"));
    assert_eq!(put("k".to_owned(), long(VALUE_BYTES_MAX + 1).into()), value);
    assert_eq!(put("k".to_owned(), ScalarValue::counter(1)), Err(Refusal::Operation));
    assert_eq!(put("k".to_owned(), ScalarValue::Int(1)), Err(Refusal::Operation));
}

#[test]
fn events_stay_as_they_were_put() {
    let (mut document, _) = world::recorded();
    let (id, _) = document.act(&actor(REP), &event(EventKind::Noted), 0).unwrap();
    let events = object(&document, "events");
    let overwrite = lie(&document, |t| t.put(&events, id.as_str(), "{}").unwrap());
    assert_eq!(verdict(&document, overwrite), Err(Refusal::EventChanged));
    let delete = lie(&document, |t| t.delete(&events, id.as_str()).unwrap());
    assert_eq!(verdict(&document, delete), Err(Refusal::EventChanged));
    let foreign = lie(&document, |t| t.put(&events, "1-00000000", "{}").unwrap());
    assert_eq!(verdict(&document, foreign), Err(Refusal::EventId));
    let (_, own) = document.clone().act(&actor(OFFICE), &event(EventKind::Noted), 0).unwrap();
    assert_eq!(verdict(&document, own), Ok(()));
}

#[test]
fn number_and_time_of_recording_stay() {
    let (document, _) = world::recorded();
    let fields = object(&document, "fields");
    for key in ["number", "recorded_at"] {
        let overwrite = lie(&document, |t| t.put(&fields, key, "other").unwrap());
        assert_eq!(verdict(&document, overwrite), Err(Refusal::WriteOnce));
        let delete = lie(&document, |t| t.delete(&fields, key).unwrap());
        assert_eq!(verdict(&document, delete), Err(Refusal::WriteOnce));
        // Put beside it, without a predecessor, it does not win either.
        let beside = lie(&document, |t| t.put(&fields, key, "0").unwrap());
        let beside = expanded(&beside, |change| {
            for op in &mut change.operations {
                op.pred = automerge::legacy::SortedVec::new();
            }
        });
        let after = admitted(&document, vec![raw(&beside, OFFICE)]).document;
        let (was, is) = (document.fold(&world::authors), after.fold(&world::authors));
        assert_eq!((was.number, was.recorded_at), (is.number, is.recorded_at));
    }
}

#[test]
fn evidence_stays_as_it_was_put() {
    let (document, _) = world::recorded();
    let evidence = object(&document, "evidence");
    let overwrite = lie(&document, |t| t.put(&evidence, "aa", "other").unwrap());
    assert_eq!(verdict(&document, overwrite), Err(Refusal::WriteOnce));
    let delete = lie(&document, |t| t.delete(&evidence, "aa").unwrap());
    assert_eq!(verdict(&document, delete), Err(Refusal::WriteOnce));
    let another = lie(&document, |t| t.put(&evidence, "bb", "{}").unwrap());
    assert_eq!(verdict(&document, another), Ok(()));
}

#[test]
fn a_narrative_is_characters() {
    let (document, _) = world::recorded();
    let narrative = object(&document, "narrative");
    let bytes = lie(&document, |t| t.splice_text(&narrative, 2, 3, "改了").unwrap());
    assert_eq!(verdict(&document, bytes), Ok(()));
    let insert = |value: ScalarValue| {
        let bytes = lie(&document, |t| t.insert(&narrative, 0, value).unwrap());
        verdict(&document, bytes)
    };
    assert_eq!(insert("a".into()), Ok(()));
    assert_eq!(insert("ab".into()), Err(Refusal::Operation));
    assert_eq!(insert(ScalarValue::Null), Err(Refusal::Operation));
    let block = lie(&document, |t| {
        t.split_block(&narrative, 0).unwrap();
    });
    assert_eq!(verdict(&document, block), Err(Refusal::Operation));
}

#[test]
fn changes_are_plain() {
    let (document, _) = world::recorded();
    let fields = object(&document, "fields");
    let plain = lie(&document, |t| t.put(&fields, "k", "v").unwrap());
    assert_eq!(verdict(&document, plain.clone()), Ok(()));
    let message = expanded(&plain, |change| change.message = Some("hidden".to_owned()));
    assert_eq!(verdict(&document, message), Err(Refusal::NotPlain));
    let extra = expanded(&plain, |change| change.extra_bytes = vec![1, 2, 3]);
    assert_eq!(verdict(&document, extra), Err(Refusal::NotPlain));
    let mut checksum = plain.clone();
    checksum[4] ^= 1;
    assert_eq!(verdict(&document, checksum), Err(Refusal::Checksum));
    let mut kind = plain.clone();
    kind[8] = 2;
    assert_eq!(verdict(&document, kind), Err(Refusal::NotRawChange));
    assert_eq!(verdict(&document, document.save()), Err(Refusal::NotRawChange));
    let mut trailing = plain.clone();
    trailing.push(0);
    assert_eq!(verdict(&document, trailing), Err(Refusal::NotRawChange));
    let other = RawChange::parse(plain, actor(REP));
    assert_eq!(other.map(|_| ()), Err(Refusal::OtherActor));
}

#[test]
fn numbers_counters_and_dependencies_must_follow() {
    let (document, first) = world::recorded();
    let fields = object(&document, "fields");
    let good = lie(&document, |t| t.put(&fields, "k", "v").unwrap());
    let alter = |alter: fn(&mut ExpandedChange)| verdict(&document, expanded(&good, alter));
    assert_eq!(alter(|_| ()), Ok(()));
    assert_eq!(alter(|change| change.seq = 2), Err(Refusal::BrokenChain));
    let later = |change: &mut ExpandedChange| {
        change.start_op = change.start_op.checked_add(1).unwrap();
    };
    assert_eq!(alter(later), Err(Refusal::Counter));
    let early = |change: &mut ExpandedChange| change.start_op = 1.try_into().unwrap();
    assert_eq!(alter(early), Err(Refusal::Counter));
    let unknown = expanded(&good, |change| change.deps = vec![automerge::ChangeHash([7; 32])]);
    let Admission::Waiting { missing } = document.admit(vec![raw(&unknown, OFFICE)]) else {
        panic!("it must wait")
    };
    assert_eq!(missing[0].0, [7; 32]);

    // Without its own previous change among its ancestors, an actor's change is no successor.
    let after = admitted(&document, vec![raw(&good, OFFICE)]).document;
    let next = expanded(&good, |change| change.seq = 2);
    assert_eq!(verdict(&after, next), Err(Refusal::BrokenChain));
    let fork = lie(&document, |t| t.put(&fields, "k", "another").unwrap());
    assert_eq!(verdict(&after, fork), Err(Refusal::Fork));
    let known = document.admit(vec![raw(&first, REP)]);
    assert!(matches!(known, Admission::Known));
}

#[test]
fn operations_refer_to_what_they_can_know() {
    let (document, _) = world::recorded();
    let fields = object(&document, "fields");
    let good = lie(&document, |t| t.put(&fields, "room", "9").unwrap());
    assert_eq!(verdict(&document, good.clone()), Ok(()));
    let preds = |counter: u64, by: u8| {
        expanded(&good, |change| {
            let id = automerge::legacy::OpId(counter, ActorId::from(actor(by).0));
            change.operations[0].pred = vec![id].into();
        })
    };
    assert_eq!(verdict(&document, preds(8, REP)), Err(Refusal::Reference), "another key");
    assert_eq!(verdict(&document, preds(9_999, REP)), Err(Refusal::Reference), "no such one");
    assert_eq!(verdict(&document, preds(8, 77)), Err(Refusal::Reference), "no such actor");

    // A predecessor that this replica has, but that the change does not build on.
    let mut concurrent = document.clone();
    concurrent.edit(&actor(REP), &field("room", "8"), 0).unwrap();
    let seen = lie(&concurrent, |t| t.put(&fields, "room", "9").unwrap());
    let blind = expanded(&seen, |change| {
        let honest = Change::try_from(good.as_slice()).unwrap();
        change.deps = honest.deps().to_vec();
        change.start_op = honest.start_op();
    });
    assert_eq!(verdict(&concurrent, seen), Ok(()));
    assert_eq!(verdict(&concurrent, blind), Err(Refusal::Reference));
}

#[test]
fn bombs_are_refused_before_work() {
    // Deps, actor, seq and so on of a real change, and columns of two runs: 5 million nulls put.
    let (document, _) = world::recorded();
    let fields = object(&document, "fields");
    let good = lie(&document, |t| t.put(&fields, "k", "v").unwrap());
    let bomb = |count: u64, preds: u64| {
        let content = content(&good);
        let deps = 1 + 32 * usize::from(content[0]);
        let head = deps + 1 + 16 + 1;
        let mut bytes = content[..head].to_vec();
        bytes.extend_from_slice(&content[head..head + start_op_length(&content[head..])]);
        bytes.extend_from_slice(&[0, 0, 0]);
        let run = |value: u64| {
            let mut column = sleb(count);
            column.extend(uleb(value));
            column
        };
        let key = [sleb(count), vec![1, b'k']].concat();
        let columns = [
            (0x15_u64, key),
            (0x34, uleb(count)),
            (0x42, run(1)),
            (0x56, run(0)),
            (0x70, run(preds)),
        ];
        bytes.extend(uleb(columns.len() as u64));
        for (spec, data) in &columns {
            bytes.extend(uleb(*spec));
            bytes.extend(uleb(data.len() as u64));
        }
        columns.iter().for_each(|(_, data)| bytes.extend(data));
        chunk(&bytes)
    };
    let too_many = Err(Refusal::TooLarge("operations of one change"));
    assert!(bomb(5_000_000, 0).len() < 130);
    assert_eq!(verdict(&document, bomb(5_000_000, 0)), too_many);
    assert_eq!(verdict(&document, bomb(1 << 60, 0)), too_many);
    assert_eq!(verdict(&document, bomb(CHANGE_OPS_MAX + 1, 0)), too_many);
    let preds = Err(Refusal::TooLarge("predecessors of one change"));
    assert_eq!(verdict(&document, bomb(1, 1 << 60)), preds);
    // The same shape within the limits is decoded, and refused for what it does.
    assert_eq!(verdict(&document, bomb(10, 0)), Err(Refusal::Object));
}

fn start_op_length(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1
}

fn uleb(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        out.push(if value == 0 { low } else { low | 0x80 });
        if value == 0 {
            return out;
        }
    }
}

fn sleb(value: u64) -> Vec<u8> {
    let mut out = uleb(value);
    let last = out.len() - 1;
    if out[last] & 0x40 != 0 {
        out[last] |= 0x80;
        out.push(0);
    }
    out
}

#[test]
fn the_roster_takes_the_same_rules() {
    let mut roster = Document::empty(DocumentKind::Community);
    let edit = RosterEdit { buildings: field("aa", "3号楼"), ..RosterEdit::default() };
    let change = roster.edit_roster(&actor(OFFICE), &edit, 0).unwrap().unwrap();
    let empty = Document::empty(DocumentKind::Community);
    let after = admitted(&empty, vec![raw(&change, OFFICE)]).document;
    assert_eq!(after.roster().buildings["aa"], "3号楼");
    let root = lie(&empty, |t| t.put(ROOT, "k", "v").unwrap());
    assert_eq!(verdict(&empty, root), Err(Refusal::Object));
    // A complaint's change builds on another genesis: here it waits for ever.
    let (_, complaint) = world::recorded();
    let admission = empty.admit(vec![raw(&complaint, REP)]);
    assert!(matches!(admission, Admission::Waiting { .. }));
}
