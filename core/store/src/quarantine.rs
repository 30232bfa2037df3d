//! What has arrived and can't be taken in: not yet (waiting, held) or not at all (quarantine).

use floorwalk_complaint::DocumentId;
use floorwalk_wire::{DeviceId, LogId, ParcelId, ScopeId, Seq, Timestamp, VerifiedParcel};
use rusqlite::OptionalExtension;

use crate::error::StoreError;
use crate::lists::LogRow;
use crate::store::Tx;

/// Parcels that may wait for predecessors in one list. Beyond it they are not kept, and whoever
/// takes them in must not say that it has them.
pub const WAITING_PARCELS_MAX: u64 = 10_000;

/// A parcel, or a document's part of one, that is kept but not applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineEntry {
    /// The parcel.
    pub parcel: ParcelId,
    /// The document; none for the whole parcel.
    pub document: Option<DocumentId>,
    /// The scope whose list it came in.
    pub scope: ScopeId,
    /// Its author, where known.
    pub device: Option<DeviceId>,
    /// Why, as a stable word.
    pub reason: String,
    /// When it was put here.
    pub at: Timestamp,
    /// Its bytes, where no log holds them.
    pub bytes: Option<Vec<u8>>,
}

/// A parcel whose predecessors are missing.
#[derive(Debug, Clone)]
pub struct WaitingParcel {
    /// The parcel.
    pub parcel: VerifiedParcel,
}

/// Changes of one document out of one parcel, whose dependencies are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldChange {
    /// The parcel's log.
    pub log: LogRow,
    /// The parcel's number.
    pub seq: Seq,
    /// The packed changes.
    pub packed: Vec<u8>,
}

impl Tx<'_> {
    /// Puts something into quarantine; what is there already stays as it was.
    ///
    /// # Errors
    /// SQLite's.
    pub fn quarantine(&self, entry: &QuarantineEntry) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO quarantine
                   (parcel, document, scope, device, reason, at, bytes)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        self.sql.prepare_cached(sql)?.execute((
            entry.parcel.0,
            entry.document.map_or([0; 16], |document| document.0),
            entry.scope.0,
            entry.device.map(|device| device.0),
            &entry.reason,
            entry.at.0,
            &entry.bytes,
        ))?;
        Ok(())
    }

    /// Everything in quarantine, oldest first.
    ///
    /// # Errors
    /// SQLite's.
    pub fn quarantined(&self) -> Result<Vec<QuarantineEntry>, StoreError> {
        let sql = "SELECT parcel, document, scope, device, reason, at, bytes FROM quarantine
                   ORDER BY at, parcel, document";
        let mut query = self.sql.prepare_cached(sql)?;
        let rows = query.query_map([], |row| {
            let document: [u8; 16] = row.get(1)?;
            Ok(QuarantineEntry {
                parcel: ParcelId(row.get(0)?),
                document: (document != [0; 16]).then_some(DocumentId(document)),
                scope: ScopeId(row.get(2)?),
                device: row.get::<_, Option<[u8; 32]>>(3)?.map(DeviceId),
                reason: row.get(4)?,
                at: Timestamp(row.get(5)?),
                bytes: row.get(6)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many entries are in quarantine.
    ///
    /// # Errors
    /// SQLite's.
    pub fn quarantine_count(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM quarantine";
        Ok(self.sql.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// Whether a whole parcel is in quarantine for a reason.
    ///
    /// # Errors
    /// SQLite's.
    pub fn is_quarantined(&self, parcel: &ParcelId, reason: &str) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM quarantine
                   WHERE parcel = ?1 AND document = zeroblob(16) AND reason = ?2)";
        Ok(self.sql.prepare_cached(sql)?.query_row((parcel.0, reason), |row| row.get(0))?)
    }

    /// How many whole parcels of a device are in quarantine for a reason.
    ///
    /// # Errors
    /// SQLite's.
    pub fn quarantined_of(&self, device: &DeviceId, reason: &str) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM quarantine
                   WHERE device = ?1 AND document = zeroblob(16) AND reason = ?2";
        Ok(self.sql.prepare_cached(sql)?.query_row((device.0, reason), |row| row.get(0))?)
    }

    /// Whether anything of a scope is in quarantine for a reason.
    ///
    /// # Errors
    /// SQLite's.
    pub fn is_any_quarantined(&self, scope: &ScopeId, reason: &str) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM quarantine WHERE scope = ?1 AND reason = ?2)";
        Ok(self.sql.prepare_cached(sql)?.query_row((scope.0, reason), |row| row.get(0))?)
    }

    /// Takes a parcel's entries out of quarantine, because it is about to be tried again.
    ///
    /// # Errors
    /// SQLite's.
    pub fn release_quarantine(&self, parcel: &ParcelId) -> Result<(), StoreError> {
        self.sql.execute("DELETE FROM quarantine WHERE parcel = ?1", [parcel.0])?;
        Ok(())
    }

    /// Keeps a verified parcel until its predecessors arrive. Returns false when the list has
    /// too many of them.
    ///
    /// # Errors
    /// SQLite's.
    pub fn put_waiting_parcel(&self, parcel: &VerifiedParcel) -> Result<bool, StoreError> {
        let header = parcel.header();
        let list = self.list(&header.scope)?;
        let sql = "SELECT count(*) FROM waiting_parcel WHERE list = ?1";
        let count: u64 = self.sql.prepare_cached(sql)?.query_row([list.0], |row| row.get(0))?;
        if count >= WAITING_PARCELS_MAX {
            return Ok(false);
        }
        let sql = "INSERT OR IGNORE INTO waiting_parcel
                   (id, list, device, generation, seq, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.sql.prepare_cached(sql)?.execute((
            parcel.id().0,
            list.0,
            header.device.0,
            header.generation.0,
            header.seq.0,
            &parcel.bytes()[..],
        ))?;
        Ok(true)
    }

    /// Takes out the waiting parcel at a place of a log, if there is one.
    ///
    /// # Errors
    /// SQLite's; [`StoreError::Damaged`] when the row's bytes are no parcel.
    pub fn take_waiting_parcel(
        &self,
        log: &LogId,
        seq: Seq,
    ) -> Result<Option<WaitingParcel>, StoreError> {
        let sql = "DELETE FROM waiting_parcel
                   WHERE list = (SELECT id FROM list WHERE scope = ?1)
                   AND device = ?2 AND generation = ?3 AND seq = ?4 RETURNING bytes";
        let key = (log.scope.0, log.device.0, log.generation.0, seq.0);
        let mut query = self.sql.prepare_cached(sql)?;
        let bytes: Option<Vec<u8>> = query.query_row(key, |row| row.get(0)).optional()?;
        let read = |bytes| {
            VerifiedParcel::from_trusted_store(bytes)
                .map(|parcel| WaitingParcel { parcel })
                .map_err(|error: floorwalk_wire::ParcelError| {
                    StoreError::Damaged(error.to_string())
                })
        };
        bytes.map(|bytes: Vec<u8>| read(bytes)).transpose()
    }

    /// Keeps changes until their dependencies arrive.
    ///
    /// # Errors
    /// SQLite's.
    pub fn hold_change(&self, document: &DocumentId, held: &HeldChange) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO held_change (document, log, seq, packed)
                   VALUES (?1, ?2, ?3, ?4)";
        let row = (document.0, held.log.0, held.seq.0, &held.packed);
        self.sql.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }

    /// The changes held for a document, in the order of their logs.
    ///
    /// # Errors
    /// SQLite's.
    pub fn held_changes(&self, document: &DocumentId) -> Result<Vec<HeldChange>, StoreError> {
        let sql = "SELECT log, seq, packed FROM held_change WHERE document = ?1 ORDER BY log, seq";
        let mut query = self.sql.prepare_cached(sql)?;
        let rows = query.query_map([document.0], |row| {
            Ok(HeldChange { log: LogRow(row.get(0)?), seq: Seq(row.get(1)?), packed: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Lets go of held changes that were applied or refused.
    ///
    /// # Errors
    /// SQLite's.
    pub fn release_held(
        &self,
        document: &DocumentId,
        log: LogRow,
        seq: Seq,
    ) -> Result<(), StoreError> {
        let sql = "DELETE FROM held_change WHERE document = ?1 AND log = ?2 AND seq = ?3";
        self.sql.prepare_cached(sql)?.execute((document.0, log.0, seq.0))?;
        Ok(())
    }
}
