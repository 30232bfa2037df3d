//! Trouble with devices, and with relays.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result};
use floorwalk_disk::Disk;
use floorwalk_replica::records::RelayAddress;
use floorwalk_server::simulation::{self as server, SimulatedRelay};
use floorwalk_server::{Config, TlsMode};
use floorwalk_tests::copy_folder;
use floorwalk_wire::Timestamp;

use super::{DEVICES_MAX, Device, Relay, World, authority};
use crate::model::Place;
use crate::op::Work;

impl World {
    pub(super) fn crash(&mut self, number: usize, work: Work, at: u8, power: bool) -> Result<bool> {
        self.replica(number)?;
        self.devices[number].disk.freeze_after(u64::from(at));
        let done = self.work(number, work);
        self.devices[number].disk.freeze();
        match power {
            true => self.power_cut(number)?,
            false => {
                self.devices[number].replica = None;
                self.devices[number].disk.thaw();
                remove_shared_memory(&self.devices[number].home);
                self.replica(number)?;
            }
        }
        done
    }

    pub(super) fn work_on_full_disk(&mut self, number: usize, work: Work) -> Result<bool> {
        self.devices[number].disk.set_full(true);
        let done = self.work(number, work);
        self.devices[number].disk.set_full(false);
        done
    }

    /// The disk does not sync what is written, and after the work the power goes.
    pub(super) fn work_on_failing_disk(&mut self, number: usize, work: Work) -> Result<bool> {
        self.devices[number].disk.set_failing(true);
        let done = self.work(number, work);
        self.devices[number].disk.freeze();
        self.power_cut(number)?;
        self.devices[number].disk.set_failing(false);
        done
    }

    /// What follows when a device's disk is frozen and its power goes.
    fn power_cut(&mut self, number: usize) -> Result<()> {
        self.devices[number].replica = None;
        let (disk, chance) = (&self.devices[number].disk, &mut self.chance);
        disk.lose_power(&mut |below| chance.below(below))?;
        remove_shared_memory(&self.devices[number].home);
        self.replica(number)?;
        Ok(())
    }

    pub(super) fn back_up(&mut self, number: usize) -> Result<bool> {
        self.made += 1;
        let copy = self.root.path().join(format!("backup-{}", self.made));
        copy_home(&self.devices[number].home, &copy);
        let held = self.model.held(Place::Device(number));
        let relay = self.devices[number].relay;
        self.devices[number].backup = Some((copy, held, relay));
        Ok(true)
    }

    /// Puts back one of the devices that have a backup.
    pub(super) fn restore(&mut self, which: u8) -> Result<bool> {
        let saved = |device: &&Device| device.backup.is_some();
        let count = self.devices.iter().filter(saved).count();
        let chosen = usize::from(which) % count.max(1);
        let all = self.devices.iter().enumerate();
        let Some((number, device)) = all.filter(|(_, device)| saved(device)).nth(chosen) else {
            return Ok(false);
        };
        let Some((copy, held, relay)) = device.backup.clone() else { return Ok(false) };
        let home = self.devices[number].home.clone();
        self.model.copy(&self.devices[number].key);
        self.devices[number].replica = None;
        self.devices[number].disk.thaw();
        std::fs::remove_dir_all(&home)?;
        copy_folder(&copy, &home);
        self.devices[number].relay = relay;
        self.model.set(Place::Device(number), held);
        self.replica(number)?;
        Ok(true)
    }

    pub(super) fn clone_device(&mut self, number: usize) -> Result<bool> {
        if self.devices.len() >= DEVICES_MAX {
            return Ok(false);
        }
        self.made += 1;
        let home = self.home(&format!("clone-{}", self.made));
        copy_home(&self.devices[number].home, &home);
        let device = &self.devices[number];
        let (sees, is_office, revoked) = (device.sees, device.is_office, device.revoked);
        let (key, relay) = (device.key.clone(), device.relay);
        let (carries, lapsed) = (device.carries, device.lapsed);
        self.model.copy(&key);
        self.add_device(home, sees, is_office)?;
        let last = self.devices.len() - 1;
        let clone = &mut self.devices[last];
        (clone.key, clone.relay, clone.revoked) = (key, relay, revoked);
        (clone.carries, clone.lapsed) = (carries, lapsed);
        let held = self.model.held(Place::Device(number));
        self.model.set(Place::Device(last), held);
        self.replica(last)?;
        Ok(true)
    }

    // Trouble with relays.

    pub(super) fn sync_with_full_relay(&mut self, device: usize) -> Result<bool> {
        let relay = self.devices[device].relay;
        self.relays[relay].disk.set_full(true);
        let done = self.work(device, Work::Sync);
        self.relays[relay].disk.set_full(false);
        done
    }

    /// The relay's power goes after so many writes.
    pub(super) fn sync_with_crashing_relay(&mut self, device: usize, at: u8) -> Result<bool> {
        let relay = self.devices[device].relay;
        self.relays[relay].disk.freeze_after(u64::from(at));
        let done = self.work(device, Work::Sync)?;
        self.relays[relay].disk.freeze();
        self.stop_relay(relay);
        self.lose_relays_power(relay)?;
        self.start_relay(relay)?;
        Ok(done)
    }

    pub(super) fn back_up_relay(&mut self) -> Result<bool> {
        self.made += 1;
        let number = self.relays.len() - 1;
        let copy = self.root.path().join(format!("relay-backup-{}", self.made));
        copy_home(&self.relays[number].data, &copy);
        let held = self.model.held(Place::Relay(number));
        self.relays[number].backup = Some((copy, held));
        Ok(true)
    }

    pub(super) fn restore_relay(&mut self) -> Result<bool> {
        let number = self.relays.len() - 1;
        let Some((copy, held)) = self.relays[number].backup.clone() else { return Ok(false) };
        self.stop_relay(number);
        self.relays[number].disk.thaw();
        std::fs::remove_dir_all(&self.relays[number].data)?;
        copy_folder(&copy, &self.relays[number].data);
        self.model.set(Place::Relay(number), held);
        self.relay_was_restored = true;
        self.start_relay(number)?;
        Ok(true)
    }

    pub(super) fn swap_relay(&mut self) -> Result<bool> {
        if self.relays.len() > 2 {
            return Ok(false);
        }
        self.add_relay()?;
        self.model.stray();
        let number = self.relays.len() - 1;
        self.start_relay(number)?;
        self.move_device(0)
    }

    /// Moves a device to the newest relay; true when it has synced there.
    ///
    /// # Errors
    /// When its home does not open.
    pub fn move_device(&mut self, number: usize) -> Result<bool> {
        let newest = self.relays.len() - 1;
        if self.devices[number].relay == newest {
            return Ok(false);
        }
        let address = self.address(newest);
        let replica = self.replica(number)?;
        let moved = self.runtime.block_on(replica.move_to_relay(&address, None));
        crate::tell(|| format!("device {number} moves: {moved:?}"));
        // Where the relay was not met at all, the old one stays.
        let at = replica.community()?.relay;
        if at == address.url {
            self.devices[number].relay = newest;
        }
        if moved.is_ok() {
            self.has_synced(number);
        }
        Ok(moved.is_ok())
    }

    pub(super) fn add_relay(&mut self) -> Result<()> {
        let data = self.home(&format!("relay-{}", self.relays.len()));
        std::fs::create_dir_all(&data)?;
        let disk = Disk::of(&data);
        self.relays.push(Relay { data, running: None, disk, backup: None });
        Ok(())
    }

    pub(super) fn start_relay(&mut self, number: usize) -> Result<()> {
        server::set_now(Some(Timestamp(self.now_ms)));
        let relay = &mut self.relays[number];
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let tls = TlsMode::Off;
        let config = Config { open: true, tls, ..Config::new(relay.data.clone(), any) };
        let running = SimulatedRelay::open(config).context("a relay does not start")?;
        relay.running = Some(running.clone());
        self.lines.place(&authority(number), Some(running));
        Ok(())
    }

    pub(super) fn stop_relay(&mut self, number: usize) {
        self.lines.place(&authority(number), None);
        self.relays[number].running = None;
    }

    fn lose_relays_power(&mut self, number: usize) -> Result<()> {
        let (disk, chance) = (&self.relays[number].disk, &mut self.chance);
        disk.lose_power(&mut |below| chance.below(below))?;
        remove_shared_memory(&self.relays[number].data);
        Ok(())
    }

    pub(super) fn address(&self, relay: usize) -> RelayAddress {
        RelayAddress { url: format!("http://{}", authority(relay)), pin: None }
    }

    /// The folders of all relays.
    pub fn relay_folders(&self) -> impl Iterator<Item = &Path> {
        self.relays.iter().map(|relay| relay.data.as_path())
    }
}

/// A copy of files that are in use: what a phone's backup has. The shared memory of the
/// write-ahead log is not a part of it.
fn copy_home(from: &Path, to: &Path) {
    copy_folder(from, to);
    remove_shared_memory(to);
}

fn remove_shared_memory(folder: &Path) {
    for name in ["floorwalk.db-shm", "relay.db-shm"] {
        // There may be none.
        let _ = std::fs::remove_file(folder.join(name));
    }
}
