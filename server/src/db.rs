//! Opening the relay's database, and its few values that are not rows of something.
//!
//! Write-ahead logging lets readers and the admin's commands read while the one writer writes;
//! `synchronous=FULL` makes a returned commit durable. Each connection's cache is small on
//! purpose: the machine's page cache is shared, ours is not.

use std::path::Path;
use std::time::Duration;

use floorwalk_wire::HistoryId;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::error::Error;
use crate::{files, schema};

/// How long a second process waits for the first one's transaction.
const BUSY_TIMEOUT_MS: u64 = 10_000;
/// The write-ahead log is cut back to this size when it starts over.
const WAL_BYTES_MAX: i64 = 4 * 1024 * 1024;
/// Page cache of the writer, in KiB.
const WRITER_CACHE_KIB: i64 = 2048;
/// Page cache of each reader, in KiB.
const READER_CACHE_KIB: i64 = 512;
/// The database's name within the data folder.
pub(crate) const FILE: &str = "relay.db";

/// Opens the database for writing, making or migrating it as needed.
///
/// # Errors
/// [`Error::Newer`], [`Error::Damaged`], SQLite's.
pub(crate) fn open_writer(data: &Path) -> Result<Connection, Error> {
    let path = data.join(FILE);
    // SQLite gives the files beside the database the same rights.
    files::make_private(&path)?;
    let mut connection = Connection::open(path)?;
    configure(&connection, WRITER_CACHE_KIB)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES_MAX)?;
    // What is deleted is overwritten, because blobs must be erasable.
    connection.pragma_update(None, "secure_delete", true)?;
    schema::migrate(&mut connection)?;
    Ok(connection)
}

/// Opens a database that [`open_writer`] has made, for reading.
///
/// # Errors
/// [`Error::NoData`] when there is none; SQLite's.
pub(crate) fn open_reader(data: &Path) -> Result<Connection, Error> {
    let path = data.join(FILE);
    if !path.exists() {
        return Err(Error::NoData(data.to_owned()));
    }
    // Not the read-only flag: the first reader after a crash has to recover the log.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    configure(&connection, READER_CACHE_KIB)?;
    schema::migrate(&mut connection)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn configure(connection: &Connection, cache_kib: i64) -> Result<(), Error> {
    connection.busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.set_prepared_statement_cache_capacity(48);
    Ok(())
}

/// The present history; none in a new database.
pub(crate) fn history(connection: &Connection) -> Result<Option<HistoryId>, Error> {
    Ok(meta(connection, "history")?.map(HistoryId))
}

/// Sets the present history.
pub(crate) fn set_history(connection: &Connection, history: &HistoryId) -> Result<(), Error> {
    set_meta(connection, "history", &history.0)
}

/// A value of fixed size.
pub(crate) fn meta<const N: usize>(
    connection: &Connection,
    name: &str,
) -> Result<Option<[u8; N]>, Error> {
    let mut query = connection.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    Ok(query.query_row([name], |row| row.get(0)).optional()?)
}

/// Sets a value.
pub(crate) fn set_meta(connection: &Connection, name: &str, value: &[u8]) -> Result<(), Error> {
    let sql = "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value";
    connection.prepare_cached(sql)?.execute((name, value))?;
    Ok(())
}

/// Copies the write-ahead log into the database and empties it. Readers may stand in the way;
/// then it is done another time.
pub(crate) fn checkpoint(connection: &Connection) -> Result<(), Error> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}
