//! A database that can't be written any more: a fresh one in its place, with all that can be read.
//!
//! The damaged file is kept beside the new one. Keys and statements make this device a member
//! again even where nothing can be read, since both are elsewhere: the keychain holds the keys
//! and says which community they are for, and the relay holds what was sent. What was not sent
//! can only come out of the damaged file. It is taken in like anything that arrives, so damage in
//! it can't get further. The install takes a new generation, because nobody can say any more
//! what the old one had written last.

use std::path::Path;
use std::sync::Arc;

use floorwalk_seal::ScopeKey;
use floorwalk_store::{Salvage, SalvagedBlob, Store};
use floorwalk_sync::ReceivedParcel;
use floorwalk_wire::{BlobId, CommunityId, Generation, ScopeId};

use crate::bundle::read_parcel;
use crate::clock;
use crate::error::{Error, ErrorCode, Result};
use crate::evidence::erase::card_record;
use crate::generation;
use crate::ingest;
use crate::keychain::Keychain;
use crate::keys;
use crate::random;
use crate::records::{DoctorReport, RelayAddress};
use crate::state::{DATABASE, State, secret, setting};

/// Settings that the new database takes over as they are.
const KEPT: [&str; 5] = [
    setting::HOST_TOKEN,
    setting::HOSTED,
    setting::LAST_SYNC,
    setting::RECOVERY_FILE,
    setting::WARNINGS,
];
/// Bytes of parcels and blobs taken in one transaction.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Puts a fresh database in the place of a damaged one, which nobody has open.
///
/// # Errors
/// [`ErrorCode::StoreDamaged`] when neither the file nor the keychain says which community this
/// is, and [`ErrorCode::KeysMissing`]; nothing was changed then.
pub(crate) fn rescue(home: &Path, keychain: &Arc<dyn Keychain>) -> Result<DoctorReport> {
    let damaged = home.join(DATABASE);
    let mut salvage = Salvage::open(&damaged)?;
    let member = Member::find(salvage.as_ref(), &**keychain)?;
    let fresh = home.join("floorwalk.db.new");
    for end in ["", "-wal", "-shm"] {
        // Left by an attempt that was cut short.
        let _ = std::fs::remove_file(home.join(format!("floorwalk.db.new{end}")));
    }
    let mut state = State::of(Store::open(&fresh)?, keychain.clone())?;
    let mut report = DoctorReport::default();
    member.write(&mut state, salvage.as_ref())?;
    match &mut salvage {
        Some(salvage) => take_over(&mut state, salvage, &mut report)?,
        None => report.problems.push("nothing in the database could be read".to_owned()),
    }
    state.store.checkpoint()?;
    drop(state);
    let aside = Store::replace(&damaged, &fresh)?;
    let aside = aside.file_name().unwrap_or_default().to_string_lossy().into_owned();
    report.problems.push(format!("the database was damaged; it is kept as {aside}"));
    report.repaired += 1;
    Ok(report)
}

/// Whether the open database is damaged so that only a fresh one helps.
pub(crate) fn is_needed(state: &mut State) -> bool {
    let problems = state.store.integrity_problems();
    state.store.damage().is_some() || problems.map_or(true, |problems| !problems.is_empty())
}

/// Does the same for a home that is open, and goes on with the fresh database.
///
/// # Errors
/// [`ErrorCode::StoreFailed`] too, while another process has it open.
pub(crate) fn in_place(home: &Path, state: &mut State) -> Result<DoctorReport> {
    if state.store.damage().is_none() && !state.store.is_sole() {
        return Err(Error::about(ErrorCode::StoreFailed, "another program has it open"));
    }
    let keychain = state.keychain.clone();
    // Closing a file clears away what lies beside it, so that comes before it is replaced.
    state.store = Store::detached(&home.join(DATABASE))?;
    let rescued = rescue(home, &keychain);
    *state = State::of(Store::open(&home.join(DATABASE))?, keychain)?;
    rescued
}

/// Who this device is, as far as file and keychain say.
struct Member {
    community: CommunityId,
    relay: RelayAddress,
}

impl Member {
    fn find(salvage: Option<&Salvage>, keychain: &dyn Keychain) -> Result<Self> {
        let text = |key| String::from_utf8(salvage?.setting(key)?).ok();
        let community = salvage.and_then(|salvage| salvage.setting(setting::COMMUNITY));
        let community = community.and_then(|id| CommunityId::try_from(&id[..]).ok());
        if let (Some(community), Some(url)) = (community, text(setting::RELAY_URL)) {
            let pin = text(setting::RELAY_PIN);
            return Ok(Self { community, relay: RelayAddress { url, pin } });
        }
        let remembered = keychain.load(secret::COMMUNITY)?.unwrap_or_default();
        let remembered = String::from_utf8(remembered).unwrap_or_default();
        let mut lines = remembered.lines();
        let mut line = || lines.next().filter(|line| !line.is_empty());
        let unknown = || Error::about(ErrorCode::StoreDamaged, "its community can't be read");
        let community = line().and_then(|id| id.parse().ok()).ok_or_else(unknown)?;
        let url = line().ok_or_else(unknown)?.to_owned();
        Ok(Self { community, relay: RelayAddress { url, pin: line().map(str::to_owned) } })
    }

    /// Makes the new store this member's, under a new generation, with the keys that can be read.
    fn write(&self, state: &mut State, salvage: Option<&Salvage>) -> Result<()> {
        state.store.write(|tx| {
            tx.set_setting(setting::COMMUNITY, &self.community.0)?;
            tx.set_setting(setting::GENERATION, &random::bytes::<8>())?;
            tx.set_setting(setting::RELAY_URL, self.relay.url.as_bytes())?;
            if let Some(pin) = &self.relay.pin {
                tx.set_setting(setting::RELAY_PIN, pin.as_bytes())?;
            }
            for key in KEPT {
                if let Some(value) = salvage.and_then(|salvage| salvage.setting(key)) {
                    tx.set_setting(key, &value)?;
                }
            }
            Ok::<_, Error>(())
        })?;
        state.reload()
    }
}

/// Takes in all that can be read, in the order in which it is needed.
fn take_over(state: &mut State, salvage: &mut Salvage, report: &mut DoctorReport) -> Result<()> {
    let scope_keys = salvage.scope_keys();
    state.write(|tx, identity| {
        for (scope, epoch, key) in scope_keys {
            keys::keep_key(tx, identity, scope, epoch, ScopeKey::from_bytes(key))?;
        }
        Ok(())
    })?;
    // Statements first: they say whose the others are, and hold keys to them.
    for statements in [true, false] {
        let mut batch = Batch::default();
        salvage.parcels(|bytes| {
            let (scope, parcel) = read_parcel(state.identity()?, bytes);
            match (scope == ScopeId::MEMBERSHIP) == statements {
                true => batch.add(state, scope, parcel),
                false => Ok(()),
            }
        })?;
        batch.take_in(state)?;
        report.checked += batch.taken;
    }
    let outbox = salvage.outbox();
    report.checked += outbox.len() as u64;
    let earlier = salvage.setting(setting::GENERATION);
    match earlier.and_then(|earlier| Generation::try_from(&earlier[..]).ok()) {
        Some(earlier) => state.write(|tx, identity| {
            generation::adopt_outbox(tx, identity, earlier, outbox, clock::now())
        })?,
        None if outbox.is_empty() => {}
        None => report.problems.push("changes that were not sent could not be read".to_owned()),
    }
    let drafts = salvage.drafts();
    report.checked += drafts.len() as u64;
    state.write(|tx, _| Ok(drafts.iter().try_for_each(|draft| tx.put_draft(draft))?))?;
    salvage.blobs(|blob| keep_blob(state, &blob, report))?;
    for table in salvage.unread() {
        let what = format!(
            "a part of the table {table} could not be read; the next sync brings \
                            what the relay has of it"
        );
        report.problems.push(what);
    }
    Ok(())
}

fn keep_blob(state: &mut State, blob: &SalvagedBlob, report: &mut DoctorReport) -> Result<()> {
    if BlobId::derive(&blob.ciphertext) != blob.id {
        return Ok(());
    }
    report.checked += 1;
    let SalvagedBlob { id, scope, document, state: at, ciphertext } = blob;
    // What it is, its document says.
    let record = card_record(*id, scope, document);
    state.write(|tx, _| Ok(tx.put_blob(&record, Some(ciphertext), *at)?)).map(drop)
}

/// Parcels of one scope, one after the other.
#[derive(Default)]
struct Batch {
    scope: Option<ScopeId>,
    parcels: Vec<ReceivedParcel>,
    size_bytes: usize,
    taken: u64,
}

impl Batch {
    fn add(&mut self, state: &mut State, scope: ScopeId, parcel: ReceivedParcel) -> Result<()> {
        if self.scope.is_some_and(|known| known != scope) || self.size_bytes >= BATCH_BYTES {
            self.take_in(state)?;
        }
        self.scope = Some(scope);
        self.size_bytes += match &parcel {
            ReceivedParcel::Verified(parcel) => parcel.bytes().len(),
            ReceivedParcel::Rejected { bytes, .. } => bytes.len(),
            ReceivedParcel::Known(_) => 0,
        };
        self.parcels.push(parcel);
        Ok(())
    }

    fn take_in(&mut self, state: &mut State) -> Result<()> {
        let Some(scope) = self.scope.take() else { return Ok(()) };
        let parcels = std::mem::take(&mut self.parcels);
        self.size_bytes = 0;
        let taken = state.write(|tx, identity| {
            ingest::from_device(tx, identity, &scope, parcels, clock::now())
        })?;
        self.taken += taken.parcels;
        Ok(())
    }
}
