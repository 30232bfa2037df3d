//! What the running relay tells its sessions: that a list has grown, and how long it will serve.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use floorwalk_wire::{CommunityId, DeviceId, HistoryId, Membership, ScopeId};

/// Changes that a slow session may fall behind before it has to look at all of its lists.
pub(crate) const CHANGES_MAX: usize = 256;

/// A list has grown, durably.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub community: CommunityId,
    pub scope: ScopeId,
    /// The members after it, when it was their list.
    pub membership: Option<Arc<Membership>>,
}

/// What the relay is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Serving this history.
    Serving(HistoryId),
    /// Finishing what is under way.
    Stopping,
}

/// How many sessions each device has.
#[derive(Debug, Default)]
pub(crate) struct Devices(Mutex<BTreeMap<(CommunityId, DeviceId), usize>>);

/// One session of a device; dropped with it.
#[derive(Debug)]
pub(crate) struct DeviceSlot {
    devices: Arc<Devices>,
    peer: (CommunityId, DeviceId),
}

impl Devices {
    /// Counts one more session of a device; none when it has `max` of them.
    pub(crate) fn enter(
        self: &Arc<Self>,
        peer: (CommunityId, DeviceId),
        max: usize,
    ) -> Option<DeviceSlot> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(peer).or_default();
        if *count >= max {
            return None;
        }
        *count += 1;
        Some(DeviceSlot { devices: self.clone(), peer })
    }
}

impl Drop for DeviceSlot {
    fn drop(&mut self) {
        let mut counts = self.devices.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_device_has_its_sessions_and_no_more() {
        let devices = Arc::new(Devices::default());
        let peer = (CommunityId([1; 32]), DeviceId([2; 32]));
        let first = devices.enter(peer, 2).unwrap();
        let _second = devices.enter(peer, 2).unwrap();
        assert!(devices.enter(peer, 2).is_none());
        drop(first);
        devices.enter(peer, 2).unwrap();
    }
}
