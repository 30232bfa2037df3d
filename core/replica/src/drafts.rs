//! Drafts: what a person types is kept at once, before it is a complaint.
//!
//! A draft is a row of the store, and copies of its photos in a folder of the home. Neither leaves
//! this device, and both go when it is recorded or discarded. Recording takes three steps: one
//! transaction writes the complaint and notes in the draft which one it is; its photos are
//! attached, which changes nothing where it was done before; the draft goes. So a kill leaves the
//! draft, or a complaint whose photos are attached when the home is next opened.
//!
//! Invariants: a copy that a row names is whole and durable, and its source is not needed any
//! more; one draft becomes one complaint, however often it is recorded. The complaint's id follows
//! from the draft's and from the install, so that a copied home can't write to the same document.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::path::Path;

use floorwalk_complaint::{Actor, DocumentId, EventKind, derive_actor};
use floorwalk_store::{BlobFiles, Draft as Copied, StoreError, StoredDraft, Tx};
use floorwalk_wire::{BlobId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::blob::file_failed;
use crate::clock;
use crate::complaints;
use crate::error::{Error, ErrorCode, Result};
use crate::evaluation;
use crate::evidence::capture::{self, EVIDENCE_MAX};
use crate::keychain::make_private_folder;
use crate::random;
use crate::records::{AttachOptions, Draft, DraftPhoto, NewComplaint, Recorded};
use crate::replica::Replica;
use crate::rules::Rules;
use crate::state::{Identity, Shared, State};

#[cfg(test)]
mod tests;

/// The folder of a home with the copies of photos.
const FOLDER: &str = "drafts";
/// Drafts of one device.
const DRAFTS_MAX: usize = 200;
/// What a draft's row holds, in bytes.
const CONTENT_BYTES_MAX: usize = 1024 * 1024;
/// A piece of a photo that is copied at once, in bytes.
const PIECE_BYTES: usize = 64 * 1024;

impl Replica {
    /// Keeps what was typed so far, under a draft's id or as a new draft. It is durable when this
    /// returns. It may be incomplete, and needs no community; only limits are checked.
    ///
    /// # Errors
    /// [`ErrorCode::BadValue`] for what is too long, [`ErrorCode::UnknownDraft`],
    /// [`ErrorCode::TooManyDrafts`]; what was kept before stays.
    pub fn save_draft(&self, id: Option<&str>, complaint: &NewComplaint) -> Result<Draft> {
        complaints::check_limits(complaint)?;
        let id = id.map(DraftId::parse).transpose()?;
        self.change_draft(|tx| {
            let mut kept = match id {
                Some(id) => Kept::open(tx, id)?,
                None => Kept::begin(tx)?,
            };
            kept.content.complaint = complaint.clone();
            Ok(kept)
        })
    }

    /// Adds a copy of a photo, or of another file, to a draft. It is durable when this returns, and
    /// the file is not needed any more. The same file again changes nothing.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownDraft`]; those of [`Self::attach`], when nothing of it was kept.
    pub fn attach_to_draft(&self, id: &str, file: &Path) -> Result<Draft> {
        let id = DraftId::parse(id)?;
        self.shared.with(|state| state.store.read(|tx| Kept::open(tx, id)).map(drop))?;
        make_private_folder(&self.shared.home.join(FOLDER)).map_err(file_failed)?;
        let files = files(&self.shared);
        let (copied, photo, bytes) = copy(&files, file)?;
        self.change_draft(|tx| {
            let mut kept = Kept::open(tx, id)?;
            let photos = &mut kept.content.photos;
            if !photos.iter().any(|known| known.id == photo.to_string()) {
                if photos.len() >= EVIDENCE_MAX {
                    return Err(Error::about(ErrorCode::EvidenceFull, EVIDENCE_MAX));
                }
                photos.push(Photo { id: photo.to_string(), bytes });
            }
            files.keep(copied, &photo).map_err(file_failed)?;
            Ok(kept)
        })
    }

    /// Takes a photo out of a draft, by the id that it has there.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownDraft`], [`ErrorCode::UnknownEvidence`].
    pub fn remove_from_draft(&self, id: &str, photo: &str) -> Result<Draft> {
        let id = DraftId::parse(id)?;
        let draft = self.change_draft(|tx| {
            let mut kept = Kept::find(tx, id)?.ok_or_else(|| id.unknown())?;
            let photos = &mut kept.content.photos;
            let at = photos.iter().position(|known| known.id == photo);
            photos.remove(at.ok_or_else(|| Error::about(ErrorCode::UnknownEvidence, photo))?);
            Ok(kept)
        })?;
        sweep(&self.shared);
        Ok(draft)
    }

    /// The drafts of this device, the last saved first.
    ///
    /// # Errors
    /// [`ErrorCode::StoreFailed`].
    pub fn drafts(&self) -> Result<Vec<Draft>> {
        self.shared.with(|state| {
            let all = state.store.read(Kept::all)?;
            all.into_iter().map(|kept| kept.show(&self.shared, state)).collect()
        })
    }

    /// Discards a draft with its photos.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownDraft`].
    pub fn discard_draft(&self, id: &str) -> Result<()> {
        let id = DraftId::parse(id)?;
        self.shared.with(|state| {
            state.store.write(|tx| {
                tx.draft(&id.0)?.ok_or_else(|| id.unknown())?;
                Ok::<_, Error>(tx.remove_draft(&id.0)?)
            })
        })?;
        sweep(&self.shared);
        self.shared.observers.notify();
        Ok(())
    }

    /// Records a draft as a complaint with its photos: once, also when this is called twice or was
    /// cut short. Unless the draft says when it was received, that is now.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownDraft`]; those of [`Self::record`], when it stays a draft; those of
    /// [`Self::attach`], when the complaint is recorded, [`Draft::recorded`] says so, and calling
    /// this again goes on with the photos.
    pub fn record_draft(&self, id: &str) -> Result<Recorded> {
        let id = DraftId::parse(id)?;
        let complaint = begin_recording(&self.shared, id)?;
        finish_recording(&self.shared, id)?;
        self.shared.with(|state| {
            state.write(|tx, identity| {
                let detail = complaints::show(tx, identity, &complaint)?;
                let (number, id, missing) = (detail.number, detail.id, detail.missing);
                Ok(Recorded { number, id, missing })
            })
        })
    }

    /// Changes one draft, or makes it.
    fn change_draft(&self, change: impl FnOnce(&Tx<'_>) -> Result<Kept>) -> Result<Draft> {
        let draft = self.shared.with(|state| {
            let kept = state.store.write(|tx| {
                let mut kept = change(tx)?;
                kept.saved_at = clock::now();
                kept.save(tx)?;
                Ok::<_, Error>(kept)
            })?;
            kept.show(&self.shared, state)
        })?;
        self.shared.observers.notify();
        Ok(draft)
    }
}

/// Attaches what the recording of drafts has left to attach, and removes copies that no draft
/// names. What is in the way of it now must not stop anything: it is tried again when the home is
/// next opened.
pub(crate) fn finish_all(shared: &Shared) {
    let all = shared.with(|state| state.store.read(Kept::all)).unwrap_or_default();
    for kept in all.iter().filter(|kept| kept.content.recorded.is_some()) {
        let _ = finish_recording(shared, kept.id);
    }
    if shared.home.join(FOLDER).exists() {
        sweep(shared);
    }
}

/// Writes the complaint and notes in its draft which one it is. Returns its id.
fn begin_recording(shared: &Shared, id: DraftId) -> Result<String> {
    let complaint = shared.with(|state| {
        state.write(|tx, identity| {
            let before = recorded_before(tx, identity, id)?;
            let Some(mut kept) = Kept::find(tx, id)? else {
                return before.ok_or_else(|| id.unknown());
            };
            if let Some(complaint) = kept.content.recorded {
                return Ok(complaint);
            }
            if !kept.content.photos.is_empty() {
                let role = complaints::require_role(identity)?;
                complaints::require_may(role, &EventKind::EvidenceAdded)?;
            }
            let complaint = match before {
                Some(complaint) => complaint,
                None => {
                    let unique = id.derive_unique(&identity.actor());
                    complaints::record_as(tx, identity, &kept.content.complaint, unique)?.id
                }
            };
            kept.content.recorded = Some(complaint.clone());
            kept.save(tx)?;
            Ok(complaint)
        })
    })?;
    shared.observers.notify();
    Ok(complaint)
}

/// Attaches the photos of a draft that was recorded, and lets it go.
fn finish_recording(shared: &Shared, id: DraftId) -> Result<()> {
    let find = || shared.with(|state| state.store.read(|tx| Kept::find(tx, id)));
    let Some(Content { recorded: Some(complaint), photos, .. }) = find()?.map(|kept| kept.content)
    else {
        return Ok(());
    };
    let files = files(shared);
    for photo in photos {
        let copy = files.path(&photo.blob()?);
        match capture::attach(shared, &complaint, &copy, &AttachOptions::default()) {
            // What was erased from the complaint meanwhile must not come back.
            Err(error) if error.code == ErrorCode::EvidenceErased => {}
            // Another process may have finished first, and taken the copies away.
            Err(error) => return if find()?.is_some() { Err(error) } else { Ok(()) },
            Ok(_) => {}
        }
    }
    shared.with(|state| state.store.write(|tx| Ok::<_, Error>(tx.remove_draft(&id.0)?)))?;
    sweep(shared);
    shared.observers.notify();
    Ok(())
}

/// The complaint that a draft has become by this or an earlier install of this device.
fn recorded_before(tx: &Tx<'_>, identity: &Identity, id: DraftId) -> Result<Option<String>> {
    let known = tx.logs(None)?.into_iter().map(|record| record.log);
    let known = known.filter(|log| log.device == identity.device());
    let present = identity.scopes().into_iter().map(|scope| identity.own_log(scope));
    for log in known.chain(present) {
        let actor = derive_actor(&log.device.0, &log.generation.0);
        let document = DocumentId::derive(&log.scope.0, id.derive_unique(&actor));
        if tx.complaint(&document)?.is_some() {
            return Ok(Some(document.to_string()));
        }
    }
    Ok(None)
}

/// Copies a file into the folder, where nothing speaks of it yet: its copy, id and size.
fn copy(files: &BlobFiles, path: &Path) -> Result<(Copied, BlobId, u64)> {
    let failed = |_: io::Error| Error::about(ErrorCode::File, path.display());
    let (file, size_bytes) = capture::open_source(files, path)?;
    let mut copied = files.begin().map_err(file_failed)?;
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; PIECE_BYTES];
    let mut left = size_bytes;
    // One byte more than there should be: a file that has grown meanwhile has changed.
    let mut file = file.take(size_bytes.saturating_add(1));
    loop {
        let read = file.read(&mut piece).map_err(failed)?;
        if read == 0 {
            break;
        }
        left = left.checked_sub(read as u64).ok_or(ErrorCode::EvidenceChanged)?;
        hasher.update(&piece[..read]);
        copied.write_all(&piece[..read]).map_err(file_failed)?;
    }
    match left {
        0 => Ok((copied, BlobId(*hasher.finalize().as_bytes()), size_bytes)),
        _ => Err(ErrorCode::EvidenceChanged.into()),
    }
}

/// Removes copies that no draft names. In a transaction, because a copy gets its name in the one
/// that names it. What can't be removed now is removed when the home is next opened.
fn sweep(shared: &Shared) {
    let _ = shared.with(|state| {
        state.store.write(|tx| {
            let mut named = BTreeSet::new();
            for photo in Kept::all(tx)?.iter().flat_map(|kept| &kept.content.photos) {
                named.insert(photo.blob()?);
            }
            let is_named = |id: &BlobId| Ok(named.contains(id));
            files(shared).collect::<StoreError>(is_named, |_| Ok(false))?;
            Ok::<_, Error>(())
        })?;
        Ok(state.store.scrub()?)
    });
}

fn files(shared: &Shared) -> BlobFiles {
    BlobFiles::new(shared.home.join(FOLDER))
}

/// A draft's id: random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct DraftId([u8; 8]);

impl DraftId {
    fn parse(text: &str) -> Result<Self> {
        let unknown = || Error::about(ErrorCode::UnknownDraft, text);
        let number = (text.len() == 16).then(|| u64::from_str_radix(text, 16).ok()).flatten();
        number.map(|number| Self(number.to_be_bytes())).ok_or_else(unknown)
    }

    fn to_text(self) -> String {
        format!("{:016x}", u64::from_be_bytes(self.0))
    }

    fn unknown(self) -> Error {
        Error::about(ErrorCode::UnknownDraft, self.to_text())
    }

    /// What makes the id of the complaint that an install makes of this draft its own.
    fn derive_unique(self, actor: &Actor) -> [u8; 8] {
        let mut hasher = blake3::Hasher::new_derive_key("floorwalk/recorded-draft/1");
        let hash = hasher.update(&self.0).update(&actor.0).finalize();
        let mut unique = [0; 8];
        unique.copy_from_slice(&hash.as_bytes()[..8]);
        unique
    }
}

/// A draft as its row says.
struct Kept {
    id: DraftId,
    saved_at: Timestamp,
    content: Content,
}

/// What a row holds.
#[derive(Default, Serialize, Deserialize)]
struct Content {
    complaint: NewComplaint,
    photos: Vec<Photo>,
    /// The id of the complaint that it has become.
    recorded: Option<String>,
}

/// A copy of a photo: its hash, which is its name in the folder, and its size.
#[derive(Serialize, Deserialize)]
struct Photo {
    id: String,
    bytes: u64,
}

impl Photo {
    fn blob(&self) -> Result<BlobId> {
        self.id.parse().map_err(|_| damaged())
    }
}

impl Kept {
    fn begin(tx: &Tx<'_>) -> Result<Self> {
        if tx.drafts()?.len() >= DRAFTS_MAX {
            return Err(Error::about(ErrorCode::TooManyDrafts, DRAFTS_MAX));
        }
        let id = DraftId(random::bytes());
        Ok(Self { id, saved_at: clock::now(), content: Content::default() })
    }

    /// A draft that can be changed.
    fn open(tx: &Tx<'_>, id: DraftId) -> Result<Self> {
        let kept = Self::find(tx, id)?.filter(|kept| kept.content.recorded.is_none());
        kept.ok_or_else(|| id.unknown())
    }

    fn find(tx: &Tx<'_>, id: DraftId) -> Result<Option<Self>> {
        tx.draft(&id.0)?.map(Self::read).transpose()
    }

    fn all(tx: &Tx<'_>) -> Result<Vec<Self>> {
        tx.drafts()?.into_iter().map(Self::read).collect()
    }

    fn read(row: StoredDraft) -> Result<Self> {
        let content = serde_json::from_slice(&row.content).map_err(|_| damaged())?;
        Ok(Self { id: DraftId(row.id), saved_at: row.saved_at, content })
    }

    fn save(&self, tx: &Tx<'_>) -> Result<()> {
        let content = serde_json::to_vec(&self.content).map_err(|_| damaged())?;
        if content.len() > CONTENT_BYTES_MAX {
            return Err(Error::about(ErrorCode::BadValue, "events"));
        }
        Ok(tx.put_draft(&StoredDraft { id: self.id.0, saved_at: self.saved_at, content })?)
    }

    fn show(self, shared: &Shared, state: &mut State) -> Result<Draft> {
        let Content { complaint, photos, recorded } = self.content;
        let missing = missing(state, &complaint, photos.len())?;
        let files = files(shared);
        let photos = photos.into_iter().map(|photo| {
            let path = files.path(&photo.blob()?).display().to_string();
            Ok(DraftPhoto { id: photo.id, bytes: photo.bytes, path })
        });
        Ok(Draft {
            id: self.id.to_text(),
            complaint,
            photos: photos.collect::<Result<_>>()?,
            saved_at: clock::to_text(self.saved_at, clock::DEFAULT_ZONE),
            missing,
            recorded,
        })
    }
}

/// What the adopted regulation wants and is empty, where there is a community.
fn missing(state: &mut State, complaint: &NewComplaint, photos: usize) -> Result<Vec<String>> {
    if !state.is_member() {
        return Ok(Vec::new());
    }
    state.read(|tx, identity| {
        let Some(role) = identity.role() else { return Ok(Vec::new()) };
        let rules = Rules::of(tx, identity)?;
        let fields = complaints::fields_of(complaint)?;
        Ok(evaluation::missing(&rules, role, complaint, fields, photos, clock::now()))
    })
}

fn damaged() -> Error {
    Error::about(ErrorCode::StoreDamaged, "draft")
}
