//! Real complaints, as people wrote them: every word arrives.
#![allow(clippy::unwrap_used)]
#![allow(clippy::print_stderr, reason = "a test that skips says so")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use floorwalk_replica::records::{ComplaintDetail, NewComplaint};
use floorwalk_tests::{BUILDING_1, BUILDING_2, Stage, complaint, list, sync, sync_all};

/// The data lies beside the project's folder on machines that have it.
fn real_complaints() -> Option<Vec<NewComplaint>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let text = std::fs::read_to_string(beside.join("complaints.jsonl")).ok()?;
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn assert_same(sent: &NewComplaint, seen: &ComplaintDetail) {
    assert_eq!(seen.narrative, sent.text);
    let card = seen.card.clone().unwrap_or_default();
    assert_eq!(card.complainant, sent.complainant);
    assert_eq!(card.phone, sent.phone);
    let field = |name: &str| seen.fields.get(name).cloned();
    assert_eq!(field("room").unwrap_or_default(), sent.room);
    assert_eq!(field("channel"), sent.channel);
    assert_eq!(field("category"), sent.category);
    assert_eq!(field("severity"), sent.severity);
    assert_eq!(field("respondent"), sent.respondent);
    assert_eq!(field("demand"), sent.demand);
    assert_eq!(seen.events[0].at, sent.at.clone().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_real_complaint_arrives_word_for_word() {
    let Some(mut complaints) = real_complaints() else {
        eprintln!("skipped: the folder with real complaints is not beside the project");
        return;
    };
    assert!(complaints.len() > 1000, "the data is there");
    let stage = Stage::open().await;
    let office = stage.office().await;
    let reps = [
        (stage.member(&office, "one", "building_rep", &[BUILDING_1]).await, BUILDING_1),
        (stage.member(&office, "two", "building_rep", &[BUILDING_2]).await, BUILDING_2),
    ];
    let mut sent: BTreeMap<String, NewComplaint> = BTreeMap::new();
    for (index, chunk) in complaints.chunks_mut(200).enumerate() {
        let (rep, building) = &reps[index % 2];
        chunk.iter_mut().for_each(|complaint| complaint.building = (*building).to_owned());
        for (complaint, recorded) in chunk.iter().zip(rep.record_many(chunk).unwrap()) {
            let recorded = recorded.unwrap();
            assert!(sent.insert(recorded.number, complaint.clone()).is_none(), "numbers repeat");
        }
    }
    for (rep, _) in &reps {
        assert_eq!(sync(rep).await.quarantined, 0);
    }
    sync_all(&[&reps[0].0, &reps[1].0, &office]).await;
    let arrived = list(&office);
    assert_eq!(arrived.len(), sent.len());
    for row in arrived {
        let seen = office.show(&row.number).unwrap();
        assert_same(&sent[&row.number], &seen);
    }
    assert_eq!(office.status().unwrap().quarantine, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_complaints_than_one_parcel_may_hold_all_arrive() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let mut small = complaint(BUILDING_1, "小");
    (small.complainant, small.phone) = (None, None);
    let many = vec![small; 9_000];
    for chunk in many.chunks(500) {
        rep.record_many(chunk).unwrap().into_iter().for_each(|recorded| drop(recorded.unwrap()));
    }
    sync_all(&[&rep, &office]).await;
    assert_eq!(office.count().unwrap(), 9_000);
    assert_eq!(office.status().unwrap().quarantine, []);
}
