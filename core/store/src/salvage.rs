//! Reading what is left of a file that can't be opened, or only be read.
//!
//! Works on a copy beside the file, which is removed again; the file itself is not touched. Where
//! the first bytes of a database are destroyed, its tables are mostly whole: the copy is given the
//! header of a new database, which has the same tables. A table is read from its beginning to the
//! first damage, and then from its end, so something may come out twice. Nothing is vouched for:
//! whoever takes in what comes out must check it.

use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use floorwalk_complaint::DocumentId;
use floorwalk_wire::{BlobId, Epoch, ScopeId};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::blobs::BlobState;
use crate::drafts::{StoredDraft, read_draft};
use crate::error::StoreError;
use crate::outbox::OutboxChange;
use crate::store::{Store, beside};

/// SQLite's header ("The Database Header" in its description of the file format).
const HEADER_BYTES: usize = 100;

/// A damaged file, open for reading what is left.
#[derive(Debug)]
pub struct Salvage {
    connection: Connection,
    unread: Vec<&'static str>,
    _scratch: Scratch,
}

/// A blob that was read.
#[derive(Debug)]
pub struct SalvagedBlob {
    /// Its id, which its bytes may not fit.
    pub id: BlobId,
    /// Its scope.
    pub scope: ScopeId,
    /// The document that refers to it.
    pub document: DocumentId,
    /// Whether the relay had it.
    pub state: BlobState,
    /// Its ciphertext.
    pub ciphertext: Vec<u8>,
}

impl Salvage {
    /// Opens what is left of a file. None when that is nothing.
    ///
    /// # Errors
    /// [`StoreError::File`] when the copy can't be made.
    pub fn open(path: &Path) -> Result<Option<Self>, StoreError> {
        let scratch = Scratch(beside(path, ".salvage"));
        scratch.copy(path)?;
        let connection = match open_copy(&scratch.0) {
            Some(connection) => Some(connection),
            None => {
                scratch.copy(path)?;
                give_header(&scratch.0)?;
                open_copy(&scratch.0)
            }
        };
        Ok(connection.map(|connection| Self { connection, unread: Vec::new(), _scratch: scratch }))
    }

    /// The tables of which a part could not be read so far.
    pub fn unread(&self) -> &[&'static str] {
        &self.unread
    }

    /// A setting's bytes, where they can be read.
    pub fn setting(&self, key: &str) -> Option<Vec<u8>> {
        let sql = "SELECT value FROM meta WHERE key = ?1";
        self.connection.query_row(sql, [key], |row| row.get(0)).optional().ok()?
    }

    /// The scope keys.
    pub fn scope_keys(&mut self) -> Vec<(ScopeId, Epoch, [u8; 32])> {
        let read = |row: &Row<'_>| Ok((ScopeId(row.get(0)?), Epoch(row.get(1)?), row.get(2)?));
        self.all(("scope_key", "scope, epoch, key", "scope, epoch, key"), read)
    }

    /// The changes that no parcel holds yet.
    pub fn outbox(&mut self) -> Vec<(ScopeId, OutboxChange)> {
        let read = |row: &Row<'_>| {
            let (scope, document) = (ScopeId(row.get(1)?), DocumentId(row.get(2)?));
            Ok((scope, OutboxChange { row: row.get(0)?, document, bytes: row.get(3)? }))
        };
        let mut found = self.all(("outbox", "id, scope, document, bytes", "id"), read);
        found.sort_by_key(|(_, change)| change.row);
        found.dedup_by_key(|(_, change)| change.row);
        found
    }

    /// The drafts; a file from before there were any has none.
    pub fn drafts(&mut self) -> Vec<StoredDraft> {
        let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'draft'";
        if self.connection.query_row(sql, [], |row| row.get(0)) == Ok(0_i64) {
            return Vec::new();
        }
        let mut found = self.all(("draft", "id, saved_at, content", "id"), read_draft);
        found.sort_by_key(|draft| draft.id);
        found.dedup_by_key(|draft| draft.id);
        found
    }

    /// Hands out the bytes of every parcel: those in logs, those that wait, and those that were
    /// set aside whole.
    ///
    /// # Errors
    /// Those of `each`.
    pub fn parcels<E>(&mut self, mut each: impl FnMut(Vec<u8>) -> Result<(), E>) -> Result<(), E> {
        let read = |row: &Row<'_>| row.get::<_, Option<Vec<u8>>>(0);
        let mut some = |bytes: Option<Vec<u8>>| bytes.map_or(Ok(()), &mut each);
        self.walk(("parcel", "bytes", "rowid"), read, &mut some)?;
        self.walk(("waiting_parcel", "bytes", "id"), read, &mut some)?;
        self.walk(("quarantine", "bytes", "parcel, document"), read, &mut some)
    }

    /// Hands out every blob whose bytes were here.
    ///
    /// # Errors
    /// Those of `each`.
    pub fn blobs<E>(
        &mut self,
        mut each: impl FnMut(SalvagedBlob) -> Result<(), E>,
    ) -> Result<(), E> {
        let read = |row: &Row<'_>| {
            let state =
                if row.get::<_, i64>(3)? == 2 { BlobState::Sent } else { BlobState::Unsent };
            let Some(ciphertext) = row.get(4)? else { return Ok(None) };
            let (id, scope, document) = (BlobId(row.get(0)?), row.get(1)?, row.get(2)?);
            let (scope, document) = (ScopeId(scope), DocumentId(document));
            Ok(Some(SalvagedBlob { id, scope, document, state, ciphertext }))
        };
        let columns = "id, scope, document, state, bytes";
        self.walk(("blob", columns, "rowid"), read, &mut |blob| blob.map_or(Ok(()), &mut each))
    }

    fn all<T>(
        &mut self,
        table: (&'static str, &str, &str),
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Vec<T> {
        let mut found = Vec::new();
        let outcome = self.walk(table, read, &mut |row| {
            found.push(row);
            Ok::<_, std::convert::Infallible>(())
        });
        match outcome {
            Ok(()) => found,
            Err(never) => match never {},
        }
    }

    /// Reads a table of which a name, columns and the key of its order are given.
    fn walk<T, E>(
        &mut self,
        (table, columns, key): (&'static str, &str, &str),
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
        each: &mut impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        let backwards = key.replace(',', " DESC,") + " DESC";
        for order in [key, &backwards] {
            let sql = format!("SELECT {columns} FROM {table} ORDER BY {order}");
            let whole = match self.connection.prepare(&sql) {
                Ok(mut query) => walk_rows(&mut query, &read, each)?,
                Err(_) => false,
            };
            if whole {
                return Ok(());
            }
            if !self.unread.contains(&table) {
                self.unread.push(table);
            }
        }
        Ok(())
    }
}

/// Reads to the end, or to the first damage; says which of them it was. A row that makes no sense
/// counts as damage and is passed over.
fn walk_rows<T, E>(
    query: &mut rusqlite::Statement<'_>,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    each: &mut impl FnMut(T) -> Result<(), E>,
) -> Result<bool, E> {
    let Ok(mut rows) = query.query([]) else { return Ok(false) };
    let mut whole = true;
    loop {
        match rows.next() {
            Ok(Some(row)) => match read(row) {
                Ok(value) => each(value)?,
                Err(_) => whole = false,
            },
            Ok(None) => return Ok(whole),
            Err(_) => return Ok(false),
        }
    }
}

/// A copy of the file and of its write-ahead log, removed when dropped.
#[derive(Debug)]
struct Scratch(PathBuf);

impl Scratch {
    fn copy(&self, path: &Path) -> Result<(), StoreError> {
        self.remove();
        for end in ["", "-wal"] {
            let from = beside(path, end);
            if from.exists() {
                fs::copy(from, beside(&self.0, end))?;
            }
        }
        Ok(())
    }

    fn remove(&self) {
        for end in ["", "-wal", "-shm"] {
            // What is not there need not be removed, and nothing depends on what stays.
            let _ = fs::remove_file(beside(&self.0, end));
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Opens the copy if at least its list of tables can be read.
fn open_copy(path: &Path) -> Option<Connection> {
    let connection = Connection::open(path).ok()?;
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'parcel'";
    let found: i64 = connection.query_row(sql, [], |row| row.get(0)).ok()?;
    (found == 1).then_some(connection)
}

/// Puts the header of a new database in the place of the copy's.
fn give_header(path: &Path) -> Result<(), StoreError> {
    let new = Scratch(beside(path, "-header"));
    new.remove();
    let mut store = Store::open(&new.0)?;
    store.checkpoint()?;
    let mut header = [0; HEADER_BYTES];
    fs::File::open(&new.0)?.read_exact(&mut header)?;
    drop(store);
    let page_bytes = u64::from(u16::from_be_bytes([header[16], header[17]]));
    let pages = fs::metadata(path)?.len() / page_bytes.max(1);
    let pages = u32::try_from(pages).unwrap_or(u32::MAX);
    header[28..32].copy_from_slice(&pages.to_be_bytes());
    // Free pages are of no use here.
    header[32..40].fill(0);
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&header)?;
    Ok(())
}
