//! Sealed blobs: cards, and photos with their previews, as ciphertext, with where they stand.
//!
//! Small ones lie in their row. Larger ones are files ([`crate::blob_files`]), whose rows are
//! written in the transaction that puts them in place. A row stays after its blob was erased, so
//! that no copy of it is ever taken again.

use floorwalk_complaint::{DocumentId, EvidenceHash};
use floorwalk_wire::limits::SMALL_BLOB_BYTES_MAX;
use floorwalk_wire::{BlobId, ScopeId};
use rusqlite::{OptionalExtension, Row};

use crate::error::StoreError;
use crate::store::Tx;

/// Where a blob stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BlobState {
    /// A document refers to it; its bytes are not here.
    Wanted,
    /// It is here; the relay has not got it.
    Unsent,
    /// It is here and at the relay.
    Sent,
    /// It is here and is not to be sent: an original of which a smaller copy travels.
    Kept,
    /// It was erased here; the relay is to be told.
    ErasedUntold,
    /// It was erased.
    Erased,
}

/// What a blob is; also the order in which blobs travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BlobKind {
    /// A person's details.
    Card,
    /// A small picture of a photo.
    Preview,
    /// A smaller copy of a photo.
    Copy,
    /// A piece of evidence as it was taken in.
    Original,
}

/// A blob and where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobRecord {
    /// The hash of its sealed bytes.
    pub id: BlobId,
    /// The scope that it belongs to.
    pub scope: ScopeId,
    /// The document that refers to it.
    pub document: DocumentId,
    /// What it is.
    pub kind: BlobKind,
    /// The evidence that it is of.
    pub evidence: Option<EvidenceHash>,
    /// Its sealed size; 0 where nobody has said it.
    pub size_bytes: u64,
}

/// A blob that has to travel, or a card's or a photo's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBlob {
    /// Which.
    pub record: BlobRecord,
    /// Where it stands.
    pub state: BlobState,
    /// Whether an office device is known to have it.
    pub office_has: bool,
}

const COLUMNS: &str = "id, scope, document, kind, evidence, size_bytes, state, office";

impl Tx<'_> {
    /// Keeps a small blob's ciphertext, or notes that a larger one's file is in place. What is
    /// here already stays, a blob that the relay has stays so, and an erased one stays erased.
    /// Returns whether it is here now.
    ///
    /// # Errors
    /// SQLite's.
    pub fn put_blob(
        &self,
        record: &BlobRecord,
        ciphertext: Option<&[u8]>,
        state: BlobState,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO blob
                       (id, scope, document, kind, evidence, size_bytes, state, bytes)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                   ON CONFLICT (id) DO UPDATE
                   SET bytes = ?8, size_bytes = ?6, state = max(state, ?7)
                   WHERE state < 4";
        let size_bytes = ciphertext.map_or(record.size_bytes, |bytes| bytes.len() as u64);
        let row = (
            record.id.0,
            record.scope.0,
            record.document.0,
            record.kind.code(),
            record.evidence.map(|hash| hash.0),
            size_bytes,
            state.code(),
            ciphertext,
        );
        let here = self.sql.prepare_cached(sql)?.execute(row)? > 0;
        self.count_photos_sent(&record.document)?;
        Ok(here)
    }

    /// Notes that a document refers to a blob, and what it is; where it stands stays as it is.
    /// One whose file is here already, in a database that was made anew, is taken up.
    ///
    /// # Errors
    /// SQLite's.
    pub fn want_blob(&self, record: &BlobRecord) -> Result<(), StoreError> {
        let sql = "INSERT INTO blob (id, scope, document, kind, evidence, size_bytes, state)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)
                   ON CONFLICT (id) DO UPDATE SET kind = ?4, evidence = ?5
                   WHERE kind <> ?4 OR evidence IS NOT ?5";
        let row = (
            record.id.0,
            record.scope.0,
            record.document.0,
            record.kind.code(),
            record.evidence.map(|hash| hash.0),
            record.size_bytes,
        );
        let known = self.blob_state(&record.id)?;
        self.sql.prepare_cached(sql)?.execute(row)?;
        let large = record.size_bytes > SMALL_BLOB_BYTES_MAX as u64;
        if large && known.is_none() && self.files.has(&record.id) {
            self.put_blob(record, None, BlobState::Unsent)?;
        }
        Ok(())
    }

    /// Notes that the relay has a blob.
    ///
    /// # Errors
    /// SQLite's.
    pub fn note_blob_sent(&self, blob: &BlobRecord) -> Result<(), StoreError> {
        let sql = "UPDATE blob SET state = 2 WHERE id = ?1 AND state = 1";
        self.sql.prepare_cached(sql)?.execute([blob.id.0])?;
        self.count_photos_sent(&blob.document)
    }

    /// Notes that a relay with another history may lack every blob, and not know of erasures, of
    /// which this device `tells` if it may.
    ///
    /// # Errors
    /// SQLite's.
    pub fn forget_sent_blobs(&self, tells: bool) -> Result<(), StoreError> {
        self.sql.execute(
            "UPDATE blob SET state = state - 1
             WHERE state = 2 OR (state = 5 AND ?1)",
            [tells],
        )?;
        self.sql.execute("UPDATE complaint SET photos_sent = 0 WHERE photos_sent <> 0", [])?;
        Ok(())
    }

    /// Notes that an office device has a blob.
    ///
    /// # Errors
    /// SQLite's.
    pub fn note_office_has(&self, id: &BlobId) -> Result<(), StoreError> {
        let sql = "UPDATE blob SET office = 1 WHERE id = ?1";
        self.sql.prepare_cached(sql)?.execute([id.0])?;
        Ok(())
    }

    /// Notes that a blob's bytes here are no good: they are wanted again.
    ///
    /// # Errors
    /// SQLite's.
    pub fn lose_blob(&self, id: &BlobId) -> Result<(), StoreError> {
        let sql = "UPDATE blob SET state = 0, bytes = NULL
                   WHERE id = ?1 AND state IN (1, 2, 3)";
        self.sql.prepare_cached(sql)?.execute([id.0])?;
        Ok(())
    }

    /// Erases a blob: its row's bytes now, its file when this transaction is durable. The row says
    /// for ever that it was erased, also of a blob that never came here.
    ///
    /// # Errors
    /// SQLite's.
    pub fn erase_blob(&self, record: &BlobRecord) -> Result<(), StoreError> {
        if matches!(self.blob_state(&record.id)?, Some(BlobState::ErasedUntold | BlobState::Erased))
        {
            return Ok(());
        }
        let sql = "INSERT INTO blob (id, scope, document, kind, evidence, size_bytes, state)
                   VALUES (?1, ?2, ?3, ?4, ?5, 0, 4)
                   ON CONFLICT (id) DO UPDATE SET state = 4, bytes = NULL";
        let row = (
            record.id.0,
            record.scope.0,
            record.document.0,
            record.kind.code(),
            record.evidence.map(|hash| hash.0),
        );
        self.sql.prepare_cached(sql)?.execute(row)?;
        self.erased.borrow_mut().push(record.id);
        self.count_photos_sent(&record.document)
    }

    /// Notes that the relay knows of an erasure, or need not.
    ///
    /// # Errors
    /// SQLite's.
    pub fn note_erasure_told(&self, id: &BlobId) -> Result<(), StoreError> {
        let sql = "UPDATE blob SET state = 5 WHERE id = ?1 AND state = 4";
        self.sql.prepare_cached(sql)?.execute([id.0])?;
        Ok(())
    }

    /// A small blob's ciphertext, when it is here.
    ///
    /// # Errors
    /// SQLite's.
    pub fn blob(&self, id: &BlobId) -> Result<Option<Vec<u8>>, StoreError> {
        let mut query = self.sql.prepare_cached("SELECT bytes FROM blob WHERE id = ?1")?;
        Ok(query.query_row([id.0], |row| row.get(0)).optional()?.flatten())
    }

    /// Where a blob stands; none when nothing refers to it.
    ///
    /// # Errors
    /// SQLite's.
    pub fn blob_state(&self, id: &BlobId) -> Result<Option<BlobState>, StoreError> {
        let mut query = self.sql.prepare_cached("SELECT state FROM blob WHERE id = ?1")?;
        Ok(query.query_row([id.0], |row| row.get(0)).optional()?.map(BlobState::of))
    }

    /// All that is known of a blob.
    ///
    /// # Errors
    /// SQLite's.
    pub fn stored_blob(&self, id: &BlobId) -> Result<Option<StoredBlob>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM blob WHERE id = ?1");
        Ok(self.sql.prepare_cached(&sql)?.query_row([id.0], read).optional()?)
    }

    /// The blobs in a state, in the order in which they travel: by kind, then as they came.
    ///
    /// # Errors
    /// SQLite's.
    pub fn blobs(&self, state: BlobState) -> Result<Vec<StoredBlob>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM blob WHERE state = ?1 ORDER BY rowid");
        let mut query = self.sql.prepare_cached(&sql)?;
        let rows = query.query_map([state.code()], read)?;
        let mut found: Vec<StoredBlob> = rows.collect::<Result<_, _>>()?;
        found.sort_by_key(|blob| blob.record.kind);
        Ok(found)
    }

    /// The evidence whose hash begins with hexadecimal digits, with the documents that hold it.
    ///
    /// # Errors
    /// SQLite's.
    pub fn evidence_beginning(
        &self,
        digits: &str,
    ) -> Result<Vec<(EvidenceHash, DocumentId)>, StoreError> {
        let sql = "SELECT DISTINCT evidence, document FROM blob
                   WHERE evidence IS NOT NULL AND substr(lower(hex(evidence)), 1, ?2) = lower(?1)";
        let mut query = self.sql.prepare_cached(sql)?;
        let rows = query.query_map((digits, digits.len()), |row| {
            Ok((EvidenceHash(row.get(0)?), DocumentId(row.get(1)?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Evidence of a scope that is here, and of which nobody has been told so: the blobs.
    ///
    /// # Errors
    /// SQLite's.
    pub fn unsaid_blobs(&self, scope: &ScopeId, limit: usize) -> Result<Vec<BlobId>, StoreError> {
        let sql = "SELECT id FROM blob WHERE scope = ?1 AND kind >= 2 AND office = 0
                   AND state IN (1, 2) LIMIT ?2";
        let mut query = self.sql.prepare_cached(sql)?;
        let rows = query.query_map((scope.0, limit), |row| row.get(0).map(BlobId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The blobs to fetch from a relay, in the order in which they travel. Without `evidence`, only
    /// cards and previews. An original of which a smaller copy travels is nowhere but where it was
    /// taken in.
    ///
    /// # Errors
    /// SQLite's.
    pub fn blobs_to_fetch(&self, evidence: bool) -> Result<Vec<StoredBlob>, StoreError> {
        let mut found = self.blobs(BlobState::Wanted)?;
        let sql = "SELECT 1 FROM blob WHERE document = ?1 AND evidence = ?2 AND kind = 3";
        let mut copies = self.sql.prepare_cached(sql)?;
        let mut travels = Vec::with_capacity(found.len());
        for StoredBlob { record, .. } in &found {
            travels.push(match (record.kind, record.evidence) {
                (BlobKind::Card | BlobKind::Preview, _) => true,
                (BlobKind::Original, Some(hash)) if evidence => {
                    !copies.exists((record.document.0, hash.0))?
                }
                _ => evidence,
            });
        }
        let mut travels = travels.into_iter();
        found.retain(|_| travels.next().unwrap_or_default());
        Ok(found)
    }

    /// How many blobs are in a state: cards, and what belongs to evidence.
    ///
    /// # Errors
    /// SQLite's.
    pub fn blob_counts(&self, state: BlobState) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT coalesce(sum(kind = 0), 0), coalesce(sum(kind >= 2), 0)
                   FROM blob WHERE state = ?1";
        let mut query = self.sql.prepare_cached(sql)?;
        Ok(query.query_row([state.code()], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// Removes files that a kill left behind. Returns how many.
    ///
    /// # Errors
    /// SQLite's, the system's.
    pub fn collect_blob_files(&self) -> Result<u64, StoreError> {
        let here = |id: &BlobId| {
            let state = self.blob_state(id)?;
            Ok(matches!(state, Some(BlobState::Unsent | BlobState::Sent | BlobState::Kept)))
        };
        let wanted = |id: &BlobId| Ok(self.blob_state(id)? == Some(BlobState::Wanted));
        self.files.collect::<StoreError>(here, wanted)
    }

    fn count_photos_sent(&self, document: &DocumentId) -> Result<(), StoreError> {
        let sql = "UPDATE complaint SET photos_sent =
                       (SELECT count(DISTINCT evidence) FROM blob
                        WHERE document = ?1 AND kind >= 2 AND state = 2)
                   WHERE document = ?1 AND photos > 0";
        self.sql.prepare_cached(sql)?.execute([document.0])?;
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredBlob> {
    let record = BlobRecord {
        id: BlobId(row.get(0)?),
        scope: ScopeId(row.get(1)?),
        document: DocumentId(row.get(2)?),
        kind: BlobKind::of(row.get(3)?),
        evidence: row.get::<_, Option<[u8; 32]>>(4)?.map(EvidenceHash),
        size_bytes: row.get(5)?,
    };
    Ok(StoredBlob { record, state: BlobState::of(row.get(6)?), office_has: row.get(7)? })
}

impl BlobState {
    pub(crate) fn code(self) -> i64 {
        self as i64
    }

    pub(crate) fn of(code: i64) -> Self {
        match code {
            0 => Self::Wanted,
            1 => Self::Unsent,
            2 => Self::Sent,
            3 => Self::Kept,
            4 => Self::ErasedUntold,
            _ => Self::Erased,
        }
    }
}

impl BlobKind {
    pub(crate) fn code(self) -> i64 {
        match self {
            Self::Card => 0,
            Self::Preview => 1,
            Self::Original => 2,
            Self::Copy => 3,
        }
    }

    pub(crate) fn of(code: i64) -> Self {
        match code {
            0 => Self::Card,
            1 => Self::Preview,
            2 => Self::Original,
            _ => Self::Copy,
        }
    }
}
