//! Large blobs: photos and other evidence, sealed and opened chunk by chunk.
//!
//! ```text
//!  0   1  version, 2
//!  1  19  nonce prefix
//! 20   …  chunks: ciphertext of 64 KiB (the last one may be shorter) ‖ 16 tag each, of
//!           0   8  length
//!           8   …  that many bytes, then zeros up to the bucket
//! ```
//!
//! The chunks are STREAM-BE32 (Hoang, Reyhanitabar, Rogaway, Vizár: "Online Authenticated-Encryption
//! and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015) over XChaCha20-Poly1305: each is bound to
//! its place and the last one to being the last, so that none can be moved, left out or appended.
//! The associated data is `"floorwalk/blob/2\0"`. Buckets follow Padmé (Nikitin et al., PETS 2019):
//! a size says little and costs at most 12 percent. As for small blobs, the id is the hash of
//! all sealed bytes and the key belongs to this blob alone.

use std::io::{self, Read, Write};

use aead_stream::{DecryptorBE32, EncryptorBE32};
use chacha20poly1305::XChaCha20Poly1305;
use floorwalk_wire::BlobId;
use floorwalk_wire::limits::BLOB_BYTES_MAX;
use zeroize::Zeroizing;

use crate::error::{OpenError, check_version};
use crate::secret::BlobKey;

/// Random bytes that sealing takes: the nonce prefix.
pub const RANDOM_BYTES: usize = 19;

const VERSION: u8 = 2;
const CHUNK_BYTES: usize = 64 * 1024;
const TAG_BYTES: usize = 16;
const SEALED_CHUNK_BYTES: usize = CHUNK_BYTES + TAG_BYTES;
const PREFIX_BYTES: usize = 1 + RANDOM_BYTES;
const LENGTH_BYTES: usize = 8;
const PURPOSE: &[u8] = b"floorwalk/blob/2\0";

/// What was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedStream {
    /// The hash of the sealed bytes.
    pub id: BlobId,
    /// How many they are.
    pub size_bytes: u64,
}

/// Why a stream was not sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The source held more or less than its announced length.
    #[error("the source changed while it was read")]
    SourceChanged,
    /// It does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Larger than a blob may be, in bytes.
    #[error("{0} bytes are more than a blob may hold")]
    TooLarge(u64),
}

/// The sealed size of so many bytes; none when they are more than a blob may hold.
pub fn sealed_bytes(plaintext_bytes: u64) -> Option<u64> {
    let padded = padme(plaintext_bytes.checked_add(LENGTH_BYTES as u64)?);
    let chunks = padded.div_ceil(CHUNK_BYTES as u64);
    let sealed = PREFIX_BYTES as u64 + padded + chunks * TAG_BYTES as u64;
    (sealed <= BLOB_BYTES_MAX as u64).then_some(sealed)
}

/// Seals `size_bytes` of a source into a sink. Memory: two chunks.
///
/// # Errors
/// [`StreamError::TooLarge`] before anything is read, [`StreamError::SourceChanged`] when the
/// source ends early or goes on, [`StreamError::Io`].
pub fn seal_stream(
    source: &mut impl Read,
    size_bytes: u64,
    key: &BlobKey,
    random: [u8; RANDOM_BYTES],
    sink: &mut impl Write,
) -> Result<SealedStream, StreamError> {
    let sealed_size = sealed_bytes(size_bytes).ok_or(StreamError::TooLarge(size_bytes))?;
    let mut left = padme(size_bytes + LENGTH_BYTES as u64);
    let mut sink = Hashing { sink, hasher: blake3::Hasher::new() };
    sink.write_all(&[VERSION])?;
    sink.write_all(&random)?;
    let mut encryptor =
        EncryptorBE32::<XChaCha20Poly1305>::new(&(*key.as_bytes()).into(), &random.into());
    let length = size_bytes.to_le_bytes();
    let mut plaintext = length.chain(&mut *source).take(LENGTH_BYTES as u64 + size_bytes);
    let mut read_bytes = 0;
    let mut chunk = Zeroizing::new(Vec::with_capacity(SEALED_CHUNK_BYTES));
    loop {
        let wanted = left.min(CHUNK_BYTES as u64);
        chunk.clear();
        read_bytes += (&mut plaintext).take(wanted).read_to_end(&mut chunk)? as u64;
        chunk.resize(wanted as usize, 0);
        left -= wanted;
        if left == 0 {
            encryptor.encrypt_last_in_place(PURPOSE, &mut *chunk).map_err(cipher_refused)?;
            sink.write_all(&chunk)?;
            break;
        }
        encryptor.encrypt_next_in_place(PURPOSE, &mut *chunk).map_err(cipher_refused)?;
        sink.write_all(&chunk)?;
    }
    if read_bytes != LENGTH_BYTES as u64 + size_bytes || source.read(&mut [0])? != 0 {
        return Err(StreamError::SourceChanged);
    }
    let id = BlobId(*sink.hasher.finalize().as_bytes());
    Ok(SealedStream { id, size_bytes: sealed_size })
}

/// Opens a sealed source into a sink, which has nothing but genuine bytes at any time, and all of
/// them only when this returns `Ok`. Returns the id of what was read. Memory: two chunks.
///
/// # Errors
/// [`StreamError::Open`] says whether it is damaged or newer; [`StreamError::Io`].
pub fn open_stream(
    source: &mut impl Read,
    key: &BlobKey,
    sink: &mut impl Write,
) -> Result<BlobId, StreamError> {
    let mut source = Hashing { sink: source, hasher: blake3::Hasher::new() };
    let mut prefix = [0; PREFIX_BYTES];
    source.read_exact(&mut prefix).map_err(short)?;
    check_version("blob", prefix[0], VERSION)?;
    let nonce: [u8; RANDOM_BYTES] = prefix[1..].try_into().map_err(|_| OpenError::Damaged)?;
    let mut decryptor =
        DecryptorBE32::<XChaCha20Poly1305>::new(&(*key.as_bytes()).into(), &nonce.into());
    let mut content = Unpadding { sink, length: Vec::with_capacity(LENGTH_BYTES), left: None };
    let mut chunk = read_chunk(&mut source)?;
    loop {
        let next = read_chunk(&mut source)?;
        if next.is_empty() {
            decryptor
                .decrypt_last_in_place(PURPOSE, &mut *chunk)
                .map_err(|_| OpenError::Damaged)?;
            content.take(&chunk)?;
            content.finish()?;
            return Ok(BlobId(*source.hasher.finalize().as_bytes()));
        }
        decryptor.decrypt_next_in_place(PURPOSE, &mut *chunk).map_err(|_| OpenError::Damaged)?;
        content.take(&chunk)?;
        chunk = next;
    }
}

fn read_chunk(source: &mut impl Read) -> Result<Zeroizing<Vec<u8>>, StreamError> {
    let mut chunk = Zeroizing::new(Vec::with_capacity(SEALED_CHUNK_BYTES));
    source.take(SEALED_CHUNK_BYTES as u64).read_to_end(&mut chunk)?;
    Ok(chunk)
}

/// The counter of a STREAM ends after 2^32 chunks, far beyond a blob's limit.
fn cipher_refused(_: aead_stream::aead::Error) -> StreamError {
    StreamError::Io(io::Error::other("the cipher refused a chunk"))
}

fn short(error: io::Error) -> StreamError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => StreamError::Open(OpenError::Damaged),
        _ => StreamError::Io(error),
    }
}

/// The bucket of a length: Padmé keeps of its bits as many as the length of its exponent has.
fn padme(length: u64) -> u64 {
    let Some(exponent) = length.checked_ilog2().filter(|exponent| *exponent > 0) else {
        return length;
    };
    let kept_bits = exponent.ilog2() + 1;
    let mask = (1_u64 << (exponent.saturating_sub(kept_bits))) - 1;
    length.saturating_add(mask) & !mask
}

/// Hashes what passes through it, in either direction.
struct Hashing<S> {
    sink: S,
    hasher: blake3::Hasher,
}

impl<S: Write> Write for Hashing<&mut S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.sink.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

impl<S: Read> Read for Hashing<&mut S> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.sink.read(bytes)?;
        self.hasher.update(&bytes[..read]);
        Ok(read)
    }
}

/// Writes as much as the length in front says, and holds the rest to be zeros.
struct Unpadding<'a, W> {
    sink: &'a mut W,
    length: Vec<u8>,
    /// None until the length has been read.
    left: Option<u64>,
}

impl<W: Write> Unpadding<'_, W> {
    fn take(&mut self, mut plaintext: &[u8]) -> Result<(), StreamError> {
        let left = match self.left {
            Some(left) => left,
            None => {
                let missing = LENGTH_BYTES - self.length.len();
                let (head, rest) = plaintext.split_at(missing.min(plaintext.len()));
                self.length.extend_from_slice(head);
                plaintext = rest;
                let Ok(length) = <[u8; LENGTH_BYTES]>::try_from(&self.length[..]) else {
                    return Ok(());
                };
                u64::from_le_bytes(length)
            }
        };
        let (content, padding) =
            plaintext.split_at(usize::try_from(left).unwrap_or(usize::MAX).min(plaintext.len()));
        self.sink.write_all(content)?;
        self.left = Some(left - content.len() as u64);
        if padding.iter().any(|byte| *byte != 0) {
            return Err(OpenError::Inconsistent("the padding is not zeros").into());
        }
        Ok(())
    }

    fn finish(&self) -> Result<(), StreamError> {
        match self.left {
            Some(0) => Ok(()),
            _ => Err(OpenError::Inconsistent("shorter than its length says").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn key() -> BlobKey {
        BlobKey::from_bytes([1; 32])
    }

    fn sealed(plaintext: &[u8]) -> (SealedStream, Vec<u8>) {
        let mut sink = Vec::new();
        let size = plaintext.len() as u64;
        let stream = seal_stream(&mut &*plaintext, size, &key(), [2; 19], &mut sink).unwrap();
        (stream, sink)
    }

    fn opened(mut sealed: &[u8], key: &BlobKey) -> Result<Vec<u8>, StreamError> {
        let mut sink = Vec::new();
        open_stream(&mut sealed, key, &mut sink).map(|_| sink)
    }

    #[test]
    fn a_stream_of_any_length_opens_with_its_key_and_no_other() {
        let near_chunks = [CHUNK_BYTES, 2 * CHUNK_BYTES, 300_000];
        let around = near_chunks.into_iter().flat_map(|size| size - 9..size + 9);
        for size in (0..40).chain(around) {
            let plaintext: Vec<u8> = (0..size).map(|index| (index % 251) as u8).collect();
            let (stream, bytes) = sealed(&plaintext);
            assert_eq!(stream.id, BlobId::derive(&bytes));
            assert_eq!(stream.size_bytes, bytes.len() as u64);
            assert_eq!(sealed_bytes(size as u64), Some(stream.size_bytes));
            assert!(opened(&bytes, &key()).unwrap() == plaintext, "{size} bytes");
            let other = opened(&bytes, &BlobKey::from_bytes([3; 32]));
            assert!(matches!(other, Err(StreamError::Open(OpenError::Damaged))));
        }
    }

    #[test]
    fn what_is_changed_cut_off_moved_or_appended_does_not_open() {
        let (_, bytes) = sealed(&vec![7; 3 * CHUNK_BYTES]);
        assert!(opened(&bytes, &key()).is_ok());
        for place in (0..bytes.len()).step_by(977).chain([0, 19, 20, bytes.len() - 1]) {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            assert!(opened(&changed, &key()).is_err(), "byte {place} was changed unnoticed");
            assert!(opened(&bytes[..place], &key()).is_err(), "{place} bytes were enough");
        }
        // Whole chunks, so that only their places are wrong.
        let chunk = |index| PREFIX_BYTES + index * SEALED_CHUNK_BYTES;
        assert!(opened(&bytes[..chunk(2)], &key()).is_err());
        let mut swapped = bytes.clone();
        let (first, second) = swapped[chunk(0)..chunk(2)].split_at_mut(SEALED_CHUNK_BYTES);
        first.swap_with_slice(second);
        assert!(opened(&swapped, &key()).is_err());
        assert!(opened(&[&bytes[..], &[0]].concat(), &key()).is_err());
    }

    #[test]
    fn a_source_that_changes_its_length_is_not_sealed() {
        let seal = |plaintext: &[u8], size| {
            seal_stream(&mut &*plaintext, size, &key(), [2; 19], &mut io::sink())
        };
        assert!(seal(&[7; 100], 100).is_ok());
        assert!(matches!(seal(&[7; 99], 100), Err(StreamError::SourceChanged)));
        assert!(matches!(seal(&[7; 101], 100), Err(StreamError::SourceChanged)));
    }

    #[test]
    fn more_than_a_blob_may_hold_is_refused_before_it_is_read() {
        let most = BLOB_BYTES_MAX as u64;
        let refused = seal_stream(&mut io::repeat(7), most, &key(), [2; 19], &mut io::sink());
        assert!(matches!(refused, Err(StreamError::TooLarge(size)) if size == most));
        assert_eq!(sealed_bytes(u64::MAX), None);
    }

    #[test]
    fn a_size_says_no_more_than_its_bucket_and_costs_at_most_an_eighth() {
        // The values of the paper's construction.
        assert_eq!([padme(0), padme(1), padme(9), padme(100)], [0, 1, 10, 104]);
        assert_eq!(padme(5_000_000), 5_111_808);
        for length in (2..2_000_000).step_by(7_919) {
            let padded = padme(length);
            assert!(padded >= length && (padded - length) * 100 <= 12 * length, "{length}");
            assert_eq!(padme(padded), padded);
        }
    }

    #[test]
    fn a_newer_blob_asks_for_an_update() {
        let (_, mut bytes) = sealed(b"words");
        bytes[0] = 3;
        let newer = OpenError::Newer { what: "blob", version: 3 };
        assert!(matches!(opened(&bytes, &key()), Err(StreamError::Open(error)) if error == newer));
    }
}
