//! Lines that break at any byte, swallow everything, dribble or are slow: what was recorded comes
//! through once, and nobody waits for ever.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use floorwalk_replica::{ErrorCode, Replica};
use floorwalk_tests::line::{Line, Manner};
use floorwalk_tests::{BUILDING_1, Stage, contents, list, record, sync, sync_all};

/// Every how many bytes of a session it is cut; all of them with `FLOORWALK_EVERY_BYTE`.
const CUT_EVERY: usize = 41;

async fn plain_stage() -> (Stage, Replica, Replica) {
    let mut stage = Stage::open().await;
    stage.stop_relay().await;
    stage.start_plain_relay().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    sync_all(&[&rep, &office]).await;
    (stage, office, rep)
}

/// Syncs once over a line, whatever comes of it, and goes back to the good one.
async fn sync_over(stage: &Stage, who: &Replica, line: &Line) -> Result<(), ErrorCode> {
    // Moving there syncs; where the relay is not met, the address of before stays.
    let outcome = who.move_to_relay(&line.as_relay(), None).await;
    who.move_to_relay(&stage.relay_address(), None).await.unwrap();
    outcome.map_err(|error| error.code)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_may_be_cut_at_any_byte() {
    let (stage, office, rep) = plain_stage().await;
    record(&rep, BUILDING_1, "量一量");
    let whole = Line::open(stage.relay_addr(), Manner::CutUp(u64::MAX)).await;
    sync_over(&stage, &rep, &whole).await.unwrap();
    let (up, down) = whole.carried();
    assert!(up > 500 && down > 500, "the session is recorded: {up} and {down} bytes");
    let every = if std::env::var_os("FLOORWALK_EVERY_BYTE").is_some() { 1 } else { CUT_EVERY };
    let mut told = 0;
    for (bytes, manner) in [(up, Manner::CutUp as fn(u64) -> Manner), (down, Manner::CutDown)] {
        for at in (0..bytes).step_by(every) {
            let number = record(&rep, BUILDING_1, &format!("切断于 {at}")).number;
            let line = Line::open(stage.relay_addr(), manner(at)).await;
            told += usize::from(sync_over(&stage, &rep, &line).await.is_err());
            assert_eq!(floorwalk_tests::delivery(&rep, &number), "sent");
        }
    }
    assert!(told > 20, "most cuts are noticed, {told} were");
    sync(&office).await;
    assert_eq!(contents(&office), contents(&rep));
    let numbers: BTreeSet<String> = list(&office).into_iter().map(|row| row.number).collect();
    assert_eq!(numbers.len(), list(&office).len(), "each came once");
    assert_eq!(office.status().unwrap().quarantine, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_carries_byte_by_byte_carries_everything() {
    let (stage, office, rep) = plain_stage().await;
    let number = record(&rep, BUILDING_1, "一个字节一个字节").number;
    let line = Line::open(stage.relay_addr(), Manner::Dribble).await;
    sync_over(&stage, &rep, &line).await.unwrap();
    sync(&office).await;
    assert_eq!(office.show(&number).unwrap().card.unwrap().complainant.as_deref(), Some("王芳"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_line_carries_a_photo() {
    let (stage, office, rep) = plain_stage().await;
    let number = record(&rep, BUILDING_1, "慢").number;
    let file = stage.home("shot.bin");
    std::fs::write(&file, vec![7; 120_000]).unwrap();
    rep.attach(&number, &file, &Default::default()).unwrap();
    let line = Line::open(stage.relay_addr(), Manner::Slow(100)).await;
    sync_over(&stage, &rep, &line).await.unwrap();
    assert!(line.carried().0 > 120_000);
    sync(&office).await;
    assert_eq!(office.show(&number).unwrap().evidence.len(), 1);
}

/// The clock of the devices is made to run ahead once the line swallows everything: what would
/// take a minute takes a moment.
#[tokio::test]
async fn a_line_that_swallows_everything_is_given_up_and_nothing_is_lost() {
    let (stage, office, rep) = plain_stage().await;
    let number = record(&rep, BUILDING_1, "黑洞").number;
    // After the upgrade to a WebSocket and the greeting, before the relay's answers.
    let line = Line::open(stage.relay_addr(), Manner::Swallow(300)).await;
    let address = line.as_relay();
    let (outcome, ()) = tokio::join!(rep.move_to_relay(&address, None), async {
        while !line.is_swallowing() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        tokio::time::pause();
    });
    tokio::time::resume();
    assert_eq!(outcome.unwrap_err().code, ErrorCode::RelayBroken);
    rep.move_to_relay(&stage.relay_address(), None).await.unwrap();
    sync_all(&[&rep, &office]).await;
    assert_eq!(list(&office).iter().filter(|row| row.number == number).count(), 1);
}
