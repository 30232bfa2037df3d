//! A receipt means that the parcel is on the disk, whatever happens to the process next.

use std::collections::BTreeSet;

use floorwalk_wire::Message;

use crate::line::{Line, entry_id, found, ids, read};
use crate::process::Process;
use crate::town::{BUILDING, Town};

#[tokio::test]
async fn what_was_acknowledged_is_there_after_sigkill() {
    let folder = tempfile::tempdir().unwrap();
    let mut town = Town::new(1);
    let mut device = town.member(3);
    let process = Process::start(folder.path());
    found(process.address, &town).await;
    let mut line = Line::call(process.address, town.id, &device).await;
    line.open_all(&[BUILDING]).await;
    let first: Vec<_> = (0..100).map(|_| device.write(town.id, BUILDING, &[7; 900])).collect();
    let round = line.push(BUILDING, &first).await;
    assert_eq!(round.ids(BUILDING, town.id, &line.relay), ids(&first));
    assert_eq!(round.receipts(BUILDING), first.len());
    process.kill();

    let process = Process::start(folder.path());
    assert_eq!(read(process.address, &town, &device, BUILDING).await, ids(&first));
    // An answer that was lost is given again, and the order goes on behind it.
    let next = device.write(town.id, BUILDING, b"next");
    let again = [&first[..], std::slice::from_ref(&next)].concat();
    let mut line = Line::call(process.address, town.id, &device).await;
    assert!(line.push(BUILDING, &again).await.refused.is_empty());
    assert_eq!(read(process.address, &town, &device, BUILDING).await, ids(&again));
}

#[tokio::test]
async fn what_was_acknowledged_is_there_wherever_in_its_work_the_relay_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut town = Town::new(1);
    let mut device = town.member(3);
    let mut process = Process::start(folder.path());
    found(process.address, &town).await;
    let mut written = Vec::new();
    let mut acknowledged = BTreeSet::new();
    for round in 0..15 {
        let mut line = Line::call(process.address, town.id, &device).await;
        line.open_all(&[BUILDING]).await;
        written.extend((0..120).map(|_| device.write(town.id, BUILDING, &[7; 300])));
        // Many messages are on their way when the first receipts come back, and then it dies.
        for part in written.chunks(4) {
            line.put(BUILDING, part).await;
        }
        line.send(&Message::End { round: 1 }).await;
        let mut running = Some(process);
        let mut heard = 0;
        while let Some(message) = line.receive().await {
            let Message::Items { entries, .. } = message else { continue };
            heard += entries.len();
            acknowledged.extend(entries.iter().map(entry_id));
            if heard > round * 9
                && let Some(process) = running.take()
            {
                process.kill();
            }
        }
        if let Some(process) = running.take() {
            process.kill();
        }
        process = Process::start(folder.path());
        let here = read(process.address, &town, &device, BUILDING).await;
        let all = ids(&written);
        assert!(all.starts_with(&here), "the log has no gap and nothing else in it");
        let kept: BTreeSet<_> = here.iter().copied().collect();
        assert!(acknowledged.is_subset(&kept), "round {round}: a receipt was broken");
    }
    let mut line = Line::call(process.address, town.id, &device).await;
    assert!(line.push(BUILDING, &written).await.refused.is_empty());
    assert_eq!(read(process.address, &town, &device, BUILDING).await, ids(&written));
    assert!(acknowledged.len() > 100);
}
