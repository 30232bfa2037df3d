//! Lists, their cursors, and the heads of the logs in them.

use floorwalk_wire::codec::{Reader, Writer};
use floorwalk_wire::{
    DeviceId, Generation, LogHead, LogId, ParcelId, ScopeId, Seq, SignedHead, Timestamp,
};
use rusqlite::{OptionalExtension, Row};

use crate::error::StoreError;
use crate::store::Tx;

/// The row of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListId(pub(crate) i64);

/// The row of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogRow(pub(crate) i64);

/// A log as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRecord {
    /// Its row.
    pub row: LogRow,
    /// Which log.
    pub log: LogId,
    /// Its last parcel here; none when it is empty.
    pub head: Option<LogHead>,
    /// The relay has it up to here.
    pub relay_seq: Seq,
    /// An office device has it up to here.
    pub office_seen: Seq,
    /// When the relay last received something of it.
    pub last_received_at: Option<Timestamp>,
}

const LOG_COLUMNS: &str = "log.id, list.scope, device, generation, seq, parcel, relay_seq, \
                           office_seen, last_received_at";

impl Tx<'_> {
    /// The row of a scope's list, made if needed.
    ///
    /// # Errors
    /// SQLite's.
    pub fn list(&self, scope: &ScopeId) -> Result<ListId, StoreError> {
        let mut query = self.sql.prepare_cached("SELECT id FROM list WHERE scope = ?1")?;
        if let Some(id) = query.query_row([scope.0], |row| row.get(0)).optional()? {
            return Ok(ListId(id));
        }
        self.sql.prepare_cached("INSERT INTO list (scope) VALUES (?1)")?.execute([scope.0])?;
        Ok(ListId(self.sql.last_insert_rowid()))
    }

    /// The scopes that have a list.
    ///
    /// # Errors
    /// SQLite's.
    pub fn list_scopes(&self) -> Result<Vec<ScopeId>, StoreError> {
        let mut query = self.sql.prepare_cached("SELECT scope FROM list ORDER BY scope")?;
        let rows = query.query_map([], |row| row.get(0).map(ScopeId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The relay's last signed head of a list.
    ///
    /// # Errors
    /// SQLite's; [`StoreError::Damaged`] when the bytes are no head.
    pub fn cursor(&self, scope: &ScopeId) -> Result<Option<SignedHead>, StoreError> {
        let mut query = self.sql.prepare_cached("SELECT cursor FROM list WHERE scope = ?1")?;
        let bytes: Option<Vec<u8>> =
            query.query_row([scope.0], |row| row.get(0)).optional()?.flatten();
        let read = |bytes: Vec<u8>| {
            SignedHead::read(&mut Reader::new(&bytes))
                .map_err(|error| StoreError::Damaged(error.to_string()))
        };
        bytes.map(read).transpose()
    }

    /// Moves a list's cursor, and keeps the head as a receipt.
    ///
    /// # Errors
    /// SQLite's.
    pub fn set_cursor(&self, head: &SignedHead) -> Result<(), StoreError> {
        let list = self.list(&head.scope)?;
        let mut writer = Writer::with_capacity(SignedHead::BYTES);
        head.write(&mut writer);
        let bytes = writer.finish();
        let sql = "UPDATE list SET cursor = ?2 WHERE id = ?1";
        self.sql.prepare_cached(sql)?.execute((list.0, &bytes))?;
        let sql = "INSERT OR IGNORE INTO receipt (list, position, head) VALUES (?1, ?2, ?3)";
        let row = (list.0, head.chain.position, &bytes);
        self.sql.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }

    /// Forgets the cursor and all places in a list: the relay has another history.
    ///
    /// # Errors
    /// SQLite's.
    pub fn forget_places(&self, scope: &ScopeId) -> Result<(), StoreError> {
        let list = self.list(scope)?;
        let run = |sql: &str| self.sql.execute(sql, [list.0]);
        run("UPDATE list SET cursor = NULL WHERE id = ?1")?;
        run("DELETE FROM receipt WHERE list = ?1")?;
        run("UPDATE parcel SET position = NULL, chain = NULL, refused = 0 WHERE list = ?1")?;
        run("UPDATE log SET relay_seq = 0 WHERE list = ?1")?;
        Ok(())
    }

    /// The last parcel of a log before the first that is not opened.
    ///
    /// # Errors
    /// SQLite's.
    pub fn opened_head(&self, log: LogRow) -> Result<Option<LogHead>, StoreError> {
        let record = self.log_at(log)?;
        let sql = "SELECT min(seq) FROM parcel WHERE log = ?1 AND state <> 0";
        let mut query = self.sql.prepare_cached(sql)?;
        let first: Option<u64> = query.query_row([log.0], |row| row.get(0))?;
        let (Some(head), Some(first)) = (record.head, first) else { return Ok(record.head) };
        let seq = Seq(first.saturating_sub(1));
        Ok(self.parcel_at(log, seq)?.map(|parcel| LogHead { seq, parcel, ..head }))
    }

    /// A log, made if needed. `actor` is the author id that its changes bear.
    ///
    /// # Errors
    /// SQLite's.
    pub fn log(&self, log: &LogId, actor: &[u8; 16]) -> Result<LogRecord, StoreError> {
        if let Some(record) = self.find_log(log)? {
            return Ok(record);
        }
        let list = self.list(&log.scope)?;
        let sql = "INSERT INTO log (list, device, generation, actor) VALUES (?1, ?2, ?3, ?4)";
        self.sql.prepare_cached(sql)?.execute((list.0, log.device.0, log.generation.0, actor))?;
        Ok(LogRecord {
            row: LogRow(self.sql.last_insert_rowid()),
            log: *log,
            head: None,
            relay_seq: Seq(0),
            office_seen: Seq(0),
            last_received_at: None,
        })
    }

    /// A log, if anything is known of it.
    ///
    /// # Errors
    /// SQLite's.
    pub fn find_log(&self, log: &LogId) -> Result<Option<LogRecord>, StoreError> {
        let sql = format!(
            "SELECT {LOG_COLUMNS} FROM log JOIN list ON list.id = log.list
             WHERE list.scope = ?1 AND device = ?2 AND generation = ?3"
        );
        let mut query = self.sql.prepare_cached(&sql)?;
        let key = (log.scope.0, log.device.0, log.generation.0);
        Ok(query.query_row(key, read_log).optional()?)
    }

    /// All logs of a list, or of all lists.
    ///
    /// # Errors
    /// SQLite's.
    pub fn logs(&self, scope: Option<&ScopeId>) -> Result<Vec<LogRecord>, StoreError> {
        let sql = format!(
            "SELECT {LOG_COLUMNS} FROM log JOIN list ON list.id = log.list
             WHERE ?1 IS NULL OR list.scope = ?1 ORDER BY log.id"
        );
        let mut query = self.sql.prepare_cached(&sql)?;
        let rows = query.query_map([scope.map(|scope| scope.0)], read_log)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The heads of a list's logs.
    ///
    /// # Errors
    /// SQLite's.
    pub fn log_heads(&self, scope: &ScopeId) -> Result<Vec<LogHead>, StoreError> {
        Ok(self.logs(Some(scope))?.into_iter().filter_map(|log| log.head).collect())
    }

    /// Which log a row stands for.
    ///
    /// # Errors
    /// SQLite's, when there is no such row.
    pub fn log_at(&self, row: LogRow) -> Result<LogRecord, StoreError> {
        let sql = format!(
            "SELECT {LOG_COLUMNS} FROM log JOIN list ON list.id = log.list WHERE log.id = ?1"
        );
        Ok(self.sql.prepare_cached(&sql)?.query_row([row.0], read_log)?)
    }

    /// Who writes as an actor: the device, from any log that it has.
    ///
    /// # Errors
    /// SQLite's.
    pub fn device_of_actor(&self, actor: &[u8; 16]) -> Result<Option<DeviceId>, StoreError> {
        let sql = "SELECT device FROM log WHERE actor = ?1 LIMIT 1";
        let mut query = self.sql.prepare_cached(sql)?;
        Ok(query.query_row([actor], |row| row.get(0).map(DeviceId)).optional()?)
    }

    /// Notes that an office device has a log up to `seq`.
    ///
    /// # Errors
    /// SQLite's.
    pub fn note_office_seen(&self, log: &LogId, seq: Seq) -> Result<(), StoreError> {
        let sql = "UPDATE log SET office_seen = max(office_seen, ?4)
                   WHERE list = (SELECT id FROM list WHERE scope = ?1)
                   AND device = ?2 AND generation = ?3";
        self.sql.prepare_cached(sql)?.execute((
            log.scope.0,
            log.device.0,
            log.generation.0,
            i64::try_from(seq.0).unwrap_or(i64::MAX),
        ))?;
        Ok(())
    }
}

fn read_log(row: &Row<'_>) -> rusqlite::Result<LogRecord> {
    let log = LogId {
        scope: ScopeId(row.get(1)?),
        device: DeviceId(row.get(2)?),
        generation: Generation(row.get(3)?),
    };
    let seq = Seq(row.get(4)?);
    let head = match seq {
        Seq(0) => None,
        seq => Some(LogHead {
            device: log.device,
            generation: log.generation,
            seq,
            parcel: ParcelId(row.get(5)?),
        }),
    };
    Ok(LogRecord {
        row: LogRow(row.get(0)?),
        log,
        head,
        relay_seq: Seq(row.get(6)?),
        office_seen: Seq(row.get(7)?),
        last_received_at: row.get::<_, Option<i64>>(8)?.map(Timestamp),
    })
}
