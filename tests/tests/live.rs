//! Live sync: what one writes the other sees without asking, also over a broken line.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use floorwalk_replica::{Replica, WatchEvent};
use floorwalk_tests::{BUILDING_1, Stage, act, record, sync_all};
use tokio::sync::{mpsc, watch};

/// A replica that watches, and the events that it tells of.
struct Watching {
    replica: Replica,
    events: Mutex<mpsc::UnboundedReceiver<WatchEvent>>,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<Result<(), floorwalk_replica::Error>>,
}

impl Watching {
    fn start(replica: Replica) -> Self {
        let (stop, stopped) = watch::channel(false);
        let (tell, events) = mpsc::unbounded_channel();
        let watching = replica.clone();
        let task = tokio::spawn(async move {
            watching.watch(stopped, move |event| drop(tell.send(event))).await
        });
        Self { replica, events: Mutex::new(events), stop, task }
    }

    /// Waits, event by event, until something holds.
    #[allow(clippy::await_holding_lock, reason = "one test holds it, one at a time")]
    async fn until(&self, holds: impl Fn(&Replica, &WatchEvent) -> bool) {
        let mut events = self.events.lock().unwrap();
        loop {
            let event = events.recv().await.expect("the watch goes on");
            if holds(&self.replica, &event) {
                return;
            }
        }
    }

    async fn stop(self) {
        self.stop.send(true).unwrap();
        self.task.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_office_sees_what_a_live_rep_writes_and_the_rep_the_answer() {
    let mut stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    sync_all(&[&rep, &office]).await;
    let office = Watching::start(office);
    let rep = Watching::start(rep);
    office.until(|_, event| *event == WatchEvent::Connected).await;
    rep.until(|_, event| *event == WatchEvent::Connected).await;

    let recorded = record(&rep.replica, BUILDING_1, "现场直播");
    let number = recorded.number.clone();
    office.until(|replica, _| replica.show(&number).is_ok()).await;
    act(&office.replica, &number, "accepted");
    let delivered = |replica: &Replica, _: &WatchEvent| {
        replica.show(&recorded.number).is_ok_and(|shown| shown.delivery == "accepted")
    };
    rep.until(delivered).await;

    stage.stop_relay().await;
    let broken = |_: &Replica, event: &WatchEvent| matches!(event, WatchEvent::Disconnected { .. });
    rep.until(broken).await;
    let offline = record(&rep.replica, BUILDING_1, "断线时写的").number;
    stage.start_relay().await;
    office.until(|replica, _| replica.show(&offline).is_ok()).await;
    rep.stop().await;
    office.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_session_notices_what_another_process_writes() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    sync_all(&[&rep, &office]).await;
    let office = Watching::start(office);
    office.until(|_, event| *event == WatchEvent::Connected).await;
    let watching = Watching::start(rep);
    watching.until(|_, event| *event == WatchEvent::Connected).await;
    // A second handle on the same home stands for the command line beside a running watch.
    let other = Arc::new(stage.replica("rep"));
    let number = record(&other, BUILDING_1, "另一个进程写的").number;
    office.until(|replica, _| replica.show(&number).is_ok()).await;
    watching.stop().await;
    office.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_session_carries_any_number_of_lone_writes() {
    let stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "building_rep", &[BUILDING_1]).await;
    let rep = Watching::start(rep);
    rep.until(|_, event| *event == WatchEvent::Connected).await;
    for index in 0..20 {
        let number = record(&rep.replica, BUILDING_1, &format!("第{index}件")).number;
        let is_sent =
            |replica: &Replica, _: &WatchEvent| replica.show(&number).unwrap().delivery != "saved";
        rep.until(is_sent).await;
    }
    rep.stop().await;
}
