//! Records complaints without end and says each number once it is durable: made to be killed.
#![allow(clippy::print_stdout, reason = "what it says is its purpose")]

use std::io::Write;
use std::path::PathBuf;

use floorwalk_replica::Replica;
use floorwalk_tests::{BUILDING_1, act, record};

fn main() {
    let home = PathBuf::from(std::env::args().nth(1).expect("a home"));
    let replica = Replica::open(&home).expect("the replica opens");
    let mut out = std::io::stdout();
    loop {
        let recorded = record(&replica, BUILDING_1, "写到一半被杀掉");
        act(&replica, &recorded.number, "site_visited");
        writeln!(out, "{}", recorded.number).and_then(|()| out.flush()).expect("someone reads");
    }
}
