//! Parts of a photo made black for good.
//!
//! Invariant: what was under a rectangle is gone from the result. Pixels are painted over before
//! they are encoded, and nothing of the original's bytes is copied, so no thumbnail, depth map or
//! second picture inside the file survives either.

use crate::error::PhotoError;
use crate::media::Media;
use crate::picture::Picture;

/// The redacted picture is shown as evidence, so little may be lost of what is left.
const QUALITY: u8 = 92;

/// A rectangle in pixels of the picture as shown, from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    /// The first column.
    pub x: u32,
    /// The first row.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// The photo upright, with the rectangles filled black, without metadata: a PNG of a PNG, else a
/// JPEG.
///
/// # Errors
///
/// [`PhotoError::Rectangle`] if a rectangle is empty or outside of the picture (one partly outside
/// is clipped); else [`PhotoError`] for a file that is not decoded here, has too many pixels, or
/// is damaged.
pub fn redact(bytes: &[u8], rects: &[Rect]) -> Result<Vec<u8>, PhotoError> {
    let mut picture = Picture::decode(bytes)?;
    let size = picture.shown_size();
    for (index, rect) in rects.iter().enumerate() {
        picture.blacken(clipped(*rect, size).ok_or(PhotoError::Rectangle { index })?);
    }
    match Media::of(bytes) {
        Media::Png => picture.to_png(),
        _ => picture.to_jpeg(QUALITY),
    }
}

fn clipped(rect: Rect, (width, height): (u32, u32)) -> Option<Rect> {
    let inside = Rect {
        width: rect.width.min(width.checked_sub(rect.x)?),
        height: rect.height.min(height.checked_sub(rect.y)?),
        ..rect
    };
    (inside.width > 0 && inside.height > 0).then_some(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rectangle_is_clipped_and_one_outside_is_none() {
        let rect = |x, y, width, height| Rect { x, y, width, height };
        let size = (10, 5);
        assert_eq!(clipped(rect(0, 0, 10, 5), size), Some(rect(0, 0, 10, 5)));
        assert_eq!(clipped(rect(8, 4, 9, 9), size), Some(rect(8, 4, 2, 1)));
        assert_eq!(clipped(rect(1, 1, u32::MAX, u32::MAX), size), Some(rect(1, 1, 9, 4)));
        for outside in [rect(10, 0, 1, 1), rect(0, 5, 1, 1), rect(u32::MAX, 0, 1, 1)] {
            assert_eq!(clipped(outside, size), None);
        }
        for empty in [rect(0, 0, 0, 5), rect(0, 0, 5, 0)] {
            assert_eq!(clipped(empty, size), None);
        }
    }
}
