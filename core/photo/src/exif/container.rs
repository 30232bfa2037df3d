//! Where a file keeps its EXIF.
//!
//! Invariant: at most [`EXIF_BYTES_MAX`] are copied. The reader of the fields takes memory and
//! time by the block's length times its entries, so the block is cut before it is read.

use std::io::Cursor;

use exif::{Error, Reader};

use crate::limits::EXIF_BYTES_MAX;
use crate::media::Media;

pub enum Block {
    /// The file is whole as far as EXIF can be, and has none.
    Absent,
    /// The file is damaged where EXIF would be.
    Unreadable,
    Found(Found),
}

/// A TIFF structure.
pub struct Found {
    pub bytes: Vec<u8>,
    /// It was longer than what is looked at.
    pub is_cut: bool,
}

/// Finds the EXIF by the file's magic bytes.
pub fn exif_block(bytes: &[u8]) -> Block {
    let found = match Media::of(bytes) {
        Media::Jpeg => in_jpeg(bytes),
        Media::Png => in_chunks(&bytes[8..], PNG),
        Media::WebP => in_chunks(&bytes[12..], WEBP),
        Media::Tiff => Ok(Some(bytes)),
        Media::Heic | Media::Heif | Media::Avif => return in_heif(bytes),
        _ => Ok(None),
    };
    match found {
        Ok(Some(block)) => Block::Found(Found::of(block)),
        Ok(None) => Block::Absent,
        Err(Truncated) => Block::Unreadable,
    }
}

struct Truncated;

/// JEITA CP-3451 4.5.4; some writers put the identifier also where a format has no need of it.
const IDENTIFIER: &[u8] = b"Exif\0\0";

impl Found {
    fn of(block: &[u8]) -> Self {
        let block = block.strip_prefix(IDENTIFIER).unwrap_or(block);
        let end = block.len().min(EXIF_BYTES_MAX);
        Self { bytes: block[..end].to_vec(), is_cut: end < block.len() }
    }
}

/// ITU-T T.81 Annex B: segments up to the first scan.
fn in_jpeg(bytes: &[u8]) -> Result<Option<&[u8]>, Truncated> {
    let mut rest = &bytes[2..];
    loop {
        // A marker may have any number of fill bytes before it; other bytes are skipped as
        // decoders do.
        let at = rest.windows(2).position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0 | 0xFF));
        let (marker, body) = rest[at.ok_or(Truncated)? + 1..].split_first().ok_or(Truncated)?;
        rest = body;
        match marker {
            // Start of scan, end of image.
            0xDA | 0xD9 => return Ok(None),
            // Without a length: TEM, RSTn, SOI.
            0x01 | 0xD0..=0xD8 => {}
            _ => {
                let length = u16::from_be_bytes(*body.first_chunk().ok_or(Truncated)?);
                let (segment, after) = body.split_at_checked(length.into()).ok_or(Truncated)?;
                let payload = segment.get(2..).ok_or(Truncated)?;
                if *marker == 0xE1 && payload.starts_with(IDENTIFIER) {
                    return Ok(Some(payload));
                }
                rest = after;
            }
        }
    }
}

/// A format that is a row of chunks with a name, a length and a body.
struct Chunks {
    name_is_first: bool,
    length: fn([u8; 4]) -> u32,
    /// Bytes between the body and the next chunk.
    after: fn(usize) -> usize,
    exif: [u8; 4],
}

/// PNG 5.3: length, name, body, CRC.
const PNG: Chunks =
    Chunks { name_is_first: false, length: u32::from_be_bytes, after: |_| 4, exif: *b"eXIf" };
/// RFC 9649 2.3: name, length, body, padded to an even length.
const WEBP: Chunks = Chunks {
    name_is_first: true,
    length: u32::from_le_bytes,
    after: |length| length % 2,
    exif: *b"EXIF",
};

fn in_chunks(mut rest: &[u8], format: Chunks) -> Result<Option<&[u8]>, Truncated> {
    while let Some((head, body)) = rest.split_first_chunk::<8>() {
        let [a, b, c, d, e, f, g, h] = *head;
        let (first, second) = ([a, b, c, d], [e, f, g, h]);
        let (name, length) = if format.name_is_first { (first, second) } else { (second, first) };
        let length = usize::try_from((format.length)(length)).map_err(|_| Truncated)?;
        let (body, after) = body.split_at_checked(length).ok_or(Truncated)?;
        if name == format.exif {
            return Ok(Some(body));
        }
        // Whatever follows PNG's last chunk isn't part of the picture.
        if name == *b"IEND" {
            return Ok(None);
        }
        rest = after.get((format.after)(length)..).unwrap_or_default();
    }
    if rest.is_empty() { Ok(None) } else { Err(Truncated) }
}

/// ISO/IEC 23008-12 Annex A. The crate takes no more than 128 KiB of EXIF out of such a file.
fn in_heif(bytes: &[u8]) -> Block {
    match Reader::new().continue_on_error(true).read_from_container(&mut Cursor::new(bytes)) {
        Ok(read) => Block::Found(Found::of(read.buf())),
        Err(Error::PartialResult(partial)) => Block::Found(Found::of(partial.into_inner().0.buf())),
        Err(Error::NotFound(_)) => Block::Absent,
        Err(_) => Block::Unreadable,
    }
}
