//! Where blobs lie on the disk: `blobs/ab/abcd…` by their hash, and `blobs/tmp` while they arrive.
//!
//! Invariant: a file with a blob's name is whole and durable. One file serves all scopes and
//! communities that have the blob.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use floorwalk_wire::BlobId;
use rusqlite::{Connection, OptionalExtension};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::error::Error;
use crate::files;

const FOLDER: &str = "blobs";
const UNFINISHED: &str = "tmp";

/// The folder of blobs.
pub(crate) struct BlobFiles {
    root: PathBuf,
    uploads: AtomicU64,
}

/// A blob that is arriving; what is not kept is removed.
pub(crate) struct Upload {
    path: PathBuf,
    file: File,
    hasher: blake3::Hasher,
    size_bytes: usize,
    kept: bool,
}

impl BlobFiles {
    /// Opens the folder and collects what a killed relay left: unfinished files, and files that no
    /// row speaks of.
    ///
    /// # Errors
    /// The system's, SQLite's.
    pub(crate) fn open(data: &Path, connection: &Connection) -> Result<Self, Error> {
        let root = data.join(FOLDER);
        let unfinished = root.join(UNFINISHED);
        files::make_folder(&unfinished)?;
        let mut collected = 0_u64;
        for folder in entries(&root)? {
            for path in entries(&folder)? {
                if folder == unfinished || !has_row(connection, &path)? {
                    fs::remove_file(&path).map_err(|error| Error::file(&path, error))?;
                    collected += 1;
                }
            }
        }
        if collected > 0 {
            tracing::info!(collected, "files of interrupted uploads were removed");
        }
        Ok(Self { root, uploads: AtomicU64::new(0) })
    }

    /// Begins to take a blob.
    pub(crate) async fn begin(&self) -> std::io::Result<Upload> {
        let name = self.uploads.fetch_add(1, Relaxed).to_string();
        let path = self.root.join(UNFINISHED).join(name);
        let file = File::create_new(&path).await?;
        Ok(Upload { path, file, hasher: blake3::Hasher::new(), size_bytes: 0, kept: false })
    }

    /// Makes an upload durable under its name, which must be [`Upload::id`].
    pub(crate) async fn keep(&self, mut upload: Upload, blob: &BlobId) -> std::io::Result<()> {
        upload.file.flush().await?;
        upload.file.sync_all().await?;
        let path = self.path(blob);
        let root = self.root.clone();
        let renamed = tokio::task::spawn_blocking(move || {
            let folder = path.parent().expect("blobs lie in a folder");
            if !folder.exists() {
                fs::create_dir_all(folder)?;
                files::sync_folder(&root)?;
            }
            upload.become_file(&path)?;
            files::sync_folder(folder)
        });
        renamed.await.map_err(std::io::Error::other)?
    }

    /// Opens a blob's file.
    pub(crate) async fn open_file(&self, blob: &BlobId) -> std::io::Result<File> {
        File::open(self.path(blob)).await
    }

    fn path(&self, blob: &BlobId) -> PathBuf {
        let name = blob.to_string();
        self.root.join(&name[..2]).join(name)
    }
}

impl Upload {
    /// Adds bytes.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.hasher.update(bytes);
        self.size_bytes += bytes.len();
        self.file.write_all(bytes).await
    }

    fn become_file(mut self, path: &Path) -> std::io::Result<()> {
        fs::rename(&self.path, path)?;
        self.kept = true;
        Ok(())
    }

    /// The name of what has arrived so far.
    pub(crate) fn id(&self) -> BlobId {
        BlobId(*self.hasher.finalize().as_bytes())
    }

    /// How much has arrived so far.
    pub(crate) fn size_bytes(&self) -> usize {
        self.size_bytes
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.kept {
            // What can't be removed now is removed at the next start.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let bad = |error| Error::file(folder, error);
    let entries = fs::read_dir(folder).map_err(bad)?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(bad)).collect()
}

fn has_row(connection: &Connection, path: &Path) -> Result<bool, Error> {
    let name = path.file_name().and_then(|name| name.to_str());
    let Some(blob) = name.and_then(|name| name.parse::<BlobId>().ok()) else {
        return Ok(false);
    };
    let mut query = connection.prepare_cached("SELECT 1 FROM blob WHERE blob = ?1 LIMIT 1")?;
    Ok(query.query_row([blob.0], |_| Ok(())).optional()?.is_some())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::db;

    #[test]
    fn files_without_a_row_are_collected_and_those_with_one_stay() {
        let folder = tempfile::tempdir().unwrap();
        let connection = db::open_writer(folder.path()).unwrap();
        let blobs = BlobFiles::open(folder.path(), &connection).unwrap();
        let (kept, orphan) = (BlobId([0xab; 32]), BlobId([0xcd; 32]));
        connection.execute_batch("INSERT INTO community VALUES (1, x'00', 0)").unwrap();
        let row = "INSERT INTO blob VALUES (?1, 1, x'00', 1, 0)";
        connection.execute(row, [kept.0]).unwrap();
        let unfinished = folder.path().join("blobs/tmp/0");
        for path in [blobs.path(&kept), blobs.path(&orphan), unfinished.clone()] {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"x").unwrap();
        }
        let blobs = BlobFiles::open(folder.path(), &connection).unwrap();
        assert!(blobs.path(&kept).exists());
        assert!(!blobs.path(&orphan).exists() && !unfinished.exists());
    }
}
