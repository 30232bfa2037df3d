//! SIGKILL of phone and relay while photos are taken in and uploaded: every photo that was
//! acknowledged arrives whole, once, and nothing is left over.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use floorwalk_replica::records::RelayAddress;
use floorwalk_tests::{BUILDING_1, Stage, files, record, sync, sync_all};
use serde_json::Value;

/// Rounds in CI; `FLOORWALK_ROUNDS=200` for a long run by hand.
const ROUNDS: u32 = 16;

/// The relay's program, which the workspace's tests have built beside this one.
fn relay_program() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let program = here.parent().unwrap().parent().unwrap().join("floorwalk-relay");
    if !program.exists() {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "-p", "floorwalk-server", "--bin", "floorwalk-relay"])
            .status();
        assert!(built.unwrap().success());
    }
    program
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start_relay(program: &Path, data: &Path, address: SocketAddr) -> Running {
    let mut child = Command::new(program)
        .args(["serve", "--json", "--open", "--tls", "off", "--listen", &address.to_string()])
        .arg("--data")
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("listening"), "the relay starts");
    Running(child)
}

fn ask(program: &Path, arguments: &[&str]) -> Value {
    let output = Command::new(program).arg("--json").args(arguments).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_photo_arrives_whole_and_once_and_nothing_is_left_over() {
    let program = relay_program();
    let mut stage = Stage::open().await;
    let office = stage.office().await;
    let rep = stage.member(&office, "rep", "inspector", &[BUILDING_1]).await;
    let number = record(&rep, BUILDING_1, "拍照取证").number;
    sync(&rep).await;
    stage.stop_relay().await;
    let data = stage.relay_data();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut relay = Some(start_relay(&program, &data, free));
    let address = RelayAddress { url: format!("http://{free}"), pin: None };
    for replica in [&rep, &office] {
        replica.move_to_relay(&address, None).await.unwrap();
    }
    drop(rep);

    let rounds = std::env::var("FLOORWALK_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let mut acknowledged = BTreeSet::new();
    for round in 0..rounds.unwrap_or(ROUNDS) {
        let mut photographer = Command::new(env!("CARGO_BIN_EXE_photographer"))
            .arg(stage.home("rep"))
            .args([number.as_str(), &round.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = photographer.stdout.take().unwrap();
        let hearing = std::thread::spawn(move || {
            BufReader::new(out).lines().map_while(Result::ok).collect::<Vec<_>>()
        });
        // Somewhere in its work, and elsewhere in each round.
        let moment = Duration::from_millis(u64::from(round.wrapping_mul(7919) % 240) + 15);
        std::thread::sleep(moment);
        if round % 3 != 1 {
            relay = None;
            std::thread::sleep(Duration::from_millis(10));
        }
        let mut photographer = Running(photographer);
        photographer.0.kill().unwrap();
        drop(photographer);
        for line in hearing.join().unwrap() {
            acknowledged.extend(line.strip_prefix("attached ").map(str::to_owned));
        }
        relay = relay.or_else(|| Some(start_relay(&program, &data, free)));
    }
    let rep = stage.replica("rep");
    sync_all(&[&rep, &office]).await;
    let saved = office.save_evidence(&number, &stage.home("out"), |_, _| {}).unwrap();
    let arrived: BTreeSet<String> = saved.iter().map(|one| one.hash.clone()).collect();
    assert_eq!(arrived.len(), saved.len(), "each once");
    let lost: Vec<_> = acknowledged.difference(&arrived).collect();
    assert!(lost.is_empty(), "lost {lost:?}");
    assert!(acknowledged.len() >= 5, "there was something to lose");
    for one in office.show(&number).unwrap().evidence {
        assert!(one.verified && one.state == "here", "{one:?}");
    }

    // After the collectors ran, files and rows are the same in number and size.
    for (replica, home) in [(&rep, "rep"), (&office, "office")] {
        let report = replica.doctor(true).unwrap();
        assert_eq!(report.problems, Vec::<String>::new());
        let rows = rows(&stage.home(home).join("floorwalk.db"), "blob WHERE bytes IS NULL");
        assert_eq!(files(&stage.home(home).join("blobs")).len() as u64, rows, "{home}");
    }
    drop(relay);
    let relay = start_relay(&program, &data, free);
    let large = files(&data.join("blobs"));
    let large_bytes: u64 = large.iter().map(|file| file.metadata().unwrap().len()).sum();
    drop(relay);
    let database = data.join("relay.db");
    let small = sum(&database, "SELECT coalesce(sum(length(bytes)), 0) FROM blob_bytes");
    let told = ask(&program, &["communities", "--data", data.to_str().unwrap()]);
    let quota = &told["communities"][0]["quota"];
    let reserved = sum(&database, "SELECT coalesce(sum(size_bytes), 0) FROM upload");
    assert_eq!(quota["reserved"].as_u64().unwrap(), reserved);
    let uploading: u64 = large
        .iter()
        .filter(|file| file.parent().unwrap().ends_with("tmp"))
        .map(|file| file.metadata().unwrap().len())
        .sum();
    assert_eq!(quota["used"].as_u64().unwrap(), large_bytes - uploading + small);
}

fn rows(database: &Path, of: &str) -> u64 {
    sum(database, &format!("SELECT count(*) FROM {of}"))
}

fn sum(database: &Path, sql: &str) -> u64 {
    let connection = rusqlite::Connection::open(database).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}
