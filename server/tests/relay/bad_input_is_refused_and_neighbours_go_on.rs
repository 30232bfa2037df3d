//! Each kind of bad input has its code, and what came with it is judged for itself.

use std::sync::Arc;

use floorwalk_wire::limits::MESSAGE_BYTES_MAX;
use floorwalk_wire::message::{CloseCode, ListStart, Refusal, Start};
use floorwalk_wire::{Chain, Message, ScopeId};
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::device::Device;
use crate::line::{Line, found, ids, open_relay, read};
use crate::town::{BUILDING, ELSEWHERE, PAST, Town};

#[tokio::test]
async fn forks_gaps_and_foreign_parcels_are_refused_and_their_neighbours_stored() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    let mut town = Town::new(1);
    let (mut one, mut two) = (town.member(3), town.member(4));
    found(relay.local_addr(), &town).await;
    let first = one.write(town.id, BUILDING, b"first");
    let mut clone = one.copy();
    let second = one.write(town.id, BUILDING, b"second");
    let forked = clone.write(town.id, BUILDING, b"another second");
    let forked_on = clone.write(town.id, BUILDING, b"third of another");
    let _missing = two.write(town.id, BUILDING, b"never sent");
    let gapped = two.write(town.id, BUILDING, b"after the missing");
    let stranger = Device::new(9).write(town.id, BUILDING, b"who");
    let foreign = one.write(Town::new(11).id, BUILDING, b"elsewhere");
    let misplaced = one.write(town.id, ELSEWHERE, b"not mine");
    let mut tampered = second.bytes().to_vec();
    *tampered.last_mut().unwrap() ^= 1;

    let mut line = Line::call(relay.local_addr(), town.id, &one).await;
    line.put(BUILDING, &[first.clone(), forked_first(&mut one, &town)]).await;
    let parcels = vec![
        Arc::from(tampered.as_slice()),
        stranger.bytes().clone(),
        foreign.bytes().clone(),
        misplaced.bytes().clone(),
        gapped.bytes().clone(),
        Arc::from(&b"garbage"[..]),
        second.bytes().clone(),
        forked.bytes().clone(),
        forked_on.bytes().clone(),
    ];
    line.send(&Message::Put { scope: BUILDING, parcels }).await;
    line.put(ELSEWHERE, std::slice::from_ref(&misplaced)).await;
    let round = line.end().await;

    let of = |id| round.refused.iter().filter(move |(parcel, ..)| *parcel == id);
    let code = |id| of(id).map(|(_, refusal, _)| *refusal).next();
    assert_eq!(code(stranger.id()), Some(Refusal::NotAllowed));
    assert_eq!(code(foreign.id()), Some(Refusal::Invalid));
    assert_eq!(code(gapped.id()), Some(Refusal::Gap));
    assert_eq!(code(forked.id()), Some(Refusal::Fork));
    assert_eq!(code(forked_on.id()), Some(Refusal::Fork));
    let misplaced: Vec<_> = of(misplaced.id()).map(|(_, refusal, _)| *refusal).collect();
    assert_eq!(misplaced, [Refusal::Invalid, Refusal::NotAllowed]);
    let invalid = round.refusals().iter().filter(|code| **code == Refusal::Invalid).count();
    assert_eq!(invalid, 4, "the tampered, the foreign, the misplaced and the garbage");
    let head = of(forked.id()).next().unwrap().2.unwrap();
    assert_eq!(head, second.head(), "a clone is told what stands in its log");
    let stored = read(relay.local_addr(), &town, &two, BUILDING).await;
    assert_eq!(stored, ids(&[first, second]));
}

/// A parcel that does not continue the log, though its number does.
fn forked_first(device: &mut Device, town: &Town) -> floorwalk_wire::VerifiedParcel {
    let mut other = device.copy();
    other.generation = floorwalk_wire::Generation([0xee; 8]);
    other.write(town.id, BUILDING, b"continues what nobody has")
}

#[tokio::test]
async fn an_expired_member_may_be_carried_for_but_not_write() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    let mut town = Town::new(1);
    let (mut expired, carrier) = (Device::new(3), town.member(4));
    town.grant(&expired, PAST);
    found(relay.local_addr(), &town).await;
    let parcel = expired.write(town.id, BUILDING, b"written in time");
    let mut line = Line::call(relay.local_addr(), town.id, &expired).await;
    let round = line.push(BUILDING, std::slice::from_ref(&parcel)).await;
    assert_eq!(round.refusals(), [Refusal::Expired]);
    let mut line = Line::call(relay.local_addr(), town.id, &carrier).await;
    assert!(line.push(BUILDING, std::slice::from_ref(&parcel)).await.refused.is_empty());
}

#[tokio::test]
async fn garbage_text_and_oversized_frames_close_their_own_session_only() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    let mut town = Town::new(1);
    let device = town.member(3);
    found(relay.local_addr(), &town).await;
    let mut neighbour = Line::live(relay.local_addr(), town.id, &device).await;
    neighbour.open_all(&[BUILDING]).await;
    neighbour.end().await;
    let cases = [
        (Frame::binary(vec![0xff; 100]), CloseCode::Protocol),
        (Frame::text("hello"), CloseCode::Protocol),
        (Frame::binary(Message::Stranger.encode()), CloseCode::Protocol),
        (Frame::binary(vec![4; MESSAGE_BYTES_MAX + 1]), CloseCode::TooMuch),
    ];
    for (frame, code) in cases {
        let mut line = Line::call(relay.local_addr(), town.id, &device).await;
        line.send_frame(frame).await;
        assert_eq!(line.close_code().await, Some(code));
    }
    let round = neighbour.end().await;
    assert!(round.closed.is_none());
}

#[tokio::test]
async fn a_hello_signed_for_another_challenge_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    let town = Town::new(1);
    found(relay.local_addr(), &town).await;
    let mut line = Line::connect(relay.local_addr()).await;
    let proof = [7; 64];
    let (community, device) = (town.id, town.admin.id());
    let hello = Message::Hello { community, device, proof, live: false, host_token: Vec::new() };
    line.send(&hello).await;
    assert_eq!(line.close_code().await, Some(CloseCode::BadProof));
}

#[tokio::test]
async fn a_cursor_from_nowhere_is_unknown_and_a_real_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let relay = open_relay(folder.path()).await;
    let town = Town::new(1);
    found(relay.local_addr(), &town).await;
    let mut line = Line::call(relay.local_addr(), town.id, &town.admin).await;
    let start = Chain::start(&line.relay.history, &town.id, &BUILDING);
    let places = [(0, true), (1, false), (7, false), (1 << 50, false)];
    for (position, known) in places {
        let chain = Chain { position, ..start };
        line.open(vec![ListStart { scope: BUILDING, from: Start::Chain(chain) }]).await;
        let round = line.end().await;
        assert_eq!(round.unknown_cursors.is_empty(), known, "position {position}");
    }
    let membership = ScopeId::MEMBERSHIP;
    let wrong = Chain { position: 1, hash: [7; 32] };
    line.open(vec![ListStart { scope: membership, from: Start::Chain(wrong) }]).await;
    assert_eq!(line.end().await.unknown_cursors, [membership]);
}
