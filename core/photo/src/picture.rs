//! Decoded pixels: from the bytes of a file, and back to JPEG and PNG.
//!
//! Invariants: size is checked by the header before a pixel is decoded; a picture has one or three
//! bytes for each pixel, opaque; none is copied on the way from JPEG to JPEG; what is written
//! holds pixels only: no EXIF, no colour profile, no text.

mod decode;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8, U8x3};
use fast_image_resize::{PixelTrait, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{
    ExtendedColorType, GenericImageView, GrayImage, ImageBuffer, ImageEncoder, ImageFormat, Pixel,
    RgbImage,
};

use crate::error::PhotoError;
use crate::exif::Exif;
use crate::media::Media;
use crate::orientation::{Orientation, Oriented};
use crate::redact::Rect;

/// A decoded picture, stored as it lay in the file.
pub(crate) struct Picture {
    pixels: Pixels,
    orientation: Orientation,
}

enum Pixels {
    Gray(GrayImage),
    Rgb(RgbImage),
}

impl Picture {
    /// Decodes; transparent parts are laid over white, so that nothing hides behind them.
    pub fn decode(bytes: &[u8]) -> Result<Self, PhotoError> {
        let media = Media::of(bytes);
        let pixels = match media {
            Media::Jpeg => decode::jpeg(bytes)?,
            Media::Png => decode::other(bytes, ImageFormat::Png)?,
            Media::WebP => decode::other(bytes, ImageFormat::WebP)?,
            _ => return Err(PhotoError::NotDecodable(media)),
        };
        Ok(Self { pixels, orientation: Exif::read(bytes).orientation })
    }

    /// Width and height as shown, in pixels.
    pub fn shown_size(&self) -> (u32, u32) {
        self.orientation.shown_size(self.stored_size())
    }

    /// The picture with its longest edge no longer than this; never enlarged.
    pub fn shrunk(self, edge_max: u32) -> Result<Self, PhotoError> {
        let (width, height) = self.stored_size();
        let longest = width.max(height);
        if longest <= edge_max {
            return Ok(self);
        }
        let scaled = |edge: u32| {
            let exact = u64::from(edge) * u64::from(edge_max) / u64::from(longest);
            u32::try_from(exact).unwrap_or(edge_max).max(1)
        };
        let size = (scaled(width), scaled(height));
        let pixels = match self.pixels {
            Pixels::Gray(stored) => Pixels::Gray(resized::<_, U8>(&stored, size)?),
            Pixels::Rgb(stored) => Pixels::Rgb(resized::<_, U8x3>(&stored, size)?),
        };
        Ok(Self { pixels, orientation: self.orientation })
    }

    /// Paints a shown rectangle black; it has an area and lies inside of the picture.
    pub fn blacken(&mut self, shown: Rect) {
        let stored = self.orientation.stored_rect(shown, self.stored_size());
        match &mut self.pixels {
            Pixels::Gray(image) => fill_with_zeros(image, stored),
            Pixels::Rgb(image) => fill_with_zeros(image, stored),
        }
    }

    /// The picture as shown, as a baseline JPEG of this quality (1 to 100).
    pub fn to_jpeg(&self, quality: u8) -> Result<Vec<u8>, PhotoError> {
        let mut jpeg = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, quality);
        let orientation = self.orientation;
        match &self.pixels {
            Pixels::Gray(stored) => encoder.encode_image(&Oriented { stored, orientation }),
            Pixels::Rgb(stored) => encoder.encode_image(&Oriented { stored, orientation }),
        }
        .map_err(|_| PhotoError::Encode)?;
        Ok(jpeg)
    }

    /// The picture as shown, as a PNG.
    pub fn to_png(&self) -> Result<Vec<u8>, PhotoError> {
        let orientation = self.orientation;
        match &self.pixels {
            Pixels::Gray(stored) => png(&Oriented { stored, orientation }, ExtendedColorType::L8),
            Pixels::Rgb(stored) => png(&Oriented { stored, orientation }, ExtendedColorType::Rgb8),
        }
    }

    /// The picture as shown, four bytes for each pixel; for small ones.
    pub fn to_rgba(&self) -> Vec<u8> {
        let orientation = self.orientation;
        match &self.pixels {
            Pixels::Gray(stored) => rgba(&Oriented { stored, orientation }),
            Pixels::Rgb(stored) => rgba(&Oriented { stored, orientation }),
        }
    }

    fn stored_size(&self) -> (u32, u32) {
        match &self.pixels {
            Pixels::Gray(image) => image.dimensions(),
            Pixels::Rgb(image) => image.dimensions(),
        }
    }
}

/// `L` is the layout of `P`. Named by a value, code would be made for all thirteen layouts.
fn resized<P: Pixel<Subpixel = u8>, L: PixelTrait>(
    stored: &ImageBuffer<P, Vec<u8>>,
    (width, height): (u32, u32),
) -> Result<ImageBuffer<P, Vec<u8>>, PhotoError> {
    let (from_width, from_height) = stored.dimensions();
    let from = TypedImageRef::<L>::from_buffer(from_width, from_height, stored)
        .map_err(|_| PhotoError::Encode)?;
    let mut shrunk = ImageBuffer::new(width, height);
    let mut to =
        TypedImage::<L>::from_buffer(width, height, &mut shrunk).map_err(|_| PhotoError::Encode)?;
    Resizer::new().resize_typed(&from, &mut to, None).map_err(|_| PhotoError::Encode)?;
    Ok(shrunk)
}

fn fill_with_zeros<P: Pixel<Subpixel = u8>>(image: &mut ImageBuffer<P, Vec<u8>>, rect: Rect) {
    for row in image.rows_mut().skip(rect.y as usize).take(rect.height as usize) {
        for pixel in row.skip(rect.x as usize).take(rect.width as usize) {
            pixel.channels_mut().fill(0);
        }
    }
}

fn png<P: Pixel<Subpixel = u8>>(
    view: &Oriented<P>,
    colour: ExtendedColorType,
) -> Result<Vec<u8>, PhotoError> {
    let (width, height) = view.dimensions();
    let mut turned = Vec::new();
    let bytes = if view.orientation == Orientation::AS_IT_LIES {
        view.stored.as_raw()
    } else {
        turned.reserve_exact(view.stored.len());
        view.pixels().for_each(|(_, _, pixel)| turned.extend_from_slice(pixel.channels()));
        &turned
    };
    let mut png = Vec::new();
    let encoder = PngEncoder::new(&mut png);
    encoder.write_image(bytes, width, height, colour).map_err(|_| PhotoError::Encode)?;
    Ok(png)
}

fn rgba<P: Pixel<Subpixel = u8>>(view: &Oriented<P>) -> Vec<u8> {
    view.pixels().flat_map(|(_, _, pixel)| pixel.to_rgba().0).collect()
}
