//! A relay that was put back to an older copy is found out by its own signature, takes a new
//! history, and is given back what it lost.

use floorwalk_wire::message::{CloseCode, ListStart, Start};
use floorwalk_wire::{Message, ScopeId};

use crate::line::{Line, found, ids, open_relay, read};
use crate::town::{BUILDING, Town};

#[tokio::test]
async fn a_restored_relay_takes_a_new_history_and_is_given_back_what_it_lost() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (folder.path().join("data"), folder.path().join("relay.db"));
    let mut town = Town::new(1);
    let mut device = town.member(3);
    let relay = open_relay(&data).await;
    found(relay.local_addr(), &town).await;
    let kept = device.write(town.id, BUILDING, b"before the copy");
    let mut line = Line::call(relay.local_addr(), town.id, &device).await;
    line.push(BUILDING, std::slice::from_ref(&kept)).await;
    drop(line);
    relay.stop().await;
    std::fs::copy(data.join("relay.db"), &copy).unwrap();

    let relay = open_relay(&data).await;
    let lost = device.write(town.id, BUILDING, b"after the copy");
    let mut line = Line::call(relay.local_addr(), town.id, &device).await;
    line.open_all(&[BUILDING]).await;
    let round = line.push(BUILDING, std::slice::from_ref(&lost)).await;
    let seen = round.items[&BUILDING].last().unwrap().0;
    let old = line.relay.history;
    drop(line);
    relay.stop().await;
    std::fs::copy(&copy, data.join("relay.db")).unwrap();

    let relay = open_relay(&data).await;
    assert_eq!(relay.history_id(), Some(old), "it can't know yet");
    let mut bystander = Line::live(relay.local_addr(), town.id, &town.admin).await;
    bystander.open_all(&[ScopeId::MEMBERSHIP]).await;
    bystander.end().await;
    let mut line = Line::call(relay.local_addr(), town.id, &device).await;
    let from = Start::Chain(seen.chain);
    line.open(vec![ListStart { scope: BUILDING, from }]).await;
    assert_eq!(line.end().await.unknown_cursors, [BUILDING]);
    line.send(&Message::CursorProof(seen)).await;
    assert_eq!(line.close_code().await, Some(CloseCode::HistoryChanged));
    assert_eq!(bystander.close_code().await, Some(CloseCode::HistoryChanged));
    let new = relay.history_id().unwrap();
    assert_ne!(new, old);

    // The chains of the new history hold, and the list goes on under them.
    assert_eq!(
        read(relay.local_addr(), &town, &device, BUILDING).await,
        ids(std::slice::from_ref(&kept))
    );
    let mut line = Line::call(relay.local_addr(), town.id, &device).await;
    assert_eq!(line.relay.history, new);
    line.push(BUILDING, std::slice::from_ref(&lost)).await;
    assert_eq!(read(relay.local_addr(), &town, &device, BUILDING).await, ids(&[kept, lost]));
    // The old signature proves nothing about the new history.
    line.send(&Message::CursorProof(seen)).await;
    assert_eq!(line.close_code().await, Some(CloseCode::Protocol));
    assert_eq!(relay.history_id(), Some(new));
    // And the history is still the new one after the next start.
    relay.stop().await;
    let relay = open_relay(&data).await;
    assert_eq!(relay.history_id(), Some(new));
}

#[tokio::test]
async fn a_place_that_the_relay_has_and_a_strangers_word_prove_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut town = Town::new(1);
    let mut device = town.member(3);
    let relay = open_relay(&data).await;
    found(relay.local_addr(), &town).await;
    let parcel = device.write(town.id, BUILDING, b"here");
    let mut line = Line::call(relay.local_addr(), town.id, &device).await;
    line.open_all(&[BUILDING]).await;
    let round = line.push(BUILDING, std::slice::from_ref(&parcel)).await;
    let head = round.items[&BUILDING].last().unwrap().0;
    let history = relay.history_id();

    let mut stranger =
        Line::call(relay.local_addr(), town.id, &crate::device::Device::new(9)).await;
    stranger.send(&Message::CursorProof(head)).await;
    assert_eq!(stranger.close_code().await, Some(CloseCode::Protocol));

    // A member that was not asked for a proof.
    let mut line = Line::call(relay.local_addr(), town.id, &device).await;
    line.open_all(&[BUILDING]).await;
    line.end().await;
    line.send(&Message::CursorProof(head)).await;
    assert_eq!(line.close_code().await, Some(CloseCode::Protocol));

    // One that asks from a place of its own invention, and then proves another that is here.
    let mut line = Line::call(relay.local_addr(), town.id, &device).await;
    let mut invented = head.chain;
    invented.hash[0] ^= 1;
    line.open(vec![ListStart { scope: BUILDING, from: Start::Chain(invented) }]).await;
    assert_eq!(line.end().await.unknown_cursors, [BUILDING]);
    line.send(&Message::CursorProof(head)).await;
    assert_eq!(line.close_code().await, Some(CloseCode::HistoryChanged));
    assert_eq!(relay.history_id(), history, "the history goes on");
}
