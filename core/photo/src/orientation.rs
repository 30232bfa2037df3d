//! How a picture is to be turned before it is looked at.
//!
//! Invariant: coordinates are mapped, pixels are not moved; a picture that lies on its side is
//! read through [`Oriented`] by whoever encodes it, without a second copy.

use image::{GenericImageView, ImageBuffer, Pixel};

use crate::redact::Rect;

/// Where a picture's first row and column are to be shown (EXIF 2.32, tag 274).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Orientation(u8);

impl Orientation {
    /// The picture is shown as it lies.
    pub const AS_IT_LIES: Self = Self(1);

    /// The orientation of an EXIF value; anything but 1 to 8 means as it lies.
    pub fn from_exif(value: u32) -> Self {
        match u8::try_from(value) {
            Ok(known @ 1..=8) => Self(known),
            _ => Self::AS_IT_LIES,
        }
    }

    /// The EXIF value, 1 to 8.
    pub const fn exif_value(self) -> u8 {
        self.0
    }

    /// Width and height as shown, of stored ones.
    pub fn shown_size(self, (width, height): (u32, u32)) -> (u32, u32) {
        if self.turns().transposed { (height, width) } else { (width, height) }
    }

    /// Where the pixel that is shown at (x, y) is stored, in a picture of this stored size.
    fn stored_at(self, (x, y): (u32, u32), (width, height): (u32, u32)) -> (u32, u32) {
        let turns = self.turns();
        let (x, y) = if turns.transposed { (y, x) } else { (x, y) };
        (
            if turns.from_right { width - 1 - x } else { x },
            if turns.from_bottom { height - 1 - y } else { y },
        )
    }

    /// Where a shown rectangle is stored; it has an area and lies inside of the picture.
    pub(crate) fn stored_rect(self, shown: Rect, stored_size: (u32, u32)) -> Rect {
        let last = (shown.x + shown.width - 1, shown.y + shown.height - 1);
        let (x1, y1) = self.stored_at((shown.x, shown.y), stored_size);
        let (x2, y2) = self.stored_at(last, stored_size);
        Rect {
            x: x1.min(x2),
            y: y1.min(y2),
            width: x1.abs_diff(x2) + 1,
            height: y1.abs_diff(y2) + 1,
        }
    }

    fn turns(self) -> Turns {
        Turns {
            transposed: self.0 >= 5,
            from_right: matches!(self.0, 2 | 3 | 7 | 8),
            from_bottom: matches!(self.0, 3 | 4 | 6 | 7),
        }
    }
}

/// The way from a shown pixel to the stored one: first the axes are swapped, then mirrored.
struct Turns {
    transposed: bool,
    from_right: bool,
    from_bottom: bool,
}

/// A stored picture as it is to be shown.
pub(crate) struct Oriented<'a, P: Pixel> {
    pub stored: &'a ImageBuffer<P, Vec<P::Subpixel>>,
    pub orientation: Orientation,
}

impl<P: Pixel> GenericImageView for Oriented<'_, P> {
    type Pixel = P;

    fn dimensions(&self) -> (u32, u32) {
        self.orientation.shown_size(self.stored.dimensions())
    }

    fn get_pixel(&self, x: u32, y: u32) -> P {
        let (x, y) = self.orientation.stored_at((x, y), self.stored.dimensions());
        *self.stored.get_pixel(x, y)
    }
}

#[cfg(test)]
mod tests {
    use image::metadata::Orientation as Reference;
    use image::{DynamicImage, GrayImage, Luma};

    use super::*;

    #[test]
    fn the_view_shows_what_turning_the_pixels_would() {
        let stored = GrayImage::from_fn(3, 2, |x, y| Luma([(10 * y + x) as u8]));
        for value in 1..=8u8 {
            let mut turned = DynamicImage::ImageLuma8(stored.clone());
            turned.apply_orientation(Reference::from_exif(value).unwrap());
            let orientation = Orientation::from_exif(value.into());
            let view = Oriented { stored: &stored, orientation };
            assert_eq!(view.dimensions(), (turned.width(), turned.height()), "{value}");
            let seen: Vec<u8> = view.pixels().map(|(_, _, pixel)| pixel[0]).collect();
            assert_eq!(seen, turned.into_bytes(), "{value}");
        }
    }

    #[test]
    fn a_rectangle_is_stored_where_its_pixels_are() {
        let size = (7, 5);
        for value in 1..=8 {
            let orientation = Orientation::from_exif(value);
            let shown = Rect { x: 1, y: 2, width: 3, height: 2 };
            let rect = orientation.stored_rect(shown, size);
            let mut pixels: Vec<(u32, u32)> = (1..4)
                .flat_map(|x| (2..4).map(move |y| (x, y)))
                .map(|at| orientation.stored_at(at, size))
                .collect();
            pixels.sort_unstable();
            let expected: Vec<(u32, u32)> = (rect.x..rect.x + rect.width)
                .flat_map(|x| (rect.y..rect.y + rect.height).map(move |y| (x, y)))
                .collect();
            assert_eq!(pixels, expected, "{value}");
        }
    }

    #[test]
    fn an_unknown_value_means_as_it_lies() {
        for value in [0, 9, 256, 257, u32::MAX] {
            assert_eq!(Orientation::from_exif(value), Orientation::AS_IT_LIES);
        }
        assert_eq!(Orientation::from_exif(8).exif_value(), 8);
    }
}
