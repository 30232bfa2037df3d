//! Sealed blobs on this device: written once while they are sealed, read only through their key.
//!
//! Nothing here keeps an open byte: what is sealed goes straight into its sealed place.

use std::io::{self, Read, Write};

use floorwalk_seal::stream::sealed_bytes;
use floorwalk_seal::{BlobKey, StreamError, open_stream, seal_stream};
use floorwalk_store::{BlobFiles, BlobRecord, BlobState, Draft, StoreError, Tx};
use floorwalk_wire::BlobId;
use floorwalk_wire::limits::SMALL_BLOB_BYTES_MAX;

use crate::error::{Error, ErrorCode, Result};
use crate::evidence::BlobRef;
use crate::random;

/// A sealed blob that no row speaks of yet; dropped, it leaves nothing.
pub(crate) struct Sealed {
    pub(crate) blob: BlobRef,
    bytes: Bytes,
}

/// Small blobs lie in the database, others in files.
enum Bytes {
    Row(Vec<u8>),
    File(Draft),
}

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Row(row) => row.write(bytes),
            Self::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Row(_) => Ok(()),
            Self::File(file) => file.flush(),
        }
    }
}

/// Seals `size_bytes` of a source under a key of its own.
///
/// # Errors
/// [`ErrorCode::EvidenceTooLarge`], [`ErrorCode::EvidenceChanged`], [`ErrorCode::StoreFailed`].
pub(crate) fn seal(files: &BlobFiles, source: &mut impl Read, size_bytes: u64) -> Result<Sealed> {
    let sealed = sealed_bytes(size_bytes).ok_or(ErrorCode::EvidenceTooLarge)?;
    let mut bytes = match usize::try_from(sealed) {
        Ok(small) if small <= SMALL_BLOB_BYTES_MAX => Bytes::Row(Vec::with_capacity(small)),
        _ => Bytes::File(files.begin().map_err(file_failed)?),
    };
    let key = BlobKey::from_bytes(random::bytes());
    let stream = seal_stream(source, size_bytes, &key, random::bytes(), &mut bytes);
    let stream = stream.map_err(|error| match error {
        StreamError::SourceChanged => ErrorCode::EvidenceChanged.into(),
        StreamError::TooLarge(_) => ErrorCode::EvidenceTooLarge.into(),
        StreamError::Io(error) => file_failed(error),
        StreamError::Open(error) => Error::about(ErrorCode::StoreFailed, error),
    })?;
    let blob = BlobRef { id: stream.id, key, size_bytes: stream.size_bytes };
    Ok(Sealed { blob, bytes })
}

/// Writes a sealed blob's row and puts its file in place. Part of the transaction that refers to
/// it: a kill leaves both, or a file that the collector takes away.
pub(crate) fn keep(
    tx: &Tx<'_>,
    sealed: Sealed,
    record: &BlobRecord,
    state: BlobState,
) -> Result<()> {
    match sealed.bytes {
        Bytes::Row(bytes) => {
            tx.put_blob(record, Some(&bytes), state)?;
        }
        Bytes::File(draft) => {
            tx.files().keep(draft, &record.id).map_err(file_failed)?;
            tx.put_blob(record, None, state)?;
        }
    }
    Ok(())
}

/// Opens a streamed blob into a sink. `row` is what the database holds of it; a large one's file
/// is opened. None when its bytes are not here.
///
/// # Errors
/// [`ErrorCode::BlobDamaged`] when what is here is not what was sealed; those of the sink.
pub(crate) fn open(
    files: &BlobFiles,
    row: Option<&[u8]>,
    blob: &BlobRef,
    sink: &mut impl Write,
) -> Result<Option<()>> {
    let opened = match row {
        Some(mut bytes) => open_stream(&mut bytes, &blob.key, sink),
        None => match files.open(&blob.id) {
            Ok(mut file) => open_stream(&mut file, &blob.key, sink),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(file_failed(error)),
        },
    };
    match opened {
        Ok(id) if id == blob.id => Ok(Some(())),
        Ok(_) | Err(StreamError::Open(_)) => Err(Error::about(ErrorCode::BlobDamaged, blob.id)),
        Err(StreamError::Io(error)) => Err(file_failed(error)),
        Err(error) => Err(Error::about(ErrorCode::BlobDamaged, error)),
    }
}

/// The id of a blob's sealed bytes as they lie here; none when they do not.
pub(crate) fn stored_id(tx: &Tx<'_>, id: &BlobId) -> Result<Option<BlobId>> {
    if let Some(bytes) = tx.blob(id)? {
        return Ok(Some(BlobId::derive(&bytes)));
    }
    let mut file = match tx.files().open(id) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(file_failed(error)),
    };
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(&mut file).map_err(file_failed)?;
    Ok(Some(BlobId(*hasher.finalize().as_bytes())))
}

/// An error of the folder of blobs.
pub(crate) fn file_failed(error: io::Error) -> Error {
    StoreError::from(error).into()
}
