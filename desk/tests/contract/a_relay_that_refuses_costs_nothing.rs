//! Whatever the relay does, it ends with 4, and everything is kept.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::support::{Device, TestRelay, create_args, invitation, member, office};

fn refused(code: &str) -> (i32, String) {
    (4, code.to_owned())
}

/// An address where nobody listens.
fn nobody() -> String {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    format!("http://{address}")
}

/// A network that asks for a login: every question is answered by a page.
fn captive_portal() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut question = [0; 4096];
            let _ = stream.read(&mut question);
            let page = "<html>please log in</html>";
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close";
            let _ = write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{page}", page.len());
        }
    });
    format!("http://{address}")
}

fn create<'a>(url: &'a str, token: &'a str) -> Vec<&'a str> {
    let mut args = vec!["community", "create", "--name", "n", "--short", "CS"];
    args.extend(["--regulation", "hanjiang-oc", "--relay", url, "--host-token", token]);
    args
}

#[test]
fn without_a_relay_everything_is_kept_and_goes_out_later() {
    let mut relay = TestRelay::start();
    let office = office(&relay);
    let rep = member(&office, "周", "building_rep");
    relay.stop();
    let number = rep.record("停水三小时");
    assert_eq!(rep.refused(&["sync"]), refused("relay_unreachable"));
    let error = rep.run(&["sync", "--json"]).stderr;
    assert!(error.contains("\"retryable\":true"));
    assert_eq!(rep.json(&["show", &number])["delivery"], "saved");
    assert_eq!(rep.json(&["status"])["unsent"]["complaints"], 1);
}

#[test]
fn another_certificate_than_the_pinned_one_gets_nothing() {
    let relay = TestRelay::start();
    let (url, pin, token) = (relay.url(), relay.pin(), relay.host_token());
    let other_pin: String = pin.chars().map(|c| if c == '0' { '1' } else { '0' }).collect();
    let device = Device::new();
    let wrong = create_args(&url, &other_pin, &token);
    assert_eq!(device.refused(&wrong), refused("relay_pin_mismatch"));
    let unpinned = create(&url, &token);
    assert_eq!(Device::new().refused(&unpinned), refused("relay_not_trusted"));
    // The same community, brought to the relay by its right pin.
    device.json(&create_args(&url, &pin, &token));
    assert_eq!(device.json(&["community", "show"])["hosted"], true);
}

#[test]
fn a_wrong_host_token_is_refused_and_the_right_one_finishes_it() {
    let relay = TestRelay::start();
    let (url, pin, token) = (relay.url(), relay.pin(), relay.host_token());
    let device = Device::new();
    let wrong = create_args(&url, &pin, "not-a-token");
    assert_eq!(device.refused(&wrong), refused("host_token_refused"));
    device.json(&create_args(&url, &pin, &token));
    let second = create_args(&url, &pin, &token);
    assert_eq!(Device::new().refused(&second), refused("host_token_refused"));
    assert_eq!(device.json(&["sync"])["chain_ok"], true);
}

#[test]
fn a_page_is_not_taken_for_a_relay() {
    let portal = captive_portal();
    assert_eq!(Device::new().refused(&create(&portal, "t")), refused("not_a_relay"));
    assert_eq!(Device::new().refused(&create(&nobody(), "t")), refused("relay_unreachable"));
}

#[test]
fn an_invitation_works_once() {
    let relay = TestRelay::start();
    let office = office(&relay);
    let link = invitation(&office, "周", "building_rep");
    Device::new().json(&["join", &link]);
    let second = Device::new();
    assert_eq!(second.refused(&["join", &link]), refused("invitation_used"));
    assert_eq!(second.refused(&["status"]), (2, "not_in_community".to_owned()));
    second.json(&["join", &invitation(&office, "何", "building_rep")]);
}
