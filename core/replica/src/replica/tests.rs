//! Closing a replica leaves its home to others.
#![allow(clippy::unwrap_used)]

use floorwalk_store::Store;
use futures_util::FutureExt;

use super::*;
use crate::records::NewComplaint;
use crate::state::DATABASE;
use crate::test_home::founded;

#[tokio::test]
async fn closing_waits_for_every_handle_and_leaves_the_file_to_others() {
    let home = tempfile::tempdir().unwrap();
    let (database, wal) = (home.path().join(DATABASE), home.path().join("floorwalk.db-wal"));
    let replica = Replica::open(home.path()).unwrap();
    replica.save_draft(None, &NewComplaint::default()).unwrap();
    let (other, listed) = (replica.clone(), replica.clone());
    let mut closing = Box::pin(replica.close());
    drop(listed);
    assert!((&mut closing).now_or_never().is_none());
    assert!(wal.exists() && !Store::open(&database).unwrap().is_sole());
    assert_eq!(other.drafts().unwrap().len(), 1);
    drop(other);
    closing.await;
    assert!(!wal.exists());
    assert!(Store::open(&database).unwrap().is_sole());
}

#[tokio::test]
async fn closing_waits_for_a_running_call() {
    let (home, shared) = founded();
    let replica = Replica { shared: Arc::new(shared) };
    let (stop, stopped) = watch::channel(false);
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let running = replica.clone();
    tokio::spawn(async move { running.watch(stopped, |event| drop(tell.send(event))).await });
    // Its relay does not answer, so it waits to try again.
    told.recv().await.unwrap();
    let mut closing = Box::pin(replica.close());
    assert!((&mut closing).now_or_never().is_none());
    stop.send(true).unwrap();
    closing.await;
    assert!(Store::open(&home.path().join(DATABASE)).unwrap().is_sole());
}
