//! The view that lists are read from: one row per complaint, no document loaded.

use floorwalk_complaint::DocumentId;
use floorwalk_wire::{ScopeId, Seq, Timestamp};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, params_from_iter};

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
        let (sql, values) = select(query);
        let mut statement = self.sql.prepare_cached(&sql)?;
        let rows = statement.query_map(params_from_iter(values), read_listed)?;
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

    /// By when the relay, in its present history, had a complaint: the earliest receipt of all that
    /// counts of it. Which parcel came first, or was written anew by a copy, is not the same
    /// everywhere; this is, wherever the same parcels are.
    ///
    /// # Errors
    /// SQLite's.
    pub fn complaint_received_at(
        &self,
        document: &DocumentId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT min(received_at) FROM document_parcel AS noted
                   JOIN parcel ON parcel.log = noted.log AND parcel.seq = noted.seq
                   WHERE noted.document = ?1 AND state = 0 AND position IS NOT NULL";
        let mut query = self.sql.prepare_cached(sql)?;
        let earliest: Option<i64> = query.query_row([document.0], |row| row.get(0))?;
        Ok(earliest.map(Timestamp))
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

/// A query as SQL and its values. Only the conditions asked for are in it, so that SQLite can
/// choose the index that fits them.
fn select(query: &ComplaintQuery) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let mut conditions = String::new();
    let asked = [
        ("complaint.scope =", query.scope.map(|scope| Value::Blob(scope.0.to_vec()))),
        ("stage =", query.stage.clone().map(Value::Text)),
        ("next_due <=", query.due_before.map(|due| Value::Integer(due.0))),
    ];
    for (condition, value) in asked {
        if let Some(value) = value {
            let joint = if values.is_empty() { "WHERE" } else { "AND" };
            values.push(value);
            conditions.push_str(&format!(" {joint} {condition} ?{}", values.len()));
        }
    }
    values.push(Value::Integer(query.limit.map_or(-1, i64::from)));
    values.push(Value::Integer(i64::from(query.offset)));
    let (limit, offset) = (values.len() - 1, values.len());
    let sql = format!(
        "SELECT {COLUMNS} FROM {TABLES}{conditions}
         ORDER BY recorded_ms DESC, document LIMIT ?{limit} OFFSET ?{offset}"
    );
    (sql, values)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::Store;

    fn record(index: u8, stage: &str) -> ComplaintRecord {
        ComplaintRecord {
            document: DocumentId([index; 16]),
            scope: ScopeId([index % 2; 16]),
            number: format!("CS-261124-ABCDE{index:02}"),
            room: "1203".into(),
            category: None,
            severity: None,
            stage: stage.into(),
            accepted: false,
            recorded_at: "2026-11-24T08:00:00+08:00".into(),
            recorded: Timestamp(i64::from(index)),
            next_due: (index > 3).then_some(Timestamp(i64::from(index))),
            photos: 0,
        }
    }

    fn store_of(folder: &tempfile::TempDir) -> Store {
        let mut store = Store::open(&folder.path().join("test.db")).unwrap();
        let fill = |tx: &Tx<'_>| {
            (1..=6).try_for_each(|index| {
                tx.put_complaint(&record(index, if index < 4 { "received" } else { "accepted" }))
            })
        };
        store.write::<_, StoreError>(fill).unwrap();
        store
    }

    fn indexes(query: &ComplaintQuery) -> Vec<ComplaintQuery> {
        let scope = Some(ScopeId([1; 16]));
        vec![query.clone(), ComplaintQuery { scope, ..query.clone() }]
    }

    #[test]
    fn a_list_is_read_in_the_order_of_an_index_without_sorting() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = store_of(&folder);
        for query in indexes(&ComplaintQuery { limit: Some(50), ..ComplaintQuery::default() }) {
            let plan: Vec<String> = store
                .read::<_, StoreError>(|tx| {
                    let (sql, values) = select(&query);
                    let mut explain = tx.sql.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                    let rows = explain.query_map(params_from_iter(values), |row| row.get(3))?;
                    Ok(rows.collect::<Result<_, _>>()?)
                })
                .unwrap();
            assert!(plan[0].contains("USING INDEX complaint_"), "{plan:?}");
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:?}");
        }
    }

    #[test]
    fn a_query_finds_what_it_asks_for_newest_first() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = store_of(&folder);
        let mut found = |query: ComplaintQuery| -> Vec<u8> {
            let listed = store.read::<_, StoreError>(|tx| tx.complaints(&query)).unwrap();
            listed.iter().map(|listed| listed.record.document.0[0]).collect()
        };
        let all = ComplaintQuery::default();
        assert_eq!(found(all.clone()), [6, 5, 4, 3, 2, 1]);
        assert_eq!(
            found(ComplaintQuery { scope: Some(ScopeId([1; 16])), ..all.clone() }),
            [5, 3, 1]
        );
        assert_eq!(
            found(ComplaintQuery { stage: Some("received".into()), ..all.clone() }),
            [3, 2, 1]
        );
        assert_eq!(found(ComplaintQuery { due_before: Some(Timestamp(5)), ..all.clone() }), [5, 4]);
        assert_eq!(found(ComplaintQuery { limit: Some(2), offset: 1, ..all }), [5, 4]);
    }

    #[test]
    fn a_failed_attempt_leaves_no_trace_and_its_neighbours_stay() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = store_of(&folder);
        store
            .write::<_, StoreError>(|tx| {
                tx.put_complaint(&record(7, "received"))?;
                let failed = tx.attempt(|| {
                    tx.put_complaint(&record(8, "received"))?;
                    Err::<(), _>(StoreError::ReadOnly)
                });
                assert!(failed.is_err());
                tx.put_complaint(&record(9, "received"))
            })
            .unwrap();
        let count = store.read::<_, StoreError>(|tx| tx.complaint_count()).unwrap();
        assert_eq!(count, 8);
        let failed = store.write::<(), StoreError>(|tx| {
            tx.put_complaint(&record(10, "received"))?;
            Err(StoreError::ReadOnly)
        });
        assert!(failed.is_err());
        let count = store.read::<_, StoreError>(|tx| tx.complaint_count()).unwrap();
        assert_eq!(count, 8);
    }
}
