//! The view that lists are read from: one row per complaint, no document loaded.

use floorwalk_complaint::DocumentId;
use floorwalk_wire::{ScopeId, Seq, Timestamp};
use rusqlite::{OptionalExtension, Row};

use crate::error::StoreError;
use crate::lists::LogRow;
use crate::store::Tx;

/// What the view holds of a complaint's document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComplaintRecord {
    /// The document.
    pub document: DocumentId,
    /// Its scope.
    pub scope: ScopeId,
    /// The complaint's number.
    pub number: String,
    /// The room.
    pub room: String,
    /// The category's key.
    pub category: Option<String>,
    /// The severity's key.
    pub severity: Option<String>,
    /// The stage's key.
    pub stage: String,
    /// Whether it was ever accepted.
    pub accepted: bool,
    /// When it was recorded, as written.
    pub recorded_at: String,
    /// When it was recorded, for the order.
    pub recorded: Timestamp,
    /// When the next duty is due.
    pub next_due: Option<Timestamp>,
    /// Its photos.
    pub photos: u32,
}

/// A complaint in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedComplaint {
    /// What its document says.
    pub record: ComplaintRecord,
    /// Whether the relay has what brought it.
    pub sent: bool,
    /// Whether an office device has it.
    pub office_seen: bool,
    /// Whether this device holds changes to it that the relay has not got.
    pub unsent: bool,
    /// Photos that the relay has.
    pub photos_sent: u32,
}

/// Which complaints to list.
#[derive(Debug, Clone, Default)]
pub struct ComplaintQuery {
    /// Only this scope.
    pub scope: Option<ScopeId>,
    /// Only this stage.
    pub stage: Option<String>,
    /// Only those whose next duty was due before this.
    pub due_before: Option<Timestamp>,
    /// How many at most; none for all.
    pub limit: Option<u32>,
    /// How many to pass over.
    pub offset: u32,
}

const COLUMNS: &str = "document, scope, number, room, category, severity, stage, accepted, \
    recorded_at, recorded_ms, next_due, photos, photos_sent, \
    coalesce(origin.relay_seq >= origin_seq, 0), coalesce(origin.office_seen >= origin_seq, 0), \
    pending <> 0 OR coalesce(own_seq > own.relay_seq, 0)";
const TABLES: &str = "complaint LEFT JOIN log AS origin ON origin.id = origin_log \
    LEFT JOIN log AS own ON own.id = own_log";

impl Tx<'_> {
    /// Writes what a document says of its complaint; where it came from is kept as it is.
    ///
    /// # Errors
    /// SQLite's.
    pub fn put_complaint(&self, record: &ComplaintRecord) -> Result<(), StoreError> {
        let sql = "INSERT INTO complaint (document, scope, number, room, category, severity,
                       stage, accepted, recorded_at, recorded_ms, next_due, photos)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
                   ON CONFLICT (document) DO UPDATE SET number = ?3, room = ?4, category = ?5,
                       severity = ?6, stage = ?7, accepted = ?8, recorded_at = ?9,
                       recorded_ms = ?10, next_due = ?11, photos = ?12";
        self.sql.prepare_cached(sql)?.execute((
            record.document.0,
            record.scope.0,
            &record.number,
            &record.room,
            &record.category,
            &record.severity,
            &record.stage,
            record.accepted,
            &record.recorded_at,
            record.recorded.0,
            record.next_due.map(|due| due.0),
            record.photos,
        ))?;
        Ok(())
    }

    /// Notes the parcel that brought a complaint; the first one stays.
    ///
    /// # Errors
    /// SQLite's.
    pub fn note_origin(
        &self,
        document: &DocumentId,
        log: LogRow,
        seq: Seq,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE complaint SET origin_log = ?2, origin_seq = ?3
                   WHERE document = ?1 AND origin_log IS NULL";
        self.sql.prepare_cached(sql)?.execute((document.0, log.0, seq.0))?;
        Ok(())
    }

    /// Notes that a parcel of this device holds all its changes to a complaint.
    ///
    /// # Errors
    /// SQLite's.
    pub fn note_own(&self, document: &DocumentId, log: LogRow, seq: Seq) -> Result<(), StoreError> {
        let sql = "UPDATE complaint SET own_log = ?2, own_seq = ?3, pending = 0
                   WHERE document = ?1";
        self.sql.prepare_cached(sql)?.execute((document.0, log.0, seq.0))?;
        Ok(())
    }

    /// Notes that the outbox holds changes to a complaint.
    ///
    /// # Errors
    /// SQLite's.
    pub fn note_pending(&self, document: &DocumentId) -> Result<(), StoreError> {
        let sql = "UPDATE complaint SET pending = 1 WHERE document = ?1";
        self.sql.prepare_cached(sql)?.execute([document.0])?;
        Ok(())
    }

    /// The complaints of a query, newest first.
    ///
    /// # Errors
    /// SQLite's.
    pub fn complaints(&self, query: &ComplaintQuery) -> Result<Vec<ListedComplaint>, StoreError> {
        let mut conditions = vec!["1"];
        conditions.extend(query.scope.map(|_| "complaint.scope = ?1"));
        conditions.extend(query.stage.as_ref().map(|_| "stage = ?2"));
        conditions.extend(query.due_before.map(|_| "next_due <= ?3"));
        let sql = format!(
            "SELECT {COLUMNS} FROM {TABLES} WHERE {}
             AND (?1 IS NULL OR 1) AND (?2 IS NULL OR 1) AND (?3 IS NULL OR 1)
             ORDER BY recorded_ms DESC, document LIMIT ?4 OFFSET ?5",
            conditions.join(" AND ")
        );
        let mut statement = self.sql.prepare_cached(&sql)?;
        let rows = statement.query_map(
            (
                query.scope.map(|scope| scope.0),
                &query.stage,
                query.due_before.map(|due| due.0),
                query.limit.map_or(-1, i64::from),
                query.offset,
            ),
            read_listed,
        )?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One complaint of the view.
    ///
    /// # Errors
    /// SQLite's.
    pub fn complaint(&self, document: &DocumentId) -> Result<Option<ListedComplaint>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE document = ?1");
        let mut query = self.sql.prepare_cached(&sql)?;
        Ok(query.query_row([document.0], read_listed).optional()?)
    }

    /// The documents of the complaints that bear a number.
    ///
    /// # Errors
    /// SQLite's.
    pub fn documents_numbered(&self, number: &str) -> Result<Vec<DocumentId>, StoreError> {
        let sql = "SELECT document FROM complaint WHERE number = ?1";
        let mut query = self.sql.prepare_cached(sql)?;
        let rows = query.query_map([number], |row| row.get(0).map(DocumentId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many complaints there are.
    ///
    /// # Errors
    /// SQLite's.
    pub fn complaint_count(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM complaint";
        Ok(self.sql.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// How many complaints have changes of this device that the relay has not got.
    ///
    /// # Errors
    /// SQLite's.
    pub fn unsent_complaints(&self) -> Result<u64, StoreError> {
        let sql = "SELECT (SELECT count(*) FROM complaint WHERE pending <> 0)
                   + (SELECT count(*) FROM log JOIN complaint
                      ON own_log = log.id AND own_seq > log.relay_seq WHERE pending = 0)";
        Ok(self.sql.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }
}

fn read_listed(row: &Row<'_>) -> rusqlite::Result<ListedComplaint> {
    let record = ComplaintRecord {
        document: DocumentId(row.get(0)?),
        scope: ScopeId(row.get(1)?),
        number: row.get(2)?,
        room: row.get(3)?,
        category: row.get(4)?,
        severity: row.get(5)?,
        stage: row.get(6)?,
        accepted: row.get(7)?,
        recorded_at: row.get(8)?,
        recorded: Timestamp(row.get(9)?),
        next_due: row.get::<_, Option<i64>>(10)?.map(Timestamp),
        photos: row.get(11)?,
    };
    Ok(ListedComplaint {
        record,
        photos_sent: row.get(12)?,
        sent: row.get(13)?,
        office_seen: row.get(14)?,
        unsent: row.get(15)?,
    })
}
