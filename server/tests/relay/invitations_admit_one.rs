//! An invitation admits the first who takes it up in time, and nobody else.

use floorwalk_wire::ScopeId;
use floorwalk_wire::message::{CloseCode, Refusal};

use crate::device::Device;
use crate::line::{Line, found, open_relay};
use crate::town::{BUILDING, NEVER, PAST, Town};

#[tokio::test]
async fn a_used_or_expired_invitation_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    let mut town = Town::new(1);
    let (fresh, stale) = (town.invite(0xa0, NEVER), town.invite(0xa1, PAST));
    found(relay.local_addr(), &town).await;
    let unknown = ed25519_dalek::SigningKey::from_bytes(&[0xa2; 32]);
    let attempts = [
        (3, &stale, Some(Refusal::InvitationExpired)),
        (4, &fresh, None),
        (5, &fresh, Some(Refusal::InvitationUsed)),
        (6, &unknown, Some(Refusal::InvitationUnknown)),
    ];
    for (seed, secret, expected) in attempts {
        let mut device = Device::new(seed);
        let acceptance = town.acceptance(&mut device, secret);
        let mut line = Line::call(relay.local_addr(), town.id, &device).await;
        let round = line.push(ScopeId::MEMBERSHIP, &[acceptance]).await;
        assert_eq!(round.refusals(), expected.into_iter().collect::<Vec<_>>());
        let closed = expected.map(|_| CloseCode::NotAMember);
        assert_eq!(round.closed, closed);
        if expected.is_none() {
            let parcel = device.write(town.id, BUILDING, b"in");
            assert!(line.push(BUILDING, &[parcel]).await.refused.is_empty());
        }
    }
}

#[tokio::test]
async fn of_two_who_race_for_one_invitation_exactly_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    for turn in 0..10 {
        let mut town = Town::new(20 + 2 * turn);
        let secret = town.invite(0xa0, NEVER);
        found(relay.local_addr(), &town).await;
        let mut joining = tokio::task::JoinSet::new();
        for seed in [3, 4] {
            let mut device = Device::new(seed);
            let acceptance = town.acceptance(&mut device, &secret);
            let (address, community) = (relay.local_addr(), town.id);
            joining.spawn(async move {
                let mut line = Line::call(address, community, &device).await;
                line.push(ScopeId::MEMBERSHIP, &[acceptance]).await.refusals()
            });
        }
        let mut outcomes = joining.join_all().await;
        outcomes.sort_by_key(Vec::len);
        assert_eq!(outcomes, [vec![], vec![Refusal::InvitationUsed]]);
    }
}

#[tokio::test]
async fn past_its_expiry_only_a_member_may_carry_an_acceptance() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    let mut town = Town::new(1);
    let (one, two) = (town.invite(0xa0, PAST), town.invite(0xa1, PAST));
    let member = town.member(7);
    found(relay.local_addr(), &town).await;
    let stranger = Device::new(8);
    let mut late = Device::new(3);
    let acceptance = town.acceptance(&mut late, &one);
    let mut line = Line::call(relay.local_addr(), town.id, &stranger).await;
    let round = line.push(ScopeId::MEMBERSHIP, &[acceptance]).await;
    assert_eq!(round.refusals(), [Refusal::InvitationExpired]);
    // A member may have it from a phone that accepted in time, and met a relay only now.
    let mut in_time = Device::new(4);
    let acceptance = town.acceptance(&mut in_time, &two);
    let mut line = Line::call(relay.local_addr(), town.id, &member).await;
    let round = line.push(ScopeId::MEMBERSHIP, &[acceptance]).await;
    assert!(round.refused.is_empty());
}
