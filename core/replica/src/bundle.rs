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
use floorwalk_store::{BlobState, Tx};
use floorwalk_sync::ReceivedParcel;
use floorwalk_wire::limits::{BLOB_BYTES_MAX, PARCEL_BYTES_MAX};
use floorwalk_wire::{BlobId, CommunityId, Parcel, ScopeId};

use crate::clock;
use crate::error::{Error, ErrorCode, Result};
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
    let community = shared.with(|state| Ok(state.identity()?.community))?;
    let damaged = || Error::about(ErrorCode::BadBundle, path.display());
    let mut reader = BundleReader::open(BufReader::new(file), &community, damaged)?;
    let mut report = BundleReport::default();
    let mut batch = Batch::default();
    loop {
        match reader.next() {
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
            Err(BadRecord) => {
                batch.take_in(shared, &mut report)?;
                return Err(damaged());
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
    for state in [BlobState::Unsent, BlobState::Sent] {
        for (id, scope, document) in tx.blobs(state)? {
            if let Some(bytes) = tx.blob(&id)? {
                let parts = [&scope.0[..], &document.0, &bytes];
                writer.record(TAG_BLOB, &parts).map_err(failed)?;
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

    fn finish(mut self) -> std::io::Result<File> {
        let hash = *self.hasher.finalize().as_bytes();
        self.record(TAG_END, &[&hash])?;
        self.file.into_inner().map_err(std::io::IntoInnerError::into_error)
    }
}

enum Record {
    Parcel(Vec<u8>),
    Blob { scope: ScopeId, document: DocumentId, ciphertext: Vec<u8> },
}

/// The file can't be read any further.
struct BadRecord;

struct BundleReader<R> {
    file: R,
    hasher: blake3::Hasher,
}

impl<R: Read> BundleReader<R> {
    fn open(mut file: R, community: &CommunityId, damaged: impl Fn() -> Error) -> Result<Self> {
        let mut head = [0; 36];
        file.read_exact(&mut head).map_err(|_| damaged())?;
        if head[..4] != MAGIC {
            return Err(damaged());
        }
        if head[4..] != community.0 {
            return Err(ErrorCode::ForeignBundle.into());
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(&head);
        Ok(Self { file, hasher })
    }

    fn next(&mut self) -> std::result::Result<Option<Record>, BadRecord> {
        let mut head = [0; 5];
        self.file.read_exact(&mut head).map_err(|_| BadRecord)?;
        let length = u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize;
        if length > RECORD_BYTES_MAX {
            return Err(BadRecord);
        }
        // Grows with what is really there, not with what the length claims.
        let mut body = Vec::new();
        let read = (&mut self.file).take(length as u64).read_to_end(&mut body);
        if read.map_err(|_| BadRecord)? != length {
            return Err(BadRecord);
        }
        let expected = *self.hasher.finalize().as_bytes();
        self.hasher.update(&head).update(&body);
        match head[0] {
            TAG_END if body == expected => Ok(None),
            TAG_PARCEL => Ok(Some(Record::Parcel(body))),
            TAG_BLOB if length > BLOB_PREFIX_BYTES => {
                let ciphertext = body.split_off(BLOB_PREFIX_BYTES);
                let scope = ScopeId::try_from(&body[..16]).map_err(|_| BadRecord)?;
                let document = DocumentId::try_from(&body[16..]).map_err(|_| BadRecord)?;
                Ok(Some(Record::Blob { scope, document, ciphertext }))
            }
            _ => Err(BadRecord),
        }
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
                            blobs += u64::from(take_blob(tx, scope, document, &ciphertext)?);
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

/// Takes a blob that a document here refers to, or may refer to once parcels that are held back
/// are accepted: nobody else may have it then. Others are left.
fn take_blob(tx: &Tx<'_>, scope: ScopeId, document: DocumentId, ciphertext: &[u8]) -> Result<bool> {
    let id = BlobId::derive(ciphertext);
    let wanted = tx.blobs(BlobState::Wanted)?.iter().any(|(blob, _, _)| *blob == id);
    let held = tx.document(&document)?.is_none()
        && tx.is_any_quarantined(&scope, AFTER_REVOCATION)?
        && tx.blob(&id)?.is_none();
    if wanted || held {
        tx.put_blob(&id, &scope, &document, ciphertext, BlobState::Unsent)?;
    }
    Ok(wanted || held)
}
