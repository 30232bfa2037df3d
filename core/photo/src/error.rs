//! What can go wrong with a picture.
//!
//! Nothing here is a reason to refuse a file as evidence: it only has no preview then.

use crate::media::Media;

/// A picture from which the thing that was asked for can't be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhotoError {
    /// The bytes are of a kind that is kept, and not decoded here.
    #[error("{} can't be decoded", .0.media_type())]
    NotDecodable(Media),
    /// The header states more than [`crate::limits::PIXELS_MAX`], or more than
    /// [`crate::limits::DECODED_BYTES_MAX`] when decoded.
    #[error("{width} x {height} are too many pixels")]
    TooManyPixels {
        /// As stated, in pixels.
        width: u32,
        /// As stated, in pixels.
        height: u32,
    },
    /// The bytes are not a whole picture.
    #[error("the picture is damaged")]
    Damaged,
    /// Misuse: a rectangle without an area, or outside of the picture.
    #[error("rectangle {index} is empty or outside of the picture")]
    Rectangle {
        /// Its place in the list, from 0.
        index: usize,
    },
    /// The result could not be written; the picture that was given is untouched.
    #[error("the picture could not be encoded")]
    Encode,
}
