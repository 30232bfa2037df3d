//! A disk that keeps its word only as far as it gave it: what SQLite has synced stays, what it
//! has only written may be lost, torn or kept, as a power cut would have it.
//!
//! [`install`] puts a layer between all of this process's SQLite connections and the system's
//! files. A folder is a [`Disk`]: it can lose its power, be full, or fail to sync. Files lie in
//! the real folder, so they are copied and looked at like any others; folders that nobody asks
//! about behave as they always do.
//!
//! What was not synced is kept as a log of changes with the bytes that they replaced. A power cut
//! undoes all of them and then does again some: any subset, and of one the first sectors only.

mod layer;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

pub use layer::install;

/// What a disk writes whole or not at all, in bytes.
const SECTOR_BYTES: u64 = 512;

/// The disks by their folders.
static DISKS: LazyLock<Mutex<BTreeMap<PathBuf, Arc<Mutex<State>>>>> = LazyLock::new(Mutex::default);

/// A folder whose files may suffer. Dropped, it is a good disk again.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    state: Arc<Mutex<State>>,
}

/// What a disk is like now.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Nothing is written any more: the power is gone, or the process.
    pub(crate) frozen: bool,
    /// Writes until then.
    freezes_in: Option<u64>,
    /// No file grows.
    pub(crate) full: bool,
    /// Syncing fails.
    pub(crate) failing: bool,
    /// Syncing is reported and not done.
    pub(crate) lying: bool,
    pending: BTreeMap<PathBuf, Vec<Change>>,
    /// Syncs that were done.
    pub(crate) syncs: u64,
}

/// A change of a file that was not synced yet.
#[derive(Debug, Clone)]
struct Change {
    offset: u64,
    /// None: the file was cut here.
    new: Option<Vec<u8>>,
    /// What was there before, up to the end that the file had.
    old: Vec<u8>,
    old_size: u64,
}

impl Disk {
    /// Watches over a folder from now on. Connections that are open already are not noticed.
    pub fn of(folder: &Path) -> Self {
        let state = Arc::<Mutex<State>>::default();
        lock(&DISKS).insert(folder.to_owned(), state.clone());
        Self { folder: folder.to_owned(), state }
    }

    /// From now on nothing is written, and whoever tries is told so. What follows is the end of
    /// the process: drop its connections, then call [`Self::lose_power`] or [`Self::thaw`].
    pub fn freeze(&self) {
        self.state().frozen = true;
    }

    /// As [`Self::freeze`], after some more writes.
    pub fn freeze_after(&self, writes: u64) {
        self.state().freezes_in = Some(writes);
    }

    /// The process was killed, the machine was not: everything that was written is there.
    pub fn thaw(&self) {
        let mut state = self.state();
        (state.frozen, state.freezes_in) = (false, None);
        state.pending.clear();
    }

    /// The power was cut: of what was not synced some is there, as `chance` decides, which gives a
    /// number below its argument.
    ///
    /// # Errors
    /// The system's.
    pub fn lose_power(&self, chance: &mut dyn FnMut(u64) -> u64) -> io::Result<()> {
        let mut state = self.state();
        (state.frozen, state.freezes_in) = (false, None);
        for (path, changes) in std::mem::take(&mut state.pending) {
            if path.exists() {
                lose(&path, &changes, chance)?;
            }
        }
        Ok(())
    }

    /// Whether files can grow.
    pub fn set_full(&self, full: bool) {
        self.state().full = full;
    }

    /// Whether syncing fails.
    pub fn set_failing(&self, failing: bool) {
        self.state().failing = failing;
    }

    /// Whether the disk only says that it has synced.
    pub fn set_lying(&self, lying: bool) {
        self.state().lying = lying;
    }

    /// Syncs that were done.
    pub fn syncs(&self) -> u64 {
        self.state().syncs
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        lock(&DISKS).remove(&self.folder);
    }
}

/// The disk that a file lies on, if it is one that may suffer.
pub(crate) fn disk_of(file: &Path) -> Option<Arc<Mutex<State>>> {
    lock(&DISKS).get(file.parent()?).cloned()
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// Counts a write, or refuses it.
    pub(crate) fn may_write(&mut self) -> bool {
        match &mut self.freezes_in {
            Some(0) => self.frozen = true,
            Some(left) => *left -= 1,
            None => {}
        }
        !self.frozen
    }

    /// Remembers what a write is about to replace.
    pub(crate) fn will_write(
        &mut self,
        (path, file): (&Path, &File),
        offset: u64,
        new: &[u8],
    ) -> io::Result<()> {
        let end = offset + new.len() as u64;
        let (old, old_size) = read(file, offset, end)?;
        let change = Change { offset, new: Some(new.to_vec()), old, old_size };
        self.pending.entry(path.to_owned()).or_default().push(change);
        Ok(())
    }

    /// Remembers what cutting a file is about to take away.
    pub(crate) fn will_truncate(
        &mut self,
        (path, file): (&Path, &File),
        size: u64,
    ) -> io::Result<()> {
        let (old, old_size) = read(file, size, u64::MAX)?;
        let change = Change { offset: size, new: None, old, old_size };
        self.pending.entry(path.to_owned()).or_default().push(change);
        Ok(())
    }

    /// What was written to a file can't be lost any more.
    pub(crate) fn synced(&mut self, path: &Path) {
        self.syncs += 1;
        self.pending.remove(path);
    }

    /// A file is gone.
    pub(crate) fn deleted(&mut self, path: &Path) {
        self.pending.remove(path);
    }
}

/// The bytes of a file between two places, as far as it reaches, and its size.
fn read(mut file: &File, from: u64, to: u64) -> io::Result<(Vec<u8>, u64)> {
    let size = file.metadata()?.len();
    let mut bytes = Vec::new();
    if from < size {
        file.seek(SeekFrom::Start(from))?;
        file.take(to.min(size) - from).read_to_end(&mut bytes)?;
    }
    Ok((bytes, size))
}

fn lose(path: &Path, changes: &[Change], chance: &mut dyn FnMut(u64) -> u64) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    for change in changes.iter().rev() {
        put(&mut file, change.offset, &change.old)?;
        file.set_len(change.old_size)?;
    }
    // All, none, the first of them, or any.
    let manner = chance(4);
    let first = chance(changes.len() as u64 + 1);
    for (number, change) in changes.iter().enumerate() {
        let kept = match manner {
            0 => false,
            1 => true,
            2 => (number as u64) < first,
            _ => chance(2) == 0,
        };
        if !kept {
            continue;
        }
        match &change.new {
            None => file.set_len(change.offset)?,
            Some(new) => {
                let sectors = (new.len() as u64).div_ceil(SECTOR_BYTES);
                let torn = manner == 3 && chance(4) == 0;
                let whole = if torn { chance(sectors + 1) } else { sectors };
                let bytes = usize::try_from(whole * SECTOR_BYTES).unwrap_or(usize::MAX);
                put(&mut file, change.offset, &new[..bytes.min(new.len())])?;
            }
        }
    }
    Ok(())
}

fn put(file: &mut File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    if !bytes.is_empty() {
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(bytes)?;
    }
    Ok(())
}
