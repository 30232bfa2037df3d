//! Settings by key, and the scope keys.

use floorwalk_wire::{Epoch, ScopeId};
use rusqlite::OptionalExtension;

use crate::error::StoreError;
use crate::store::Tx;

impl Tx<'_> {
    /// A setting's bytes.
    ///
    /// # Errors
    /// SQLite's.
    pub fn setting(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let mut query = self.sql.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
        Ok(query.query_row([key], |row| row.get(0)).optional()?)
    }

    /// Sets a setting.
    ///
    /// # Errors
    /// SQLite's.
    pub fn set_setting(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)";
        self.sql.prepare_cached(sql)?.execute((key, value))?;
        Ok(())
    }

    /// Removes a setting.
    ///
    /// # Errors
    /// SQLite's.
    pub fn remove_setting(&self, key: &str) -> Result<(), StoreError> {
        self.sql.prepare_cached("DELETE FROM meta WHERE key = ?1")?.execute([key])?;
        Ok(())
    }

    /// Keeps a scope key; one that is known already stays.
    ///
    /// # Errors
    /// SQLite's.
    pub fn put_scope_key(
        &self,
        scope: &ScopeId,
        epoch: Epoch,
        key: &[u8; 32],
    ) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO scope_key (scope, epoch, key) VALUES (?1, ?2, ?3)";
        self.sql.prepare_cached(sql)?.execute((scope.0, epoch.0, key))?;
        Ok(())
    }

    /// All scope keys.
    ///
    /// # Errors
    /// SQLite's.
    pub fn scope_keys(&self) -> Result<Vec<(ScopeId, Epoch, [u8; 32])>, StoreError> {
        let mut query = self.sql.prepare_cached("SELECT scope, epoch, key FROM scope_key")?;
        let rows = query.query_map([], |row| {
            Ok((ScopeId(row.get(0)?), Epoch(row.get(1)?), row.get::<_, [u8; 32]>(2)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Empties every table except the drafts', because this device does not belong to the community
    /// after all.
    ///
    /// # Errors
    /// SQLite's.
    pub fn forget_everything(&self) -> Result<(), StoreError> {
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table'
                   AND name NOT LIKE 'sqlite%' AND name <> 'draft' ORDER BY rowid DESC";
        let mut query = self.sql.prepare(sql)?;
        let tables = query.query_map([], |row| row.get::<_, String>(0))?;
        for table in tables.collect::<Result<Vec<_>, _>>()? {
            self.sql.execute_batch(&format!("DELETE FROM {table}"))?;
        }
        Ok(())
    }

    /// The next number under a prefix, from 1. Kept with the transaction.
    ///
    /// # Errors
    /// SQLite's.
    pub fn next_number(&self, prefix: &str) -> Result<u32, StoreError> {
        let sql = "INSERT INTO number_counter (prefix, last) VALUES (?1, 1)
                   ON CONFLICT (prefix) DO UPDATE SET last = last + 1 RETURNING last";
        Ok(self.sql.prepare_cached(sql)?.query_row([prefix], |row| row.get(0))?)
    }
}
