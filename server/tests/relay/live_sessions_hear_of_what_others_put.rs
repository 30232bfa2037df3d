//! An open session gets what others put, in the scopes that it opened and has a right to.

use floorwalk_wire::message::EntryParcel;
use floorwalk_wire::{Message, ScopeId};

use crate::line::{Line, found, open_relay};
use crate::town::{BUILDING, ELSEWHERE, Town};

#[tokio::test]
async fn live_sessions_hear_of_what_others_put_where_they_may() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    let mut town = Town::new(1);
    let (mut writer, listener) = (town.member(3), town.member(4));
    let mut admin = town.admin.copy();
    found(relay.local_addr(), &town).await;
    let mut live = Line::live(relay.local_addr(), town.id, &listener).await;
    live.open_all(&[ScopeId::MEMBERSHIP, BUILDING, ELSEWHERE]).await;
    live.end().await;

    let hidden = admin.write(town.id, ELSEWHERE, b"not for the listener");
    let mut office = Line::call(relay.local_addr(), town.id, &admin).await;
    assert!(office.push(ELSEWHERE, &[hidden]).await.refused.is_empty());
    let shown = writer.write(town.id, BUILDING, b"for everyone here");
    let mut line = Line::call(relay.local_addr(), town.id, &writer).await;
    line.push(BUILDING, std::slice::from_ref(&shown)).await;

    let heard = live.receive().await;
    let Some(Message::Items { head, entries }) = heard else {
        panic!("no news came but {heard:?}");
    };
    assert_eq!((head.scope, head.chain.position), (BUILDING, 1));
    let EntryParcel::Whole(bytes) = &entries[0].parcel else {
        panic!("news without its bytes");
    };
    assert_eq!(bytes, shown.bytes());
    // Nothing else was said in between: the next thing heard ends a new round.
    let round = live.end().await;
    assert!(round.items.is_empty());
}
