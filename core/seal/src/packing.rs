//! Compression of a parcel's content, before it is sealed.
//!
//! ```text
//! 0  4  inflated length
//! 4  …  one zstd frame (RFC 8878) that declares the same length
//! ```
//!
//! The length is compared with its limit before anything is allocated, and the frame can't
//! inflate beyond it. One frame exactly: zstd would also take several in a row, skippable ones,
//! and formats older than the RFC, none of which we write.

use floorwalk_wire::codec::Reader;
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::{MAGICNUMBER, find_frame_compressed_size, get_frame_content_size};

use crate::error::{OpenError, SealError};
use crate::limits::CONTENT_BYTES_MAX;

/// See the crate's bench `pack`: level 3 is a few percent larger than level 19 on a day's changes
/// and many times cheaper.
pub const LEVEL: i32 = 3;

/// Compresses.
///
/// # Errors
/// [`SealError::OverLimit`] beyond [`CONTENT_BYTES_MAX`].
pub fn pack(content: &[u8]) -> Result<Vec<u8>, SealError> {
    if content.len() > CONTENT_BYTES_MAX {
        let (value, limit) = (content.len(), CONTENT_BYTES_MAX);
        return Err(SealError::OverLimit { what: "content", value, limit });
    }
    let frame = Compressor::new(LEVEL).and_then(|mut compressor| compressor.compress(content));
    let frame = frame.map_err(|_| SealError::Memory)?;
    let length = u32::try_from(content.len()).expect("the limit is less than 4 GiB");
    Ok([&length.to_le_bytes()[..], &frame].concat())
}

/// Inflates.
///
/// # Errors
/// [`OpenError::OverLimit`] when the declared length is over [`CONTENT_BYTES_MAX`], otherwise
/// [`OpenError::Inconsistent`] when the frame is not what we write.
pub fn unpack(packed: &[u8]) -> Result<Vec<u8>, OpenError> {
    let mut reader = Reader::new(packed);
    let length = reader.u32()? as usize;
    if length > CONTENT_BYTES_MAX {
        let (value, limit) = (length, CONTENT_BYTES_MAX);
        return Err(OpenError::OverLimit { what: "content", value, limit });
    }
    let frame = reader.rest();
    if !frame.starts_with(&MAGICNUMBER.to_le_bytes())
        || find_frame_compressed_size(frame) != Ok(frame.len())
    {
        return Err(OpenError::Inconsistent("not one zstd frame"));
    }
    if get_frame_content_size(frame).ok().flatten() != Some(length as u64) {
        return Err(OpenError::Inconsistent("the frame declares another length"));
    }
    let mut content = Vec::new();
    content.try_reserve_exact(length).map_err(|_| OpenError::Memory)?;
    let mut decompressor = Decompressor::new().map_err(|_| OpenError::Memory)?;
    let inflated = decompressor.decompress_to_buffer(frame, &mut content);
    if inflated.is_ok_and(|inflated| inflated == length && content.len() == length) {
        Ok(content)
    } else {
        Err(OpenError::Inconsistent("the frame does not inflate to what it declares"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn declared(length: u32, frame: &[u8]) -> Vec<u8> {
        [&length.to_le_bytes()[..], frame].concat()
    }

    #[test]
    fn content_comes_back_up_to_the_limit() {
        for content in [vec![], b"words".to_vec(), vec![0; CONTENT_BYTES_MAX]] {
            assert!(unpack(&pack(&content).unwrap()).unwrap() == content);
        }
        let refused = pack(&vec![0; CONTENT_BYTES_MAX + 1]);
        assert!(matches!(refused, Err(SealError::OverLimit { what: "content", .. })));
    }

    #[test]
    fn a_bomb_is_refused_whether_it_declares_its_size_or_not() {
        let bomb = zstd::bulk::compress(&vec![0; CONTENT_BYTES_MAX + 1], 19).unwrap();
        assert!(bomb.len() < 2048);
        let honest = unpack(&declared(CONTENT_BYTES_MAX as u32 + 1, &bomb));
        assert!(matches!(honest, Err(OpenError::OverLimit { what: "content", .. })));
        let lying = unpack(&declared(5, &bomb));
        assert_eq!(lying, Err(OpenError::Inconsistent("the frame declares another length")));
        // The frame's own length, 4 bytes after the window's size, is made to lie as well.
        let mut frame = bomb;
        assert_eq!(frame[4] & 0xe0, 0x80);
        frame[6..10].copy_from_slice(&5_u32.to_le_bytes());
        assert!(matches!(unpack(&declared(5, &frame)), Err(OpenError::Inconsistent(_))));
    }

    #[test]
    fn what_zstd_takes_and_we_never_write_is_refused() {
        let frame = zstd::bulk::compress(b"words", 3).unwrap();
        assert_eq!(unpack(&declared(5, &frame)).unwrap(), b"words");
        let twice = [&frame[..], &frame].concat();
        let skippable = [&frame[..], &[0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]].concat();
        let mut old = frame.clone();
        old[0] = 0x27;
        for other in [&twice, &skippable, &old, &vec![]] {
            assert!(unpack(&declared(5, other)).is_err());
            assert!(unpack(&declared(10, other)).is_err());
        }
        assert!(unpack(&declared(4, &frame)).is_err());
        assert!(unpack(&declared(6, &frame)).is_err());
        assert!(unpack(&[]).is_err());
    }
}
