//! Revocation takes hold at once, also of a session that is open.

use floorwalk_wire::ScopeId;
use floorwalk_wire::message::{CloseCode, Refusal};
use floorwalk_wire::statement::Cut;

use crate::line::{Line, found, open_relay};
use crate::town::{BUILDING, Town};

#[tokio::test]
async fn a_revoked_device_is_closed_and_stays_out() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    let mut town = Town::new(1);
    let (mut lost, stays) = (town.member(3), town.member(4));
    found(relay.local_addr(), &town).await;
    let before = lost.write(town.id, BUILDING, b"before");
    let mut open = Line::live(relay.local_addr(), town.id, &lost).await;
    open.open_all(&[ScopeId::MEMBERSHIP, BUILDING]).await;
    assert!(open.push(BUILDING, std::slice::from_ref(&before)).await.closed.is_none());
    // A session that does not listen for news is closed, too; and one in the middle of a round.
    let mut deaf = Line::call(relay.local_addr(), town.id, &lost).await;
    deaf.end().await;
    let mut busy = Line::live(relay.local_addr(), town.id, &lost).await;
    busy.open_all(&[BUILDING]).await;
    let mut neighbour = Line::live(relay.local_addr(), town.id, &stays).await;
    neighbour.open_all(&[BUILDING]).await;
    neighbour.end().await;

    let head = before.head();
    let (scope, generation) = (BUILDING, head.generation);
    let cut = Cut { scope, generation, seq: head.seq, parcel: head.parcel };
    let revocation = town.revoke(&lost, vec![cut]);
    let mut admin = Line::call(relay.local_addr(), town.id, &town.admin).await;
    assert!(admin.push(ScopeId::MEMBERSHIP, &[revocation]).await.refused.is_empty());
    assert_eq!(open.close_code().await, Some(CloseCode::Revoked));
    assert_eq!(deaf.close_code().await, Some(CloseCode::Revoked));
    assert_eq!(busy.close_code().await, Some(CloseCode::Revoked));
    assert!(neighbour.end().await.closed.is_none());

    let mut again = Line::call(relay.local_addr(), town.id, &lost).await;
    assert_eq!(again.close_code().await, Some(CloseCode::Revoked));
    // Others may still bring what stands before the cut, and nothing behind it.
    let after = lost.write(town.id, BUILDING, b"after");
    let round = neighbour.push(BUILDING, &[before, after]).await;
    assert_eq!(round.refusals(), [Refusal::Revoked]);
}
