//! SIGKILL of real processes at random moments: what was acknowledged is there afterwards.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use floorwalk_tests::{BUILDING_1, Stage, contents, list, sync_all};

/// Rounds of recording and killing in CI; `FLOORWALK_ROUNDS=1000` for a long run by hand.
const ROUNDS: usize = 50;

fn rounds() -> usize {
    let asked = std::env::var("FLOORWALK_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    asked.unwrap_or(ROUNDS)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_acknowledged_survives_kill_9() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    drop(stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await);
    let mut acknowledged = BTreeSet::new();
    let rounds = rounds();
    for round in 0..rounds {
        let mut recorder = Command::new(env!("CARGO_BIN_EXE_recorder"))
            .arg(stage.home("rep"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(recorder.stdout.take().unwrap()).lines();
        // The pipe ends with the process, so nothing that was said goes unheard.
        for (count, line) in lines.enumerate() {
            let Ok(line) = line else { break };
            acknowledged.insert(line);
            if count == round % 7 {
                recorder.kill().unwrap();
            }
        }
        recorder.wait().unwrap();
    }
    let rep = stage.replica("rep");
    let here: BTreeSet<String> = list(&rep).into_iter().map(|row| row.number).collect();
    let lost: Vec<_> = acknowledged.difference(&here).collect();
    assert!(lost.is_empty(), "lost {lost:?}");
    assert!(acknowledged.len() >= rounds);
    // At most one complaint a round was kept without having been acknowledged.
    assert!(here.len() <= acknowledged.len() + rounds);
    for number in &acknowledged {
        let shown = rep.show(number).unwrap();
        assert_eq!(shown.events.len(), 2, "the event was acknowledged with the number");
    }
    assert_eq!(rep.doctor(false).unwrap().problems, Vec::<String>::new());
    sync_all(&[&rep, &office]).await;
    assert_eq!(contents(&rep), contents(&office));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_was_told_is_sent_is_at_the_relay_though_it_was_killed_while_syncing() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    drop(stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await);
    let (mut recorded, mut sent) = (BTreeSet::new(), BTreeSet::new());
    for round in 0..12 {
        let mut syncer = Command::new(env!("CARGO_BIN_EXE_syncer"))
            .arg(stage.home("rep"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(syncer.stdout.take().unwrap()).lines();
        for (count, line) in lines.enumerate() {
            let Ok(line) = line else { break };
            let mut words = line.split(' ');
            let of = if words.next() == Some("sent") { &mut sent } else { &mut recorded };
            of.extend(words.map(str::to_owned));
            // Even counts end on what was recorded, with its sync under way.
            if count == round % 6 {
                syncer.kill().unwrap();
            }
        }
        syncer.wait().unwrap();
    }
    floorwalk_tests::sync(&office).await;
    let at_the_office: BTreeSet<String> = list(&office).into_iter().map(|row| row.number).collect();
    assert!(sent.is_subset(&at_the_office), "what was sent has arrived");
    let rep = stage.replica("rep");
    sync_all(&[&rep, &office]).await;
    let here: BTreeSet<String> = list(&rep).into_iter().map(|row| row.number).collect();
    assert!(recorded.is_subset(&here), "what was recorded is kept");
    assert_eq!(contents(&rep), contents(&office));
    assert!(!sent.is_empty() && recorded.len() > sent.len());
}
