//! Damaged, cut and lying files: an answer or an error, within the limits.
#![allow(clippy::unwrap_used)]

#[path = "support/photos.rs"]
mod photos;

use floorwalk_photo::limits::{CAMERA_CHARS_MAX, THUMBNAIL_BYTES_MAX};
use floorwalk_photo::{Exif, ExifState, Media, PhotoError, Preview, Rect, redact, smaller_copy};
use photos::{jpeg, noisy, oriented, png, webp};
use proptest::prelude::*;

/// All that can be done with a file; true if it has a preview.
fn look(bytes: &[u8]) -> bool {
    let exif = Exif::read(bytes);
    assert!(exif.camera.is_none_or(|camera| camera.chars().count() <= CAMERA_CHARS_MAX));
    assert!((1..=8).contains(&exif.orientation.exif_value()));
    let Ok(preview) = Preview::make(bytes) else { return false };
    assert!(preview.thumbnail.len() <= THUMBNAIL_BYTES_MAX);
    assert!(preview.thumb_hash.len() <= 25);
    assert_eq!(Media::of(&preview.thumbnail), Media::Jpeg);
    true
}

#[test]
fn shared_photos_are_looked_at_and_redacted() {
    for (name, photo) in photos::all_shared() {
        let has_preview = look(&photo);
        assert_eq!(has_preview, Media::of(&photo) == Media::Jpeg, "{name}");
        let corner = Rect { x: 0, y: 0, width: 40, height: 40 };
        assert_eq!(redact(&photo, &[corner]).is_ok(), has_preview, "{name}");
    }
}

#[test]
fn a_file_cut_anywhere_gives_an_answer() {
    let image = noisy(200, 150);
    let exif = || Some(oriented(6));
    let mut files = vec![jpeg(&image, exif()), png(&image, exif()), webp(&image, exif())];
    files.extend(photos::shared("exif-samples/gps_DSCN0010.jpg"));
    files.extend(photos::shared("exif-samples/heic_samplefilehub.heif"));
    files.extend(photos::shared("exif-samples/tiff_Jobagent.tiff"));
    for file in files {
        for fiftieth in 0..50 {
            look(&file[..file.len() * fiftieth / 50]);
        }
        let (head, _) = file.split_at(file.len().min(2_000));
        (0..head.len()).for_each(|end| drop(Exif::read(&head[..end])));
    }
}

#[test]
fn no_bytes_and_zero_bytes_are_plain_files() {
    for bytes in [vec![], vec![0], vec![0; 100_000], vec![0xFF; 100_000]] {
        assert_eq!(Exif::read(&bytes).state, ExifState::Absent);
        assert_eq!(Preview::make(&bytes), Err(PhotoError::NotDecodable(Media::Unknown)));
    }
}

/// A PNG's beginning with this size: enough to read the header, no pixels.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut file = png(&noisy(1, 1), None);
    file[16..20].copy_from_slice(&width.to_be_bytes());
    file[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc32(&file[12..29]);
    file[29..33].copy_from_slice(&crc.to_be_bytes());
    file
}

/// PNG Annex D.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

#[test]
fn a_picture_that_states_too_many_pixels_is_refused_by_its_header() {
    let bomb = png_of(60_000, 60_000);
    let refusal = PhotoError::TooManyPixels { width: 60_000, height: 60_000 };
    assert_eq!(Preview::make(&bomb), Err(refusal));
    assert_eq!(smaller_copy(&bomb, 100), Err(refusal));
    assert_eq!(redact(&bomb, &[]), Err(refusal));
    assert_eq!(Preview::make(&png_of(2, 1)), Err(PhotoError::Damaged), "the size is the only lie");
    assert!(Preview::make(&png_of(1, 1)).is_ok());

    let mut jpeg = jpeg(&noisy(8, 8), None);
    let frame = jpeg.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xFF);
    let refusal = PhotoError::TooManyPixels { width: 65_535, height: 65_535 };
    assert_eq!(Preview::make(&jpeg), Err(refusal));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn changed_bytes_give_an_answer(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..24),
        near_the_start in any::<bool>(),
    ) {
        let image = noisy(64, 48);
        let exif = || Some(oriented(5));
        let mut files = vec![jpeg(&image, exif()), png(&image, exif()), webp(&image, exif())];
        files.extend([
            "exif-samples/Canon_40D.jpg",
            "exif-samples/Nikon_D70.jpg",
            "exif-samples/tests_32-lens_data.jpeg",
            "exif-samples/invalid_image01713.jpg",
            "exif-samples/heic_samplefilehub.heif",
            "exif-samples/tiff_Jobagent.tiff",
        ].into_iter().filter_map(photos::shared));
        let mut file = files.swap_remove(which.index(files.len()));
        let end = if near_the_start { file.len().min(700) } else { file.len() };
        for (place, byte) in changes {
            file[place.index(end)] = byte;
        }
        look(&file);
        let _ = redact(&file, &[Rect { x: 3, y: 3, width: 9, height: 9 }]);
    }
}
