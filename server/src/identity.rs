//! Who this relay is: the key that signs its heads, its present history, and its sole use of the
//! data folder.
//!
//! The key is a file beside the database, not a row of it: a copy of the database alone can then
//! not sign as this relay. A backup is whole with both. The database remembers the public half,
//! so that a lost or exchanged key file is found at the start and not by every client.

use std::fs::File;
use std::path::Path;

use ed25519_dalek::SigningKey;
use floorwalk_wire::HistoryId;
use floorwalk_wire::signing::device_id;
use rusqlite::Connection;

use crate::error::Error;
use crate::{db, files};

const KEY_FILE: &str = "relay.key";
const LOCK_FILE: &str = "relay.lock";
const PUBLIC_KEY: &str = "relay_key";

/// Holds the data folder for one relay until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Lock {
    /// Takes the folder.
    ///
    /// # Errors
    /// [`Error::InUse`] when another process has it.
    pub(crate) fn take(data: &Path) -> Result<Self, Error> {
        let path = data.join(LOCK_FILE);
        let file = File::create(&path).map_err(|error| Error::file(&path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(std::fs::TryLockError::WouldBlock) => Err(Error::InUse(data.to_owned())),
            Err(std::fs::TryLockError::Error(error)) => Err(Error::file(&path, error)),
        }
    }
}

impl Drop for Lock {
    /// Closing the file is not enough: a program that was started meanwhile holds it open too until
    /// it has begun to run, and the lock with it.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// Reads the relay's key and history, making both at the first start.
///
/// # Errors
/// [`Error::Damaged`] when the key file is lost or is not the one that this database knows.
pub(crate) fn load_or_make(
    data: &Path,
    connection: &Connection,
) -> Result<(SigningKey, HistoryId), Error> {
    let path = data.join(KEY_FILE);
    let known = db::meta::<32>(connection, PUBLIC_KEY)?;
    let key = match (files::read(&path)?, known) {
        (None, Some(_)) => {
            return Err(Error::Damaged("relay.key is missing: put it back from a backup".into()));
        }
        (None, None) => {
            let key = SigningKey::from_bytes(&make_random()?);
            files::write_secret(&path, key.as_bytes())?;
            key
        }
        (Some(bytes), _) => {
            let secret = bytes.as_slice().try_into();
            SigningKey::from_bytes(secret.map_err(|_| Error::Damaged("relay.key".into()))?)
        }
    };
    let public = device_id(&key).0;
    if known.is_some_and(|known| known != public) {
        return Err(Error::Damaged("relay.key is not the key of this relay.db".into()));
    }
    db::set_meta(connection, PUBLIC_KEY, &public)?;
    let history = match db::history(connection)? {
        Some(history) => history,
        None => {
            let history = HistoryId(make_random()?);
            db::set_history(connection, &history)?;
            history
        }
    };
    Ok((key, history))
}

/// Random bytes of the system.
pub(crate) fn make_random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    #[cfg(feature = "simulation")]
    if crate::simulation::fill(&mut bytes) {
        return Ok(bytes);
    }
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::io("random bytes", std::io::Error::other(error)))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_lost_or_exchanged_key_is_found_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let connection = db::open_writer(folder.path()).unwrap();
        let (key, history) = load_or_make(folder.path(), &connection).unwrap();
        let again = load_or_make(folder.path(), &connection).unwrap();
        assert_eq!((again.0.to_bytes(), again.1), (key.to_bytes(), history));

        let path = folder.path().join(KEY_FILE);
        std::fs::write(&path, [7; 32]).unwrap();
        assert!(matches!(load_or_make(folder.path(), &connection), Err(Error::Damaged(_))));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(load_or_make(folder.path(), &connection), Err(Error::Damaged(_))));
    }

    #[test]
    fn a_folder_serves_one_relay() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::take(folder.path()).unwrap();
        // A program that is just being started holds such a copy.
        let _copy = lock.0.try_clone().unwrap();
        assert!(matches!(Lock::take(folder.path()), Err(Error::InUse(_))));
        drop(lock);
        Lock::take(folder.path()).unwrap();
    }
}
