//! The replica: what a client holds on to.
//!
//! Calls that touch only this device are plain functions: they return when what they did is
//! durable, and take no longer than one transaction. Calls that need the relay are `async` and
//! must run on a tokio runtime; dropping one of them never leaves anything half done.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use floorwalk_store::Tx;
use tokio::sync::watch;

use crate::community;
use crate::dossier::{Manifest, export};
use crate::error::{Error, ErrorClass, ErrorCode, Result};
use crate::evidence::{capture, erase, redact, show};
use crate::keychain::{FileKeychain, Keychain};
use crate::observe::{Listener, Subscription};
use crate::peer::PeerSession;
use crate::records::{
    Acted, Adopted, AttachOptions, Attached, BuildingInfo, BundleReport, CommunityCreated,
    CommunityInfo, ComplaintDetail, ComplaintRow, DeviceInfo, DoctorReport, DossierOptions,
    DossierReport, Erased, Erasing, HeldAccepted, Invitation, Joined, KpiReport, ListQuery,
    NewAdoption, NewCommunity, NewComplaint, NewEvent, NewInvitation, PeriodicReport, Recorded,
    Rectangle, RelayAddress, Revoked, SavedEvidence, Status, SyncOptions, SyncReport,
};
use crate::state::{Identity, Shared};
use crate::sync::{self, SyncProgress, WatchEvent};
use crate::{
    bundle, complaints, describe, doctor, drafts, invite, join, report, rescue, revocation, rules,
};

#[cfg(test)]
mod tests;

/// A device's replica of its community. Clones are handles of the same one.
#[derive(Clone)]
pub struct Replica {
    pub(crate) shared: Arc<Shared>,
}

impl Replica {
    /// Opens the replica in a folder, making it as needed; secret keys are kept in files there.
    ///
    /// # Errors
    /// [`ErrorCode::NewerStore`], [`ErrorCode::StoreDamaged`], [`ErrorCode::KeysMissing`].
    pub fn open(home: &Path) -> Result<Self> {
        Self::open_with(home, Arc::new(FileKeychain::new(home.join("keys"))))
    }

    /// Opens the replica in a folder, with its secret keys kept elsewhere.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(home: &Path, keychain: Arc<dyn Keychain>) -> Result<Self> {
        let shared = Arc::new(Shared::open(home, keychain)?);
        drafts::finish_all(&shared);
        Ok(Self { shared })
    }

    /// Puts a fresh database in the place of one that can't be opened, with everything that can be
    /// read of it; the next sync brings the rest that the relay has. The damaged file stays beside
    /// it. For when [`Self::open`] ends with [`ErrorCode::StoreDamaged`].
    ///
    /// # Errors
    /// [`ErrorCode::StoreDamaged`], [`ErrorCode::KeysMissing`], when it can't be found out who
    /// this device is, and [`ErrorCode::StoreFailed`]; nothing was changed then.
    pub fn rescue(home: &Path) -> Result<DoctorReport> {
        Self::rescue_with(home, Arc::new(FileKeychain::new(home.join("keys"))))
    }

    /// The same with the secret keys kept elsewhere.
    ///
    /// # Errors
    /// As [`Self::rescue`].
    pub fn rescue_with(home: &Path, keychain: Arc<dyn Keychain>) -> Result<DoctorReport> {
        rescue::rescue(home, &keychain)
    }

    /// Founds a community and brings it to its relay.
    ///
    /// # Errors
    /// Those of input; [`ErrorCode::AlreadyInCommunity`]; the relay's, in which case the community
    /// is kept here, and syncing or calling this again with the same short name brings it there.
    pub async fn create_community(&self, new: NewCommunity) -> Result<CommunityCreated> {
        let mut created = match community::found_again(&self.shared, &new)? {
            Some(created) => created,
            None => community::found(&self.shared, &new)?,
        };
        self.sync_quietly().await?;
        created.recovery_passphrase = community::tell_passphrase(&self.shared)?;
        Ok(created)
    }

    /// Restores a community on this device from its recovery file and passphrase.
    ///
    /// # Errors
    /// [`ErrorCode::WrongPassphrase`], [`ErrorCode::BadRecoveryFile`], the relay's.
    pub async fn recover_community(
        &self,
        file: &Path,
        passphrase: &str,
        relay: RelayAddress,
        device_name: &str,
    ) -> Result<Joined> {
        let root = community::recover(&self.shared, file, passphrase, &relay)?;
        self.sync_quietly().await?;
        community::finish_recovery(&self.shared, &root, device_name)?;
        self.sync_quietly().await?;
        join::joined(&self.shared)
    }

    /// Makes another device an administrator; takes the recovery passphrase.
    ///
    /// # Errors
    /// [`ErrorCode::WrongPassphrase`], [`ErrorCode::NotAdmin`] where no root key is kept.
    pub fn certify(&self, device: &str, passphrase: &str) -> Result<()> {
        self.shared.with(|state| community::certify(state, device, passphrase))?;
        self.shared.observers.notify();
        Ok(())
    }

    /// The community as this device knows it.
    ///
    /// # Errors
    /// [`ErrorCode::NotInCommunity`].
    pub fn community(&self) -> Result<CommunityInfo> {
        self.shared.with(|state| state.read(describe::community))
    }

    /// Moves this device to another relay, or to the same one under a new address or certificate,
    /// and syncs with it. The first administrator to come brings the community there.
    ///
    /// # Errors
    /// The relay's. Where it was not met at all, the old address stays.
    pub async fn move_to_relay(&self, relay: &RelayAddress, token: Option<&str>) -> Result<()> {
        let before = self.shared.with(|state| community::move_relay(state, relay, token))?;
        let met = self.sync_quietly().await;
        if met.as_ref().is_err_and(|error| error.code.class() == ErrorClass::Relay) {
            self.shared.with(|state| community::move_relay(state, &before, None))?;
        }
        met
    }

    /// Adopts a regulation; the others know of it after the next sync. Complaints received before
    /// keep the one that they were received under.
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`], [`ErrorCode::UnknownRegulation`], [`ErrorCode::OpenBlanks`],
    /// [`ErrorCode::BadRegulationSetting`], [`ErrorCode::BadRegulationFile`].
    pub fn adopt_regulation(&self, new: &NewAdoption) -> Result<Adopted> {
        self.write(|tx, identity| rules::adopt(tx, identity, new))
    }

    /// Adds a building. The others see it after the next sync.
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`], [`ErrorCode::BuildingExists`].
    pub fn add_building(&self, name: &str) -> Result<BuildingInfo> {
        let added = self.shared.with(|state| community::add_building(state, name))?;
        self.shared.observers.notify();
        Ok(added)
    }

    /// Makes an invitation and brings it to the relay, so that its link works at once.
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`], those of input; the relay's, before the invitation is made.
    pub async fn invite(&self, new: NewInvitation) -> Result<Invitation> {
        self.sync_quietly().await?;
        let invitation = self.shared.with(|state| invite::invite(state, &new))?;
        self.sync_quietly().await?;
        Ok(invitation)
    }

    /// Withdraws an invitation.
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`], [`ErrorCode::InvitationUsed`]; the relay's, when it is kept here
    /// and goes out with the next sync.
    pub async fn withdraw(&self, invitation: &str) -> Result<()> {
        self.shared.with(|state| invite::withdraw(state, invitation))?;
        self.sync_quietly().await
    }

    /// Joins a community by an invitation's link.
    ///
    /// # Errors
    /// [`ErrorCode::BadLink`], those of invitations, the relay's. Nothing is left behind then.
    pub async fn join(&self, link: &str) -> Result<Joined> {
        join::join(&self.shared, link).await
    }

    /// Ends a device's membership and gives its scopes new keys.
    ///
    /// # Errors
    /// [`ErrorCode::NotAdmin`], [`ErrorCode::UnknownDevice`]; the relay's, when the revocation is
    /// kept here and takes effect elsewhere with the next sync.
    pub async fn revoke(&self, device: &str, why: &str) -> Result<Revoked> {
        // What the device has sent so far still counts, so it is fetched first; revoking must
        // not wait for a relay that can't be had.
        let reached = self.sync_quietly().await;
        let revoked = self.shared.with(|state| community::revoke(state, device, why))?;
        self.shared.observers.notify();
        reached?;
        self.sync_quietly().await?;
        Ok(revoked)
    }

    /// Lets what this replica holds back of a revoked device count, here and everywhere. Nothing
    /// is stated where nothing is held. The device stays revoked.
    ///
    /// # Errors
    /// As [`Self::revoke`].
    pub async fn accept_revoked(&self, device: &str) -> Result<HeldAccepted> {
        let reached = self.sync_quietly().await;
        let accepted = self.shared.with(|state| revocation::accept(state, device))?;
        self.shared.observers.notify();
        reached?;
        self.sync_quietly().await?;
        Ok(accepted)
    }

    /// Lets a device's grant run for `for_s` seconds from now.
    ///
    /// # Errors
    /// As [`Self::revoke`].
    pub async fn renew(&self, device: &str, for_s: u64) -> Result<DeviceInfo> {
        // Of two grants that know nothing of each other either may count.
        let reached = self.sync_quietly().await;
        self.shared.with(|state| community::renew(state, device, for_s))?;
        reached?;
        self.sync_quietly().await?;
        let id = self.shared.with(|state| {
            state.read(|tx, identity| community::find_device(tx, identity, device))
        })?;
        let known = self.community()?.devices.into_iter().find(|d| d.device == id.to_string());
        known.ok_or_else(|| Error::about(ErrorCode::UnknownDevice, device))
    }

    /// Records a complaint. It is durable when this returns.
    ///
    /// # Errors
    /// Those of input; [`ErrorCode::StoreFailed`], when nothing of it was kept.
    pub fn record(&self, new: &NewComplaint) -> Result<Recorded> {
        self.write(|tx, identity| complaints::record(tx, identity, new))
    }

    /// Records complaints in one transaction; each has its own outcome.
    ///
    /// # Errors
    /// When the transaction fails; then none of them was kept.
    pub fn record_many(&self, new: &[NewComplaint]) -> Result<Vec<Result<Recorded>>> {
        self.write(|tx, identity| {
            let each = new.iter();
            Ok(each.map(|new| tx.attempt(|| complaints::record(tx, identity, new))).collect())
        })
    }

    /// Adds an event to a complaint.
    ///
    /// # Errors
    /// [`ErrorCode::RoleMayNot`], [`ErrorCode::StageForbids`], those of input.
    pub fn act(&self, complaint: &str, event: &NewEvent) -> Result<Acted> {
        self.write(|tx, identity| complaints::act(tx, identity, complaint, event))
    }

    /// Adds events in one transaction; each has its own outcome.
    ///
    /// # Errors
    /// When the transaction fails; then none of them was kept.
    pub fn act_many(&self, acts: &[(String, NewEvent)]) -> Result<Vec<Result<Acted>>> {
        self.write(|tx, identity| {
            let one = |(complaint, event): &(String, NewEvent)| {
                tx.attempt(|| complaints::act(tx, identity, complaint, event))
            };
            Ok(acts.iter().map(one).collect())
        })
    }

    /// Sets fields of a complaint.
    ///
    /// # Errors
    /// [`ErrorCode::BadField`], [`ErrorCode::BadValue`], [`ErrorCode::RoleMayNot`].
    pub fn edit(&self, complaint: &str, sets: &BTreeMap<String, String>) -> Result<()> {
        self.write(|tx, identity| complaints::edit(tx, identity, complaint, sets))
    }

    /// Takes in a file as evidence of a complaint: a photo, a recording, a paper. It is durable
    /// when this returns. The same file again changes nothing.
    ///
    /// # Errors
    /// [`ErrorCode::File`], [`ErrorCode::EvidenceTooLarge`], [`ErrorCode::NoRoom`] and the like,
    /// when nothing of it was kept; the complaint stays as it is.
    pub fn attach(
        &self,
        complaint: &str,
        file: &Path,
        options: &AttachOptions,
    ) -> Result<Attached> {
        capture::attach(&self.shared, complaint, file, options)
    }

    /// Covers parts of a photo, given by its hash or the beginning of it, and adds the result as a
    /// piece of evidence that names its original.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownEvidence`], [`ErrorCode::EvidenceNotHere`], [`ErrorCode::NotAPicture`],
    /// [`ErrorCode::BadRectangle`].
    pub fn redact(&self, hash: &str, rectangles: &[Rectangle]) -> Result<Attached> {
        redact::redact(&self.shared, hash, rectangles)
    }

    /// Erases the person's details or the photos of a complaint: here at once, at the relay and on
    /// every other device with its next sync. That it was done, by whom and why, stays.
    ///
    /// # Errors
    /// [`ErrorCode::RoleMayNot`], [`ErrorCode::UnknownComplaint`], [`ErrorCode::BadValue`] without
    /// a reason.
    pub fn erase(&self, complaint: &str, what: Erasing, why: &str) -> Result<Erased> {
        self.write(|tx, identity| erase::erase(tx, identity, complaint, what, why))
    }

    /// Writes the evidence of a complaint that is here into a folder, each piece under its hash.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownComplaint`], [`ErrorCode::File`], [`ErrorCode::BlobDamaged`].
    pub fn save_evidence(
        &self,
        complaint: &str,
        folder: &Path,
        progress: impl Fn(u64, u64),
    ) -> Result<Vec<SavedEvidence>> {
        show::save_all(&self.shared, complaint, folder, &progress)
    }

    /// Writes a complaint's dossier: with all that proves it, for anybody to check
    /// ([`crate::dossier::verify`]). `page` makes the page for people from the manifest.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownComplaint`], [`ErrorCode::File`], [`ErrorCode::BlobDamaged`]; no file is
    /// left then.
    pub fn export_dossier(
        &self,
        complaint: &str,
        path: &Path,
        options: &DossierOptions,
        page: impl Fn(&Manifest) -> String,
        progress: impl Fn(u64, u64),
    ) -> Result<DossierReport> {
        export::export(&self.shared, complaint, path, options, &page, &progress)
    }

    /// A small JPEG of a photo of a complaint, when it is here.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownComplaint`], [`ErrorCode::UnknownEvidence`].
    pub fn preview(&self, complaint: &str, hash: &str) -> Result<Option<Vec<u8>>> {
        self.examine(|tx, identity| show::preview(tx, identity, complaint, hash))
    }

    /// What the next syncs do about photos, live ones too.
    pub fn set_sync_options(&self, options: SyncOptions) {
        // A poisoned or closed store has no syncs to come.
        let _ = self.shared.with(|state| {
            state.sync_options = options;
            Ok(())
        });
        self.shared.observers.notify();
    }

    /// The complaints of a query, newest first: one indexed query, no document is loaded.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownBuilding`], [`ErrorCode::UnknownStage`].
    pub fn list(&self, query: &ListQuery) -> Result<Vec<ComplaintRow>> {
        self.shared.with(|state| state.read(|tx, identity| complaints::list(tx, identity, query)))
    }

    /// How many complaints there are.
    ///
    /// # Errors
    /// [`ErrorCode::NotInCommunity`].
    pub fn count(&self) -> Result<u64> {
        self.shared.with(|state| state.read(|tx, _| Ok(tx.complaint_count()?)))
    }

    /// All of one complaint, by its number or id.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownComplaint`], [`ErrorCode::AmbiguousNumber`].
    pub fn show(&self, complaint: &str) -> Result<ComplaintDetail> {
        self.examine(|tx, identity| complaints::show(tx, identity, complaint))
    }

    /// The complaints received from the first day to the last (`YYYY-MM-DD`, both included), in
    /// the order of receipt. Loads every document; `progress` hears how many of how many.
    ///
    /// # Errors
    /// [`ErrorCode::BadDay`].
    pub fn received_between(
        &self,
        from: &str,
        to: &str,
        progress: impl Fn(u64, u64),
    ) -> Result<Vec<ComplaintDetail>> {
        self.examine(|tx, identity| report::received_between(tx, identity, (from, to), &progress))
    }

    /// The statistic of the complaints received from the first day to the last. Names nobody.
    ///
    /// # Errors
    /// [`ErrorCode::BadDay`], [`ErrorCode::UnknownRegulation`].
    pub fn kpi(&self, from: &str, to: &str, progress: impl Fn(u64, u64)) -> Result<KpiReport> {
        self.examine(|tx, identity| report::kpi(tx, identity, (from, to), &progress))
    }

    /// The report that the present regulation wants for the period that a day lies in.
    ///
    /// # Errors
    /// [`ErrorCode::BadDay`], [`ErrorCode::NoPeriodicReport`].
    pub fn periodic_report(
        &self,
        date: &str,
        progress: impl Fn(u64, u64),
    ) -> Result<PeriodicReport> {
        self.examine(|tx, identity| report::periodic(tx, identity, date, &progress))
    }

    /// Syncs with the relay until both sides have everything.
    ///
    /// # Errors
    /// The relay's; everything is kept, and the next sync goes on from there.
    pub async fn sync_once(
        &self,
        progress: impl Fn(SyncProgress) + Send + Sync,
    ) -> Result<SyncReport> {
        sync::once(&self.shared, &progress).await
    }

    /// Keeps in sync, reconnecting as needed, until `stop` turns true.
    ///
    /// # Errors
    /// When trying again can't help: [`ErrorCode::Revoked`] and the like.
    pub async fn watch(
        &self,
        stop: watch::Receiver<bool>,
        on_event: impl Fn(WatchEvent) + Send + Sync,
    ) -> Result<()> {
        sync::watch(&self.shared, stop, &on_event).await
    }

    /// Begins a sync with another device over a stream that the caller has.
    ///
    /// # Errors
    /// [`ErrorCode::NotInCommunity`].
    pub fn sync_with_device(&self) -> Result<PeerSession> {
        PeerSession::new(&self.shared)
    }

    /// How this replica stands.
    ///
    /// # Errors
    /// [`ErrorCode::NotInCommunity`].
    pub fn status(&self) -> Result<Status> {
        self.shared.with(|state| state.read(describe::status))
    }

    /// Writes everything that this device holds into a bundle file.
    ///
    /// # Errors
    /// [`ErrorCode::File`].
    pub fn export_bundle(&self, path: &Path) -> Result<BundleReport> {
        bundle::export(&self.shared, path)
    }

    /// Takes in a bundle file.
    ///
    /// # Errors
    /// [`ErrorCode::BadBundle`], when what could be read was kept; [`ErrorCode::ForeignBundle`].
    pub fn import_bundle(&self, path: &Path) -> Result<BundleReport> {
        bundle::import(&self.shared, path)
    }

    /// Checks everything, and with `rebuild` makes documents and lists anew from the parcels, and
    /// the whole database where that is damaged.
    ///
    /// # Errors
    /// [`ErrorCode::StoreDamaged`] when even looking is not possible.
    pub fn doctor(&self, rebuild: bool) -> Result<DoctorReport> {
        let report = self.shared.with(|state| {
            if rebuild && rescue::is_needed(state) {
                return rescue::in_place(&self.shared.home, state);
            }
            doctor::examine(state, rebuild)
        })?;
        self.shared.observers.notify();
        Ok(report)
    }

    /// Why this replica can only be read, when the database is damaged.
    pub fn read_only_because(&self) -> Option<Error> {
        let damage = self.shared.with(|state| Ok(state.store.damage().map(str::to_owned)));
        damage.ok().flatten().map(|damage| Error::about(ErrorCode::StoreDamaged, damage))
    }

    /// Subscribes a listener: it hears the present state at once, and then every change.
    pub fn observe(&self, listener: Arc<dyn Listener>) -> Subscription {
        self.shared.observers.subscribe(listener)
    }

    /// Gives this handle up. Resolves when all others and every running call are gone too, and the
    /// database file is closed, so that a phone may suspend the program.
    pub fn close(self) -> impl Future<Output = ()> + Send + use<> {
        let mut released = self.shared.released.subscribe();
        drop(self);
        // Nothing is ever sent: it fails when the other end is gone.
        async move { while released.changed().await.is_ok() {} }
    }

    fn write<T>(&self, work: impl FnOnce(&Tx<'_>, &mut Identity) -> Result<T>) -> Result<T> {
        let value = self.shared.with(|state| state.write(work))?;
        self.shared.observers.notify();
        Ok(value)
    }

    /// Looks at documents. A damaged one is rebuilt on the way, so this may write.
    fn examine<T>(&self, work: impl Fn(&Tx<'_>, &Identity) -> Result<T>) -> Result<T> {
        self.shared.with(|state| {
            if state.store.damage().is_some() {
                return state.read(|tx, identity| work(tx, identity));
            }
            state.write(|tx, identity| work(tx, identity))
        })
    }

    async fn sync_quietly(&self) -> Result<()> {
        sync::once(&self.shared, &|_| {}).await.map(|_| ())
    }
}
