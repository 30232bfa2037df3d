//! When the disk takes no more, writes are refused by a code that means "later", reads go on, and
//! everything acknowledged is there.

use floorwalk_wire::message::Refusal;

use crate::line::{Line, found, http, ids, read};
use crate::process::Process;
use crate::town::{BUILDING, Town};

/// Files of the relay may not grow over 2 MiB (in blocks of 512 bytes, POSIX `ulimit`); a write
/// beyond that fails as on a full disk, if the signal that goes with it is ignored.
#[cfg(target_os = "linux")]
const TIGHT: &str = "trap '' XFSZ; ulimit -f 4096";
#[cfg(target_os = "linux")]
const PARCELS_MAX: usize = 400;

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_refuses_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start_after(TIGHT, folder.path());
    let mut town = Town::new(1);
    let mut device = town.member(3);
    found(process.address, &town).await;
    let (mut taken, mut refused) = (Vec::new(), None);
    let mut line = Line::call(process.address, town.id, &device).await;
    for _ in 0..PARCELS_MAX {
        let parcel = device.write(town.id, BUILDING, &[5; 30_000]);
        let round = line.push(BUILDING, std::slice::from_ref(&parcel)).await;
        match round.refusals()[..] {
            [] => taken.push(parcel),
            [Refusal::Unavailable] => {
                refused = Some(parcel);
                break;
            }
            _ => panic!("{:?}", round.refused),
        }
    }
    let refused = refused.expect("the disk is full in the end");
    assert!(!taken.is_empty());
    assert_eq!(read(process.address, &town, &device, BUILDING).await, ids(&taken));
    assert_eq!(http(process.address, "GET /readyz", "", b"").await.0, 200);
    process.kill();

    // With room again it goes on where it was.
    let process = Process::start(folder.path());
    let mut line = Line::call(process.address, town.id, &device).await;
    assert!(line.push(BUILDING, std::slice::from_ref(&refused)).await.refused.is_empty());
    taken.push(refused);
    assert_eq!(read(process.address, &town, &device, BUILDING).await, ids(&taken));
}
