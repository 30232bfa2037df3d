//! Bundles: carrying parcels and blobs by file between devices.
//!
//! ```text
//!  0   4  magic "FWB" and version 1
//!  4  32  community
//! 36   …  records: tag 1 · length 4 · bytes
//!         tag 1  a parcel
//!         tag 2  a blob: scope 16 · document 16 · ciphertext
//!         tag 0  the end: BLAKE3 of everything before this record
//! ```
//!
//! Everything in it is signed and sealed already, so a bundle needs no secret of its own. Reading
//! takes each record for itself: what a damaged file still holds is kept.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use floorwalk_complaint::DocumentId;
use floorwalk_store::{BlobFiles, BlobRecord, BlobState, Draft, StoredBlob, Tx};
use floorwalk_sync::ReceivedParcel;
use floorwalk_wire::limits::{BLOB_BYTES_MAX, PARCEL_BYTES_MAX, SMALL_BLOB_BYTES_MAX};
use floorwalk_wire::{BlobId, CommunityId, Parcel, ScopeId};

use crate::blob::file_failed;
use crate::clock;
use crate::error::{Error, ErrorCode, Result};
use crate::evidence::erase::card_record;
use crate::ingest;
use crate::records::BundleReport;
use crate::revocation::AFTER_REVOCATION;
use crate::state::{Identity, Shared};

const MAGIC: [u8; 4] = *b"FWB\x01";
const TAG_END: u8 = 0;
const TAG_PARCEL: u8 = 1;
const TAG_BLOB: u8 = 2;
const BLOB_PREFIX_BYTES: usize = 32;
const RECORD_BYTES_MAX: usize = BLOB_PREFIX_BYTES + BLOB_BYTES_MAX;
/// A file is read in pieces of so many bytes.
const PIECE_BYTES: usize = 64 * 1024;
/// Parcels taken in one transaction.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
const _: () = assert!(PARCEL_BYTES_MAX <= RECORD_BYTES_MAX);

/// Writes everything that this device holds and may read. The file appears whole or not at all.
pub(crate) fn export(shared: &Shared, path: &Path) -> Result<BundleReport> {
    let failed = |_: std::io::Error| Error::about(ErrorCode::File, path.display());
    let temporary = path.with_extension("part");
    let file = BufWriter::new(File::create(&temporary).map_err(failed)?);
    let mut writer = BundleWriter { file, hasher: blake3::Hasher::new() };
    let report = shared.with(|state| {
        match state.write(|tx, identity| crate::cut::cut_all(tx, identity)) {
            // What is in parcels already can be carried out of a database that takes no writes.
            Err(error) if error.code == ErrorCode::StoreDamaged => {}
            outcome => outcome?,
        }
        state.read(|tx, identity| write_all(tx, identity, &mut writer, path))
    })?;
    let file = writer.finish().map_err(failed)?;
    file.sync_all().map_err(failed)?;
    std::fs::rename(&temporary, path).map_err(failed)?;
    Ok(report)
}

/// Takes in a bundle of this community.
pub(crate) fn import(shared: &Shared, path: &Path) -> Result<BundleReport> {
    let file = File::open(path).map_err(|_| Error::about(ErrorCode::File, path.display()))?;
    let (community, files) =
        shared.with(|state| Ok((state.identity()?.community, state.store.files().clone())))?;
    let damaged = Error::about(ErrorCode::BadBundle, path.display());
    let mut reader = BundleReader::open(BufReader::new(file), &community, damaged)?;
    let mut report = BundleReport::default();
    let mut batch = Batch::default();
    loop {
        match reader.next(&files) {
            Ok(Some(record)) => {
                batch.add(record);
                if batch.size_bytes >= BATCH_BYTES {
                    std::mem::take(&mut batch).take_in(shared, &mut report)?;
                }
            }
            Ok(None) => {
                batch.take_in(shared, &mut report)?;
                return Ok(report);
            }
            Err(error) => {
                batch.take_in(shared, &mut report)?;
                return Err(error);
            }
        }
    }
}

fn write_all(
    tx: &Tx<'_>,
    identity: &Identity,
    writer: &mut BundleWriter,
    path: &Path,
) -> Result<BundleReport> {
    let failed = |_: std::io::Error| Error::about(ErrorCode::File, path.display());
    let mut report = BundleReport::default();
    writer.raw(&MAGIC).and_then(|()| writer.raw(&identity.community.0)).map_err(failed)?;
    for scope in tx.list_scopes()? {
        let mut after = None;
        loop {
            let (page, more) = tx.parcels(&scope, after.as_ref())?;
            for stored in &page {
                writer.record(TAG_PARCEL, &[stored.parcel.bytes()]).map_err(failed)?;
                report.parcels += 1;
            }
            after = page.last().map(|stored| stored.parcel.id()).or(after);
            if !more {
                break;
            }
        }
    }
    for state in [BlobState::Unsent, BlobState::Sent, BlobState::Kept] {
        for StoredBlob { record, .. } in tx.blobs(state)? {
            let prefix = [&record.scope.0[..], &record.document.0].concat();
            if let Some(bytes) = tx.blob(&record.id)? {
                writer.record(TAG_BLOB, &[&prefix, &bytes]).map_err(failed)?;
                report.blobs += 1;
            } else if let Ok(file) = tx.files().open(&record.id) {
                writer.file_record(TAG_BLOB, &prefix, file).map_err(failed)?;
                report.blobs += 1;
            }
        }
    }
    Ok(report)
}

struct BundleWriter {
    file: BufWriter<File>,
    hasher: blake3::Hasher,
}

impl BundleWriter {
    fn raw(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.hasher.update(bytes);
        self.file.write_all(bytes)
    }

    fn record(&mut self, tag: u8, parts: &[&[u8]]) -> std::io::Result<()> {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        self.raw(&[tag])?;
        self.raw(&(length as u32).to_le_bytes())?;
        parts.iter().try_for_each(|part| self.raw(part))
    }

    fn file_record(&mut self, tag: u8, prefix: &[u8], mut file: File) -> std::io::Result<()> {
        let length = prefix.len() as u64 + file.metadata()?.len();
        self.raw(&[tag])?;
        self.raw(&(length as u32).to_le_bytes())?;
        self.raw(prefix)?;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            match file.read(&mut piece)? {
                0 => return Ok(()),
                read => self.raw(&piece[..read])?,
            }
        }
    }

    fn finish(mut self) -> std::io::Result<File> {
        let hash = *self.hasher.finalize().as_bytes();
        self.record(TAG_END, &[&hash])?;
        self.file.into_inner().map_err(std::io::IntoInnerError::into_error)
    }
}

enum Record {
    Parcel(Vec<u8>),
    Blob {
        scope: ScopeId,
        document: DocumentId,
        ciphertext: Vec<u8>,
    },
    /// A blob that is too large for memory.
    LargeBlob {
        scope: ScopeId,
        document: DocumentId,
        id: BlobId,
        size_bytes: u64,
        draft: Draft,
    },
}

/// Where a blob belongs, as a bundle says.
type Belongs = (ScopeId, DocumentId);

struct BundleReader<R> {
    file: R,
    hasher: blake3::Hasher,
    /// The error of a file that can't be read any further.
    damaged: Error,
}

impl<R: Read> BundleReader<R> {
    fn open(mut file: R, community: &CommunityId, damaged: Error) -> Result<Self> {
        let mut head = [0; 36];
        file.read_exact(&mut head).map_err(|_| damaged.clone())?;
        if head[..4] != MAGIC {
            return Err(damaged);
        }
        if head[4..] != community.0 {
            return Err(ErrorCode::ForeignBundle.into());
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(&head);
        Ok(Self { file, hasher, damaged })
    }

    fn next(&mut self, files: &BlobFiles) -> Result<Option<Record>> {
        let mut head = [0; 5];
        self.file.read_exact(&mut head).map_err(|_| self.damaged.clone())?;
        let length = u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize;
        if length > RECORD_BYTES_MAX {
            return Err(self.damaged.clone());
        }
        let expected = *self.hasher.finalize().as_bytes();
        self.hasher.update(&head);
        match head[0] {
            TAG_END if self.read(length)? == expected => Ok(None),
            TAG_PARCEL => Ok(Some(Record::Parcel(self.read(length)?))),
            TAG_BLOB if length > BLOB_PREFIX_BYTES => {
                let (scope, document) = self.read_belongs()?;
                let size = length - BLOB_PREFIX_BYTES;
                if size > SMALL_BLOB_BYTES_MAX {
                    let (draft, id) = self.read_large(size as u64, files)?;
                    let size_bytes = size as u64;
                    return Ok(Some(Record::LargeBlob { scope, document, id, size_bytes, draft }));
                }
                Ok(Some(Record::Blob { scope, document, ciphertext: self.read(size)? }))
            }
            _ => Err(self.damaged.clone()),
        }
    }

    fn read_belongs(&mut self) -> Result<Belongs> {
        let prefix = self.read(BLOB_PREFIX_BYTES)?;
        let (scope, document) = prefix.split_at(ScopeId::BYTES);
        let scope = ScopeId::try_from(scope).map_err(|_| self.damaged.clone())?;
        Ok((scope, DocumentId::try_from(document).map_err(|_| self.damaged.clone())?))
    }

    fn read(&mut self, length: usize) -> Result<Vec<u8>> {
        // Grows with what is really there, not with what the length claims.
        let mut body = Vec::new();
        match (&mut self.file).take(length as u64).read_to_end(&mut body) {
            Ok(read) if read == length => {
                self.hasher.update(&body);
                Ok(body)
            }
            _ => Err(self.damaged.clone()),
        }
    }

    fn read_large(&mut self, size_bytes: u64, files: &BlobFiles) -> Result<(Draft, BlobId)> {
        let mut draft = files.begin().map_err(file_failed)?;
        let mut hasher = blake3::Hasher::new();
        let mut left = size_bytes;
        while left > 0 {
            let piece = self.read(left.min(PIECE_BYTES as u64) as usize)?;
            hasher.update(&piece);
            draft.write_all(&piece).map_err(file_failed)?;
            left -= piece.len() as u64;
        }
        Ok((draft, BlobId(*hasher.finalize().as_bytes())))
    }
}

#[derive(Default)]
struct Batch {
    records: Vec<Record>,
    size_bytes: usize,
}

impl Batch {
    fn add(&mut self, record: Record) {
        self.size_bytes += match &record {
            Record::Parcel(bytes) => bytes.len(),
            Record::Blob { ciphertext, .. } => ciphertext.len(),
            // A batch holds its file open.
            Record::LargeBlob { .. } => BATCH_BYTES,
        };
        self.records.push(record);
    }

    fn take_in(self, shared: &Shared, report: &mut BundleReport) -> Result<()> {
        let now = clock::now();
        let (parcels, blobs) = shared.with(|state| {
            state.write(|tx, identity| {
                let (mut parcels, mut blobs) = (0, 0);
                for record in self.records {
                    match record {
                        Record::Parcel(bytes) => {
                            let (scope, parcel) = read_parcel(identity, bytes);
                            let taken =
                                ingest::from_device(tx, identity, &scope, vec![parcel], now)?;
                            parcels += taken.parcels;
                        }
                        Record::Blob { scope, document, ciphertext } => {
                            let id = BlobId::derive(&ciphertext);
                            if let Some(record) = asked_for(tx, &id, scope, document)? {
                                tx.put_blob(&record, Some(&ciphertext), BlobState::Unsent)?;
                                blobs += 1;
                            }
                        }
                        Record::LargeBlob { scope, document, id, size_bytes, draft } => {
                            if let Some(record) = asked_for(tx, &id, scope, document)? {
                                tx.files().keep(draft, &id).map_err(file_failed)?;
                                let record = BlobRecord { size_bytes, ..record };
                                tx.put_blob(&record, None, BlobState::Unsent)?;
                                blobs += 1;
                            }
                        }
                    }
                }
                Ok((parcels, blobs))
            })
        })?;
        report.parcels += parcels;
        report.blobs += blobs;
        shared.observers.notify();
        Ok(())
    }
}

/// Reads a parcel of this community out of bytes that anybody may have written.
pub(crate) fn read_parcel(identity: &Identity, bytes: Vec<u8>) -> (ScopeId, ReceivedParcel) {
    let bytes: std::sync::Arc<[u8]> = bytes.into();
    let parsed = Parcel::parse(bytes.clone());
    let scope = parsed.as_ref().map_or(ScopeId::MEMBERSHIP, |parcel| parcel.header().scope);
    let verified = parsed.and_then(|parcel| {
        if parcel.header().community == identity.community {
            parcel.verify()
        } else {
            Err(floorwalk_wire::ParcelError::Inconsistent("of another community"))
        }
    });
    match verified {
        Ok(parcel) => (scope, ReceivedParcel::Verified(parcel)),
        Err(error) => (scope, ReceivedParcel::Rejected { bytes, error }),
    }
}

/// What a blob is kept as, if a document here refers to it, or may refer to it once parcels that
/// are held back are accepted: nobody else may have it then. Others are left.
fn asked_for(
    tx: &Tx<'_>,
    id: &BlobId,
    scope: ScopeId,
    document: DocumentId,
) -> Result<Option<BlobRecord>> {
    if let Some(known) = tx.stored_blob(id)? {
        return Ok((known.state == BlobState::Wanted).then_some(known.record));
    }
    let held =
        tx.document(&document)?.is_none() && tx.is_any_quarantined(&scope, AFTER_REVOCATION)?;
    Ok(held.then(|| card_record(*id, &scope, &document)))
}
