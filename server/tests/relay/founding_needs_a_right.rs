//! A relay takes a new community from anybody if it is open, else once for each host token.

use floorwalk_server::{Config, Relay, make_host_token};
use floorwalk_wire::ScopeId;
use floorwalk_wire::message::{CloseCode, Refusal};

use crate::line::{Line, found, open_config, open_relay};
use crate::town::Town;

#[tokio::test]
async fn an_open_relay_takes_anyones_community() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    found(relay.local_addr(), &Town::new(1)).await;
    found(relay.local_addr(), &Town::new(11)).await;
}

#[tokio::test]
async fn without_a_token_a_closed_relay_knows_no_new_community() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { open: false, ..open_config(folder.path()) };
    let relay = Relay::start(config).await.unwrap();
    let town = Town::new(1);
    let mut line = Line::call(relay.local_addr(), town.id, &town.admin).await;
    assert_eq!(line.close_code().await, Some(CloseCode::UnknownCommunity));
    let mut line = Line::connect(relay.local_addr()).await;
    line.hello(town.id, &town.admin, false, b"made up").await;
    assert_eq!(line.close_code().await, Some(CloseCode::HostToken));
}

#[tokio::test]
async fn a_token_founds_one_community_even_when_two_race_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { open: false, ..open_config(folder.path()) };
    let relay = Relay::start(config).await.unwrap();
    let token = make_host_token(folder.path()).unwrap().token.into_bytes();
    let towns = [Town::new(1), Town::new(11)];
    let mut lines = Vec::new();
    for town in &towns {
        let mut line = Line::connect(relay.local_addr()).await;
        line.hello(town.id, &town.admin, false, &token).await;
        line.open_all(&[ScopeId::MEMBERSHIP]).await;
        lines.push(line);
    }
    let mut founded = 0;
    for (line, town) in lines.iter_mut().zip(&towns) {
        line.put(ScopeId::MEMBERSHIP, &town.statements).await;
    }
    for line in &mut lines {
        let round = line.end().await;
        match round.closed {
            None => founded += 1,
            Some(code) => {
                assert_eq!(code, CloseCode::NotAMember);
                assert_eq!(round.refusals(), [Refusal::NotAllowed, Refusal::Gap]);
            }
        }
    }
    assert_eq!(founded, 1);
    let mut late = Line::connect(relay.local_addr()).await;
    late.hello(Town::new(21).id, &towns[0].admin, false, &token).await;
    assert_eq!(late.close_code().await, Some(CloseCode::HostToken));
}

#[tokio::test]
async fn a_founding_by_another_key_founds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    let (mut town, other) = (Town::new(1), Town::new(11));
    let body = floorwalk_wire::StatementBody::Founding {
        recovery: other.root.receive_key(),
        community_scope: ScopeId([9; 16]),
    };
    let forged = town.admin.copy().state(other.id, 1, body);
    let mut line = Line::call(relay.local_addr(), other.id, &town.admin).await;
    let round = line.push(ScopeId::MEMBERSHIP, &[forged]).await;
    assert_eq!(round.refusals(), [Refusal::NotAllowed]);
    // And nobody's certificate counts before the founding does.
    town.statements.remove(0);
    let mut line = Line::call(relay.local_addr(), town.id, &town.admin).await;
    let round = line.push(ScopeId::MEMBERSHIP, &town.statements).await;
    assert_eq!(round.refusals(), [Refusal::Gap]);
}
