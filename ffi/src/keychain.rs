//! The phone's own store of keys, as the app hands it in.

use std::sync::Arc;

use floorwalk_replica as replica;
use replica::ErrorCode;

/// Keeps small secrets by name: Android's Keystore, Apple's Keychain, or a file for tests.
///
/// Called on a thread of the library, one call at a time for each device; a call may block. What
/// `save` has returned from must survive a restart of the phone, and must be readable after the
/// first unlock, since syncs run in the background.
#[uniffi::export(with_foreign)]
pub trait Keychain: Send + Sync {
    /// The secret of that name, if there is one.
    ///
    /// # Errors
    /// When the store of keys can't be read now. A call then fails with `keys_missing`.
    fn load(&self, name: String) -> Result<Option<Vec<u8>>, KeychainError>;

    /// Keeps a secret durably under a name, in place of what was there.
    ///
    /// # Errors
    /// When it can't be kept. A call then fails with `store_failed`, and nothing was changed.
    fn save(&self, name: String, secret: Vec<u8>) -> Result<(), KeychainError>;
}

/// Why a store of keys could not serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum KeychainError {
    /// It is locked, missing, or failed.
    #[error("the store of keys is not available")]
    Unavailable,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for KeychainError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unavailable
    }
}

/// A phone's store of keys, seen by the replica.
pub(crate) struct Adapter(pub(crate) Arc<dyn Keychain>);

impl replica::Keychain for Adapter {
    fn load(&self, name: &str) -> replica::Result<Option<Vec<u8>>> {
        self.0.load(name.to_owned()).map_err(|_| ErrorCode::KeysMissing.into())
    }

    fn save(&self, name: &str, secret: &[u8]) -> replica::Result<()> {
        let saved = self.0.save(name.to_owned(), secret.to_vec());
        saved.map_err(|error| replica::Error::about(ErrorCode::StoreFailed, error))
    }
}
