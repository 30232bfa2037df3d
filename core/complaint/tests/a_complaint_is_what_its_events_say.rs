//! The story of one complaint between a rep and an office that write apart.
#![allow(clippy::unwrap_used)]

#[path = "support/world.rs"]
mod world;

use automerge::transaction::Transactable;
use automerge::{ActorId, Automerge, ROOT, ReadDoc};
use floorwalk_complaint::{
    DocumentKind, Edit, Error, EventKind, NotCounted, Stage, TEXT, pack, unpack,
};
use serde_json::json;
use world::{MANAGER, OFFICE, REP, actor, admitted, authors, event, field, raw};

#[test]
fn a_recorded_complaint_reads_back() {
    let (document, change) = world::recorded();
    let complaint = document.fold(&authors);
    let draft = world::draft();
    assert_eq!(complaint.number, draft.number.as_str());
    assert_eq!(complaint.recorded_at, draft.recorded_at);
    assert_eq!(complaint.fields, draft.fields);
    assert_eq!(complaint.narrative, draft.narrative);
    assert_eq!(complaint.card, draft.card);
    let evidence = complaint.evidence.iter();
    let evidence: Vec<_> = evidence.map(|(hash, one)| (hash, &one.reference)).collect();
    assert_eq!(evidence, draft.evidence.iter().collect::<Vec<_>>());
    assert!(complaint.evidence.values().all(|one| one.counted));
    assert_eq!(complaint.stage, Stage::Received);
    assert!(complaint.conflicts.is_empty() && !complaint.read_only);
    assert_eq!(complaint.events.len(), 1);
    assert_eq!(complaint.events[0].kind, EventKind::Received);
    assert!(complaint.events[0].counted);
    assert_eq!(document.changes(), [change]);
}

#[test]
fn an_offices_accepted_counts_and_a_reps_does_not() {
    for (by, counts) in [(REP, false), (OFFICE, true)] {
        let (mut document, _) = world::recorded();
        document.act(&actor(by), &event(EventKind::Accepted), 0).unwrap();
        let complaint = document.fold(&authors);
        let accepted = &complaint.events[1];
        assert_eq!(accepted.counted, counts);
        assert_eq!(accepted.why_not, (!counts).then_some(NotCounted::Role));
        assert_eq!(complaint.delivery_accepted(), counts);
        let stage = if counts { Stage::Accepted } else { Stage::Received };
        assert_eq!(complaint.stage, stage);
    }
    let (mut document, _) = world::recorded();
    document.act(&actor(9), &event(EventKind::Accepted), 0).unwrap();
    let why = document.fold(&authors).events[1].why_not;
    assert_eq!(why, Some(NotCounted::UnknownAuthor));
}

#[test]
fn of_evidence_under_one_hash_the_first_stands_and_its_authors_role_decides() {
    let (document, _) = world::recorded();
    let add = |by, reference: &str| {
        let mut copy = document.clone();
        let evidence = [("bb".to_owned(), reference.to_owned())].into();
        let written = copy.apply(&actor(by), &Edit { evidence, ..Edit::default() }, 0).unwrap();
        (copy, written.unwrap().change)
    };
    let (reps, from_rep) = add(REP, "rep's");
    let (offices, from_office) = add(OFFICE, "office's");
    let both = admitted(&reps, vec![raw(&from_office, OFFICE)]).document;
    let other_way = admitted(&offices, vec![raw(&from_rep, REP)]).document;
    let seen = both.fold(&authors);
    assert_eq!(seen.evidence, other_way.fold(&authors).evidence);
    let first = if actor(REP) < actor(OFFICE) { REP } else { OFFICE };
    assert_eq!(seen.evidence["bb"].author.unwrap().device, [first; 32]);

    let (strangers, _) = add(9, "nobody's");
    assert!(!strangers.fold(&authors).evidence["bb"].counted);
    let mut again = reps.clone();
    let evidence = [("bb".to_owned(), "another".to_owned())].into();
    let written = again.apply(&actor(REP), &Edit { evidence, ..Edit::default() }, 0).unwrap();
    assert_eq!(written, None, "what is there stays");
}

#[test]
fn an_offices_erasure_counts_and_a_reps_does_not() {
    for (by, erased) in [(REP, false), (OFFICE, true), (MANAGER, true)] {
        let (mut document, _) = world::recorded();
        let mut noted = event(EventKind::Noted);
        noted.set.insert("erased".to_owned(), json!(["aa", 7, "cc"]));
        document.act(&actor(by), &noted, 0).unwrap();
        let complaint = document.fold(&authors);
        let ids: Vec<_> = complaint.erasures().into_keys().collect();
        assert_eq!(ids, if erased { vec!["aa", "cc"] } else { vec![] });
    }
}

#[test]
fn every_card_that_a_complaint_ever_had_is_known() {
    let (mut document, _) = world::recorded();
    let first = world::draft().card.unwrap();
    document.edit(&actor(REP), &field("card", "second"), 0).unwrap();
    document.edit(&actor(REP), &field("room", "not a card"), 0).unwrap();
    document.edit(&actor(OFFICE), &[("card".to_owned(), None)].into(), 0).unwrap();
    assert_eq!(document.fold(&authors).card, None);
    assert_eq!(document.all_cards(), [first, "second".to_owned()].into());
}

#[test]
fn event_ids_name_the_operation_that_put_them() {
    let (mut document, _) = world::recorded();
    let mut edit = Edit { fields: field("room", "2"), ..Edit::default() };
    edit.fields.insert(TEXT.to_owned(), Some("另写".to_owned()));
    edit.events = vec![event(EventKind::Verified), event(EventKind::SiteVisited)];
    let written = document.apply(&actor(REP), &edit, 0).unwrap().unwrap();
    let complaint = document.fold(&authors);
    let ids: Vec<_> = complaint.events[1..].iter().map(|event| event.id.clone()).collect();
    assert_eq!(ids, written.events);
    for event in &complaint.events {
        assert_eq!(event.id.as_str(), format!("{}-{}", event.lamport, event.actor.short()));
    }
}

#[test]
fn concurrent_values_are_shown_until_someone_chooses() {
    let (base, _) = world::recorded();
    let mut one = base.clone();
    let mut two = base.clone();
    let first = one.edit(&actor(REP), &field("room", "1205"), 0).unwrap().unwrap();
    let second = two.edit(&actor(OFFICE), &field("room", "1206"), 0).unwrap().unwrap();
    let mut merged = admitted(&one, vec![raw(&second, OFFICE)]).document;
    let other = admitted(&two, vec![raw(&first, REP)]).document;
    assert_eq!(merged.fold(&authors), other.fold(&authors));
    let complaint = merged.fold(&authors);
    assert_eq!(complaint.conflicts["room"], ["1205", "1206"]);
    // Choosing the value that is shown already ends the conflict too.
    let shown = complaint.fields["room"].clone();
    let choice = merged.edit(&actor(MANAGER), &field("room", &shown), 0).unwrap().unwrap();
    assert!(merged.fold(&authors).conflicts.is_empty());
    let other = admitted(&other, vec![raw(&choice, MANAGER)]).document;
    assert_eq!(merged.fold(&authors), other.fold(&authors));
    assert_eq!(merged.fold(&authors).fields["room"], shown);
}

#[test]
fn narratives_merge() {
    let (base, _) = world::recorded();
    let text = base.fold(&authors).narrative;
    let (mut one, mut two) = (base.clone(), base.clone());
    let before = format!("急！{text}");
    one.edit(&actor(REP), &field("text", &before), 0).unwrap().unwrap();
    let after = format!("{text}已拍照。");
    let change = two.edit(&actor(OFFICE), &field("text", &after), 0).unwrap().unwrap();
    let merged = admitted(&one, vec![raw(&change, OFFICE)]).document;
    assert_eq!(merged.fold(&authors).narrative, format!("急！{text}已拍照。"));
}

#[test]
fn long_narratives_are_edited_between_their_common_ends() {
    let (mut document, _) = world::recorded();
    let long = "灯".repeat(6_000);
    document.edit(&actor(REP), &field("text", &long), 0).unwrap().unwrap();
    let edited = format!("{}坏{}", &long[..9_000], &long[9_003..]);
    let change = document.edit(&actor(REP), &field("text", &edited), 0).unwrap().unwrap();
    assert!(change.len() < 300, "{}", change.len());
    assert_eq!(document.fold(&authors).narrative, edited);
    let too_long = field("text", &"灯".repeat(16_001));
    let refused = document.edit(&actor(REP), &too_long, 0);
    assert!(matches!(refused, Err(Error::TooLong { .. })));
    assert_eq!(document.fold(&authors).narrative, edited);
}

#[test]
fn nothing_changed_is_no_change() {
    let (mut document, _) = world::recorded();
    let heads = document.heads();
    let same = field("room", "1204");
    assert_eq!(document.edit(&actor(REP), &same, 0).unwrap(), None);
    let mut absent = field("text", &world::draft().narrative);
    absent.insert("never_there".to_owned(), None);
    assert_eq!(document.edit(&actor(OFFICE), &absent, 0).unwrap(), None);
    assert_eq!(document.heads(), heads);
    document.save();
    assert!(document.edit(&actor(REP), &field("room", "1"), 0).unwrap().is_some());
}

#[test]
fn reserved_fields_are_not_for_callers() {
    let (mut document, _) = world::recorded();
    for key in ["number", "recorded_at", "schema", ""] {
        assert_eq!(document.edit(&actor(REP), &field(key, "x"), 0), Err(Error::Key), "{key}");
    }
    assert!(document.edit(&actor(REP), &field("card", "{}"), 0).unwrap().is_some());
    assert_eq!(document.fold(&authors).card.as_deref(), Some("{}"));
}

#[test]
fn unknown_kinds_and_fields_survive() {
    let (mut document, _) = world::recorded();
    let mut new = event(EventKind::Unknown("teleported".to_owned()));
    new.set.insert("score".to_owned(), json!({"nested": [1, 2]}));
    document.edit(&actor(REP), &field("from_the_future", "kept"), 0).unwrap();
    let (_, change) = document.act(&actor(REP), &new, 0).unwrap();
    let loaded = floorwalk_complaint::Document::load(DocumentKind::Complaint, &document.save());
    let complaint = loaded.unwrap().fold(&authors);
    assert_eq!(complaint.fields["from_the_future"], "kept");
    assert_eq!(complaint.events[1].kind, new.kind);
    assert_eq!(complaint.events[1].set, new.set);
    assert_eq!(complaint.events[1].why_not, Some(NotCounted::UnknownKind));
    let packed = pack(DocumentKind::Complaint, &actor(REP), &[&change]).unwrap();
    let back = unpack(DocumentKind::Complaint, &actor(REP), &packed).unwrap();
    assert_eq!(back[0].bytes(), change);
}

#[test]
fn a_newer_schema_is_shown_and_not_written() {
    let (document, _) = world::recorded();
    let mut newer = Automerge::load(&document.save()).unwrap();
    newer.set_actor(ActorId::from(actor(OFFICE).0));
    let fields = newer.get(ROOT, "fields").unwrap().unwrap().1;
    let mut transaction = newer.transaction();
    transaction.put(&fields, "schema", "2").unwrap();
    transaction.commit();
    let change = newer.get_last_local_change().unwrap();
    let mut after = admitted(&document, vec![raw(change.raw_bytes(), OFFICE)]).document;
    let complaint = after.fold(&authors);
    assert_eq!((complaint.schema, complaint.read_only), (2, true));
    assert_eq!(complaint.fields, document.fold(&authors).fields);
    let refused = after.act(&actor(REP), &event(EventKind::Noted), 0);
    assert_eq!(refused, Err(Error::NewerSchema));
    assert_eq!(after.edit(&actor(REP), &field("room", "1"), 0), Err(Error::NewerSchema));
}

#[test]
fn the_time_that_an_author_wrote_decides_nothing() {
    let (mut document, _) = world::recorded();
    let mut future = event(EventKind::Declined);
    future.at = "2099-01-01T00:00:00Z".to_owned();
    document.act(&actor(OFFICE), &future, 0).unwrap();
    document.act(&actor(OFFICE), &event(EventKind::Accepted), 0).unwrap();
    assert_eq!(document.fold(&authors).stage, Stage::Accepted);
}
