//! The named limits, checked before memory is taken.

/// Pixels of a picture that is decoded: 64 megapixels.
pub const PIXELS_MAX: u64 = 64 * 1024 * 1024;
/// A decoded picture, in bytes: four for each pixel, so half as many pixels at 16 bits a channel.
pub const DECODED_BYTES_MAX: u64 = 4 * PIXELS_MAX;
/// EXIF that is looked at, in bytes; JPEG can't hold more than half of it.
pub const EXIF_BYTES_MAX: usize = 128 * 1024;
/// A camera's name, in characters.
pub const CAMERA_CHARS_MAX: usize = 80;

/// A thumbnail, in bytes.
pub const THUMBNAIL_BYTES_MAX: usize = 24 * 1024;
/// A thumbnail's longest edge, in pixels.
pub const THUMBNAIL_EDGE_MAX: u32 = 512;
/// The longest edge that can be asked for, in pixels: what a JPEG can state.
pub const EDGE_MAX: u32 = 65_535;
