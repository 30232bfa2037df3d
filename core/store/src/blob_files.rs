//! Where large blobs lie beside the database: `blobs/ab/abcd…` by their id, and `blobs/tmp` while
//! they are made or fetched. The photos of drafts lie in a folder of the same form.
//!
//! Invariant: a file under a blob's name is whole and durable. Which of them are meant to be here
//! the database says; whatever else lies here was left by a kill, and [`BlobFiles::collect`] takes
//! it away. An unfinished file is locked by whoever writes it, so that a living process' one is
//! told from a dead one's. Nothing here looks into the bytes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use floorwalk_wire::BlobId;

const UNFINISHED: &str = "tmp";
const PARTIAL: &str = "part";

/// The folder of large blobs.
#[derive(Debug, Clone)]
pub struct BlobFiles {
    root: PathBuf,
}

/// A file that is being made; dropped without [`BlobFiles::keep`], it is removed.
#[derive(Debug)]
pub struct Draft {
    path: PathBuf,
    file: File,
    kept: bool,
}

/// A file that is being fetched, from where an earlier attempt left it; dropped, it stays for the
/// next attempt.
#[derive(Debug)]
pub struct Partial {
    path: PathBuf,
    file: File,
    size_bytes: u64,
}

impl BlobFiles {
    /// The folder; it is made when it is needed.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Begins a file.
    ///
    /// # Errors
    /// The system's.
    pub fn begin(&self) -> io::Result<Draft> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let folder = self.unfinished()?;
        let name = format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Relaxed));
        let path = folder.join(name);
        let file = File::create(&path)?;
        file.lock()?;
        Ok(Draft { path, file, kept: false })
    }

    /// Goes on with a file that is fetched, or begins it. Another process that fetches the same
    /// one is in the way.
    ///
    /// # Errors
    /// The system's; [`io::ErrorKind::WouldBlock`] when another process fetches it.
    pub fn go_on(&self, blob: &BlobId) -> io::Result<Partial> {
        let path = self.unfinished()?.join(format!("{blob}.{PARTIAL}"));
        let mut file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path)?;
        file.try_lock()?;
        let size_bytes = file.seek(SeekFrom::End(0))?;
        Ok(Partial { path, file, size_bytes })
    }

    /// Puts a finished file under its blob's name. To be called within the transaction that says
    /// it is here, so that a collector, which takes its turn, sees both or neither.
    ///
    /// # Errors
    /// The system's.
    pub fn keep(&self, mut draft: Draft, blob: &BlobId) -> io::Result<()> {
        draft.file.sync_all()?;
        self.rename(&draft.path, blob)?;
        draft.kept = true;
        Ok(())
    }

    /// The same of a fetched file, whose hash the caller has compared.
    ///
    /// # Errors
    /// The system's.
    pub fn keep_partial(&self, partial: &Partial, blob: &BlobId) -> io::Result<()> {
        partial.file.sync_all()?;
        self.rename(&partial.path, blob)
    }

    /// Room on the disk for this user, in bytes.
    ///
    /// # Errors
    /// The system's.
    pub fn available_bytes(&self) -> io::Result<u64> {
        // The folder may not be there yet; its parent holds the database.
        fs4::available_space(self.root.parent().unwrap_or(&self.root))
    }

    /// Opens a blob's file.
    ///
    /// # Errors
    /// The system's; [`io::ErrorKind::NotFound`] when it is not here.
    pub fn open(&self, blob: &BlobId) -> io::Result<File> {
        File::open(self.path(blob))
    }

    /// Whether a blob's file is here.
    pub fn has(&self, blob: &BlobId) -> bool {
        self.path(blob).exists()
    }

    /// Removes a blob's file, and what was fetched of it; that there is none is as good.
    ///
    /// # Errors
    /// The system's.
    pub fn remove(&self, blob: &BlobId) -> io::Result<()> {
        let partial = self.root.join(UNFINISHED).join(format!("{blob}.{PARTIAL}"));
        for path in [self.path(blob), partial] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Removes unfinished files of dead processes and files that are not meant to be here. What
    /// was fetched in part stays as long as its blob is wanted. Returns how many were removed.
    ///
    /// # Errors
    /// The system's, those of the questions.
    pub fn collect<E: From<io::Error>>(
        &self,
        is_here: impl Fn(&BlobId) -> Result<bool, E>,
        is_wanted: impl Fn(&BlobId) -> Result<bool, E>,
    ) -> Result<u64, E> {
        let mut removed = 0;
        for folder in entries(&self.root)? {
            let unfinished = folder.file_name().is_some_and(|name| name == UNFINISHED);
            for path in entries(&folder)? {
                let blob = path.file_stem().and_then(|name| name.to_str()?.parse().ok());
                let meant = match (unfinished, blob) {
                    (false, Some(blob)) => is_here(&blob)?,
                    (true, Some(blob)) => is_wanted(&blob)? || in_use(&path)?,
                    (true, None) => in_use(&path)?,
                    (false, None) => false,
                };
                if !meant {
                    fs::remove_file(&path)?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }

    fn rename(&self, from: &Path, blob: &BlobId) -> io::Result<()> {
        let path = self.path(blob);
        let folder = path.parent().unwrap_or(&self.root);
        if !folder.exists() {
            fs::create_dir_all(folder)?;
            sync_folder(&self.root)?;
            let beside = self.root.parent().filter(|folder| !folder.as_os_str().is_empty());
            beside.map_or(Ok(()), sync_folder)?;
        }
        fs::rename(from, &path)?;
        sync_folder(folder)
    }

    fn unfinished(&self) -> io::Result<PathBuf> {
        let folder = self.root.join(UNFINISHED);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Where a blob's file is, or would be.
    pub fn path(&self, blob: &BlobId) -> PathBuf {
        let name = blob.to_string();
        self.root.join(&name[..2]).join(name)
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            // What can't be removed now, the collector removes.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Partial {
    /// How much has been fetched, in bytes.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Adds bytes at the end.
    ///
    /// # Errors
    /// The system's.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.size_bytes += bytes.len() as u64;
        Ok(())
    }

    /// Throws away what was fetched: it can't become the blob.
    ///
    /// # Errors
    /// The system's.
    pub fn restart(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.size_bytes = 0;
        Ok(())
    }

    /// The id of what was fetched, which is read again for it.
    ///
    /// # Errors
    /// The system's.
    pub fn id(&mut self) -> io::Result<BlobId> {
        self.file.rewind()?;
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(&mut self.file)?;
        Ok(BlobId(*hasher.finalize().as_bytes()))
    }
}

fn in_use(path: &Path) -> io::Result<bool> {
    match File::open(path) {
        Ok(file) => Ok(file.try_lock().is_err()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Makes a rename in a folder durable, where the system can.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn files() -> (tempfile::TempDir, BlobFiles) {
        let folder = tempfile::tempdir().unwrap();
        let files = BlobFiles::new(folder.path().join("blobs"));
        (folder, files)
    }

    fn keep(files: &BlobFiles, bytes: &[u8]) -> BlobId {
        let id = BlobId::derive(bytes);
        let mut draft = files.begin().unwrap();
        draft.write_all(bytes).unwrap();
        files.keep(draft, &id).unwrap();
        id
    }

    #[test]
    fn what_a_kill_left_is_collected_and_what_is_meant_stays() {
        let (folder, files) = files();
        let (meant, orphan) = (keep(&files, b"meant"), keep(&files, b"orphan"));
        let wanted = BlobId::derive(b"wanted");
        files.go_on(&wanted).unwrap().append(b"want").unwrap();
        let unwanted = BlobId::derive(b"unwanted");
        files.go_on(&unwanted).unwrap().append(b"un").unwrap();
        // A dead process' draft, and one that is being written.
        fs::write(folder.path().join("blobs/tmp/1-0"), b"half").unwrap();
        let mut alive = files.begin().unwrap();
        let removed =
            files.collect::<io::Error>(|id| Ok(*id == meant), |id| Ok(*id == wanted)).unwrap();
        assert_eq!(removed, 3);
        assert!(files.has(&meant) && !files.has(&orphan));
        assert_eq!(files.go_on(&wanted).unwrap().size_bytes(), 4);
        alive.write_all(b"goes on").unwrap();
        let id = BlobId::derive(b"goes on");
        files.keep(alive, &id).unwrap();
        assert!(files.has(&id));
    }

    #[test]
    fn a_fetch_goes_on_where_it_was_left_and_one_at_a_time() {
        let (_folder, files) = files();
        let id = BlobId::derive(b"all of it");
        let mut first = files.go_on(&id).unwrap();
        first.append(b"all ").unwrap();
        let other = files.go_on(&id).unwrap_err();
        assert_eq!(other.kind(), io::ErrorKind::WouldBlock);
        drop(first);
        let mut second = files.go_on(&id).unwrap();
        assert_eq!(second.size_bytes(), 4);
        second.append(b"of it").unwrap();
        assert_eq!(second.id().unwrap(), id);
        files.keep_partial(&second, &id).unwrap();
        assert!(files.has(&id));
        files.remove(&id).unwrap();
        files.remove(&id).unwrap();
        assert!(!files.has(&id));
    }
}
