//! What was under a rectangle is black in the picture as shown, and nowhere else in the file.
#![allow(clippy::unwrap_used)]

#[path = "support/photos.rs"]
mod photos;

use floorwalk_photo::{Exif, ExifState, Media, PhotoError, Preview, Rect, redact};
use image::{Rgb, RgbImage};
use photos::{jpeg, noisy, oriented, png, webp};

const SECRET: Rgb<u8> = Rgb([250, 20, 20]);

fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
    Rect { x, y, width, height }
}

fn is_inside(rect: Rect, x: u32, y: u32) -> bool {
    (rect.x..rect.x + rect.width).contains(&x) && (rect.y..rect.y + rect.height).contains(&y)
}

/// A picture that is blue except for a secret, stored so that it is shown like that.
fn with_secret(secret: Rect, orientation: u8) -> RgbImage {
    let shown = RgbImage::from_fn(120, 80, |x, y| {
        if is_inside(secret, x, y) { SECRET } else { Rgb([20, 20, 250]) }
    });
    // Turning by 90 and 270 degrees undo each other, all the others undo themselves.
    let undone = match orientation {
        6 => 8,
        8 => 6,
        other => other,
    };
    let mut image = image::DynamicImage::ImageRgb8(shown);
    image.apply_orientation(image::metadata::Orientation::from_exif(undone).unwrap());
    image.into_rgb8()
}

#[test]
fn a_secret_is_black_and_the_rest_is_kept_in_every_orientation_and_format() {
    let secret = rect(24, 16, 40, 24);
    for orientation in 1..=8_u8 {
        let stored = with_secret(secret, orientation);
        let exif = || Some(oriented(orientation.into()));
        let files = [
            (jpeg(&stored, exif()), Media::Jpeg),
            (png(&stored, exif()), Media::Png),
            (webp(&stored, exif()), Media::Jpeg),
        ];
        for (file, becomes) in files {
            let redacted = redact(&file, &[secret]).unwrap();
            assert_eq!(Media::of(&redacted), becomes);
            assert_eq!(Exif::read(&redacted).state, ExifState::Absent);
            assert!(!redacted.windows(4).any(|bytes| bytes.eq_ignore_ascii_case(b"exif")));
            let seen = image::load_from_memory(&redacted).unwrap().into_rgb8();
            assert_eq!(seen.dimensions(), (120, 80), "orientation {orientation}");
            for (x, y, pixel) in seen.enumerate_pixels() {
                let [red, _, blue] = pixel.0;
                assert!(red < 90, "red at {x},{y} in orientation {orientation}: {pixel:?}");
                assert_eq!(blue > 120, !is_inside(secret, x, y), "{x},{y}: {pixel:?}");
            }
        }
    }
}

#[test]
fn the_secret_is_there_when_nothing_is_redacted() {
    let secret = rect(24, 16, 40, 24);
    let file = jpeg(&with_secret(secret, 6), Some(oriented(6)));
    let seen = image::load_from_memory(&redact(&file, &[]).unwrap()).unwrap().into_rgb8();
    let red = seen.pixels().filter(|pixel| pixel[0] > 200).count();
    assert!(red > 900, "{red} of 960");
}

#[test]
fn a_thumbnail_inside_of_the_file_is_gone() {
    let Some(photo) = photos::shared("exif-samples/gps_DSCN0010.jpg") else { return };
    let starts = |bytes: &[u8]| bytes.windows(3).filter(|b| b == b"\xFF\xD8\xFF").count();
    assert!(starts(&photo) > 1, "the photo has an embedded thumbnail");
    let redacted = redact(&photo, &[rect(0, 0, 640, 480)]).unwrap();
    assert_eq!(starts(&redacted), 1);
    let seen = image::load_from_memory(&redacted).unwrap().into_luma8();
    assert!(seen.iter().all(|light| *light == 0));
}

#[test]
fn a_rectangle_is_clipped_and_one_that_covers_nothing_is_refused_by_its_place() {
    let photo = png(&noisy(30, 20), Some(oriented(6)));
    let shown = Preview::make(&photo).unwrap();
    assert_eq!((shown.width, shown.height), (20, 30));
    let edge = rect(19, 29, 500, u32::MAX);
    let redacted = image::load_from_memory(&redact(&photo, &[edge]).unwrap()).unwrap().into_rgb8();
    let before = image::load_from_memory(&redact(&photo, &[]).unwrap()).unwrap().into_rgb8();
    let changed: Vec<_> = redacted
        .enumerate_pixels()
        .filter(|(x, y, pixel)| *pixel != before.get_pixel(*x, *y))
        .map(|(x, y, pixel)| (x, y, pixel.0))
        .collect();
    assert_eq!(changed, [(19, 29, [0, 0, 0])]);

    let fits = rect(0, 0, 1, 1);
    for wrong in [rect(20, 0, 1, 1), rect(0, 30, 1, 1), rect(5, 5, 0, 3), rect(5, 5, 3, 0)] {
        let refusal = redact(&photo, &[fits, fits, wrong, fits]).unwrap_err();
        assert_eq!(refusal, PhotoError::Rectangle { index: 2 });
    }
}
