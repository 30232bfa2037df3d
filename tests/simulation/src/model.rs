//! What people were told is kept, and where it certainly is.
//!
//! A plain model beside the engine: sets of things that were acknowledged. A place holds what was
//! acknowledged there, and what an acknowledged sync brought there; a copy that is put back takes
//! its place's set back. What is in no set any more was in no live store: it is lost with the
//! phone that had it, and nobody can be blamed.

use std::collections::{BTreeMap, BTreeSet};

/// Where things are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A device, by its number.
    Device(usize),
    /// A relay, by its number.
    Relay(usize),
}

/// What somebody was told is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// A complaint with this text.
    Complaint(String),
    /// A note with these words.
    Note(String),
    /// A field was given this value. Another may have been given since.
    Field(String),
    /// A photo with this hash is referred to.
    Photo(String),
    /// Its bytes.
    Bytes(String),
}

/// A thing that was acknowledged.
#[derive(Debug, Clone)]
pub struct Item {
    /// What.
    pub kept: Kept,
    /// The complaint's id.
    pub complaint: String,
    /// The building that it is in.
    pub building: usize,
    /// Who wrote it: a device's key, which copies share.
    pub author: String,
    /// Which device.
    pub device: usize,
}

/// The set of a place.
pub type Held = BTreeSet<usize>;

/// All that was acknowledged.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// The things, by their numbers.
    pub items: Vec<Item>,
    held: BTreeMap<Place, Held>,
    /// Authors of whom there was more than one install.
    copied: BTreeSet<String>,
    /// Whether parcels of a copied install may have come to others by another way than the relay
    /// where everybody is in the end.
    strayed: bool,
    /// Authors who were revoked.
    revoked: BTreeSet<String>,
    /// Complaints of which something may be held back since a revocation.
    doubtful: BTreeSet<String>,
    /// Things that certainly count although their complaint is doubtful.
    settled: Held,
}

impl Model {
    /// Something was acknowledged at a place.
    pub fn keep(&mut self, place: Place, item: Item) {
        if self.revoked.contains(&item.author) && !self.is_doubtful(&item.complaint) {
            // What was there before does not build on this.
            let all = self.items.iter().enumerate();
            let before = all.filter(|(_, other)| other.complaint == item.complaint);
            self.settled.extend(before.map(|(number, _)| number));
            self.doubtful.insert(item.complaint.clone());
        }
        self.held.entry(place).or_default().insert(self.items.len());
        self.items.push(item);
    }

    /// What a place certainly holds.
    pub fn held(&self, place: Place) -> Held {
        self.held.get(&place).cloned().unwrap_or_default()
    }

    /// A place holds just this.
    pub fn set(&mut self, place: Place, held: Held) {
        self.held.insert(place, held);
    }

    /// Everything of one place that passes has come to another.
    pub fn bring(&mut self, from: Place, to: Place, passes: impl Fn(&Item) -> bool) {
        let held = self.held(from);
        let arrived = held.into_iter().filter(|number| passes(&self.items[*number]));
        let arrived: Held = arrived.collect();
        self.held.entry(to).or_default().extend(arrived);
    }

    /// A device was revoked by somebody who holds this much: the rest of what it wrote, and what
    /// builds on that, may be held back. What was in doubt before stays so although it is held:
    /// it may be held back there.
    pub fn revoke(&mut self, author: &str, known: &Held) {
        let sure: Held = known.iter().copied().filter(|number| self.is_sure(*number)).collect();
        self.revoked.insert(author.to_owned());
        for (number, item) in self.items.iter().enumerate() {
            if item.author == author && !known.contains(&number) {
                self.doubtful.insert(item.complaint.clone());
            }
        }
        let in_doubt = |number: &usize| self.doubtful.contains(&self.items[*number].complaint);
        self.settled.retain(|number| known.contains(number) || !in_doubt(number));
        self.settled.extend(sure.into_iter().filter(in_doubt));
    }

    /// Whether a thing counts, wherever it is.
    fn is_sure(&self, number: usize) -> bool {
        !self.is_doubtful(&self.items[number].complaint) || self.settled.contains(&number)
    }

    /// Whether a complaint may be held back in part.
    pub fn is_doubtful(&self, complaint: &str) -> bool {
        self.doubtful.contains(complaint)
    }

    /// A device was copied or put back: two parcels of it may claim one place.
    pub fn copy(&mut self, author: &str) {
        self.copied.insert(author.to_owned());
    }

    /// Parcels have travelled by another way than the last relay.
    pub fn stray(&mut self) {
        self.strayed = true;
    }

    /// Whether what others wrote on a complaint may wait for good. Where a parcel of one copy had
    /// come to somebody by another way, and gave way to that of the other copy, its install writes
    /// it anew, under other hashes: what was written on the first waits for them, and is shown as
    /// waiting. This is a known limit (`docs/reliability.md`).
    fn is_contested(&self, complaint: &str) -> bool {
        let items = self.items.iter().filter(|item| item.complaint == complaint);
        let by: BTreeSet<_> = items.map(|item| (item.device, &item.author)).collect();
        self.strayed && by.len() > 1 && by.iter().any(|(_, author)| self.is_copied(author))
    }

    /// Whether anything may wait for good.
    pub fn has_contests(&self) -> bool {
        self.strayed && !self.copied.is_empty()
    }

    /// The authors of whom that is so.
    pub fn copied(&self) -> BTreeSet<String> {
        self.copied.clone()
    }

    /// Whether two parcels of an author may claim one place.
    pub fn is_copied(&self, author: &str) -> bool {
        self.copied.contains(author)
    }

    /// Whether a device was revoked.
    pub fn is_revoked(&self, author: &str) -> bool {
        self.revoked.contains(author)
    }

    /// Whether anything may be held back.
    pub fn has_doubts(&self) -> bool {
        !self.doubtful.is_empty()
    }

    /// Whatever is in some live place, and is to be seen in the end. `keys` are those of the
    /// devices, `relay` is the one where all of them are by now.
    ///
    /// Of two parcels of copied installs that claim one place, one is set aside where others have
    /// it, shown there, and written anew by the install that made it: so what a copied author
    /// wrote is owed as long as one of its own devices has it, or the relay.
    pub fn owed(&self, keys: &[String], relay: usize) -> impl Iterator<Item = &Item> {
        let mut all = Held::new();
        for (place, held) in &self.held {
            let lasts = |number: &&usize| match place {
                Place::Relay(number) => *number == relay,
                Place::Device(device) => {
                    let author = &self.items[**number].author;
                    !self.is_copied(author) || keys.get(*device) == Some(author)
                }
            };
            all.extend(held.iter().filter(lasts));
        }
        all.into_iter().filter_map(|number| {
            let item = &self.items[number];
            (self.is_sure(number) && !self.is_contested(&item.complaint)).then_some(item)
        })
    }
}
