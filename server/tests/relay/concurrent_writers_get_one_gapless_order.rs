//! Eight writers at once: one order, the same for everyone, and fewer commits than messages.

use floorwalk_server::{Config, Relay};
use floorwalk_wire::limits::BATCH_BYTES_TARGET;

use crate::device::Device;
use crate::line::{Line, found, http, ids, open_config, read};
use crate::town::{BUILDING, Town};

const WRITERS: u8 = 8;
const ROUNDS: usize = 20;
const PARCELS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_writers_get_one_gapless_order() {
    let folder = tempfile::tempdir().unwrap();
    let any = "127.0.0.1:0".parse().unwrap();
    let config = Config { metrics: Some(any), ..open_config(folder.path()) };
    let relay = Relay::start(config).await.unwrap();
    let address = relay.local_addr();
    let mut town = Town::new(1);
    let mut devices: Vec<Device> = (0..WRITERS).map(|n| town.member(10 + n)).collect();
    found(address, &town).await;
    let community = town.id;
    let mut writers = tokio::task::JoinSet::new();
    for mut device in std::mem::take(&mut devices) {
        writers.spawn(async move {
            let mut line = Line::call(address, community, &device).await;
            let mut written = Vec::new();
            for _ in 0..ROUNDS {
                let write = |_| device.write(community, BUILDING, &[1; 3000]);
                let parcels: Vec<_> = (0..PARCELS).map(write).collect();
                assert!(line.push(BUILDING, &parcels).await.refused.is_empty());
                written.extend(ids(&parcels));
            }
            (device, written)
        });
    }
    let finished = writers.join_all().await;

    let order = read(address, &town, &finished[0].0, BUILDING).await;
    assert_eq!(order.len(), usize::from(WRITERS) * ROUNDS * PARCELS);
    assert!(order.len() * 3000 > 2 * BATCH_BYTES_TARGET, "it was read in several pages");
    assert_eq!(read(address, &town, &finished[1].0, BUILDING).await, order);
    for (_, written) in &finished {
        let own: Vec<_> = order.iter().filter(|id| written.contains(id)).copied().collect();
        assert_eq!(own, *written, "a log came out of its order");
    }

    let (status, page) = http(relay.metrics_addr().unwrap(), "GET /metrics", "", b"").await;
    let page = String::from_utf8(page).unwrap();
    let counted = |name: &str| -> usize {
        let line = page.lines().find(|line| line.starts_with(&format!("floorwalk_{name} ")));
        line.and_then(|line| line.split(' ').nth(1)).unwrap().parse().unwrap()
    };
    assert_eq!(status, 200);
    assert_eq!(counted("parcels_stored_total"), order.len() + town.statements.len());
    assert!(counted("commits_total") < counted("jobs_committed_total"), "no commit was shared");
}
