//! What a photo costs on its way into a complaint.
//!
//! Not a test: nothing fails here when it is slow.
#![allow(clippy::unwrap_used)]

#[path = "../tests/support/photos.rs"]
mod photos;

use divan::Bencher;
use floorwalk_photo::{Exif, Preview, Rect, redact, smaller_copy};

fn main() {
    divan::main();
}

fn twelve_megapixels() -> Vec<u8> {
    photos::jpeg(&photos::noisy(4_000, 3_000), Some(photos::oriented(6)))
}

fn sample() -> Vec<u8> {
    photos::shared("orientation-examples/Portrait_6.jpg")
        .unwrap_or_else(|| photos::jpeg(&photos::noisy(1_800, 1_200), Some(photos::oriented(6))))
}

#[divan::bench]
fn exif_of_a_photo_with_gps(bencher: Bencher) {
    let photo = photos::shared("exif-samples/gps_DSCN0010.jpg").unwrap_or_else(sample);
    bencher.bench(|| Exif::read(&photo));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn preview_of_twelve_megapixels(bencher: Bencher) {
    let photo = twelve_megapixels();
    bencher.bench(|| Preview::make(&photo).unwrap());
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn preview_of_two_megapixels(bencher: Bencher) {
    let photo = sample();
    bencher.bench(|| Preview::make(&photo).unwrap());
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn smaller_copy_of_twelve_megapixels(bencher: Bencher) {
    let photo = twelve_megapixels();
    bencher.bench(|| smaller_copy(&photo, 2_048).unwrap());
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn redact_twelve_megapixels(bencher: Bencher) {
    let photo = twelve_megapixels();
    let face = Rect { x: 900, y: 1_200, width: 400, height: 500 };
    bencher.bench(|| redact(&photo, &[face]).unwrap());
}
