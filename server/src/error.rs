//! Everything that can go wrong in a relay, told apart by whose fault it is.
//!
//! Errors carry paths and short ids, never the bytes of a parcel, a key or a token. What a peer
//! does wrong is not here: it is answered in the protocol.

use std::path::{Path, PathBuf};

use floorwalk_wire::ParcelError;

/// Why the relay can't do something.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Misuse: there is no relay's data in the folder.
    #[error("no relay has kept data in {0}")]
    NoData(PathBuf),
    /// Misuse: another relay runs on the same folder.
    #[error("another relay is running on {0}")]
    InUse(PathBuf),
    /// Misuse: the community is not hosted here, or its id is no id.
    #[error("no such community is hosted here")]
    UnknownCommunity,
    /// Misuse: the database was written by a newer program.
    #[error("the data is of version {found}, this program knows {known}: install the newer one")]
    Newer {
        /// The version of the file.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// Misuse: the certificate or its key can't be used.
    #[error("the certificate can't be used: {0}")]
    Certificate(String),
    /// Damage: what is stored is not what was written.
    #[error("damaged: {0}")]
    Damaged(String),
    /// The machine: a file or the network.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The machine: the database can't be read or written now.
    #[error("the database: {0}")]
    Database(rusqlite::Error),
    /// The relay is stopping, or its storage failed just now; what was not answered is to be
    /// sent again.
    #[error("the storage does not answer")]
    Unavailable,
    /// The relay took another history while this was under way.
    #[error("the relay has taken a new history")]
    HistoryChanged,
}

impl Error {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoData(_) => "no_data",
            Self::InUse(_) => "in_use",
            Self::UnknownCommunity => "unknown_community",
            Self::Newer { .. } => "newer_data",
            Self::Certificate(_) => "bad_certificate",
            Self::Damaged(_) => "damaged",
            Self::Io { .. } => "io",
            Self::Database(_) => "database",
            Self::Unavailable => "unavailable",
            Self::HistoryChanged => "history_changed",
        }
    }

    /// The exit status of a program that ends with it: 2 wrong use, 4 not possible now, 5 damage.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoData(_)
            | Self::InUse(_)
            | Self::UnknownCommunity
            | Self::Newer { .. }
            | Self::Certificate(_) => 2,
            Self::Io { .. } | Self::Database(_) | Self::Unavailable | Self::HistoryChanged => 4,
            Self::Damaged(_) => 5,
        }
    }

    /// Whether the same may work later without anybody doing anything.
    pub fn is_retryable(&self) -> bool {
        self.exit_code() == 4
    }

    pub(crate) fn io(what: impl Into<String>, source: std::io::Error) -> Self {
        Self::Io { what: what.into(), source }
    }

    pub(crate) fn file(path: &Path, source: std::io::Error) -> Self {
        Self::io(path.display().to_string(), source)
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => Self::Damaged(error.to_string()),
            _ => Self::Database(error),
        }
    }
}

impl From<ParcelError> for Error {
    /// Parcels were verified before they were stored.
    fn from(error: ParcelError) -> Self {
        Self::Damaged(format!("a stored parcel: {error}"))
    }
}
