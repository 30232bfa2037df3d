//! What a replica holds in memory: its store, and the identity that it acts under.
//!
//! The identity is a cache of what store and keychain say. A transaction works on a copy of it,
//! which takes the original's place when the transaction is durable; so a failure leaves neither
//! trace. Another process may write to the same store: the cache is read again when it has.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use floorwalk_complaint::{Actor, Role, derive_actor};
use floorwalk_seal::{DeviceKeys, InvitationKeys, InvitationSecret, KeyRing, ScopeKey};
use floorwalk_store::{Store, StoreError, Tx};
use floorwalk_wire::{
    CommunityId, DeviceId, Generation, LogId, Membership, ScopeId, Statement, VerifiedParcel,
};
use tokio::sync::watch;

use crate::error::{Error, ErrorCode, Result};
use crate::keychain::{Keychain, make_private_folder};
use crate::observe::Observers;
use crate::records::{RelayAddress, SyncOptions};
use crate::rules::RulesMemo;

/// The name of the database in a home.
pub(crate) const DATABASE: &str = "floorwalk.db";

/// Keys of settings in the store.
pub(crate) mod setting {
    pub(crate) const COMMUNITY: &str = "community";
    pub(crate) const GENERATION: &str = "generation";
    pub(crate) const RELAY_URL: &str = "relay_url";
    pub(crate) const RELAY_PIN: &str = "relay_pin";
    pub(crate) const RELAY_KEY: &str = "relay_key";
    pub(crate) const RELAY_HISTORY: &str = "relay_history";
    pub(crate) const HOST_TOKEN: &str = "host_token";
    pub(crate) const HOSTED: &str = "hosted";
    pub(crate) const LAST_SYNC: &str = "last_sync";
    pub(crate) const RECOVERY_FILE: &str = "recovery_file";
    /// What the relay said last that it had done with a blob.
    pub(crate) const LAST_BLOB: &str = "last_blob";
    pub(crate) const WARNINGS: &str = "warnings";
}

/// Names of secrets in the keychain.
pub(crate) mod secret {
    pub(crate) const DEVICE: &str = "device";
    pub(crate) const INVITATION: &str = "invitation";
    /// Which community this device belongs to and where its relay is, for the day when the
    /// database can't say: without it, there would be keys and nowhere to go with them.
    pub(crate) const COMMUNITY: &str = "community";
    /// A recovery passphrase that was made and not shown yet; empty once it was.
    pub(crate) const UNTOLD_PASSPHRASE: &str = "untold-passphrase";
}

/// What all handles of a replica share.
pub(crate) struct Shared {
    pub(crate) home: PathBuf,
    pub(crate) observers: Observers,
    state: Mutex<State>,
    /// Dropped after the state, as the last field: whoever waits for its end knows that the
    /// database is closed.
    pub(crate) released: watch::Sender<()>,
}

/// The store, and the identity when this device belongs to a community.
pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) keychain: Arc<dyn Keychain>,
    /// What the next syncs do about photos.
    pub(crate) sync_options: SyncOptions,
    identity: Option<Identity>,
    data_version: i64,
}

/// Who this device is in its community.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) community: CommunityId,
    pub(crate) keys: Arc<DeviceKeys>,
    pub(crate) invitation: Option<Arc<InvitationKeys>>,
    pub(crate) generation: Generation,
    pub(crate) membership: Arc<Membership>,
    pub(crate) ring: Arc<KeyRing>,
    pub(crate) relay: RelayAddress,
    pub(crate) rules: RulesMemo,
}

impl Shared {
    /// Opens a home.
    pub(crate) fn open(home: &Path, keychain: Arc<dyn Keychain>) -> Result<Self> {
        make_private_folder(home).map_err(|_| Error::about(ErrorCode::File, home.display()))?;
        let state = State::of(Store::open(&home.join(DATABASE))?, keychain)?;
        state.remember_community();
        let (state, observers) = (Mutex::new(state), Observers::default());
        Ok(Self { home: home.to_owned(), observers, state, released: watch::Sender::new(()) })
    }

    /// Runs `work` on the state, which reflects what other processes have written.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        let mut state = self.lock();
        state.refresh()?;
        work(&mut state)
    }

    /// A number that changes when another process has written. Whoever waits for that compares it
    /// with the one from before its own last look: any other call here may have looked since.
    pub(crate) fn version_elsewhere(&self) -> Result<i64> {
        Ok(self.lock().store.data_version()?)
    }

    /// A panic while the lock was held left the store as the last transaction did, and the
    /// identity is only ever replaced whole: so the state is good.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The state that a store says.
    pub(crate) fn of(store: Store, keychain: Arc<dyn Keychain>) -> Result<Self> {
        let data_version = store.data_version()?;
        let sync_options = SyncOptions::default();
        let mut state = Self { store, keychain, sync_options, identity: None, data_version };
        state.reload()?;
        Ok(state)
    }

    /// The identity, for reading.
    pub(crate) fn identity(&self) -> Result<&Identity> {
        self.identity.as_ref().ok_or_else(|| ErrorCode::NotInCommunity.into())
    }

    /// Whether this device belongs to a community.
    pub(crate) fn is_member(&self) -> bool {
        self.identity.is_some()
    }

    /// Reads with the identity at hand.
    pub(crate) fn read<T>(
        &mut self,
        work: impl FnOnce(&Tx<'_>, &Identity) -> Result<T>,
    ) -> Result<T> {
        let identity = self.identity.as_ref().ok_or(ErrorCode::NotInCommunity)?;
        self.store.read(|tx| work(tx, identity))
    }

    /// Runs one durable transaction; what it does to the identity counts when it is durable.
    pub(crate) fn write<T>(
        &mut self,
        work: impl FnOnce(&Tx<'_>, &mut Identity) -> Result<T>,
    ) -> Result<T> {
        let mut identity = self.identity()?.clone();
        let (keychain, mut version) = (self.keychain.clone(), self.data_version);
        let value = self.store.write(|tx| {
            // Beginning may have waited for another process, which may have changed who we are.
            let present = tx.data_version()?;
            if present != version {
                identity = Identity::load(tx, &*keychain)?.ok_or(ErrorCode::NotInCommunity)?;
                version = present;
            }
            work(tx, &mut identity)
        })?;
        (self.identity, self.data_version) = (Some(identity), version);
        Ok(value)
    }

    /// Takes up an identity that a transaction has just written for the first time.
    pub(crate) fn adopt(&mut self, identity: Identity) {
        self.identity = Some(identity);
        self.remember_community();
    }

    /// Forgets a community that this device has not come to belong to.
    pub(crate) fn forget_community(&mut self) -> Result<()> {
        self.store.write(|tx| Ok::<_, Error>(tx.forget_everything()?))?;
        self.identity = None;
        Ok(())
    }

    /// Keeps the community and its relay's address with the keys. That it fails now must not stop
    /// anything: it is tried again whenever the home is opened.
    fn remember_community(&self) {
        let Some(Identity { community, relay, .. }) = &self.identity else { return };
        let pin = relay.pin.as_deref().unwrap_or_default();
        let said = format!("{community}\n{}\n{pin}\n", relay.url);
        let known = self.keychain.load(secret::COMMUNITY).ok().flatten();
        if known.as_deref() != Some(said.as_bytes()) {
            let _ = self.keychain.save(secret::COMMUNITY, said.as_bytes());
        }
    }

    fn refresh(&mut self) -> Result<()> {
        let version = self.store.data_version()?;
        if version != self.data_version {
            self.data_version = version;
            self.reload()?;
        }
        Ok(())
    }

    /// Reads the identity from the store again.
    pub(crate) fn reload(&mut self) -> Result<()> {
        let keychain = self.keychain.clone();
        self.identity = self.store.read(|tx| Identity::load(tx, &*keychain))?;
        Ok(())
    }
}

impl Identity {
    fn load(tx: &Tx<'_>, keychain: &dyn Keychain) -> Result<Option<Self>> {
        let Some(community) = tx.setting(setting::COMMUNITY)? else { return Ok(None) };
        let community =
            CommunityId::try_from(&community[..]).map_err(|_| ErrorCode::KeysMissing)?;
        let keys = keychain.load(secret::DEVICE)?.ok_or(ErrorCode::KeysMissing)?;
        let keys = DeviceKeys::from_secret_bytes(&keys).map_err(|_| ErrorCode::KeysMissing)?;
        let invitation = keychain.load(secret::INVITATION)?;
        let invitation = invitation
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .map(|bytes| Arc::new(InvitationSecret::from_bytes(bytes).derive_keys()));
        let generation = tx.setting(setting::GENERATION)?.unwrap_or_default();
        let generation =
            Generation::try_from(&generation[..]).map_err(|_| ErrorCode::KeysMissing)?;
        let mut ring = KeyRing::default();
        for (scope, epoch, key) in tx.scope_keys()? {
            ring.insert(scope, epoch, ScopeKey::from_bytes(key));
        }
        Ok(Some(Self {
            community,
            keys: Arc::new(keys),
            invitation,
            generation,
            membership: Arc::new(load_membership(tx, community)?),
            ring: Arc::new(ring),
            relay: RelayAddress {
                url: text_setting(tx, setting::RELAY_URL)?.unwrap_or_default(),
                pin: text_setting(tx, setting::RELAY_PIN)?,
            },
            rules: RulesMemo::default(),
        }))
    }

    /// This device's id.
    pub(crate) fn device(&self) -> DeviceId {
        self.keys.device()
    }

    /// The actor that this install writes as.
    pub(crate) fn actor(&self) -> Actor {
        derive_actor(&self.device().0, &self.generation.0)
    }

    /// This install's log in a scope.
    pub(crate) fn own_log(&self, scope: ScopeId) -> LogId {
        LogId { scope, device: self.device(), generation: self.generation }
    }

    /// This device's role, once it is known as a member.
    pub(crate) fn role(&self) -> Option<Role> {
        self.role_of(&self.device())
    }

    /// A device's role.
    pub(crate) fn role_of(&self, device: &DeviceId) -> Option<Role> {
        self.membership.member(device).and_then(|member| Role::from_code(member.role.0))
    }

    /// Whether this device may make statements about others.
    pub(crate) fn is_admin(&self) -> bool {
        self.membership
            .member(&self.device())
            .is_some_and(|member| member.admin && member.revoked.is_none())
    }

    /// The community's own scope, once the founding is known.
    pub(crate) fn community_scope(&self) -> Result<ScopeId> {
        self.membership.community_scope().ok_or_else(|| ErrorCode::NotAMember.into())
    }

    /// The scopes that exist and that this device may read and write.
    pub(crate) fn scopes(&self) -> Vec<ScopeId> {
        let device = self.device();
        let scopes = self.membership.epochs().keys().copied();
        scopes.filter(|scope| self.membership.has_access(&device, scope)).collect()
    }
}

/// A text setting.
pub(crate) fn text_setting(tx: &Tx<'_>, key: &str) -> Result<Option<String>> {
    let value = tx.setting(key)?;
    value.map(String::from_utf8).transpose().map_err(|_| Error::about(ErrorCode::StoreDamaged, key))
}

/// The membership as the statements in the store say.
pub(crate) fn load_membership(tx: &Tx<'_>, community: CommunityId) -> Result<Membership> {
    let mut membership = Membership::new(community);
    let statements = all_statements(tx)?;
    // One that this version can't read, be it a newer version's or nonsense, has no effect.
    let known = statements.iter().filter(|parcel| Statement::read(parcel).is_ok());
    membership.extend(known).map_err(|error| Error::about(ErrorCode::StoreDamaged, error))?;
    Ok(membership)
}

/// Every membership statement in the store.
pub(crate) fn all_statements(tx: &Tx<'_>) -> Result<Vec<VerifiedParcel>> {
    let mut found = Vec::new();
    loop {
        let after = found.last().map(VerifiedParcel::id);
        let (page, more) = tx.parcels(&ScopeId::MEMBERSHIP, after.as_ref())?;
        found.extend(page.into_iter().map(|stored| stored.parcel));
        if !more {
            return Ok(found);
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Newer { .. } => ErrorCode::NewerStore.into(),
            StoreError::Damaged(what) => Self::about(ErrorCode::StoreDamaged, what),
            StoreError::ReadOnly => Self::about(ErrorCode::StoreDamaged, "read only"),
            StoreError::DiskFull => Self::about(ErrorCode::StoreFailed, "disk full"),
            StoreError::File(error) => Self::about(ErrorCode::StoreFailed, error.kind()),
            StoreError::Sqlite(error) => Self::about(ErrorCode::StoreFailed, error),
        }
    }
}
