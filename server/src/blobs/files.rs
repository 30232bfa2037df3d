//! Where large blobs lie on the disk: `blobs/ab/abcd…` by their hash, and `blobs/tmp/` under the
//! upload's id while they arrive.
//!
//! Invariant: a file with a blob's name is whole and durable. One file serves all scopes and
//! communities that have the blob. The length of an unfinished file is its upload's offset: bytes
//! are only ever added at its end, and are synced before the offset is told.

use std::fs;
use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};

use floorwalk_wire::BlobId;
use rusqlite::{Connection, OptionalExtension};
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncSeekExt;

use super::uploads::{self, UploadId};
use crate::error::Error;
use crate::files;

const FOLDER: &str = "blobs";
const UNFINISHED: &str = "tmp";

/// The folder of blobs.
pub(crate) struct BlobFiles {
    root: PathBuf,
}

impl BlobFiles {
    /// Opens the folder, and brings it and the database together again after a kill: an upload
    /// whose file got its name becomes a blob, one whose file is lost ends, and files that no row
    /// speaks of are removed.
    ///
    /// # Errors
    /// The system's, SQLite's.
    pub(crate) fn open(data: &Path, connection: &Connection) -> Result<Self, Error> {
        let blobs = Self { root: data.join(FOLDER) };
        let unfinished = blobs.root.join(UNFINISHED);
        files::make_folder(&unfinished)?;
        for upload in uploads::all(connection)? {
            if blobs.upload_path(&upload.id).exists() {
                continue;
            }
            match blobs.path(&upload.blob).exists() {
                // It got this name only after its hash was compared.
                true => uploads::finish(connection, &upload)?,
                false => uploads::end(connection, &upload.id)?,
            }
        }
        let mut collected = 0_u64;
        for folder in entries(&blobs.root)? {
            for path in entries(&folder)? {
                let meant = match folder == unfinished {
                    true => is_upload(connection, &path)?,
                    false => is_blob(connection, &path)?,
                };
                if !meant {
                    fs::remove_file(&path).map_err(|error| Error::file(&path, error))?;
                    collected += 1;
                }
            }
        }
        if collected > 0 {
            tracing::info!(collected, "files that nothing speaks of were removed");
        }
        Ok(blobs)
    }

    /// Makes the empty file of an upload.
    pub(crate) async fn begin(&self, upload: &UploadId) -> io::Result<()> {
        File::create_new(self.upload_path(upload)).await.map(drop)
    }

    /// Opens an upload's file at its end, and says how long it is.
    pub(crate) async fn go_on(&self, upload: &UploadId) -> io::Result<(File, u64)> {
        let mut file = OpenOptions::new().write(true).open(self.upload_path(upload)).await?;
        let offset = file.seek(SeekFrom::End(0)).await?;
        Ok((file, offset))
    }

    /// How much of an upload is here.
    pub(crate) async fn offset(&self, upload: &UploadId) -> io::Result<u64> {
        Ok(tokio::fs::metadata(self.upload_path(upload)).await?.len())
    }

    /// Gives a whole upload its blob's name, if its bytes have that hash; `hash` is theirs, where
    /// it was computed as they came. They are synced already.
    pub(crate) async fn keep(
        &self,
        upload: &UploadId,
        blob: &BlobId,
        hash: Option<BlobId>,
    ) -> io::Result<bool> {
        let (from, to, root) = (self.upload_path(upload), self.path(blob), self.root.clone());
        let blob = *blob;
        let kept = tokio::task::spawn_blocking(move || {
            let hash = match hash {
                Some(hash) => hash,
                None => {
                    let mut hasher = blake3::Hasher::new();
                    hasher.update_reader(fs::File::open(&from)?)?;
                    BlobId(*hasher.finalize().as_bytes())
                }
            };
            if hash != blob {
                return Ok(false);
            }
            let folder = to.parent().expect("blobs lie in a folder");
            if !folder.exists() {
                fs::create_dir_all(folder)?;
                files::sync_folder(&root)?;
            }
            fs::rename(&from, &to)?;
            files::sync_folder(folder)?;
            Ok(true)
        });
        kept.await.map_err(io::Error::other)?
    }

    /// Opens a blob's file.
    pub(crate) async fn open_file(&self, blob: &BlobId) -> io::Result<File> {
        File::open(self.path(blob)).await
    }

    /// Removes an upload's file. One that can't be removed now is removed at the next start.
    pub(crate) fn forget(&self, upload: &UploadId) {
        remove(&self.upload_path(upload));
    }

    /// Removes a blob's file. One that can't be removed now is removed at the next start.
    pub(crate) fn remove(&self, blob: &BlobId) {
        remove(&self.path(blob));
    }

    fn upload_path(&self, upload: &UploadId) -> PathBuf {
        self.root.join(UNFINISHED).join(upload.to_string())
    }

    fn path(&self, blob: &BlobId) -> PathBuf {
        let name = blob.to_string();
        self.root.join(&name[..2]).join(name)
    }
}

fn remove(path: &Path) {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, "a blob's file could not be removed yet");
        }
        _ => {}
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let bad = |error| Error::file(folder, error);
    let entries = fs::read_dir(folder).map_err(bad)?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(bad)).collect()
}

fn is_blob(connection: &Connection, path: &Path) -> Result<bool, Error> {
    let Some(blob) = name(path).and_then(|name| name.parse::<BlobId>().ok()) else {
        return Ok(false);
    };
    let mut query = connection.prepare_cached("SELECT 1 FROM blob WHERE blob = ?1 LIMIT 1")?;
    Ok(query.query_row([blob.0], |_| Ok(())).optional()?.is_some())
}

fn is_upload(connection: &Connection, path: &Path) -> Result<bool, Error> {
    match name(path).and_then(UploadId::parse) {
        Some(upload) => Ok(uploads::find(connection, &upload)?.is_some()),
        None => Ok(false),
    }
}

fn name(path: &Path) -> Option<&str> {
    path.file_name().and_then(|name| name.to_str())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::db;

    fn write(path: PathBuf) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"x").unwrap();
    }

    #[test]
    fn after_a_kill_folder_and_database_come_together_again() {
        let folder = tempfile::tempdir().unwrap();
        let connection = db::open_writer(folder.path()).unwrap();
        let blobs = BlobFiles::open(folder.path(), &connection).unwrap();
        let sql = "INSERT INTO community (id, community, created_at) VALUES (1, x'00', 0)";
        connection.execute_batch(sql).unwrap();
        let (kept, orphan, named) = (BlobId([0xab; 32]), BlobId([0xcd; 32]), BlobId([0xef; 32]));
        let row = "INSERT INTO blob VALUES (?1, 1, x'00', 1, 0)";
        connection.execute(row, [kept.0]).unwrap();
        let [going, lost, finished, stray] = [1, 2, 3, 4].map(|byte| UploadId([byte; 16]));
        let row = "INSERT INTO upload VALUES (?1, 1, ?2, ?3, ?4, 1, 9)";
        for (upload, blob) in [(going, [7; 32]), (lost, [8; 32]), (finished, named.0)] {
            connection.execute(row, (upload.0, [0; 16], blob, [5; 32])).unwrap();
        }
        for path in [blobs.path(&kept), blobs.path(&orphan), blobs.path(&named)] {
            write(path);
        }
        write(blobs.upload_path(&going));
        write(blobs.upload_path(&stray));

        let blobs = BlobFiles::open(folder.path(), &connection).unwrap();
        assert!(blobs.path(&kept).exists() && blobs.path(&named).exists());
        assert!(!blobs.path(&orphan).exists() && !blobs.upload_path(&stray).exists());
        assert!(blobs.upload_path(&going).exists());
        let left: Vec<UploadId> =
            uploads::all(&connection).unwrap().into_iter().map(|upload| upload.id).collect();
        assert_eq!(left, [going]);
        // Two blobs of a byte, and one byte reserved.
        let sql = "SELECT used_bytes, reserved_bytes FROM community";
        let usage = connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)));
        assert_eq!(usage.unwrap(), (2_i64, 1_i64));
    }
}
