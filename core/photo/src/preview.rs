//! Small pictures of a photo: the thumbnail that travels ahead, and the copy that is transmitted.
//!
//! Invariant: what comes out is upright, no larger than asked for, and holds pixels only.

use crate::error::PhotoError;
use crate::limits::{EDGE_MAX, THUMBNAIL_BYTES_MAX, THUMBNAIL_EDGE_MAX};
use crate::picture::Picture;

/// The encoder's qualities, best first; below the last one fewer pixels look better.
const THUMBNAIL_QUALITIES: [u8; 5] = [80, 70, 60, 50, 40];
const COPY_QUALITY: u8 = 80;
/// What the hash takes at most (thumbhash 0.1).
const HASH_EDGE_MAX: u32 = 100;

/// What is shown of a photo before its bytes are here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Of the original as shown, in pixels.
    pub width: u32,
    /// Of the original as shown, in pixels.
    pub height: u32,
    /// An upright JPEG of at most [`THUMBNAIL_BYTES_MAX`], [`THUMBNAIL_EDGE_MAX`] and no metadata.
    pub thumbnail: Vec<u8>,
    /// A ThumbHash, at most 25 bytes: a blurred placeholder.
    pub thumb_hash: Vec<u8>,
}

impl Preview {
    /// Makes the preview of a photo's bytes.
    ///
    /// # Errors
    ///
    /// [`PhotoError`] for a file that is not decoded here, has too many pixels, or is damaged.
    pub fn make(bytes: &[u8]) -> Result<Self, PhotoError> {
        let picture = Picture::decode(bytes)?;
        let (width, height) = picture.shown_size();
        let small = picture.shrunk(THUMBNAIL_EDGE_MAX)?;
        let (thumbnail, small) = fitting_jpeg(small)?;
        Ok(Self { width, height, thumbnail, thumb_hash: hash(small)? })
    }
}

/// An upright JPEG copy with a longest edge of at most `edge_max` pixels (1 to [`EDGE_MAX`]),
/// never enlarged, without metadata.
///
/// # Errors
///
/// [`PhotoError`] for a file that is not decoded here, has too many pixels, or is damaged.
pub fn smaller_copy(bytes: &[u8], edge_max: u32) -> Result<Vec<u8>, PhotoError> {
    Picture::decode(bytes)?.shrunk(edge_max.clamp(1, EDGE_MAX))?.to_jpeg(COPY_QUALITY)
}

/// Lowers the quality, then the size. It ends: a JPEG of one pixel is below any limit.
fn fitting_jpeg(mut picture: Picture) -> Result<(Vec<u8>, Picture), PhotoError> {
    loop {
        for quality in THUMBNAIL_QUALITIES {
            let jpeg = picture.to_jpeg(quality)?;
            if jpeg.len() <= THUMBNAIL_BYTES_MAX {
                return Ok((jpeg, picture));
            }
        }
        let (width, height) = picture.shown_size();
        picture = picture.shrunk(width.max(height) * 3 / 4)?;
    }
}

fn hash(picture: Picture) -> Result<Vec<u8>, PhotoError> {
    let small = picture.shrunk(HASH_EDGE_MAX)?;
    let (width, height) = small.shown_size();
    Ok(thumbhash::rgba_to_thumb_hash(width as usize, height as usize, &small.to_rgba()))
}
