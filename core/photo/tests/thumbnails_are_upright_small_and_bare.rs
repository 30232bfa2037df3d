//! A thumbnail looks like the photo held upright, fits its limits, and holds pixels only.
#![allow(clippy::unwrap_used)]

#[path = "support/photos.rs"]
mod photos;

use floorwalk_photo::limits::{THUMBNAIL_BYTES_MAX, THUMBNAIL_EDGE_MAX};
use floorwalk_photo::{Media, PhotoError, Preview, smaller_copy};
use image::imageops::{self, FilterType};
use image::{GrayImage, ImageFormat, Rgb, RgbImage};
use photos::{jpeg, noisy, oriented, png, webp};

/// Mean differences of light, of 255. The shared landscapes have a number in the middle and differ
/// by 13.3 in Pillow too; the portraits differ by less than 0.3.
const ALIKE_MAX: f64 = 16.0;
const UNALIKE_MIN: f64 = 30.0;

fn small(thumbnail: &[u8]) -> GrayImage {
    let decoded = image::load_from_memory_with_format(thumbnail, ImageFormat::Jpeg).unwrap();
    imageops::resize(&decoded.into_luma8(), 48, 48, FilterType::Triangle)
}

fn difference(left: &GrayImage, right: &GrayImage) -> f64 {
    let sum: u64 = left.iter().zip(right.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / left.len() as f64
}

fn assert_all_alike(reference: &str, others: &[String], size: (u32, u32)) {
    let Some(photo) = photos::shared(reference) else { return };
    let upright = small(&Preview::make(&photo).unwrap().thumbnail);
    for name in others {
        let preview = Preview::make(&photos::shared(name).unwrap()).unwrap();
        assert_eq!((preview.width, preview.height), size, "{name}");
        let seen = small(&preview.thumbnail);
        let off = difference(&upright, &seen);
        assert!(off < ALIKE_MAX, "{name} differs by {off}");
        let turned = [
            imageops::rotate90(&seen),
            imageops::rotate180(&seen),
            imageops::rotate270(&seen),
            imageops::flip_horizontal(&seen),
            imageops::flip_vertical(&seen),
        ];
        for wrong in turned {
            let off = difference(&upright, &wrong);
            assert!(off > UNALIKE_MIN, "{name}: a wrong orientation differs by {off} only");
        }
    }
}

#[test]
fn all_orientations_of_a_portrait_look_alike() {
    let others: Vec<String> =
        (0..=8).map(|value| format!("orientation-examples/Portrait_{value}.jpg")).collect();
    assert_all_alike("orientation-examples/Portrait_1.jpg", &others, (1200, 1800));
}

#[test]
fn all_orientations_of_a_landscape_look_alike() {
    let name = |value: u8| format!("exif-samples/orientation_landscape_{value}.jpg");
    assert_all_alike(&name(1), &[2, 4, 8].map(name), (600, 450));
}

/// Markers of a JPEG's segments, in order, up to the scan.
fn markers(jpeg: &[u8]) -> Vec<u8> {
    let mut at = 2;
    let mut found = Vec::new();
    while jpeg[at + 1] != 0xDA {
        assert_eq!(jpeg[at], 0xFF);
        found.push(jpeg[at + 1]);
        at += 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
    }
    found
}

fn assert_bare(jpeg: &[u8]) {
    let metadata: Vec<u8> = markers(jpeg).into_iter().filter(|m| *m >= 0xE0).collect();
    assert_eq!(metadata, [0xE0], "JFIF only");
    assert_eq!(&jpeg[6..11], b"JFIF\0");
    assert!(!jpeg.windows(4).any(|bytes| bytes == b"Exif"));
}

#[test]
fn every_shared_jpeg_gives_a_thumbnail_within_limits_without_metadata() {
    let mut with_metadata = 0;
    for (name, photo) in photos::all_shared() {
        if Media::of(&photo) != Media::Jpeg {
            let refusal = Preview::make(&photo).unwrap_err();
            assert_eq!(refusal, PhotoError::NotDecodable(Media::of(&photo)), "{name}");
            continue;
        }
        with_metadata += usize::from(photo.windows(4).any(|bytes| bytes == b"Exif"));
        let preview = Preview::make(&photo).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(preview.thumbnail.len() <= THUMBNAIL_BYTES_MAX, "{name}");
        assert!((5..=25).contains(&preview.thumb_hash.len()), "{name}");
        assert_bare(&preview.thumbnail);
        assert_bare(&smaller_copy(&photo, 300).unwrap());
        let decoded = image::load_from_memory(&preview.thumbnail).unwrap();
        let longest = decoded.width().max(decoded.height());
        let original = preview.width.max(preview.height);
        let least = THUMBNAIL_EDGE_MAX.min(original) / 2;
        assert!((least..=THUMBNAIL_EDGE_MAX).contains(&longest), "{name}: {longest}");
    }
    assert!(with_metadata > 20 || photos::all_shared().is_empty());
}

#[test]
fn pixels_that_cannot_be_compressed_get_a_smaller_thumbnail() {
    let mut state = 1_u64;
    let chance = RgbImage::from_fn(700, 700, |_, _| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let [.., a, b, c] = state.to_be_bytes();
        Rgb([a ^ c, b, c].map(|byte| if byte % 2 == 0 { 0 } else { 255 }))
    });
    let chance = imageops::resize(&chance, 512, 512, FilterType::Nearest);
    let preview = Preview::make(&png(&chance, None)).unwrap();
    assert_eq!((preview.width, preview.height), (512, 512));
    assert!(preview.thumbnail.len() <= THUMBNAIL_BYTES_MAX);
    let decoded = image::load_from_memory(&preview.thumbnail).unwrap();
    assert!(decoded.width() < 512);
}

#[test]
fn each_decodable_format_and_shape_gives_a_preview() {
    let image = noisy(600, 30);
    for file in [
        jpeg(&image, Some(oriented(6))),
        png(&image, Some(oriented(6))),
        webp(&image, Some(oriented(6))),
    ] {
        let preview = Preview::make(&file).unwrap();
        assert_eq!((preview.width, preview.height), (30, 600), "{:?}", Media::of(&file));
        let decoded = image::load_from_memory(&preview.thumbnail).unwrap();
        assert_eq!((decoded.width(), decoded.height()), (25, 512));
    }
    for (width, height) in [(1, 1), (1, 4_000), (4_000, 1)] {
        let preview = Preview::make(&png(&noisy(width, height), None)).unwrap();
        assert_eq!((preview.width, preview.height), (width, height));
    }
}

#[test]
fn a_copy_is_no_larger_than_asked_for_and_never_enlarged() {
    let photo = jpeg(&noisy(900, 600), Some(oriented(8)));
    for (edge, expected) in [(300, (200, 300)), (899, (599, 899)), (5_000, (600, 900)), (0, (1, 1))]
    {
        let copy = image::load_from_memory(&smaller_copy(&photo, edge).unwrap()).unwrap();
        assert_eq!((copy.width(), copy.height()), expected, "edge {edge}");
    }
}

#[test]
fn a_name_does_not_matter_and_other_kinds_are_refused_by_kind() {
    let refused = [
        (b"GIF89a\x01\0\x01\0".as_slice(), Media::Gif),
        (b"%PDF-1.7", Media::Pdf),
        (b"", Media::Unknown),
    ];
    for (bytes, media) in refused {
        assert_eq!(Preview::make(bytes), Err(PhotoError::NotDecodable(media)));
    }
}
