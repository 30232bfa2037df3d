//! The tables of the relay's database, as a list of migrations. A released one is never edited.
//!
//! The database must stay near the size of what was received. So an item has no index of its own
//! order: its row id is its list and position in one number ([`crate::lists::Place`]); logs are
//! referred to by small numbers; and what stands in a parcel's header is not stored again.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::Error;

/// "Flwr": tells this file from every other SQLite file.
const APPLICATION_ID: i64 = 0x466c_7772;

const MIGRATIONS: &[&str] = &[
    "
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE community (
    id INTEGER PRIMARY KEY,
    community BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
);

-- A scope's list, or the membership list, with the chain up to its last item.
CREATE TABLE list (
    id INTEGER PRIMARY KEY,
    community INTEGER NOT NULL REFERENCES community (id),
    scope BLOB NOT NULL,
    position INTEGER NOT NULL,
    chain BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    UNIQUE (community, scope)
);

-- A log within a list, with its head.
CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    list INTEGER NOT NULL REFERENCES list (id),
    device BLOB NOT NULL,
    generation BLOB NOT NULL,
    seq INTEGER NOT NULL,
    parcel BLOB NOT NULL,
    UNIQUE (list, device, generation)
);

-- A parcel at its place. chain: up to and with this one.
CREATE TABLE item (
    place INTEGER PRIMARY KEY,
    log INTEGER NOT NULL REFERENCES log (id),
    seq INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    chain BLOB NOT NULL,
    bytes BLOB NOT NULL
);
CREATE UNIQUE INDEX item_of_log ON item (log, seq);

CREATE TABLE device_seen (
    community BLOB NOT NULL,
    device BLOB NOT NULL,
    last_seen INTEGER NOT NULL,
    PRIMARY KEY (community, device)
) WITHOUT ROWID;

CREATE TABLE host_token (
    hash BLOB PRIMARY KEY,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_by BLOB
) WITHOUT ROWID;

-- Blob first: a file is known by its name alone when orphans are collected.
CREATE TABLE blob (
    blob BLOB NOT NULL,
    community INTEGER NOT NULL REFERENCES community (id),
    scope BLOB NOT NULL,
    size_bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (blob, community, scope)
) WITHOUT ROWID;
",
    "
-- The bytes of small blobs; larger ones are files.
CREATE TABLE blob_bytes (blob BLOB PRIMARY KEY, bytes BLOB NOT NULL);

CREATE TABLE upload (
    id BLOB PRIMARY KEY,
    community INTEGER NOT NULL REFERENCES community (id),
    scope BLOB NOT NULL,
    blob BLOB NOT NULL,
    device BLOB NOT NULL,
    size_bytes INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    UNIQUE (community, scope, blob, device)
) WITHOUT ROWID;
CREATE INDEX upload_expires ON upload (expires_at);
CREATE INDEX upload_device ON upload (device);

CREATE TABLE erased_blob (
    blob BLOB NOT NULL,
    community INTEGER NOT NULL REFERENCES community (id),
    scope BLOB NOT NULL,
    device BLOB NOT NULL,
    erased_at INTEGER NOT NULL,
    PRIMARY KEY (blob, community, scope)
) WITHOUT ROWID;

-- quota_bytes: null for none. The other two follow every change of blobs and uploads.
ALTER TABLE community ADD COLUMN quota_bytes INTEGER;
ALTER TABLE community ADD COLUMN used_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE community ADD COLUMN reserved_bytes INTEGER NOT NULL DEFAULT 0;
UPDATE community SET used_bytes =
    (SELECT coalesce(sum(size_bytes), 0) FROM blob WHERE blob.community = community.id);
CREATE TRIGGER blob_added AFTER INSERT ON blob BEGIN
    UPDATE community SET used_bytes = used_bytes + new.size_bytes WHERE id = new.community;
END;
CREATE TRIGGER blob_removed AFTER DELETE ON blob BEGIN
    UPDATE community SET used_bytes = used_bytes - old.size_bytes WHERE id = old.community;
END;
CREATE TRIGGER upload_added AFTER INSERT ON upload BEGIN
    UPDATE community SET reserved_bytes = reserved_bytes + new.size_bytes WHERE id = new.community;
END;
CREATE TRIGGER upload_removed AFTER DELETE ON upload BEGIN
    UPDATE community SET reserved_bytes = reserved_bytes - old.size_bytes WHERE id = old.community;
END;
",
];

/// Brings the file to the newest version, all steps in one transaction.
///
/// # Errors
/// [`Error::Newer`] for a newer program's file and [`Error::Damaged`] for another program's,
/// before anything is written; SQLite's.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), Error> {
    if version(connection)? == MIGRATIONS.len() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Asked again: another process may have been faster.
    let found = version(&transaction)?;
    for (index, migration) in MIGRATIONS.iter().enumerate().skip(found) {
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", index as i64 + 1)?;
    }
    Ok(transaction.commit()?)
}

fn version(connection: &Connection) -> Result<usize, Error> {
    let known = MIGRATIONS.len() as i64;
    let application: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION_ID && tables > 0 {
        return Err(Error::Damaged("relay.db is another program's database".into()));
    }
    if found > known {
        return Err(Error::Newer { found, known });
    }
    usize::try_from(found).map_err(|_| Error::Damaged("relay.db has no version".into()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_newer_programs_file_and_a_foreign_one_are_refused_untouched() {
        let mut ours = Connection::open_in_memory().unwrap();
        migrate(&mut ours).unwrap();
        migrate(&mut ours).unwrap();
        ours.pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(migrate(&mut ours), Err(Error::Newer { found: 99, .. })));

        let mut foreign = Connection::open_in_memory().unwrap();
        foreign.execute_batch("CREATE TABLE theirs (id)").unwrap();
        assert!(matches!(migrate(&mut foreign), Err(Error::Damaged(_))));
    }
}
