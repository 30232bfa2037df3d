//! One device's replica, as an app holds it: its life, and its community.

use std::path::PathBuf;
use std::sync::Arc;

use floorwalk_replica as replica;
use replica::ErrorCode;

use crate::engine::Engine;
use crate::error::Result;
use crate::keychain::{Adapter, Keychain};
use crate::records::{Community, Joined};

/// One device's replica of its community. Keep one for each folder.
#[derive(uniffi::Object)]
pub struct Floorwalk {
    pub(crate) engine: Arc<Engine>,
}

#[uniffi::export]
impl Floorwalk {
    /// Takes a folder of the app's own and the phone's store of keys. Returns at once and reads
    /// nothing: the first call opens the database, making it as needed.
    ///
    /// The folder must be the app's alone, not be part of a cloud backup, and be readable after the
    /// first unlock. Errors of opening are those of the first call: `keys_missing`,
    /// `store_damaged`, `newer_store`.
    #[uniffi::constructor]
    pub fn open(folder: String, keychain: Arc<dyn Keychain>) -> Arc<Self> {
        let keychain = Arc::new(Adapter(keychain));
        Arc::new(Self { engine: Arc::new(Engine::new(PathBuf::from(folder), keychain)) })
    }

    /// Ends conversations, finishes what runs, and releases the database file, so that the system
    /// may freeze the process. Calls are refused with `suspended` until `resume`.
    pub async fn suspend(&self) -> Result<()> {
        self.engine.suspend().await
    }

    /// Allows calls again after `suspend`; observations and a live sync go on.
    pub async fn resume(&self) -> Result<()> {
        self.engine.resume().await
    }

    /// The same as `suspend`, for good: every later call fails with `shut_down`.
    pub async fn shutdown(&self) -> Result<()> {
        self.engine.shut_down().await
    }

    /// Whether this device belongs to a community.
    pub async fn is_member(&self) -> Result<bool> {
        let outcome = self.engine.call(|replica| match replica.status() {
            Ok(_) => Ok(true),
            Err(error) if error.code == ErrorCode::NotInCommunity => Ok(false),
            Err(error) => Err(error),
        });
        outcome.await
    }

    /// Joins a community by an invitation's link, with the part after the hash sign. Fails with
    /// `bad_link`, `invitation_used`, `invitation_expired`, `invitation_withdrawn`,
    /// `already_in_community` or a code of the relay; nothing is left behind then.
    pub async fn join(&self, link: String) -> Result<Joined> {
        let joined = self.engine.converse(|replica| async move { replica.join(&link).await }).await;
        self.engine.bump();
        joined.map(Joined::from)
    }

    /// The community as this device knows it.
    pub async fn community(&self) -> Result<Community> {
        self.engine.call(|replica| Ok(replica.community()?.into())).await
    }
}
