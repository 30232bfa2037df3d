//! Worlds from seeds: every promise holds, the same seed is the same story, and a broken promise
//! is found out.
#![allow(clippy::unwrap_used)]

use floorwalk_replica::simulation as client;
use floorwalk_server::simulation as server;
use floorwalk_simulation::op::{self, Op, Work};
use floorwalk_simulation::world::World;
use floorwalk_simulation::{Stories, oracle, way_of};

/// Seeds that are told in every run of the tests; `cargo xtask sim` tells more.
const SEEDS: u64 = 300;
/// Seeds within which a broken promise has to show.
const SEEDS_TO_FIND: u64 = 2000;

#[test]
fn every_promise_holds_in_every_world() {
    std::thread::scope(|scope| {
        for first in [0, 1] {
            scope.spawn(move || {
                let stories = Stories::begin().unwrap();
                for seed in (first..SEEDS).step_by(2) {
                    let outcome = stories.tell(seed);
                    assert_eq!(
                        outcome.violation, None,
                        "seed {seed}: cargo xtask sim --seed {seed}"
                    );
                }
            });
        }
    });
}

#[test]
fn the_same_seed_is_the_same_story() {
    let (one, other) = (Stories::begin().unwrap(), Stories::begin().unwrap());
    for seed in 0..20 {
        let told = one.tell(seed);
        assert_eq!(told, other.tell(seed), "seed {seed}");
        assert_ne!(told.trace, one.tell(seed + 1000).trace, "seed {seed} is like another");
    }
}

/// Breaks a promise, and tells stories until one fails.
fn found(sabotage: impl Fn()) {
    let stories = Stories::begin().unwrap();
    sabotage();
    let fails = |seed: &u64| stories.tell(*seed).violation.is_some();
    let seed = (0..SEEDS_TO_FIND).find(fails);
    client::set_sabotage(None);
    server::set_sabotage(None);
    let seed = seed.expect("a broken promise shows");
    assert_eq!(stories.tell(seed).violation, None, "it is the sabotage that shows");
}

#[test]
fn a_reused_actor_is_found_out() {
    found(|| client::set_sabotage(Some(client::Sabotage::ReuseActor)));
}

#[test]
fn an_ignored_cut_is_found_out() {
    found(|| client::set_sabotage(Some(client::Sabotage::IgnoreCut)));
}

#[test]
fn a_relay_that_drops_what_it_acknowledged_is_found_out() {
    found(|| server::set_sabotage(Some(server::Sabotage::DropParcels)));
}

#[test]
fn a_relay_that_takes_a_forked_chain_for_its_own_is_found_out() {
    found(|| server::set_sabotage(Some(server::Sabotage::AcceptForkedChain)));
}

#[test]
fn a_disk_that_lies_about_syncing_is_found_out() {
    let mut stories = Stories::begin().unwrap();
    stories.disks_lie(true);
    let fails = |seed: &u64| stories.tell(*seed).violation.is_some();
    let seed = (0..SEEDS_TO_FIND).find(fails).expect("a broken promise shows");
    stories.disks_lie(false);
    assert_eq!(stories.tell(seed).violation, None, "it is the sabotage that shows");
}

#[test]
fn a_failing_story_is_made_as_short_as_it_can_be() {
    let mut stories = Stories::begin().unwrap();
    stories.disks_lie(true);
    let seed = (0..SEEDS_TO_FIND).find(|seed| stories.tell(*seed).violation.is_some()).unwrap();
    let ops = op::generate(seed);
    let short = stories.shorten(seed, ops.clone(), |_| {});
    assert!(short.len() < ops.len());
    let way = |ops: &[Op]| stories.tell_ops(seed, ops).violation.as_deref().map(way_of);
    let fails = way(&short);
    assert!(fails.is_some());
    for left_out in 0..short.len() {
        let mut fewer = short.clone();
        fewer.remove(left_out);
        assert_ne!(way(&fewer), fails, "{left_out} could be left out of {short:?}");
    }
}

#[test]
fn a_clock_that_is_months_wrong_is_told_and_stops_nothing() {
    let founded = World::found(None).unwrap();
    let mut world = World::copy_of(&founded, None, 1).unwrap();
    let told = |world: &mut World, device| {
        let warnings = world.replica(device).unwrap().status().unwrap().warnings;
        warnings.iter().any(|warning| warning == "clock_differs")
    };
    for op in [Op::Clock(1, -120), Op::Do(1, Work::Record(0)), Op::Do(1, Work::Sync)] {
        world.apply(op).unwrap();
    }
    world.apply(Op::Do(2, Work::Record(0))).unwrap();
    world.apply(Op::Do(2, Work::Sync)).unwrap();
    assert!(told(&mut world, 1));
    assert!(!told(&mut world, 2), "whose clock is right is not told so");
    oracle::check(&mut world).unwrap();
}
