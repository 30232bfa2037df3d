//! A receipt means that the parcel is on the disk, whatever happens to the process next.

use crate::line::{Line, found, ids, read};
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
