//! Taking in a file as evidence.
//!
//! The order is: sealed into an unfinished file, fsync; then, in one transaction, the file under
//! its name, the rows, the reference and its event in the document. A kill before the commit
//! leaves a file that nothing speaks of, which is collected; after it, everything is there. The
//! bytes are hashed as they are sealed, so what is signed is what was kept, whatever happens to
//! the source meanwhile. What can't be read of a photo never stops it from being taken in.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use chrono::TimeZone;
use floorwalk_complaint::{
    Document, DocumentId, Edit, EventKind, EvidenceHash, NewEvent as DocumentEvent,
};
use floorwalk_photo::{CaptureTime, Exif, ExifState, Media, MediaKind, Preview, smaller_copy};
use floorwalk_seal::stream::sealed_bytes;
use floorwalk_seal::{BlobKey, seal_blob};
use floorwalk_store::{BlobFiles, BlobKind, BlobRecord, BlobState, Tx};
use floorwalk_wire::{ScopeId, Timestamp};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{BlobRef, CopyRef, EvidenceRef, Facts, Place, references, sign};
use crate::blob::{self, Sealed};
use crate::clock;
use crate::complaints;
use crate::documents::{self, Lookup};
use crate::error::{Error, ErrorCode, Result};
use crate::random;
use crate::records::{AttachOptions, Attached, HASH};
use crate::state::{Identity, Shared};

/// Pieces of evidence of one complaint.
pub(crate) const EVIDENCE_MAX: usize = 200;
/// A photo that is looked into, in bytes; a larger file is kept unseen.
const PHOTO_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Room that a photo leaves on the disk, in bytes, so that words can always be kept.
const ROOM_BYTES_MIN: u64 = 32 * 1024 * 1024;

/// Takes in a file as evidence of a complaint. The same file again changes nothing.
pub(crate) fn attach(
    shared: &Shared,
    complaint: &str,
    path: &Path,
    options: &AttachOptions,
) -> Result<Attached> {
    let (id, files) = shared.with(|state| {
        let files = state.store.files().clone();
        let id = state.read(|tx, identity| Ok(Target::find(tx, identity, complaint)?.id))?;
        Ok((id, files))
    })?;
    let taken = Taken::read(&files, path, options)?;
    attach_taken(shared, &id, taken, None)
}

/// Adds what was taken in to a document.
pub(super) fn attach_taken(
    shared: &Shared,
    id: &DocumentId,
    taken: Taken,
    derived_from: Option<EvidenceHash>,
) -> Result<Attached> {
    let attached = shared.with(|state| {
        state.write(|tx, identity| {
            let target = Target::find(tx, identity, &id.to_string())?;
            target.attach(tx, identity, taken, derived_from, clock::now())
        })
    })?;
    shared.observers.notify();
    Ok(attached)
}

/// A complaint that this device may add evidence to.
struct Target {
    scope: ScopeId,
    id: DocumentId,
    number: String,
    document: Document,
}

impl Target {
    fn find(tx: &Tx<'_>, identity: &Identity, complaint: &str) -> Result<Self> {
        let role = complaints::require_role(identity)?;
        complaints::require_may(role, &EventKind::EvidenceAdded)?;
        let (scope, id) = complaints::find(tx, complaint)?;
        let document = documents::load(tx, identity, &scope, &id)?;
        if document.is_read_only() {
            return Err(ErrorCode::NewerDocument.into());
        }
        let number = document.fold(&Lookup::new(tx, identity)).number;
        Ok(Self { scope, id, number, document })
    }

    fn attach(
        mut self,
        tx: &Tx<'_>,
        identity: &Identity,
        taken: Taken,
        derived_from: Option<EvidenceHash>,
        now: Timestamp,
    ) -> Result<Attached> {
        let folded = self.document.fold(&Lookup::new(tx, identity));
        let hash = taken.hash;
        if folded.erasures().contains_key(hash.to_string().as_str()) {
            return Err(Error::about(ErrorCode::EvidenceErased, hash));
        }
        if let Some((known, _)) = references(&folded).find(|(known, _)| known.hash == hash) {
            return Ok(attached(self.number, &known));
        }
        if folded.evidence.len() >= EVIDENCE_MAX {
            return Err(Error::about(ErrorCode::EvidenceFull, EVIDENCE_MAX));
        }
        let reference = taken.keep(tx, identity, (&self.scope, &self.id), derived_from, now)?;
        let mut event =
            DocumentEvent::new(EventKind::EvidenceAdded, clock::to_text(now, clock::DEFAULT_ZONE));
        event.set = Map::from_iter([(HASH.to_owned(), Value::from(hash.to_string()))]);
        let evidence = [(hash.to_string(), reference.to_text())].into();
        let edit = Edit { evidence, events: vec![event], ..Edit::default() };
        let written = self.document.apply(&identity.actor(), &edit, 0);
        let written = written.map_err(|error| complaints::explain(&error))?;
        let change = written.map(|written| written.change).unwrap_or_default();
        let Self { scope, id, document, .. } = &self;
        documents::keep(tx, identity, scope, id, document, &document.save(), &[change])?;
        Ok(attached(self.number, &reference))
    }
}

fn attached(number: String, reference: &EvidenceRef) -> Attached {
    let EvidenceRef { hash, facts, .. } = reference;
    Attached {
        number,
        hash: hash.to_string(),
        bytes: facts.bytes,
        kind: facts.kind.clone(),
        captured_at: facts.captured_at.clone(),
    }
}

/// A file that was read once, hashed and sealed; nothing speaks of it yet.
pub(super) struct Taken {
    hash: EvidenceHash,
    blake3: blake3::Hash,
    size_bytes: u64,
    media: Media,
    original: Sealed,
    exif: Option<Exif>,
    preview: Option<Preview>,
    copy: Option<(Sealed, EvidenceHash)>,
}

impl Taken {
    fn read(files: &BlobFiles, path: &Path, options: &AttachOptions) -> Result<Self> {
        let failed = |_: io::Error| Error::about(ErrorCode::File, path.display());
        let (mut file, size_bytes) = open_source(files, path)?;
        let mut head = Vec::with_capacity(Media::HEAD_BYTES);
        (&mut file).take(Media::HEAD_BYTES as u64).read_to_end(&mut head).map_err(failed)?;
        let media = Media::of(&head);
        if media.kind() == MediaKind::Photo && size_bytes <= PHOTO_BYTES_MAX {
            let mut bytes = Vec::with_capacity(size_bytes as usize);
            bytes.extend_from_slice(&head);
            file.take(size_bytes).read_to_end(&mut bytes).map_err(failed)?;
            return Self::photo(files, &bytes, options);
        }
        let (original, hash, blake3) = seal(files, &mut head.chain(file), size_bytes)?;
        let (exif, preview, copy) = (None, None, None);
        Ok(Self { hash, blake3, size_bytes, media, original, exif, preview, copy })
    }

    /// A photo whose bytes are at hand.
    pub(super) fn photo(files: &BlobFiles, bytes: &[u8], options: &AttachOptions) -> Result<Self> {
        let size_bytes = bytes.len() as u64;
        let (original, hash, blake3) = seal(files, &mut &*bytes, size_bytes)?;
        let copy = match options.copy_edge {
            Some(edge) => {
                let copy = smaller_copy(bytes, edge)
                    .map_err(|error| Error::about(ErrorCode::NotAPicture, error))?;
                let (sealed, hash, _) = seal(files, &mut &copy[..], copy.len() as u64)?;
                Some((sealed, hash))
            }
            None => None,
        };
        Ok(Self {
            hash,
            blake3,
            size_bytes,
            media: Media::of(bytes),
            original,
            exif: Some(Exif::read(bytes)),
            preview: Preview::make(bytes).ok(),
            copy,
        })
    }

    /// Signs the facts and keeps the blobs.
    fn keep(
        self,
        tx: &Tx<'_>,
        identity: &Identity,
        (scope, document): (&ScopeId, &DocumentId),
        derived_from: Option<EvidenceHash>,
        now: Timestamp,
    ) -> Result<EvidenceRef> {
        let facts = self.facts(identity, document, derived_from, now);
        let facts_text = serde_json::to_string(&facts)
            .map_err(|error| Error::about(ErrorCode::StoreFailed, error))?;
        let preview = self.preview.as_ref();
        let small = preview.map(|preview| seal_small(&preview.thumbnail)).transpose()?;
        let copy = self.copy.as_ref();
        let reference = EvidenceRef {
            hash: self.hash,
            signature: sign(identity, &facts_text),
            facts,
            facts_text,
            original: self.original.blob.clone(),
            preview: small.as_ref().map(|(blob, _)| blob.clone()),
            thumb_hash: preview.map(|preview| super::encode(&preview.thumb_hash)),
            copy: copy.map(|(copy, sha256)| CopyRef { blob: copy.blob.clone(), sha256: *sha256 }),
        };
        let mut sealed = vec![(BlobKind::Original, self.original)];
        sealed.extend(self.copy.map(|(copy, _)| (BlobKind::Copy, copy)));
        let travels = if sealed.len() > 1 { BlobKind::Copy } else { BlobKind::Original };
        let records = reference.blobs(scope, document);
        let record = |kind| records.iter().find(|record: &&BlobRecord| record.kind == kind);
        for (kind, sealed) in sealed {
            let state = if kind == travels { BlobState::Unsent } else { BlobState::Kept };
            if let Some(record) = record(kind) {
                blob::keep(tx, sealed, record, state)?;
            }
        }
        if let Some(((_, bytes), record)) = small.zip(record(BlobKind::Preview)) {
            tx.put_blob(record, Some(&bytes), BlobState::Unsent)?;
        }
        Ok(reference)
    }

    fn facts(
        &self,
        identity: &Identity,
        document: &DocumentId,
        derived_from: Option<EvidenceHash>,
        now: Timestamp,
    ) -> Facts {
        let exif = self.exif.as_ref();
        let captured = exif.and_then(|exif| exif.captured).and_then(captured);
        let (captured_at, captured_zone) = captured.unzip();
        let gps_time = exif.and_then(|exif| exif.gps_time);
        let place = exif.and_then(|exif| exif.place);
        Facts {
            community: identity.community.to_string(),
            document: document.to_string(),
            device: identity.device().to_string(),
            sha256: self.hash.to_string(),
            blake3: self.blake3.to_hex().to_string(),
            bytes: self.size_bytes,
            kind: self.media.kind().as_str().to_owned(),
            media: self.media.media_type().to_owned(),
            attached_at: clock::to_text(now, clock::DEFAULT_ZONE),
            captured_at,
            captured_zone,
            gps_time: gps_time.map(|at| text(at.timestamp_millis())),
            place: place
                .map(|place| Place { latitude: place.latitude(), longitude: place.longitude() }),
            camera: exif.and_then(|exif| exif.camera.clone()),
            exif: exif.map(|exif| state(exif.state).to_owned()),
            width: self.preview.as_ref().map(|preview| preview.width),
            height: self.preview.as_ref().map(|preview| preview.height),
            derived_from: derived_from.map(|hash| hash.to_string()),
        }
    }
}

/// When a photo was taken, and where that has its zone from. A camera that tells no zone is taken
/// to be set to the community's.
fn captured(time: CaptureTime) -> Option<(String, String)> {
    let (at, zone) = match time {
        CaptureTime::Zoned(at) => (at.to_rfc3339(), "exif"),
        CaptureTime::Local(local) => {
            let at = clock::DEFAULT_ZONE.from_local_datetime(&local).earliest()?;
            (text(at.timestamp_millis()), "assumed")
        }
    };
    Some((at, zone.to_owned()))
}

fn text(at_ms: i64) -> String {
    clock::to_text(Timestamp(at_ms), clock::DEFAULT_ZONE)
}

fn state(state: ExifState) -> &'static str {
    match state {
        ExifState::Absent => "absent",
        ExifState::Damaged => "damaged",
        ExifState::Whole => "whole",
    }
}

fn seal(
    files: &BlobFiles,
    source: &mut impl Read,
    size_bytes: u64,
) -> Result<(Sealed, EvidenceHash, blake3::Hash)> {
    let mut source = Hashing { source, sha256: Sha256::new(), blake3: blake3::Hasher::new() };
    let sealed = blob::seal(files, &mut source, size_bytes)?;
    let hash = EvidenceHash(source.sha256.finalize().into());
    Ok((sealed, hash, source.blake3.finalize()))
}

fn seal_small(plain: &[u8]) -> Result<(BlobRef, Vec<u8>)> {
    let key = BlobKey::from_bytes(random::bytes());
    let (id, bytes) = seal_blob(plain, &key, random::bytes())
        .map_err(|error| Error::about(ErrorCode::StoreFailed, error))?;
    Ok((BlobRef { id, key, size_bytes: bytes.len() as u64 }, bytes))
}

/// Opens a file that may be taken in, and tells its size in bytes.
///
/// # Errors
/// [`ErrorCode::File`], [`ErrorCode::EvidenceEmpty`], [`ErrorCode::EvidenceTooLarge`],
/// [`ErrorCode::NoRoom`].
pub(crate) fn open_source(files: &BlobFiles, path: &Path) -> Result<(File, u64)> {
    let failed = |_: io::Error| Error::about(ErrorCode::File, path.display());
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(Error::about(ErrorCode::File, path.display()));
    }
    let size_bytes = metadata.len();
    if size_bytes == 0 {
        return Err(Error::about(ErrorCode::EvidenceEmpty, path.display()));
    }
    sealed_bytes(size_bytes).ok_or(ErrorCode::EvidenceTooLarge)?;
    check_room(files, path, size_bytes)?;
    Ok((file, size_bytes))
}

fn check_room(files: &BlobFiles, path: &Path, size_bytes: u64) -> Result<()> {
    // Where the system does not say, the disk itself will.
    let room = files.available_bytes().unwrap_or(u64::MAX);
    match size_bytes.saturating_add(size_bytes / 8).saturating_add(ROOM_BYTES_MIN) > room {
        true => Err(Error::about(ErrorCode::NoRoom, path.display())),
        false => Ok(()),
    }
}

/// Hashes what is read through it.
struct Hashing<'a, R> {
    source: &'a mut R,
    sha256: Sha256,
    blake3: blake3::Hasher,
}

impl<R: Read> Read for Hashing<'_, R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(bytes)?;
        self.sha256.update(&bytes[..read]);
        self.blake3.update(&bytes[..read]);
        Ok(read)
    }
}
