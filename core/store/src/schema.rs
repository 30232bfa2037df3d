//! The tables, as a list of migrations. A migration that was released is never edited.

use rusqlite::Connection;

use crate::error::StoreError;

/// "Flwk": tells this file from every other SQLite file.
const APPLICATION_ID: i64 = 0x466c_776b;

const MIGRATIONS: &[&str] = &[
    "
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE scope_key (
    scope BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    key BLOB NOT NULL,
    PRIMARY KEY (scope, epoch, key)
) WITHOUT ROWID;

-- One list per scope, and the membership list. The cursor is the relay's last signed head.
CREATE TABLE list (
    id INTEGER PRIMARY KEY,
    scope BLOB NOT NULL UNIQUE,
    cursor BLOB
);

-- The log of one install of one device in one list. relay_seq: the relay has it up to there;
-- office_seen: an office device has said that it has it up to there.
CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    list INTEGER NOT NULL REFERENCES list (id),
    device BLOB NOT NULL,
    generation BLOB NOT NULL,
    actor BLOB NOT NULL,
    seq INTEGER NOT NULL DEFAULT 0,
    parcel BLOB NOT NULL DEFAULT x'',
    relay_seq INTEGER NOT NULL DEFAULT 0,
    office_seen INTEGER NOT NULL DEFAULT 0,
    last_received_at INTEGER,
    UNIQUE (list, device, generation)
);
CREATE INDEX log_actor ON log (actor);

-- state: 0 opened, 1 waiting for its key or its author's membership, 2 in quarantine.
-- refused: the relay did not take it, and will not until membership or history change.
CREATE TABLE parcel (
    log INTEGER NOT NULL REFERENCES log (id),
    seq INTEGER NOT NULL,
    list INTEGER NOT NULL,
    id BLOB NOT NULL,
    state INTEGER NOT NULL,
    position INTEGER,
    chain BLOB,
    received_at INTEGER,
    refused INTEGER NOT NULL DEFAULT 0,
    bytes BLOB NOT NULL,
    PRIMARY KEY (log, seq)
);
CREATE UNIQUE INDEX parcel_id ON parcel (id);
CREATE INDEX parcel_unplaced ON parcel (list, log, seq)
    WHERE position IS NULL AND refused = 0;
CREATE UNIQUE INDEX parcel_position ON parcel (list, position) WHERE position IS NOT NULL;
CREATE INDEX parcel_waiting ON parcel (state, log, seq) WHERE state = 1;

-- Verified parcels whose predecessors have not arrived.
CREATE TABLE waiting_parcel (
    id BLOB PRIMARY KEY,
    list INTEGER NOT NULL,
    device BLOB NOT NULL,
    generation BLOB NOT NULL,
    seq INTEGER NOT NULL,
    bytes BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX waiting_parcel_log ON waiting_parcel (list, device, generation, seq);

-- What is kept but not applied. A zero document stands for the whole parcel.
CREATE TABLE quarantine (
    parcel BLOB NOT NULL,
    document BLOB NOT NULL,
    scope BLOB NOT NULL,
    device BLOB,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    bytes BLOB,
    PRIMARY KEY (parcel, document)
) WITHOUT ROWID;

-- Changes whose dependencies have not arrived.
CREATE TABLE held_change (
    document BLOB NOT NULL,
    log INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (document, log, seq)
) WITHOUT ROWID;

CREATE TABLE document (
    id BLOB PRIMARY KEY,
    scope BLOB NOT NULL,
    saved BLOB NOT NULL,
    hash BLOB NOT NULL
);

-- What lists show. origin: the log and number of the parcel that brought the complaint;
-- own: the last parcel of this device that holds changes to it.
CREATE TABLE complaint (
    document BLOB PRIMARY KEY,
    scope BLOB NOT NULL,
    number TEXT NOT NULL,
    room TEXT NOT NULL,
    category TEXT,
    severity TEXT,
    stage TEXT NOT NULL,
    accepted INTEGER NOT NULL,
    recorded_at TEXT NOT NULL,
    recorded_ms INTEGER NOT NULL,
    next_due INTEGER,
    photos INTEGER NOT NULL DEFAULT 0,
    photos_sent INTEGER NOT NULL DEFAULT 0,
    pending INTEGER NOT NULL DEFAULT 0,
    origin_log INTEGER,
    origin_seq INTEGER,
    own_log INTEGER,
    own_seq INTEGER
);
CREATE INDEX complaint_number ON complaint (number);
CREATE INDEX complaint_recorded ON complaint (recorded_ms DESC, document);
CREATE INDEX complaint_scope ON complaint (scope, recorded_ms DESC, document);
CREATE INDEX complaint_due ON complaint (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX complaint_pending ON complaint (pending) WHERE pending <> 0;
CREATE INDEX complaint_own ON complaint (own_log, own_seq);

-- Local changes that no parcel holds yet.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    scope BLOB NOT NULL,
    document BLOB NOT NULL,
    bytes BLOB NOT NULL
);
CREATE INDEX outbox_scope ON outbox (scope, id);
CREATE INDEX outbox_document ON outbox (document);

-- state: 0 wanted, 1 here and to be sent, 2 here and at the relay.
CREATE TABLE blob (
    id BLOB PRIMARY KEY,
    scope BLOB NOT NULL,
    document BLOB NOT NULL,
    state INTEGER NOT NULL,
    bytes BLOB
);
CREATE INDEX blob_state ON blob (state) WHERE state <> 2;

CREATE TABLE number_counter (
    prefix TEXT PRIMARY KEY,
    last INTEGER NOT NULL
) WITHOUT ROWID;
",
    "
-- kind: 0 card, 1 preview, 2 original, 3 smaller copy. state besides those above: 3 here and not
-- to be sent, 4 erased and the relay not told, 5 erased. Without bytes, in the states 1 to 3, they
-- are a file. office: an office device has it.
ALTER TABLE blob ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE blob ADD COLUMN evidence BLOB;
ALTER TABLE blob ADD COLUMN size_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE blob ADD COLUMN office INTEGER NOT NULL DEFAULT 0;
CREATE INDEX blob_document ON blob (document, kind);
CREATE INDEX blob_evidence ON blob (evidence) WHERE evidence IS NOT NULL;
",
    "
-- Which parcels hold changes of a document.
CREATE TABLE document_parcel (
    document BLOB NOT NULL,
    log INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (document, log, seq)
) WITHOUT ROWID;

-- Signed heads of the relay's present history, by the position that they cover.
CREATE TABLE receipt (
    list INTEGER NOT NULL REFERENCES list (id),
    position INTEGER NOT NULL,
    head BLOB NOT NULL,
    PRIMARY KEY (list, position)
) WITHOUT ROWID;
",
    "
-- What is being typed, before it is a complaint; content is the replica's to read.
CREATE TABLE draft (
    id BLOB PRIMARY KEY,
    saved_at INTEGER NOT NULL,
    content BLOB NOT NULL
);
",
];

/// The newest version that this program knows.
pub fn version() -> i64 {
    MIGRATIONS.len() as i64
}

/// Reads the version of a file that may be empty, another program's, or a newer one's.
///
/// # Errors
/// [`StoreError::Newer`] and [`StoreError::Damaged`], before anything is written.
pub fn check(connection: &Connection) -> Result<i64, StoreError> {
    let application: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > version() && application == APPLICATION_ID {
        return Err(StoreError::Newer { found, known: version() });
    }
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION_ID && tables > 0 {
        return Err(StoreError::Damaged("another program's database".into()));
    }
    Ok(found)
}

/// Brings the file to the newest version, each step in one transaction.
///
/// # Errors
/// Those of [`check`], and SQLite's.
pub fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let found = check(connection)?;
    for (index, migration) in MIGRATIONS.iter().enumerate().skip(found as usize) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", index as i64 + 1)?;
        transaction.commit()?;
    }
    Ok(())
}
