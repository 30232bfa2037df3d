//! Opening the file and running transactions.
//!
//! A damaged file is opened for reading only, so that what it still holds can be carried out of
//! it; [`Store::damage`] says so. A newer program's file is not opened at all.

use std::cell::RefCell;
#[cfg(unix)]
use std::fs::{OpenOptions, Permissions};
#[cfg(unix)]
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use floorwalk_wire::BlobId;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use crate::blob_files::BlobFiles;
use crate::error::StoreError;
use crate::schema;

/// How long a second process waits for the first one's transaction.
const BUSY_TIMEOUT_MS: u64 = 10_000;
/// The write-ahead log is cut back to this size when it has been copied into the database.
const WAL_BYTES_MAX: i64 = 4 * 1024 * 1024;

/// The folder of large blobs beside the database.
const BLOBS: &str = "blobs";
/// The setting that says that erased bytes may still be in the write-ahead log.
pub(crate) const ERASED_BYTES_LEFT: &str = "erased_bytes_left";

/// The file of a replica, and the folder of large blobs beside it.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    files: BlobFiles,
    damage: Option<String>,
}

/// One transaction. Dropped without [`Store::write`] returning `Ok`, it leaves no trace.
pub struct Tx<'a> {
    pub(crate) sql: Transaction<'a>,
    pub(crate) files: &'a BlobFiles,
    /// Blobs whose files go when this is durable.
    pub(crate) erased: RefCell<Vec<BlobId>>,
}

impl Store {
    /// Opens the file, making or migrating it as needed.
    ///
    /// # Errors
    /// [`StoreError::Newer`] for a newer program's file, [`StoreError::Damaged`] when not even
    /// reading is possible.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        make_private(path);
        match Self::open_writable(path) {
            Err(StoreError::Damaged(damage)) => Self::open_damaged(path, damage),
            other => other,
        }
    }

    fn open_writable(path: &Path) -> Result<Self, StoreError> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS))?;
        schema::check(&connection)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "journal_size_limit", WAL_BYTES_MAX)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        // What is deleted is overwritten, because personal details must be erasable. It holds for
        // every deletion: SQLite also deletes when it moves a row to another page.
        connection.pragma_update(None, "secure_delete", "ON")?;
        connection.set_prepared_statement_cache_capacity(128);
        // Otherwise SQLite looks at bound values when it plans for tables with partial indexes,
        // and plans anew whenever they differ: once for every row that is asked for.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        schema::migrate(&mut connection)?;
        Ok(Self { connection, files: files_beside(path), damage: None })
    }

    fn open_damaged(path: &Path, damage: String) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        schema::check(&connection)?;
        Ok(Self { connection, files: files_beside(path), damage: Some(damage) })
    }

    /// A store of nothing, which stands in while the file is replaced.
    ///
    /// # Errors
    /// SQLite's.
    pub fn detached(path: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory()?;
        Ok(Self { connection, files: files_beside(path), damage: None })
    }

    /// The large blobs.
    pub fn files(&self) -> &BlobFiles {
        &self.files
    }

    /// Whether no other connection has the file open, so that it can be replaced: what another
    /// process would write to it after that would be lost.
    pub fn is_sole(&self) -> bool {
        // Leaving the write-ahead log takes a lock that none may share. Damage that stands in the
        // way of that is in everybody's way.
        let left = self.connection.pragma_update(None, "journal_mode", "DELETE");
        let code = left.err().and_then(|error| error.sqlite_error_code());
        !matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
    }

    /// Puts a fresh file, which nobody has open, in the place of a damaged one. The damaged one
    /// stays beside it under the name that is returned. A crash leaves the old file or the new.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn replace(damaged: &Path, fresh: &Path) -> Result<PathBuf, StoreError> {
        let free = |number: &u32| !beside(damaged, &format!(".damaged-{number}")).exists();
        let number = (1..).find(free).unwrap_or_default();
        let aside = beside(damaged, &format!(".damaged-{number}"));
        for end in ["", "-wal"] {
            let (from, to) = (beside(damaged, end), beside(&aside, end));
            // A second name costs nothing; not every file system has them.
            if from.exists() && std::fs::hard_link(&from, &to).is_err() {
                std::fs::copy(&from, &to)?;
            }
        }
        // A write-ahead log that stayed would be taken for the new file's.
        for end in ["-wal", "-shm"] {
            let file = beside(damaged, end);
            if file.exists() {
                std::fs::remove_file(file)?;
            }
        }
        std::fs::rename(fresh, damaged)?;
        if let (true, Some(folder)) = (cfg!(unix), damaged.parent()) {
            std::fs::File::open(folder)?.sync_all()?;
        }
        Ok(aside)
    }

    /// Why the file is open for reading only, when it is.
    pub fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }

    /// Runs a transaction and makes it durable: when this returns `Ok`, a power cut can't undo
    /// it. One call costs one fsync.
    ///
    /// # Errors
    /// Those of `work`, which then leaves no trace; [`StoreError`] when the commit fails, which
    /// leaves none either.
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let (value, erased) = self.transact(work)?;
        if !erased.is_empty() {
            // Durable is that they were erased. What is in the way of it now, the next sync and
            // its collector do.
            erased.iter().for_each(|id| drop(self.files.remove(id)));
            drop(self.scrub());
        }
        Ok(value)
    }

    fn transact<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<(T, Vec<BlobId>), E> {
        if self.damage.is_some() {
            return Err(StoreError::ReadOnly.into());
        }
        let sql = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let tx = Tx { sql, files: &self.files, erased: RefCell::default() };
        let value = work(&tx)?;
        let erased = tx.erased.take();
        if !erased.is_empty() {
            tx.set_setting(ERASED_BYTES_LEFT, &[])?;
        }
        tx.sql.commit().map_err(StoreError::from)?;
        Ok((value, erased))
    }

    /// Empties the write-ahead log if erased bytes may be in it, unless another process reads it
    /// just now.
    ///
    /// # Errors
    /// SQLite's, the system's.
    pub fn scrub(&mut self) -> Result<(), StoreError> {
        if self.read::<_, StoreError>(|tx| tx.setting(ERASED_BYTES_LEFT))?.is_some()
            && self.checkpoint()?
        {
            self.write::<_, StoreError>(|tx| tx.remove_setting(ERASED_BYTES_LEFT))?;
        }
        Ok(())
    }

    /// Runs queries that all see one state. Nothing they write is kept.
    ///
    /// # Errors
    /// Those of `work`, and SQLite's.
    pub fn read<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let sql = self.connection.transaction().map_err(StoreError::from)?;
        work(&Tx { sql, files: &self.files, erased: RefCell::default() })
    }

    /// A number that changes when another connection has written to the file.
    ///
    /// # Errors
    /// SQLite's.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        Ok(self.connection.query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }

    /// SQLite's own check of the whole file.
    ///
    /// # Errors
    /// SQLite's, when not even checking is possible.
    pub fn integrity_problems(&mut self) -> Result<Vec<String>, StoreError> {
        let mut statement = self.connection.prepare("PRAGMA integrity_check(100)")?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        let found = rows.collect::<Result<Vec<_>, _>>()?;
        Ok(found.into_iter().filter(|line| line != "ok").collect())
    }

    /// Copies the write-ahead log into the database and empties it. False when another process
    /// was in the way.
    ///
    /// # Errors
    /// SQLite's.
    pub fn checkpoint(&mut self) -> Result<bool, StoreError> {
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        Ok(self.connection.query_row(sql, [], |row| row.get::<_, i64>(0))? == 0)
    }
}

fn files_beside(path: &Path) -> BlobFiles {
    BlobFiles::new(path.with_file_name(BLOBS))
}

/// A name that begins like another; with an empty ending, that other.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Makes the file, or makes it its owner's alone: it holds complaints and the keys to all of them.
/// SQLite gives the files beside it the same rights.
#[cfg(unix)]
fn make_private(path: &Path) {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    const OWNER_ONLY: u32 = 0o600;
    let made = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(path);
    // SQLite finds the words for whatever else stands in the way.
    if made.is_err_and(|error| error.kind() == ErrorKind::AlreadyExists) {
        for end in ["", "-wal", "-shm"] {
            let file = beside(path, end);
            // A file that is another user's stays as it is.
            let _ = std::fs::set_permissions(file, Permissions::from_mode(OWNER_ONLY));
        }
    }
}

#[cfg(not(unix))]
fn make_private(_: &Path) {}

impl Tx<'_> {
    /// The large blobs.
    pub fn files(&self) -> &BlobFiles {
        self.files
    }

    /// As [`Store::data_version`], from within.
    ///
    /// # Errors
    /// SQLite's.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        Ok(self.sql.query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }

    /// Runs `work` so that its failure undoes what it wrote and nothing else.
    ///
    /// # Errors
    /// Those of `work`; SQLite's when even undoing fails.
    pub fn attempt<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let run = |sql: &str| -> Result<(), StoreError> {
            self.sql.prepare_cached(sql)?.execute([])?;
            Ok(())
        };
        run("SAVEPOINT attempt")?;
        let outcome = work();
        if outcome.is_err() {
            run("ROLLBACK TO attempt")?;
        }
        run("RELEASE attempt")?;
        outcome
    }
}
