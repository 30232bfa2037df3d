//! A phone that looks for news many times a day pays little for it.

use floorwalk_wire::message::{ListStart, Start};
use floorwalk_wire::{Chain, ScopeId};

use crate::line::{Line, found, open_relay};
use crate::town::{NEVER, Town};

#[tokio::test]
async fn five_scopes_without_news_cost_one_round_trip_and_under_a_kilobyte() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    let mut town = Town::new(1);
    let mut admin = town.admin.copy();
    town.grant(&admin, NEVER);
    found(relay.local_addr(), &town).await;
    let scopes: Vec<ScopeId> = (1..=5).map(|n| ScopeId([n; 16])).collect();
    let mut line = Line::call(relay.local_addr(), town.id, &town.admin).await;
    for scope in &scopes {
        line.put(*scope, &[admin.write(town.id, *scope, b"sealed")]).await;
    }
    line.open_all(&[&[ScopeId::MEMBERSHIP], &scopes[..]].concat()).await;
    let first = line.end().await;
    let cursors: Vec<ListStart> = first
        .items
        .iter()
        .map(|(scope, pages)| {
            let chain: Chain = pages.last().unwrap().0.chain;
            ListStart { scope: *scope, from: Start::Chain(chain) }
        })
        .collect();
    assert_eq!(cursors.len(), 6);

    let mut line = Line::call(relay.local_addr(), town.id, &town.admin).await;
    line.open(cursors).await;
    let round = line.end().await;
    assert!(round.items.is_empty());
    // The greeting comes by itself; hello, open and end go; done comes.
    assert_eq!(line.messages, 5);
    assert!(line.bytes < 1024, "{} bytes", line.bytes);
}
