//! `sync --watch` tells each event on a line, carries what another process records, and ends well.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command};

use serde_json::Value;

use crate::support::{Device, TestRelay, member, office};

struct Watching {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Watching {
    fn start(device: &Device) -> Self {
        let mut child = device.command(&["sync", "--watch", "--json"]).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Reads events until one fits.
    fn until(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = self.lines.next().expect("it still watches").unwrap();
            let event: Value = serde_json::from_str(&line).unwrap();
            if fits(&event) {
                return event;
            }
        }
    }

    fn end(mut self, signal: &str) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

#[test]
fn what_is_recorded_while_watching_goes_out() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let rep = member(&office, "周", "building_rep");
    let mut watching = Watching::start(&rep);
    watching.until(|event| event["event"] == "connected");
    let number = rep.record("消防栓漏水");
    watching.until(|event| event["event"] == "synced" && event["parcels_sent"] == 1);
    office.json(&["sync"]);
    assert_eq!(office.json(&["show", &number])["narrative"], "消防栓漏水");
    assert_eq!(watching.end("-INT"), Some(0));
}

#[test]
fn a_lost_relay_is_told_and_waited_for() {
    let mut relay = TestRelay::start();
    let office = office(&relay);
    let mut watching = Watching::start(&office);
    watching.until(|event| event["event"] == "connected");
    relay.stop();
    let lost = watching.until(|event| event["event"] == "disconnected");
    assert!(lost["code"].is_string() && lost["retry_in_ms"].is_u64());
    assert_eq!(watching.end("-TERM"), Some(0));
}
