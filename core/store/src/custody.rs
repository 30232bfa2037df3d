//! Which parcels hold a document's changes, and what the relay has signed about them.

use floorwalk_complaint::DocumentId;
use floorwalk_wire::codec::Reader;
use floorwalk_wire::{ParcelId, ScopeId, Seq, SignedHead, Timestamp};
use rusqlite::OptionalExtension;

use crate::error::StoreError;
use crate::lists::LogRow;
use crate::parcels::StoredParcel;
use crate::store::Tx;

/// A relay's word on when it had a parcel: its entry, those behind it up to a signed head, and the
/// chain before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The parcel's position in its list.
    pub position: u64,
    /// The chain up to the position before; none at the beginning of a list.
    pub before: Option<[u8; 32]>,
    /// The parcel, and those behind it that the head covers.
    pub entries: Vec<(ParcelId, Timestamp)>,
    /// The head.
    pub head: SignedHead,
}

impl Tx<'_> {
    /// Notes that a parcel holds changes of a document.
    ///
    /// # Errors
    /// SQLite's.
    pub fn note_document_parcel(
        &self,
        document: &DocumentId,
        log: LogRow,
        seq: Seq,
    ) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO document_parcel (document, log, seq) VALUES (?1, ?2, ?3)";
        self.sql.prepare_cached(sql)?.execute((document.0, log.0, seq.0))?;
        Ok(())
    }

    /// The parcels in which changes of a document were noted, in the order of their logs.
    ///
    /// # Errors
    /// SQLite's; [`StoreError::Damaged`] when a row's bytes are no parcel.
    pub fn parcels_of(&self, document: &DocumentId) -> Result<Vec<StoredParcel>, StoreError> {
        let sql = "SELECT parcel.log, state, bytes FROM document_parcel AS noted
                   JOIN parcel ON parcel.log = noted.log AND parcel.seq = noted.seq
                   WHERE noted.document = ?1 ORDER BY noted.log, noted.seq";
        let mut query = self.sql.prepare_cached(sql)?;
        let mut rows = query.query([document.0])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(crate::parcels::read_parcel(row)?);
        }
        Ok(found)
    }

    /// The relay's receipt of a parcel, when it has given one that this device can follow.
    ///
    /// # Errors
    /// SQLite's; [`StoreError::Damaged`] when the bytes are no head.
    pub fn receipt(
        &self,
        scope: &ScopeId,
        parcel: &ParcelId,
    ) -> Result<Option<Receipt>, StoreError> {
        let list = self.list(scope)?;
        let Some(position) = self.position(scope, parcel)? else { return Ok(None) };
        let sql = "SELECT head FROM receipt WHERE list = ?1 AND position >= ?2
                   ORDER BY position LIMIT 1";
        let head: Option<Vec<u8>> = self
            .sql
            .prepare_cached(sql)?
            .query_row((list.0, position), |row| row.get(0))
            .optional()?;
        let Some(head) = head else { return Ok(None) };
        let head = SignedHead::read(&mut Reader::new(&head))
            .map_err(|error| StoreError::Damaged(error.to_string()))?;
        self.receipt_from(scope, position, &head)
    }

    /// The receipt of a parcel up to a head that is given.
    ///
    /// # Errors
    /// SQLite's.
    pub fn receipt_to(
        &self,
        scope: &ScopeId,
        parcel: &ParcelId,
        head: &SignedHead,
    ) -> Result<Option<Receipt>, StoreError> {
        match self.position(scope, parcel)? {
            Some(position) => self.receipt_from(scope, position, head),
            None => Ok(None),
        }
    }

    /// The parcel at a position of a list.
    ///
    /// # Errors
    /// SQLite's.
    pub fn parcel_placed(
        &self,
        scope: &ScopeId,
        position: u64,
    ) -> Result<Option<ParcelId>, StoreError> {
        let sql = "SELECT id FROM parcel WHERE list = ?1 AND position = ?2";
        let mut query = self.sql.prepare_cached(sql)?;
        let list = self.list(scope)?;
        Ok(query.query_row((list.0, position), |row| row.get(0).map(ParcelId)).optional()?)
    }

    fn position(&self, scope: &ScopeId, parcel: &ParcelId) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT position FROM parcel WHERE id = ?1 AND list = ?2";
        let mut query = self.sql.prepare_cached(sql)?;
        let list = self.list(scope)?;
        let found = query.query_row((parcel.0, list.0), |row| row.get::<_, Option<u64>>(0));
        Ok(found.optional()?.flatten())
    }

    fn receipt_from(
        &self,
        scope: &ScopeId,
        position: u64,
        head: &SignedHead,
    ) -> Result<Option<Receipt>, StoreError> {
        let list = self.list(scope)?;
        let sql = "SELECT id, received_at FROM parcel
                   WHERE list = ?1 AND position BETWEEN ?2 AND ?3 ORDER BY position";
        let mut query = self.sql.prepare_cached(sql)?;
        let rows = query.query_map((list.0, position, head.chain.position), |row| {
            Ok((ParcelId(row.get(0)?), Timestamp(row.get(1)?)))
        })?;
        let entries: Vec<_> = rows.collect::<Result<_, _>>()?;
        let before = match position {
            0 | 1 => None,
            after => self.chain_at(scope, after - 1)?,
        };
        // A list of which something was not kept can't be followed.
        let whole = entries.len() as u64 == head.chain.position + 1 - position
            && (position <= 1 || before.is_some());
        Ok(whole.then_some(Receipt { position, before, entries, head: *head }))
    }
}
