//! Records and syncs without end and says each number once the relay has it: made to be killed.
#![allow(clippy::print_stdout, reason = "what it says is its purpose")]

use std::io::Write;
use std::path::PathBuf;

use floorwalk_replica::Replica;
use floorwalk_tests::{BUILDING_1, record};

#[tokio::main]
async fn main() {
    let home = PathBuf::from(std::env::args().nth(1).expect("a home"));
    let replica = Replica::open(&home).expect("the replica opens");
    let mut out = std::io::stdout();
    loop {
        let numbers: Vec<String> =
            (0..5).map(|_| record(&replica, BUILDING_1, "同步到一半被杀掉").number).collect();
        writeln!(out, "recorded {}", numbers.join(" ")).and_then(|()| out.flush()).expect("heard");
        if replica.sync_once(|_| {}).await.is_ok() {
            writeln!(out, "sent {}", numbers.join(" ")).and_then(|()| out.flush()).expect("heard");
        }
    }
}
