//! Local changes that no parcel holds yet.

use std::collections::BTreeSet;

use floorwalk_complaint::DocumentId;
use floorwalk_wire::ScopeId;
use rusqlite::Row;

use crate::error::StoreError;
use crate::store::Tx;

/// Documents whose changes are handed out together: as many as one parcel may name. Its readers
/// refuse one that names more.
const DOCUMENTS_MAX: usize = 8192;

/// A local change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxChange {
    /// Its row, in the order of making.
    pub row: i64,
    /// The document.
    pub document: DocumentId,
    /// The raw change.
    pub bytes: Vec<u8>,
}

impl Tx<'_> {
    /// Adds a local change.
    ///
    /// # Errors
    /// SQLite's.
    pub fn put_outbox(
        &self,
        scope: &ScopeId,
        document: &DocumentId,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO outbox (scope, document, bytes) VALUES (?1, ?2, ?3)";
        self.sql.prepare_cached(sql)?.execute((scope.0, document.0, bytes))?;
        Ok(())
    }

    /// The scopes that have something to send.
    ///
    /// # Errors
    /// SQLite's.
    pub fn outbox_scopes(&self) -> Result<Vec<ScopeId>, StoreError> {
        let mut query = self.sql.prepare_cached("SELECT DISTINCT scope FROM outbox")?;
        let rows = query.query_map([], |row| row.get(0).map(ScopeId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The oldest changes of a scope, in the order of making: up to `bytes_max` of them, and at
    /// least one where there is one; of 8192 documents at most.
    ///
    /// # Errors
    /// SQLite's.
    pub fn outbox(
        &self,
        scope: &ScopeId,
        bytes_max: usize,
    ) -> Result<Vec<OutboxChange>, StoreError> {
        let sql = "SELECT id, document, bytes FROM outbox WHERE scope = ?1 ORDER BY id";
        let mut query = self.sql.prepare_cached(sql)?;
        let mut rows = query.query([scope.0])?;
        let mut found = Vec::new();
        let mut documents = BTreeSet::new();
        let mut size_bytes = 0;
        while let Some(row) = rows.next()? {
            let change = read(row)?;
            size_bytes += change.bytes.len();
            documents.insert(change.document);
            let full = size_bytes > bytes_max || documents.len() > DOCUMENTS_MAX;
            if full && !found.is_empty() {
                break;
            }
            found.push(change);
        }
        Ok(found)
    }

    /// All changes of a scope, in the order of making.
    ///
    /// # Errors
    /// SQLite's.
    pub fn whole_outbox(&self, scope: &ScopeId) -> Result<Vec<OutboxChange>, StoreError> {
        let sql = "SELECT id, document, bytes FROM outbox WHERE scope = ?1 ORDER BY id";
        let mut query = self.sql.prepare_cached(sql)?;
        let rows = query.query_map([scope.0], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A document's changes in the outbox, in the order of making.
    ///
    /// # Errors
    /// SQLite's.
    pub fn outbox_of(&self, document: &DocumentId) -> Result<Vec<OutboxChange>, StoreError> {
        let sql = "SELECT id, document, bytes FROM outbox WHERE document = ?1 ORDER BY id";
        let mut query = self.sql.prepare_cached(sql)?;
        let rows = query.query_map([document.0], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Removes a scope's changes up to a row: a parcel holds them now.
    ///
    /// # Errors
    /// SQLite's.
    pub fn clear_outbox(&self, scope: &ScopeId, up_to: i64) -> Result<(), StoreError> {
        let sql = "DELETE FROM outbox WHERE scope = ?1 AND id <= ?2";
        self.sql.prepare_cached(sql)?.execute((scope.0, up_to))?;
        Ok(())
    }

    /// Removes one document's changes, which are about to be written anew.
    ///
    /// # Errors
    /// SQLite's.
    pub fn clear_outbox_of(&self, document: &DocumentId) -> Result<(), StoreError> {
        let sql = "DELETE FROM outbox WHERE document = ?1";
        self.sql.prepare_cached(sql)?.execute([document.0])?;
        Ok(())
    }
}

/// A row's id, document and bytes.
fn read(row: &Row<'_>) -> rusqlite::Result<OutboxChange> {
    Ok(OutboxChange { row: row.get(0)?, document: DocumentId(row.get(1)?), bytes: row.get(2)? })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::Store;

    const SCOPE: ScopeId = ScopeId([5; 16]);

    fn document(index: usize) -> DocumentId {
        DocumentId((index as u128).to_be_bytes())
    }

    #[test]
    fn as_many_documents_as_one_parcel_may_name_are_handed_out_together() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("test.db")).unwrap();
        store
            .write::<_, StoreError>(|tx| {
                // A second change to a document that is named already finds room.
                let documents = (0..=DOCUMENTS_MAX).map(|index| index.saturating_sub(1));
                let more = [DOCUMENTS_MAX, DOCUMENTS_MAX + 1];
                documents
                    .chain(more)
                    .try_for_each(|index| tx.put_outbox(&SCOPE, &document(index), b"x"))
            })
            .unwrap();
        store
            .write::<_, StoreError>(|tx| {
                let first = tx.outbox(&SCOPE, usize::MAX)?;
                assert_eq!(first.len(), DOCUMENTS_MAX + 1);
                assert_eq!(tx.outbox(&SCOPE, 1)?.len(), 1);
                tx.clear_outbox(&SCOPE, first.last().unwrap().row)?;
                assert_eq!(tx.outbox(&SCOPE, usize::MAX)?.len(), 2);
                Ok(())
            })
            .unwrap();
    }
}
