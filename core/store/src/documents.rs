//! Documents as saved: a cache of what the parcels and the outbox say.

use floorwalk_complaint::DocumentId;
use floorwalk_wire::ScopeId;
use rusqlite::{OptionalExtension, Row};

use crate::error::StoreError;
use crate::store::Tx;

/// A saved document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// Its id.
    pub id: DocumentId,
    /// Its scope.
    pub scope: ScopeId,
    /// Its bytes; none when they no longer match their hash, so that it must be rebuilt.
    pub saved: Option<Vec<u8>>,
}

impl Tx<'_> {
    /// Keeps a document's bytes with their hash.
    ///
    /// # Errors
    /// SQLite's.
    pub fn put_document(
        &self,
        id: &DocumentId,
        scope: &ScopeId,
        saved: &[u8],
    ) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO document (id, scope, saved, hash)
                   VALUES (?1, ?2, ?3, ?4)";
        self.sql.prepare_cached(sql)?.execute((id.0, scope.0, saved, hash(saved)))?;
        Ok(())
    }

    /// A document.
    ///
    /// # Errors
    /// SQLite's.
    pub fn document(&self, id: &DocumentId) -> Result<Option<StoredDocument>, StoreError> {
        let sql = "SELECT id, scope, saved, hash FROM document WHERE id = ?1";
        let mut query = self.sql.prepare_cached(sql)?;
        Ok(query.query_row([id.0], read_document).optional()?)
    }

    /// The hash under which a document's bytes were kept: whoever has seen it has seen them.
    ///
    /// # Errors
    /// SQLite's.
    pub fn document_hash(&self, id: &DocumentId) -> Result<Option<[u8; 16]>, StoreError> {
        let sql = "SELECT hash FROM document WHERE id = ?1";
        Ok(self.sql.prepare_cached(sql)?.query_row([id.0], |row| row.get(0)).optional()?)
    }

    /// The ids of all documents, or of a scope's.
    ///
    /// # Errors
    /// SQLite's.
    pub fn document_ids(
        &self,
        scope: Option<&ScopeId>,
    ) -> Result<Vec<(DocumentId, ScopeId)>, StoreError> {
        let sql = "SELECT id, scope FROM document WHERE ?1 IS NULL OR scope = ?1 ORDER BY id";
        let mut query = self.sql.prepare_cached(sql)?;
        let rows = query.query_map([scope.map(|scope| scope.0)], |row| {
            Ok((DocumentId(row.get(0)?), ScopeId(row.get(1)?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Removes a document and its view, to be rebuilt.
    ///
    /// # Errors
    /// SQLite's.
    pub fn remove_document(&self, id: &DocumentId) -> Result<(), StoreError> {
        self.sql.execute("DELETE FROM document WHERE id = ?1", [id.0])?;
        self.sql.execute("DELETE FROM complaint WHERE document = ?1", [id.0])?;
        Ok(())
    }
}

fn read_document(row: &Row<'_>) -> rusqlite::Result<StoredDocument> {
    let saved: Vec<u8> = row.get(2)?;
    let intact = row.get::<_, [u8; 16]>(3)? == hash(&saved);
    Ok(StoredDocument {
        id: DocumentId(row.get(0)?),
        scope: ScopeId(row.get(1)?),
        saved: intact.then_some(saved),
    })
}

fn hash(saved: &[u8]) -> [u8; 16] {
    let mut hash = [0; 16];
    hash.copy_from_slice(&blake3::hash(saved).as_bytes()[..16]);
    hash
}
