//! Sealed blobs: cards, as ciphertext, with where they stand.

use floorwalk_complaint::DocumentId;
use floorwalk_wire::{BlobId, ScopeId};
use rusqlite::OptionalExtension;

use crate::error::StoreError;
use crate::store::Tx;

/// Where a blob stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobState {
    /// A document refers to it; its bytes are not here.
    Wanted,
    /// It is here; the relay has not got it.
    Unsent,
    /// It is here and at the relay.
    Sent,
}

impl Tx<'_> {
    /// Keeps a blob's ciphertext. Bytes that are here already stay, and a blob that the relay
    /// has stays so.
    ///
    /// # Errors
    /// SQLite's.
    pub fn put_blob(
        &self,
        id: &BlobId,
        scope: &ScopeId,
        document: &DocumentId,
        ciphertext: &[u8],
        state: BlobState,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO blob (id, scope, document, state, bytes)
                   VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT (id) DO UPDATE SET bytes = ?5, state = max(state, ?4)";
        let row = (id.0, scope.0, document.0, state.code(), ciphertext);
        self.sql.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }

    /// Notes that a document refers to a blob. Nothing changes when it is known.
    ///
    /// # Errors
    /// SQLite's.
    pub fn want_blob(
        &self,
        id: &BlobId,
        scope: &ScopeId,
        document: &DocumentId,
    ) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO blob (id, scope, document, state)
                   VALUES (?1, ?2, ?3, 0)";
        self.sql.prepare_cached(sql)?.execute((id.0, scope.0, document.0))?;
        Ok(())
    }

    /// Notes that the relay has a blob.
    ///
    /// # Errors
    /// SQLite's.
    pub fn note_blob_sent(&self, id: &BlobId) -> Result<(), StoreError> {
        let sql = "UPDATE blob SET state = 2 WHERE id = ?1 AND bytes IS NOT NULL";
        self.sql.prepare_cached(sql)?.execute([id.0])?;
        Ok(())
    }

    /// Notes that a relay with another history may lack every blob.
    ///
    /// # Errors
    /// SQLite's.
    pub fn forget_sent_blobs(&self) -> Result<(), StoreError> {
        self.sql.execute("UPDATE blob SET state = 1 WHERE state = 2", [])?;
        Ok(())
    }

    /// A blob's ciphertext, when it is here.
    ///
    /// # Errors
    /// SQLite's.
    pub fn blob(&self, id: &BlobId) -> Result<Option<Vec<u8>>, StoreError> {
        let mut query = self.sql.prepare_cached("SELECT bytes FROM blob WHERE id = ?1")?;
        Ok(query.query_row([id.0], |row| row.get(0)).optional()?.flatten())
    }

    /// The blobs in a state, with their scopes and documents.
    ///
    /// # Errors
    /// SQLite's.
    pub fn blobs(
        &self,
        state: BlobState,
    ) -> Result<Vec<(BlobId, ScopeId, DocumentId)>, StoreError> {
        let sql = "SELECT id, scope, document FROM blob WHERE state = ?1 ORDER BY rowid";
        let mut query = self.sql.prepare_cached(sql)?;
        let rows = query.query_map([state.code()], |row| {
            Ok((BlobId(row.get(0)?), ScopeId(row.get(1)?), DocumentId(row.get(2)?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many blobs are in a state.
    ///
    /// # Errors
    /// SQLite's.
    pub fn blob_count(&self, state: BlobState) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM blob WHERE state = ?1";
        Ok(self.sql.prepare_cached(sql)?.query_row([state.code()], |row| row.get(0))?)
    }
}

impl BlobState {
    fn code(self) -> i64 {
        match self {
            Self::Wanted => 0,
            Self::Unsent => 1,
            Self::Sent => 2,
        }
    }
}
