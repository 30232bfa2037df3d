//! Pixels of a JPEG, PNG or WebP.
//!
//! JPEG goes to the decoder directly: the wrapper that the other formats use copies all of the
//! encoded bytes, which are up to half of what a photo may take besides its pixels.

use std::io::Cursor;

use image::{
    DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage, RgbaImage,
};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::Pixels;
use crate::error::PhotoError;
use crate::limits::{DECODED_BYTES_MAX, EDGE_MAX, PIXELS_MAX};

/// Where the bytes of a JPEG end early, the rest of the picture is gray.
pub fn jpeg(bytes: &[u8]) -> Result<Pixels, PhotoError> {
    let edge_max = EDGE_MAX as usize;
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(edge_max)
        .set_max_height(edge_max);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|_| PhotoError::Damaged)?;
    let info = decoder.info().ok_or(PhotoError::Damaged)?;
    let is_gray = decoder.input_colorspace() == Some(ColorSpace::Luma);
    let (colour, channels) = if is_gray { (ColorSpace::Luma, 1) } else { (ColorSpace::RGB, 3) };
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    let length = checked_length(width, height, channels)?;

    decoder.set_options(options.jpeg_set_out_colorspace(colour));
    let mut pixels = vec![0; length];
    decoder.decode_into(&mut pixels).map_err(|_| PhotoError::Damaged)?;
    if is_gray {
        GrayImage::from_raw(width, height, pixels).map(Pixels::Gray)
    } else {
        RgbImage::from_raw(width, height, pixels).map(Pixels::Rgb)
    }
    .ok_or(PhotoError::Damaged)
}

/// Transparent parts are laid over white, so that nothing hides behind them.
pub fn other(bytes: &[u8], format: ImageFormat) -> Result<Pixels, PhotoError> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|_| PhotoError::Damaged)?;
    let (width, height) = decoder.dimensions();
    checked_length(width, height, decoder.color_type().bytes_per_pixel().into())?;

    let decoded = DynamicImage::from_decoder(decoder).map_err(|_| PhotoError::Damaged)?;
    Ok(match decoded {
        gray @ (DynamicImage::ImageLuma8(_) | DynamicImage::ImageLuma16(_)) => {
            Pixels::Gray(gray.into_luma8())
        }
        rgb @ (DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgb16(_)) => {
            Pixels::Rgb(rgb.into_rgb8())
        }
        transparent => {
            Pixels::Rgb(over_white(transparent.into_rgba8()).ok_or(PhotoError::Damaged)?)
        }
    })
}

/// What the decoded picture takes, in bytes, if that much is allowed.
fn checked_length(width: u32, height: u32, bytes_per_pixel: u64) -> Result<usize, PhotoError> {
    let pixels = u64::from(width) * u64::from(height);
    let length = pixels.saturating_mul(bytes_per_pixel);
    match usize::try_from(length) {
        Ok(0) => Err(PhotoError::Damaged),
        Ok(fits) if pixels <= PIXELS_MAX && length <= DECODED_BYTES_MAX => Ok(fits),
        _ => Err(PhotoError::TooManyPixels { width, height }),
    }
}

/// Packs four bytes into three within the one buffer.
fn over_white(image: RgbaImage) -> Option<RgbImage> {
    let (width, height) = image.dimensions();
    let mut bytes = image.into_raw();
    let pixels = bytes.len() / 4;
    for pixel in 0..pixels {
        let alpha = u32::from(bytes[4 * pixel + 3]);
        for channel in 0..3 {
            let colour = u32::from(bytes[4 * pixel + channel]);
            let mixed = (colour * alpha + 255 * (255 - alpha) + 127) / 255;
            bytes[3 * pixel + channel] = mixed.min(255) as u8;
        }
    }
    bytes.truncate(3 * pixels);
    RgbImage::from_raw(width, height, bytes)
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;

    #[test]
    fn transparent_pixels_turn_white_and_hide_nothing() {
        let hidden = |x: u32| if x == 0 { 0 } else { 255 };
        let image = RgbaImage::from_fn(2, 1, |x, _| Rgba([200, 100, 0, hidden(x)]));
        assert_eq!(over_white(image).unwrap().into_raw(), [255, 255, 255, 200, 100, 0]);
        let half = over_white(RgbaImage::from_pixel(1, 1, Rgba([0, 0, 255, 51]))).unwrap();
        assert_eq!(half.into_raw(), [204, 204, 255]);
    }

    #[test]
    fn the_length_is_checked_before_it_is_taken() {
        assert_eq!(checked_length(8_192, 8_192, 4), Ok(256 * 1024 * 1024));
        let too_many = |width, height| Err(PhotoError::TooManyPixels { width, height });
        assert_eq!(checked_length(8_193, 8_192, 1), too_many(8_193, 8_192));
        assert_eq!(checked_length(8_192, 8_192, 6), too_many(8_192, 8_192));
        assert_eq!(checked_length(u32::MAX, u32::MAX, 8), too_many(u32::MAX, u32::MAX));
        assert_eq!(checked_length(0, 5, 3), Err(PhotoError::Damaged));
    }
}
