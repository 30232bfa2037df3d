//! Parcels in their logs, and their places in the relay's list.

use std::sync::Arc;

use floorwalk_wire::limits::BATCH_BYTES_TARGET;
use floorwalk_wire::{ParcelId, ScopeId, Seq, Timestamp, VerifiedParcel};
use rusqlite::{OptionalExtension, Row};

use crate::error::StoreError;
use crate::lists::LogRow;
use crate::store::Tx;

/// Whether a parcel's content has been taken into the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParcelState {
    /// It has.
    Opened,
    /// Its key or its author's membership has not arrived.
    Waiting,
    /// It can't be; [`crate::quarantine`] says why.
    Quarantined,
}

/// A page of rows, and whether more follow.
pub type Page<T> = (Vec<T>, bool);

/// A place in the relay's list of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The position.
    pub position: u64,
    /// The chain up to there, where it was followed without a break.
    pub chain: Option<[u8; 32]>,
    /// When the relay had what stands there.
    pub received_at: Timestamp,
}

/// What became of noting a parcel's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// It stands there now, or stood there already.
    Here,
    /// No parcel of that id is in this list.
    NotHere,
    /// Another parcel stands there, or this one stands elsewhere; nothing was changed.
    Conflict,
}

/// A parcel in its log.
#[derive(Debug, Clone)]
pub struct StoredParcel {
    /// The log's row.
    pub log: LogRow,
    /// The parcel, as it was verified when it came.
    pub parcel: VerifiedParcel,
    /// Its state.
    pub state: ParcelState,
}

impl Tx<'_> {
    /// Appends a parcel to its log. It must be the next one: the caller has checked.
    ///
    /// # Errors
    /// SQLite's.
    pub fn append_parcel(
        &self,
        log: LogRow,
        parcel: &VerifiedParcel,
        state: ParcelState,
    ) -> Result<(), StoreError> {
        let header = parcel.header();
        let list = self.list(&header.scope)?;
        let (seq, id) = (header.seq.0, parcel.id().0);
        let sql = "INSERT INTO parcel (log, seq, list, id, state, bytes)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let row = (log.0, seq, list.0, id, state.code(), &parcel.bytes()[..]);
        self.sql.prepare_cached(sql)?.execute(row)?;
        let sql = "UPDATE log SET seq = ?2, parcel = ?3 WHERE id = ?1";
        self.sql.prepare_cached(sql)?.execute((log.0, seq, id))?;
        Ok(())
    }

    /// Sets a parcel's state.
    ///
    /// # Errors
    /// SQLite's.
    pub fn set_parcel_state(
        &self,
        log: LogRow,
        seq: Seq,
        state: ParcelState,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE parcel SET state = ?3 WHERE log = ?1 AND seq = ?2";
        self.sql.prepare_cached(sql)?.execute((log.0, seq.0, state.code()))?;
        Ok(())
    }

    /// Notes a parcel's place in the relay's list.
    ///
    /// # Errors
    /// SQLite's.
    pub fn place_parcel(
        &self,
        scope: &ScopeId,
        parcel: &ParcelId,
        place: &Place,
    ) -> Result<Placed, StoreError> {
        let list = self.list(scope)?;
        let sql = "SELECT log, seq, position FROM parcel WHERE id = ?1 AND list = ?2";
        let found: Option<(i64, u64, Option<u64>)> = self
            .sql
            .prepare_cached(sql)?
            .query_row((parcel.0, list.0), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let sql = "SELECT id FROM parcel WHERE list = ?1 AND position = ?2";
        let there: Option<[u8; 32]> = self
            .sql
            .prepare_cached(sql)?
            .query_row((list.0, place.position), |row| row.get(0))
            .optional()?;
        if there.is_some_and(|there| there != parcel.0) {
            return Ok(Placed::Conflict);
        }
        let Some((log, seq, position)) = found else { return Ok(Placed::NotHere) };
        match position {
            Some(position) if position == place.position => return Ok(Placed::Here),
            Some(_) => return Ok(Placed::Conflict),
            None => {}
        }
        let sql = "UPDATE parcel SET position = ?3, chain = ?4, received_at = ?5
                   WHERE log = ?1 AND seq = ?2";
        let row = (log, seq, place.position, place.chain, place.received_at.0);
        self.sql.prepare_cached(sql)?.execute(row)?;
        let sql = "UPDATE log SET relay_seq = max(relay_seq, ?2),
                   last_received_at = max(coalesce(last_received_at, 0), ?3) WHERE id = ?1";
        self.sql.prepare_cached(sql)?.execute((log, seq, place.received_at.0))?;
        Ok(Placed::Here)
    }

    /// The chain at a position of a list, where this device has followed it.
    ///
    /// # Errors
    /// SQLite's.
    pub fn chain_at(&self, scope: &ScopeId, position: u64) -> Result<Option<[u8; 32]>, StoreError> {
        let sql = "SELECT chain FROM parcel
                   WHERE list = (SELECT id FROM list WHERE scope = ?1) AND position = ?2";
        let mut query = self.sql.prepare_cached(sql)?;
        let chain = query.query_row((scope.0, position), |row| row.get::<_, Option<_>>(0));
        Ok(chain.optional()?.flatten())
    }

    /// Whether a parcel is here, in a log or waiting for its predecessors.
    ///
    /// # Errors
    /// SQLite's.
    pub fn has_parcel(&self, parcel: &ParcelId) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM parcel WHERE id = ?1)
                   OR EXISTS (SELECT 1 FROM waiting_parcel WHERE id = ?1)";
        Ok(self.sql.prepare_cached(sql)?.query_row([parcel.0], |row| row.get(0))?)
    }

    /// Where a parcel stands.
    ///
    /// # Errors
    /// SQLite's.
    pub fn find_parcel(&self, parcel: &ParcelId) -> Result<Option<(LogRow, Seq)>, StoreError> {
        let sql = "SELECT log, seq FROM parcel WHERE id = ?1";
        let mut query = self.sql.prepare_cached(sql)?;
        let found = query.query_row([parcel.0], |row| Ok((LogRow(row.get(0)?), Seq(row.get(1)?))));
        Ok(found.optional()?)
    }

    /// The parcel at a place of a log; none where there is none.
    ///
    /// # Errors
    /// SQLite's.
    pub fn parcel_at(&self, log: LogRow, seq: Seq) -> Result<Option<ParcelId>, StoreError> {
        let sql = "SELECT id FROM parcel WHERE log = ?1 AND seq = ?2";
        let mut query = self.sql.prepare_cached(sql)?;
        Ok(query.query_row((log.0, seq.0), |row| row.get(0).map(ParcelId)).optional()?)
    }

    /// A page of parcels that have no place in the relay's list, in the order of their logs,
    /// after a parcel of the page before. The flag says whether more follow.
    ///
    /// # Errors
    /// SQLite's.
    pub fn unplaced_parcels(
        &self,
        scope: &ScopeId,
        after: Option<&ParcelId>,
    ) -> Result<Page<Arc<[u8]>>, StoreError> {
        let (log, seq) = self.place_after(after)?;
        let sql = "SELECT bytes FROM parcel
                   WHERE list = (SELECT id FROM list WHERE scope = ?1)
                   AND position IS NULL AND refused = 0 AND (log, seq) > (?2, ?3)
                   ORDER BY log, seq";
        let mut query = self.sql.prepare_cached(sql)?;
        let mut rows = query.query((scope.0, log, seq))?;
        let mut page = Vec::new();
        let mut size_bytes = 0;
        while let Some(row) = rows.next()? {
            let bytes: Vec<u8> = row.get(0)?;
            size_bytes += bytes.len();
            page.push(bytes.into());
            if size_bytes >= BATCH_BYTES_TARGET {
                return Ok((page, true));
            }
        }
        Ok((page, false))
    }

    /// How many parcels are to be brought to the relay.
    ///
    /// # Errors
    /// SQLite's.
    pub fn unplaced_count(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM parcel WHERE position IS NULL AND refused = 0";
        Ok(self.sql.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// The scopes that have parcels to be brought to the relay.
    ///
    /// # Errors
    /// SQLite's.
    pub fn unplaced_scopes(&self) -> Result<Vec<ScopeId>, StoreError> {
        let sql = "SELECT scope FROM list WHERE EXISTS (SELECT 1 FROM parcel
                   WHERE parcel.list = list.id AND position IS NULL AND refused = 0)";
        let mut query = self.sql.prepare_cached(sql)?;
        let rows = query.query_map([], |row| row.get(0).map(ScopeId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Notes that the relay did not take a parcel, so that it is not brought again.
    ///
    /// # Errors
    /// SQLite's.
    pub fn note_refused(&self, parcel: &ParcelId) -> Result<(), StoreError> {
        let sql = "UPDATE parcel SET refused = 1 WHERE id = ?1";
        self.sql.prepare_cached(sql)?.execute([parcel.0])?;
        Ok(())
    }

    /// Forgets refusals: membership or history have changed, so they may be taken back.
    ///
    /// # Errors
    /// SQLite's.
    pub fn forget_refusals(&self) -> Result<(), StoreError> {
        self.sql.execute("UPDATE parcel SET refused = 0 WHERE refused <> 0", [])?;
        Ok(())
    }

    /// Forgets the places of a log's parcels after `seq`: the relay says that it lacks them.
    ///
    /// # Errors
    /// SQLite's.
    pub fn forget_places_after(&self, log: LogRow, seq: Seq) -> Result<(), StoreError> {
        let seq = i64::try_from(seq.0).unwrap_or(i64::MAX);
        self.sql.execute(
            "UPDATE parcel SET position = NULL, chain = NULL WHERE log = ?1 AND seq > ?2",
            (log.0, seq),
        )?;
        let sql = "UPDATE log SET relay_seq = min(relay_seq, ?2) WHERE id = ?1";
        self.sql.execute(sql, (log.0, seq))?;
        Ok(())
    }

    /// A page of a list's parcels in the order of their logs, after a parcel of the page before.
    ///
    /// # Errors
    /// SQLite's; [`StoreError::Damaged`] when a row's bytes are no parcel.
    pub fn parcels(
        &self,
        scope: &ScopeId,
        after: Option<&ParcelId>,
    ) -> Result<Page<StoredParcel>, StoreError> {
        let (log, seq) = self.place_after(after)?;
        let sql = "SELECT log, state, bytes FROM parcel
                   WHERE list = (SELECT id FROM list WHERE scope = ?1)
                   AND (log, seq) > (?2, ?3) ORDER BY log, seq";
        let mut query = self.sql.prepare_cached(sql)?;
        let mut rows = query.query((scope.0, log, seq))?;
        let mut page = Vec::new();
        let mut size_bytes = 0;
        while let Some(row) = rows.next()? {
            let stored = read_parcel(row)?;
            size_bytes += stored.parcel.bytes().len();
            page.push(stored);
            if size_bytes >= BATCH_BYTES_TARGET {
                return Ok((page, true));
            }
        }
        Ok((page, false))
    }

    /// Parcels that wait for a key or a membership.
    ///
    /// # Errors
    /// SQLite's; [`StoreError::Damaged`] when a row's bytes are no parcel.
    pub fn waiting_parcels(&self) -> Result<Vec<StoredParcel>, StoreError> {
        let sql = "SELECT log, state, bytes FROM parcel WHERE state = 1 ORDER BY log, seq";
        let mut query = self.sql.prepare_cached(sql)?;
        let mut rows = query.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read_parcel(row)?);
        }
        Ok(found)
    }

    /// All parcels of one log from `seq` on.
    ///
    /// # Errors
    /// SQLite's; [`StoreError::Damaged`] when a row's bytes are no parcel.
    pub fn log_parcels(&self, log: LogRow, from: Seq) -> Result<Vec<StoredParcel>, StoreError> {
        let sql = "SELECT log, state, bytes FROM parcel WHERE log = ?1 AND seq >= ?2 ORDER BY seq";
        let mut query = self.sql.prepare_cached(sql)?;
        let mut rows = query.query((log.0, from.0))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read_parcel(row)?);
        }
        Ok(found)
    }

    /// Cuts a log back so that its last parcel is `seq - 1`: what follows is about to be written
    /// anew under another generation.
    ///
    /// # Errors
    /// SQLite's.
    pub fn truncate_log(&self, log: LogRow, from: Seq) -> Result<(), StoreError> {
        for table in ["parcel", "document_parcel"] {
            let sql = format!("DELETE FROM {table} WHERE log = ?1 AND seq >= ?2");
            self.sql.execute(&sql, (log.0, from.0))?;
        }
        self.sql.execute(
            "UPDATE log SET seq = ?2 - 1, parcel = coalesce(
                 (SELECT id FROM parcel WHERE parcel.log = log.id AND parcel.seq = ?2 - 1), x'')
             WHERE id = ?1",
            (log.0, from.0),
        )?;
        Ok(())
    }

    /// How many parcels there are, and how many of them wait.
    ///
    /// # Errors
    /// SQLite's.
    pub fn parcel_counts(&self) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT (SELECT count(*) FROM parcel),
                   (SELECT count(*) FROM parcel WHERE state = 1)
                   + (SELECT count(*) FROM waiting_parcel)
                   + (SELECT count(*) FROM held_change)";
        let counts = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        Ok(self.sql.prepare_cached(sql)?.query_row([], counts)?)
    }

    fn place_after(&self, after: Option<&ParcelId>) -> Result<(i64, u64), StoreError> {
        let place = after.map(|parcel| self.find_parcel(parcel)).transpose()?.flatten();
        Ok(place.map_or((0, 0), |(log, seq)| (log.0, seq.0)))
    }
}

impl ParcelState {
    fn code(self) -> i64 {
        match self {
            Self::Opened => 0,
            Self::Waiting => 1,
            Self::Quarantined => 2,
        }
    }

    fn from_code(code: i64) -> Result<Self, StoreError> {
        match code {
            0 => Ok(Self::Opened),
            1 => Ok(Self::Waiting),
            2 => Ok(Self::Quarantined),
            other => Err(StoreError::Damaged(format!("parcel state {other}"))),
        }
    }
}

pub(crate) fn read_parcel(row: &Row<'_>) -> Result<StoredParcel, StoreError> {
    let bytes: Vec<u8> = row.get(2)?;
    let parcel = VerifiedParcel::from_trusted_store(bytes)
        .map_err(|error| StoreError::Damaged(error.to_string()))?;
    let state = ParcelState::from_code(row.get(1)?)?;
    Ok(StoredParcel { log: LogRow(row.get(0)?), parcel, state })
}
