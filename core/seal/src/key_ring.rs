//! The scope keys that a device knows: all of every epoch.
//!
//! Two administrators may rotate a scope to the same epoch at once; both keys are kept, since
//! parcels may be sealed with either. Which one seals next is the same on every device that knows
//! the same keys. Plain data: the store keeps the entries, and puts them back in any order.

use std::collections::BTreeMap;

use floorwalk_wire::{Epoch, ScopeId};

use crate::secret::ScopeKey;

/// Scope keys by scope and epoch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyRing {
    /// The keys of an epoch are sorted by commitment, and none is there twice.
    keys: BTreeMap<(ScopeId, Epoch), Vec<ScopeKey>>,
}

impl KeyRing {
    /// Adds a key; false when it was known.
    pub fn insert(&mut self, scope: ScopeId, epoch: Epoch, key: ScopeKey) -> bool {
        let known = self.keys.entry((scope, epoch)).or_default();
        let commitment = key.derive_commitment();
        match known.binary_search_by_key(&commitment, ScopeKey::derive_commitment) {
            Ok(_) => false,
            Err(place) => {
                known.insert(place, key);
                true
            }
        }
    }

    /// The key to seal with: of the highest epoch, the one with the smallest commitment.
    pub fn current(&self, scope: &ScopeId) -> Option<(Epoch, &ScopeKey)> {
        let epochs = (*scope, Epoch(0))..=(*scope, Epoch(u32::MAX));
        let ((_, epoch), keys) = self.keys.range(epochs).next_back()?;
        keys.first().map(|key| (*epoch, key))
    }

    /// The keys that a parcel of this epoch may be sealed with.
    pub fn candidates(&self, scope: &ScopeId, epoch: Epoch) -> &[ScopeKey] {
        self.keys.get(&(*scope, epoch)).map_or(&[], Vec::as_slice)
    }

    /// Every key, by scope and epoch.
    pub fn entries(&self) -> impl Iterator<Item = (ScopeId, Epoch, &ScopeKey)> {
        let per_epoch = self.keys.iter();
        per_epoch.flat_map(|((scope, epoch), keys)| keys.iter().map(|key| (*scope, *epoch, key)))
    }
}

impl Extend<(ScopeId, Epoch, ScopeKey)> for KeyRing {
    fn extend<I: IntoIterator<Item = (ScopeId, Epoch, ScopeKey)>>(&mut self, entries: I) {
        for (scope, epoch, key) in entries {
            self.insert(scope, epoch, key);
        }
    }
}

impl FromIterator<(ScopeId, Epoch, ScopeKey)> for KeyRing {
    fn from_iter<I: IntoIterator<Item = (ScopeId, Epoch, ScopeKey)>>(entries: I) -> Self {
        let mut ring = Self::default();
        ring.extend(entries);
        ring
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SCOPE: ScopeId = ScopeId([5; 16]);

    fn entry(epoch: u32, byte: u8) -> (ScopeId, Epoch, ScopeKey) {
        (SCOPE, Epoch(epoch), ScopeKey::from_bytes([byte; 32]))
    }

    #[test]
    fn the_current_key_does_not_depend_on_the_order_of_arrival() {
        let one: KeyRing = [entry(1, 1), entry(2, 2), entry(2, 3)].into_iter().collect();
        let other: KeyRing = [entry(2, 3), entry(2, 2), entry(1, 1)].into_iter().collect();
        assert_eq!(one, other);
        assert_eq!(one.current(&SCOPE), other.current(&SCOPE));
        assert_eq!(one.current(&SCOPE).unwrap().0, Epoch(2));
        assert_eq!(one.candidates(&SCOPE, Epoch(2)).len(), 2);
    }

    #[test]
    fn a_key_is_kept_once() {
        let mut ring = KeyRing::default();
        let (scope, epoch, key) = entry(1, 1);
        assert!(ring.insert(scope, epoch, key.clone()));
        assert!(!ring.insert(scope, epoch, key));
        assert_eq!(ring.entries().count(), 1);
    }

    #[test]
    fn a_scope_has_no_key_of_its_neighbours() {
        let ring: KeyRing = [entry(3, 1)].into_iter().collect();
        for neighbour in [ScopeId([4; 16]), ScopeId([6; 16])] {
            assert_eq!(ring.current(&neighbour), None);
            assert!(ring.candidates(&neighbour, Epoch(3)).is_empty());
        }
        assert!(ring.candidates(&SCOPE, Epoch(2)).is_empty());
        assert_eq!(ring.candidates(&SCOPE, Epoch(3)).len(), 1);
    }

    #[test]
    fn the_entries_rebuild_the_ring() {
        let ring: KeyRing = [entry(1, 1), entry(2, 2), entry(2, 3)].into_iter().collect();
        let entries = ring.entries().map(|(scope, epoch, key)| (scope, epoch, key.clone()));
        assert_eq!(entries.collect::<KeyRing>(), ring);
    }
}
