//! Drafts: what is being typed, before it is a complaint. They never leave this device.
//!
//! They belong to the person at this device and not to a community, so they are there before it
//! has one, and stay when it turns out that it has none.

use floorwalk_wire::Timestamp;
use rusqlite::{OptionalExtension, Row};

use crate::error::StoreError;
use crate::store::{ERASED_BYTES_LEFT, Tx};

/// A draft's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDraft {
    /// Its id: random bytes.
    pub id: [u8; 8],
    /// When it was last saved.
    pub saved_at: Timestamp,
    /// What it says, for the replica to read.
    pub content: Vec<u8>,
}

impl Tx<'_> {
    /// Keeps a draft in place of what there was of it.
    ///
    /// # Errors
    /// SQLite's.
    pub fn put_draft(&self, draft: &StoredDraft) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO draft (id, saved_at, content) VALUES (?1, ?2, ?3)";
        let row = (draft.id, draft.saved_at.0, &draft.content);
        self.sql.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }

    /// A draft.
    ///
    /// # Errors
    /// SQLite's.
    pub fn draft(&self, id: &[u8; 8]) -> Result<Option<StoredDraft>, StoreError> {
        let sql = "SELECT id, saved_at, content FROM draft WHERE id = ?1";
        Ok(self.sql.prepare_cached(sql)?.query_row([id], read_draft).optional()?)
    }

    /// All drafts, the last saved first.
    ///
    /// # Errors
    /// SQLite's.
    pub fn drafts(&self) -> Result<Vec<StoredDraft>, StoreError> {
        let sql = "SELECT id, saved_at, content FROM draft ORDER BY saved_at DESC, rowid DESC";
        let mut query = self.sql.prepare_cached(sql)?;
        let rows = query.query_map([], read_draft)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Removes a draft. What it said may be in the write-ahead log until
    /// [`Store::scrub`](crate::Store::scrub).
    ///
    /// # Errors
    /// SQLite's.
    pub fn remove_draft(&self, id: &[u8; 8]) -> Result<(), StoreError> {
        self.sql.prepare_cached("DELETE FROM draft WHERE id = ?1")?.execute([id])?;
        self.set_setting(ERASED_BYTES_LEFT, &[])
    }
}

pub(crate) fn read_draft(row: &Row<'_>) -> rusqlite::Result<StoredDraft> {
    Ok(StoredDraft { id: row.get(0)?, saved_at: Timestamp(row.get(1)?), content: row.get(2)? })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Salvage, Store};

    fn draft(id: u8, at: i64) -> StoredDraft {
        StoredDraft { id: [id; 8], saved_at: Timestamp(at), content: vec![id; 40] }
    }

    fn write<T>(store: &mut Store, work: impl FnOnce(&Tx<'_>) -> Result<T, StoreError>) -> T {
        store.write(work).unwrap()
    }

    #[test]
    fn the_last_saved_draft_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("a.db")).unwrap();
        for one in [draft(1, 10), draft(2, 20), draft(1, 30)] {
            write(&mut store, |tx| tx.put_draft(&one));
        }
        assert_eq!(write(&mut store, |tx| tx.drafts()), [draft(1, 30), draft(2, 20)]);
        write(&mut store, |tx| tx.remove_draft(&[1; 8]));
        assert_eq!(write(&mut store, |tx| tx.draft(&[1; 8])), None);
        assert_eq!(write(&mut store, |tx| tx.draft(&[2; 8])), Some(draft(2, 20)));
    }

    #[test]
    fn drafts_stay_when_the_community_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("a.db")).unwrap();
        write(&mut store, |tx| {
            tx.set_setting("community", b"x")?;
            tx.put_draft(&draft(1, 10))
        });
        write(&mut store, |tx| tx.forget_everything());
        assert_eq!(write(&mut store, |tx| tx.setting("community")), None);
        assert_eq!(write(&mut store, |tx| tx.drafts()), [draft(1, 10)]);
    }

    #[test]
    fn drafts_are_salvaged_and_a_file_from_before_them_lacks_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let mut store = Store::open(&path).unwrap();
        write(&mut store, |tx| tx.put_draft(&draft(1, 10)));
        let mut salvage = Salvage::open(&path).unwrap().unwrap();
        assert_eq!(salvage.drafts(), [draft(1, 10)]);
        drop(salvage);
        write(&mut store, |tx| Ok(tx.sql.execute_batch("DROP TABLE draft")?));
        let mut salvage = Salvage::open(&path).unwrap().unwrap();
        assert!(salvage.drafts().is_empty() && salvage.unread().is_empty());
    }
}
