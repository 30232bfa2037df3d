//! Devices and relays talk, and the model believes what they report.

use anyhow::Result;
use floorwalk_replica::records::EvidenceInfo;

use super::World;
use crate::model::{Item, Kept, Place};

impl World {
    /// Syncs with the relay, and believes the report.
    ///
    /// # Errors
    /// Why it was not done.
    pub fn sync(&mut self, number: usize) -> Result<bool> {
        let replica = self.replica(number)?;
        let report = self.runtime.block_on(replica.sync_once(|_| {}))?;
        self.has_synced(number);
        let moved = report.parcels_sent + report.parcels_received;
        Ok(moved + report.blobs_sent + report.blobs_received > 0)
    }

    /// A sync has succeeded. Of photos, a device that warns is believed: what it shows as not
    /// brought, or not here, is not counted as such, and stays owed by whoever has it.
    pub(super) fn has_synced(&mut self, number: usize) {
        let replica = self.replica(number).ok();
        let status = replica.as_ref().and_then(|replica| replica.status().ok());
        let warns = status.is_some_and(|s| s.warnings.iter().any(|known| known == "photos_stuck"));
        let shows = |item: &Item, is_good: fn(&EvidenceInfo) -> bool| match (&item.kept, &replica) {
            (Kept::Bytes(hash), Some(replica)) if warns => {
                let shown = replica.show(&item.complaint).ok();
                let all = shown.into_iter().flat_map(|shown| shown.evidence);
                all.into_iter().any(|one| one.hash == *hash && is_good(&one))
            }
            _ => true,
        };
        let device = &self.devices[number];
        let (here, there) = (Place::Device(number), Place::Relay(device.relay));
        let (sees, is_office) = (device.sees, device.is_office);
        // Of somebody else's copied install, the relay may have something else at that place.
        let (key, copied) = (device.key.clone(), self.model.copied());
        self.model.bring(here, there, |item| {
            let goes = item.author == key || !copied.contains(&item.author);
            goes && shows(item, |one| one.delivery != "saved")
        });
        self.model.bring(there, here, |item| {
            let comes = is_office || !matches!(item.kept, Kept::Bytes(_));
            comes && sees[item.building] && shows(item, |one| one.state == "here")
        });
    }

    pub(super) fn meet(&mut self, one: usize, other: usize, at: u8) -> Result<bool> {
        if one == other {
            return Ok(false);
        }
        let replicas = [self.replica(one)?, self.replica(other)?];
        let numbers = [one, other];
        let mut ends = [replicas[0].sync_with_device(), replicas[1].sync_with_device()];
        let [Ok(first), Ok(second)] = &mut ends else { return Ok(false) };
        let ends = [first, second];
        // Beyond this, nobody has ever to say so much.
        let mut left = if at < 16 { u64::from(at) } else { 100_000 };
        loop {
            let mut moved = false;
            for (from, to) in [(0, 1), (1, 0)] {
                self.enter(numbers[from]);
                while let Ok(Some(bytes)) = ends[from].next_bytes() {
                    moved = true;
                    self.enter(numbers[to]);
                    left = left.saturating_sub(1);
                    if left == 0 || ends[to].receive(&bytes).is_err() {
                        return Ok(false);
                    }
                    self.enter(numbers[from]);
                }
            }
            if !moved {
                break;
            }
        }
        if !ends.iter().all(|end| end.is_done()) {
            return Ok(false);
        }
        self.model.stray();
        let [one, other] = numbers;
        for (from, to) in [(one, other), (other, one)] {
            let (gives, takes) = (self.devices[from].sees, self.devices[to].sees);
            let revoked = self.devices[from].revoked || self.devices[to].revoked;
            // Bytes of photos do not travel this way.
            self.model.bring(Place::Device(from), Place::Device(to), |item| {
                let shared = gives[item.building] && takes[item.building];
                shared && !revoked && !matches!(item.kept, Kept::Bytes(_))
            });
        }
        Ok(true)
    }

    pub(super) fn export(&mut self, number: usize) -> Result<bool> {
        self.made += 1;
        let path = self.root.path().join(format!("bundle-{}", self.made));
        if self.replica(number)?.export_bundle(&path).is_err() {
            return Ok(false);
        }
        self.bundle = Some((path, number, self.model.held(Place::Device(number))));
        Ok(true)
    }

    pub(super) fn import(&mut self, number: usize) -> Result<bool> {
        let Some((path, from, held)) = self.bundle.clone() else { return Ok(false) };
        let done = self.replica(number)?.import_bundle(&path).is_ok();
        self.devices[number].carries = true;
        self.model.stray();
        let revoked = self.devices[from].revoked || self.devices[number].revoked;
        if done && !revoked {
            let sees = self.devices[number].sees;
            let comes = |number: &usize| {
                let item = &self.model.items[*number];
                sees[item.building] && !matches!(item.kept, Kept::Bytes(_))
            };
            let mut here = self.model.held(Place::Device(number));
            here.extend(held.into_iter().filter(comes));
            self.model.set(Place::Device(number), here);
        }
        Ok(done)
    }
}
