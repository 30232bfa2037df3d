//! The stage for end-to-end stories: a real relay on a loopback socket, and real replicas in
//! temporary homes. It owns set-up and small questions; what happens is told in `tests/`.

pub mod line;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use floorwalk_replica::records::{
    AttachOptions, ComplaintRow, Joined, ListQuery, NewCommunity, NewComplaint, NewEvent,
    NewInvitation, Recorded, RelayAddress, SyncReport,
};
use floorwalk_replica::{Error, Replica};
use floorwalk_server::{Config, Relay, RunningRelay, TlsMode};

/// A relay, and a folder with a home for everyone.
pub struct Stage {
    folder: tempfile::TempDir,
    relay: Option<RunningRelay>,
    address: SocketAddr,
    pin: Option<String>,
}

/// The name of the community's first building.
pub const BUILDING_1: &str = "1号楼";
/// The name of the community's second building.
pub const BUILDING_2: &str = "2号楼";

impl Stage {
    /// Starts an open relay with TLS on a free port.
    pub async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut stage = Self { folder, relay: None, address: any, pin: None };
        stage.start_relay().await;
        stage
    }

    /// Starts the relay on its data, at the address that it had before.
    pub async fn start_relay(&mut self) {
        let config = Config { open: true, ..Config::new(self.relay_data(), self.address) };
        let relay = Relay::start(config).await.expect("the relay starts");
        self.address = relay.local_addr();
        self.pin = relay.pin().map(|pin| pin.iter().map(|byte| format!("{byte:02x}")).collect());
        self.relay = Some(relay);
    }

    /// Starts the relay on its data without TLS, so that every byte on a line is the protocol's.
    pub async fn start_plain_relay(&mut self) {
        let (data, tls) = (self.relay_data(), TlsMode::Off);
        let config = Config { open: true, tls, ..Config::new(data, self.address) };
        let relay = Relay::start(config).await.expect("the relay starts");
        (self.address, self.pin) = (relay.local_addr(), None);
        self.relay = Some(relay);
    }

    /// Where the relay listens.
    pub fn relay_addr(&self) -> SocketAddr {
        self.address
    }

    /// Stops the relay.
    pub async fn stop_relay(&mut self) {
        if let Some(relay) = self.relay.take() {
            relay.stop().await;
        }
    }

    /// Stops the relay, copies its data folder aside, and starts it.
    pub async fn back_up_relay(&mut self) {
        self.stop_relay().await;
        copy_folder(&self.relay_data(), &self.home("relay-backup"));
        self.start_relay().await;
    }

    /// Puts the relay back to the copy.
    pub async fn restore_relay(&mut self) {
        self.stop_relay().await;
        std::fs::remove_dir_all(self.relay_data()).expect("the data folder goes");
        copy_folder(&self.home("relay-backup"), &self.relay_data());
        self.start_relay().await;
    }

    /// Attaches a file of so many bytes, others for each seed, and takes it away. Gives its hash.
    pub fn photo(&self, who: &Replica, number: &str, seed: u8, length: usize) -> String {
        let path = self.home(&format!("shot-{seed}"));
        let bytes: Vec<u8> =
            (0..length).map(|n| (n * n + usize::from(seed)) as u8 ^ seed).collect();
        std::fs::write(&path, bytes).expect("the file is written");
        let attached = who.attach(number, &path, &AttachOptions::default());
        std::fs::remove_file(path).expect("the file goes");
        attached.expect("it is attached").hash
    }

    /// The relay's data folder.
    pub fn relay_data(&self) -> PathBuf {
        self.folder.path().join("relay")
    }

    /// Someone's home.
    pub fn home(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Someone's replica.
    pub fn replica(&self, name: &str) -> Replica {
        Replica::open(&self.home(name)).expect("the replica opens")
    }

    /// The relay's address.
    pub fn relay_address(&self) -> RelayAddress {
        let scheme = if self.pin.is_some() { "https" } else { "http" };
        RelayAddress { url: format!("{scheme}://{}", self.address), pin: self.pin.clone() }
    }

    /// An office that has founded a community with two buildings.
    pub async fn office(&self) -> Replica {
        let office = self.replica("office");
        let new = NewCommunity {
            name: "测试小区".into(),
            short: "CS".into(),
            regulation: "hanjiang-oc".into(),
            regulation_settings: BTreeMap::new(),
            relay: self.relay_address(),
            host_token: None,
            passphrase: Some("correct horse battery".into()),
            device_name: "管理处".into(),
        };
        office.create_community(new).await.expect("the community is founded");
        office.add_building(BUILDING_1).expect("a building");
        office.add_building(BUILDING_2).expect("a building");
        office
    }

    /// Someone who was invited by the office and has joined.
    pub async fn member(
        &self,
        office: &Replica,
        name: &str,
        role: &str,
        buildings: &[&str],
    ) -> Replica {
        let link = invite(office, name, role, buildings).await;
        let replica = self.replica(name);
        replica.join(&link).await.expect("joining works");
        replica
    }
}

/// An invitation's link.
pub async fn invite(office: &Replica, name: &str, role: &str, buildings: &[&str]) -> String {
    let new = NewInvitation {
        name: name.into(),
        role: role.into(),
        buildings: buildings.iter().map(|name| (*name).to_owned()).collect(),
        expires_in_s: 7 * 24 * 3600,
    };
    office.invite(new).await.expect("inviting works").link
}

/// Joins with a link.
///
/// # Errors
/// Those of joining.
pub async fn join(replica: &Replica, link: &str) -> Result<Joined, Error> {
    replica.join(link).await
}

/// A complaint about something.
pub fn complaint(building: &str, text: &str) -> NewComplaint {
    NewComplaint {
        building: building.into(),
        room: "1203".into(),
        complainant: Some("王芳".into()),
        phone: Some("13900001111".into()),
        channel: Some("rep".into()),
        category: Some("1B".into()),
        severity: Some("general".into()),
        demand: Some("请尽快维修".into()),
        reported_before: Some("已向物业反映".into()),
        text: text.into(),
        ..NewComplaint::default()
    }
}

/// Records a complaint.
pub fn record(replica: &Replica, building: &str, text: &str) -> Recorded {
    replica.record(&complaint(building, text)).expect("recording works offline")
}

/// An event of a kind.
pub fn event(kind: &str) -> NewEvent {
    NewEvent { kind: kind.into(), ..NewEvent::default() }
}

/// Does something to a complaint.
pub fn act(replica: &Replica, number: &str, kind: &str) {
    replica.act(number, &event(kind)).expect("acting works");
}

/// Sets one field.
pub fn edit(replica: &Replica, number: &str, field: &str, value: &str) {
    let sets = BTreeMap::from([(field.to_owned(), value.to_owned())]);
    replica.edit(number, &sets).expect("editing works");
}

/// Syncs with the relay.
pub async fn sync(replica: &Replica) -> SyncReport {
    replica.sync_once(|_| {}).await.expect("syncing works")
}

/// Syncs everyone until nobody has anything new for anybody.
pub async fn sync_all(replicas: &[&Replica]) {
    for _ in 0..10 {
        let mut moved = 0;
        for replica in replicas {
            let report = sync(replica).await;
            moved += report.parcels_sent + report.parcels_received;
        }
        if moved == 0 {
            return;
        }
    }
    panic!("the replicas do not come to rest");
}

/// All complaints that somebody sees, newest first.
pub fn list(replica: &Replica) -> Vec<ComplaintRow> {
    replica.list(&ListQuery::default()).expect("listing works")
}

/// How far a complaint has come, as somebody sees it.
pub fn delivery(replica: &Replica, number: &str) -> String {
    replica.show(number).expect("the complaint is here").delivery
}

/// What somebody sees of everything, without what differs from viewer to viewer.
pub fn contents(replica: &Replica) -> Vec<serde_json::Value> {
    let mut all: Vec<serde_json::Value> = list(replica)
        .iter()
        .map(|row| {
            let mut detail = replica.show(&row.id).expect("the complaint is here");
            detail.delivery = String::new();
            detail.unsent = false;
            detail.card_state = String::new();
            detail.card = None;
            for one in &mut detail.evidence {
                (one.state, one.delivery) = (String::new(), String::new());
                one.relay_received_at = None;
            }
            serde_json::to_value(detail).expect("a record is JSON")
        })
        .collect();
    all.sort_by_key(|detail| detail["id"].to_string());
    all
}

/// Lets two devices talk until they have all that they can have from each other.
///
/// # Errors
/// Those of either session.
pub fn meet(one: &Replica, other: &Replica) -> Result<(SyncReport, SyncReport), Error> {
    let mut ends = [one.sync_with_device()?, other.sync_with_device()?];
    loop {
        let mut moved = false;
        for (from, to) in [(0, 1), (1, 0)] {
            while let Some(bytes) = ends[from].next_bytes()? {
                moved = true;
                // Pieces of odd sizes, as a real stream gives them.
                for piece in bytes.chunks(997) {
                    ends[to].receive(piece)?;
                }
            }
        }
        if !moved {
            assert!(ends.iter().all(floorwalk_replica::PeerSession::is_done), "the talk stalls");
            return Ok((ends[0].report(), ends[1].report()));
        }
    }
}

/// How often each word stands in the files of a folder, in any of their bytes.
pub fn count_words(folder: &Path, words: &[&str]) -> BTreeMap<String, usize> {
    let mut found: BTreeMap<String, usize> =
        words.iter().map(|word| ((*word).to_owned(), 0)).collect();
    for file in files(folder) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        for (word, count) in &mut found {
            let begins = bytes.iter().enumerate().filter(|(_, byte)| **byte == word.as_bytes()[0]);
            *count += begins.filter(|(at, _)| bytes[*at..].starts_with(word.as_bytes())).count();
        }
    }
    found
}

/// All files below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

/// Copies a folder and everything below it.
///
/// # Panics
/// When a file can't be copied.
pub fn copy_folder(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).expect("it is below the folder"));
        std::fs::create_dir_all(target.parent().expect("it has a folder")).expect("a folder");
        std::fs::copy(&file, &target).expect("a copy");
    }
}
