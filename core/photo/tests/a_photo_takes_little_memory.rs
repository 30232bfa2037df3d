//! A photo of twelve megapixels takes its decoded pixels and at most 16 MB besides, its encoded
//! bytes included, so that a phone can make its preview.
//!
//! One test in a program of its own: the allocator counts for the whole process.
#![allow(clippy::unwrap_used)]

#[path = "support/photos.rs"]
mod photos;

use floorwalk_photo::{Preview, Rect, redact};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const DECODED_BYTES: usize = 3 * 4_000 * 3_000;
const BESIDES_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The most that is taken at once while `work` runs, with the encoded photo.
fn peak_bytes<T>(photo: &[u8], work: impl FnOnce() -> T) -> (T, usize) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let done = work();
    (done, MEMORY.peak_usage() - before + photo.len())
}

#[test]
fn twelve_megapixels_take_their_pixels_and_at_most_16_mb() {
    let exif = Some(photos::oriented(6));
    let photo = photos::jpeg_of_quality(98, &photos::noisy(4_000, 3_000), exif);
    let megabytes = photo.len() / 1_000_000;
    assert!((8..10).contains(&megabytes), "as large as such photos get: {megabytes} MB");

    let (preview, peak) = peak_bytes(&photo, || Preview::make(&photo).unwrap());
    assert_eq!((preview.width, preview.height), (3_000, 4_000));
    assert!(peak > DECODED_BYTES, "the allocator counts: {peak} bytes");
    assert!(peak <= DECODED_BYTES + BESIDES_BYTES_MAX, "preview: {peak} bytes");

    let face = Rect { x: 900, y: 1_200, width: 400, height: 500 };
    let (redacted, peak) = peak_bytes(&photo, || redact(&photo, &[face]).unwrap());
    // The result grows by doubling: up to three times its bytes while it moves.
    let result = 3 * redacted.len();
    assert!(peak <= DECODED_BYTES + photo.len() + result, "redaction: {peak} bytes");
}
