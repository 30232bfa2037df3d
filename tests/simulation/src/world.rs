//! A community's devices and relays, and what ops do to them.
//!
//! Everything runs on one thread, one op after the other, with a clock that the world moves and
//! chance that the seed gives; so a list of ops and a seed are one story, told the same every time.
//! Replicas, their SQLite files, relays and the talk between them are the real ones.

mod talk;
mod trouble;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use floorwalk_disk::Disk;
use floorwalk_replica::records::{
    AttachOptions, NewCommunity, NewComplaint, NewEvent, NewInvitation,
};
use floorwalk_replica::{ErrorCode, Replica, simulation as client};
use floorwalk_server::simulation::{self as server, SimulatedRelay};
use floorwalk_tests::copy_folder;
use floorwalk_wire::Timestamp;
use tokio::runtime::Runtime;

use crate::chance::Chance;
use crate::model::{Held, Item, Kept, Model, Place};
use crate::network::{Lines, Reached};
use crate::op::{Op, Work};

/// The buildings.
pub const BUILDINGS: [&str; 2] = ["1号楼", "2号楼"];
/// Devices that a world may grow to.
const DEVICES_MAX: usize = 8;
/// A word of every text, which no relay may ever hold.
pub const CANARY: &str = "金丝雀";
/// 2026-03-02, nine o'clock in Shanghai.
const BEGIN_MS: i64 = 1_772_413_200_000;
/// How long a grant lasts that is renewed, in seconds: longer than any clock is wrong.
const GRANT_S: u64 = 1000 * 24 * 3600;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// A device and what the world knows of it.
pub struct Device {
    /// Where its files are.
    pub home: PathBuf,
    replica: Option<Replica>,
    disk: Disk,
    /// Its key, which copies share.
    pub key: String,
    /// Which buildings it sees.
    pub sees: [bool; 2],
    /// Whether it takes photos in as an office does.
    pub is_office: bool,
    /// Whether it may carry parcels that it can't open, out of somebody else's bundle.
    pub carries: bool,
    /// Whether somebody has revoked its key.
    pub revoked: bool,
    /// Whether its grant may have run out.
    lapsed: bool,
    /// How wrong its clock is.
    offset_ms: i64,
    relay: usize,
    backup: Option<(PathBuf, Held, usize)>,
}

/// A relay and its place.
struct Relay {
    data: PathBuf,
    running: Option<SimulatedRelay>,
    disk: Disk,
    backup: Option<(PathBuf, Held)>,
}

/// Everything.
pub struct World {
    root: tempfile::TempDir,
    /// The devices; the first is the founder's.
    pub devices: Vec<Device>,
    relays: Vec<Relay>,
    lines: Arc<Lines>,
    runtime: Runtime,
    /// What was acknowledged.
    pub model: Model,
    now_ms: i64,
    chance: Chance,
    /// Whether a relay was put back to an older state.
    pub relay_was_restored: bool,
    bundle: Option<(PathBuf, usize, Held)>,
    made: u32,
    trace: blake3::Hasher,
}

impl World {
    /// A community of an office, two reps of one building, one of the other and an inspector, who
    /// have all joined. Found it once, and open copies of it.
    ///
    /// # Errors
    /// When setting up fails.
    pub fn found(folder: Option<&Path>) -> Result<Self> {
        let mut world = Self::empty(folder, 0)?;
        world.add_relay()?;
        world.start_relay(0)?;
        let office = world.home("office");
        world.add_device(office, [true, true], true)?;
        let community = NewCommunity {
            name: "模拟小区".into(),
            short: "MN".into(),
            regulation: "hanjiang-oc".into(),
            regulation_settings: Default::default(),
            relay: world.address(0),
            host_token: None,
            passphrase: Some("correct horse battery".into()),
            device_name: "管理处".into(),
        };
        world.enter(0);
        let office = world.replica(0)?;
        world.runtime.block_on(office.create_community(community))?;
        for building in BUILDINGS {
            office.add_building(building)?;
        }
        world.devices[0].key = office.community()?.device;
        for (name, role, sees) in MEMBERS {
            world.invite(name, role, sees)?;
        }
        // A complaint in each building, so that there is something to write on.
        for (rep, building) in [(1, 0), (3, 1)] {
            ensure!(world.record(rep, building)?, "nothing could be recorded");
        }
        for _ in 0..3 {
            for number in 0..world.devices.len() {
                world.sync(number)?;
            }
        }
        Ok(world)
    }

    /// A copy of a world that was just founded, for a seed of its own.
    ///
    /// # Errors
    /// When files can't be copied or opened.
    pub fn copy_of(founded: &Self, folder: Option<&Path>, seed: u64) -> Result<Self> {
        let mut world = Self::empty(folder, seed)?;
        copy_folder(founded.root.path(), world.root.path());
        (world.now_ms, world.made) = (founded.now_ms, founded.made);
        world.model = founded.model.clone();
        world.add_relay()?;
        world.start_relay(0)?;
        for device in &founded.devices {
            let name = device.home.file_name().context("a home has a name")?;
            let home = world.root.path().join(name);
            world.add_device(home, device.sees, device.is_office)?;
            let last = world.devices.len() - 1;
            world.devices[last].key = device.key.clone();
        }
        Ok(world)
    }

    fn empty(folder: Option<&Path>, seed: u64) -> Result<Self> {
        floorwalk_disk::install();
        let root = match folder {
            Some(folder) => tempfile::tempdir_in(folder)?,
            None => tempfile::tempdir()?,
        };
        let lines = Arc::new(Lines::default());
        let mut chance = Chance::new(seed);
        for set in [client_chance, server_chance] {
            set(Chance::new(chance.number()));
        }
        client::set_network(Some(Arc::new(Reached(lines.clone()))));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self {
            root,
            devices: Vec::new(),
            relays: Vec::new(),
            lines,
            runtime,
            model: Model::default(),
            now_ms: BEGIN_MS,
            chance,
            relay_was_restored: false,
            bundle: None,
            made: 0,
            trace: blake3::Hasher::new(),
        })
    }

    /// What has happened so far, as a hash: the same for the same seed and ops.
    pub fn trace(&self) -> String {
        self.trace.finalize().to_hex().to_string()
    }

    /// Whether disks only say that they have synced.
    pub fn let_disks_lie(&mut self, lie: bool) {
        self.devices.iter().for_each(|device| device.disk.set_lying(lie));
        self.relays.iter().for_each(|relay| relay.disk.set_lying(lie));
    }

    /// Adds to the trace.
    pub fn note(&mut self, what: &str) {
        self.trace.update(what.as_bytes());
    }

    /// How much time has passed, in milliseconds.
    pub fn passed_ms(&self) -> i64 {
        self.now_ms - BEGIN_MS
    }

    /// The device's replica, opened if it is not.
    ///
    /// # Errors
    /// When it can't be opened.
    pub fn replica(&mut self, number: usize) -> Result<Replica> {
        self.enter(number);
        let device = &mut self.devices[number];
        if device.replica.is_none() {
            device.replica = Some(Replica::open(&device.home).context("a home does not open")?);
        }
        device.replica.clone().context("it was opened")
    }

    /// Does one thing. What people are refused is part of life; what must not be is an error.
    ///
    /// # Errors
    /// A broken promise.
    pub fn apply(&mut self, op: Op) -> Result<()> {
        self.now_ms += 60_000 + self.chance.below(4 * 3600 * 1000) as i64;
        let outcome = self.act(op).with_context(|| format!("{op:?}"))?;
        self.lines.plan_break(None);
        let said = format!("{op:?} {outcome};");
        self.note(&said);
        crate::tell(|| said);
        Ok(())
    }

    fn act(&mut self, op: Op) -> Result<&'static str> {
        let count = self.devices.len();
        let who = |number: u8| usize::from(number) % count;
        let done = match op {
            Op::Do(device, work) => self.work(who(device), work)?,
            Op::Cut(device, at) => {
                self.lines.plan_break(Some(u64::from(at) * 2));
                self.work(who(device), Work::Sync)?
            }
            Op::PowerCut(device, work, at) => self.crash(who(device), work, at, true)?,
            Op::Kill(device, work, at) => self.crash(who(device), work, at, false)?,
            Op::DiskFull(device, work) => self.work_on_full_disk(who(device), work)?,
            Op::DiskFails(device, work) => self.work_on_failing_disk(who(device), work)?,
            Op::Reopen(device) => {
                self.devices[who(device)].replica = None;
                self.replica(who(device))?;
                true
            }
            Op::Rebuild(device) => {
                let report = self.replica(who(device))?.doctor(true)?;
                ensure!(report.problems.is_empty(), "the doctor finds {:?}", report.problems);
                true
            }
            Op::Backup(device) => self.back_up(who(device))?,
            Op::Restore(which) => self.restore(which)?,
            Op::Clone(device) => self.clone_device(who(device))?,
            Op::Clock(device, days) => {
                self.devices[who(device)].offset_ms = i64::from(days) * DAY_MS;
                true
            }
            Op::Meet(one, other, at) => self.meet(who(one), who(other), at)?,
            Op::Export(device) => self.export(who(device))?,
            Op::Import(device) => self.import(who(device))?,
            Op::Invite if count < DEVICES_MAX => {
                self.made += 1;
                self.invite(&format!("新人{}", self.made), "building_rep", [true, false]).is_ok()
            }
            Op::Invite => false,
            Op::Lapse(device) => self.grant(who(device), 0)?,
            Op::Renew(device) => self.grant(who(device), GRANT_S)?,
            Op::Revoke(device) => self.revoke(who(device))?,
            Op::Accept(device) => {
                let key = self.devices[who(device)].key.clone();
                let office = self.replica(0)?;
                self.runtime.block_on(office.accept_revoked(&key)).is_ok()
            }
            Op::RelayPowerCut(device, at) => self.sync_with_crashing_relay(who(device), at)?,
            Op::RelayFull(device) => self.sync_with_full_relay(who(device))?,
            Op::RelayBackup => self.back_up_relay()?,
            Op::RelayRestore => self.restore_relay()?,
            Op::RelaySwap => self.swap_relay()?,
            Op::Move(device) => self.move_device(who(device))?,
        };
        Ok(if done { "done" } else { "not done" })
    }

    // Work.

    /// Does some work; true when it was acknowledged.
    fn work(&mut self, number: usize, work: Work) -> Result<bool> {
        match work {
            Work::Record(which) => self.record(number, which),
            Work::Note(which) => self.act_on(number, which, "noted"),
            Work::Answer(which) => self.act_on(number, which, "accepted"),
            Work::Edit(which) => self.edit(number, which),
            Work::Attach(which) => self.attach(number, which),
            Work::Sync => Ok(self.sync(number).is_ok()),
        }
    }

    fn record(&mut self, number: usize, which: u8) -> Result<bool> {
        let sees = self.devices[number].sees;
        let first = usize::from(which) % BUILDINGS.len();
        let building = if sees[first] { first } else { 1 - first };
        let text = self.words("投诉");
        let complaint = NewComplaint {
            building: BUILDINGS[building].into(),
            room: "1203".into(),
            complainant: which.is_multiple_of(3).then(|| format!("王{CANARY}")),
            text: text.clone(),
            ..NewComplaint::default()
        };
        let Ok(recorded) = self.replica(number)?.record(&complaint) else { return Ok(false) };
        self.keep(number, Kept::Complaint(text), &recorded.id, building);
        Ok(true)
    }

    fn act_on(&mut self, number: usize, which: u8, kind: &str) -> Result<bool> {
        let Some((id, building)) = self.choose(number, which) else { return Ok(false) };
        let words = self.words("备注");
        let event =
            NewEvent { kind: kind.into(), note: Some(words.clone()), ..NewEvent::default() };
        match self.replica(number)?.act(&id, &event) {
            Ok(_) => self.keep(number, Kept::Note(words), &id, building),
            Err(error) => {
                ensure!(error.code != ErrorCode::UnknownComplaint, "{id} is not there");
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn edit(&mut self, number: usize, which: u8) -> Result<bool> {
        let Some((id, building)) = self.choose(number, which) else { return Ok(false) };
        let words = self.words("要求");
        let sets = [("demand".to_owned(), words.clone())].into();
        if self.replica(number)?.edit(&id, &sets).is_err() {
            return Ok(false);
        }
        self.keep(number, Kept::Field(words), &id, building);
        Ok(true)
    }

    fn attach(&mut self, number: usize, which: u8) -> Result<bool> {
        let Some((id, building)) = self.choose(number, which) else { return Ok(false) };
        let length = if which.is_multiple_of(3) { 200_000 } else { 3_000 };
        let mut bytes = vec![0; length];
        self.chance.fill(&mut bytes);
        let file = self.root.path().join("shot");
        std::fs::write(&file, bytes)?;
        let replica = self.replica(number)?;
        let Ok(attached) = replica.attach(&id, &file, &AttachOptions::default()) else {
            return Ok(false);
        };
        self.keep(number, Kept::Photo(attached.hash.clone()), &id, building);
        self.keep(number, Kept::Bytes(attached.hash), &id, building);
        Ok(true)
    }

    /// One of the complaints that a device certainly has.
    fn choose(&mut self, number: usize, which: u8) -> Option<(String, usize)> {
        let held = self.model.held(Place::Device(number));
        let items = held.iter().map(|number| &self.model.items[*number]);
        let complaints: Vec<&Item> = items
            .filter(|item| matches!(item.kept, Kept::Complaint(_)))
            .filter(|item| !self.model.is_doubtful(&item.complaint))
            .collect();
        let chosen = complaints.get(usize::from(which) % complaints.len().max(1))?;
        Some((chosen.complaint.clone(), chosen.building))
    }

    fn keep(&mut self, number: usize, kept: Kept, complaint: &str, building: usize) {
        let author = self.devices[number].key.clone();
        let complaint = complaint.to_owned();
        let item = Item { kept, complaint, building, author, device: number };
        self.model.keep(Place::Device(number), item);
    }

    fn words(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{CANARY}{what}{}", self.made)
    }

    // Members.

    fn invite(&mut self, name: &str, role: &str, sees: [bool; 2]) -> Result<()> {
        let buildings = BUILDINGS.iter().zip(sees).filter(|(_, sees)| *sees);
        let all = role == "inspector";
        let new = NewInvitation {
            name: name.into(),
            role: role.into(),
            buildings: if all {
                Vec::new()
            } else {
                buildings.map(|(name, _)| (*name).to_owned()).collect()
            },
            expires_in_s: 7 * 24 * 3600,
        };
        let office = self.replica(0)?;
        let link = self.runtime.block_on(office.invite(new))?.link;
        self.has_synced(0);
        self.made += 1;
        let home = self.home(&format!("device-{}", self.made));
        self.add_device(home, sees, false)?;
        let number = self.devices.len() - 1;
        self.devices[number].relay = self.devices[0].relay;
        let replica = self.replica(number)?;
        if let Err(error) = self.runtime.block_on(replica.join(&link)) {
            self.devices.pop();
            bail!(error);
        }
        self.devices[number].key = replica.community()?.device;
        self.has_synced(number);
        Ok(())
    }

    /// The office gives a device so many seconds from now.
    fn grant(&mut self, number: usize, for_s: u64) -> Result<bool> {
        let device = &self.devices[number];
        if device.is_office || device.revoked {
            return Ok(false);
        }
        let key = device.key.clone();
        let office = self.replica(0)?;
        let done = self.runtime.block_on(office.renew(&key, for_s)).is_ok();
        // Even when the relay was not reached, the office has said so; of a renewal that is not
        // enough.
        for device in self.devices.iter_mut().filter(|device| device.key == key) {
            device.lapsed = for_s == 0 || device.lapsed && !done;
        }
        Ok(done)
    }

    fn revoke(&mut self, number: usize) -> Result<bool> {
        let key = self.devices[number].key.clone();
        // The founder stays, and somebody has to be left who works.
        let left = self.devices.iter().filter(|device| !device.revoked && device.key != key);
        if self.devices[number].is_office || self.devices[number].revoked || left.count() < 3 {
            return Ok(false);
        }
        let office = self.replica(0)?;
        if self.runtime.block_on(office.sync_once(|_| {})).is_ok() {
            self.has_synced(0);
        }
        let known = self.model.held(Place::Device(0));
        let done = self.runtime.block_on(office.revoke(&key, "手机丢失")).is_ok();
        // Even when the relay was not reached, the office has said so.
        self.model.revoke(&key, &known);
        for device in self.devices.iter_mut().filter(|device| device.key == key) {
            device.revoked = true;
        }
        Ok(done)
    }

    // Set-up.

    fn home(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn add_device(&mut self, home: PathBuf, sees: [bool; 2], is_office: bool) -> Result<()> {
        std::fs::create_dir_all(&home)?;
        let disk = Disk::of(&home);
        self.devices.push(Device {
            home,
            replica: None,
            disk,
            key: String::new(),
            sees,
            is_office,
            carries: false,
            revoked: false,
            lapsed: false,
            offset_ms: 0,
            relay: 0,
            backup: None,
        });
        Ok(())
    }

    /// From now on this thread is a device, with its clock.
    fn enter(&self, number: usize) {
        let now = self.now_ms + self.devices[number].offset_ms;
        client::set_now(Some(Timestamp(now)));
        server::set_now(Some(Timestamp(self.now_ms)));
    }

    /// Ends all trouble: disks and clocks are good, lines hold, grants are renewed, and everybody
    /// is at the newest relay.
    ///
    /// # Errors
    /// When something does not open.
    pub fn end_trouble(&mut self) -> Result<()> {
        self.lines.plan_break(None);
        // Longer than a relay is believed to have still what it had.
        self.now_ms += 2 * DAY_MS;
        for number in 0..self.devices.len() {
            self.devices[number].offset_ms = 0;
            // A relay that was put back cuts its lines once; the office tries again.
            for _ in 0..3 {
                if !self.devices[number].lapsed || self.grant(number, GRANT_S)? {
                    break;
                }
            }
            if !self.devices[number].revoked {
                self.move_device(number)?;
            }
        }
        Ok(())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        client::set_network(None);
    }
}

const MEMBERS: [(&str, &str, [bool; 2]); 4] = [
    ("周楼长", "building_rep", [true, false]),
    ("吴楼长", "building_rep", [true, false]),
    ("郑楼长", "building_rep", [false, true]),
    ("现场督查", "inspector", [true, true]),
];

fn authority(relay: usize) -> String {
    format!("relay-{relay}:7800")
}

fn client_chance(mut chance: Chance) {
    client::set_chance(Some(Box::new(move |bytes| chance.fill(bytes))));
}

fn server_chance(mut chance: Chance) {
    server::set_chance(Some(Box::new(move |bytes| chance.fill(bytes))));
}
