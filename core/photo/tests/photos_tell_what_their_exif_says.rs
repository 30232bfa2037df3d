//! What EXIF says is read, what can't be true is left out, and damage is said.
//!
//! The expected values of shared photos were read once with Pillow 13 and pillow-heif.
#![allow(clippy::unwrap_used)]

#[path = "support/photos.rs"]
mod photos;

use chrono::{DateTime, NaiveDateTime};
use exif::{Rational, Tag, Value};
use floorwalk_photo::limits::{CAMERA_CHARS_MAX, EXIF_BYTES_MAX};
use floorwalk_photo::{CaptureTime, Exif, ExifState, Media, Orientation, Place};
use photos::{exif_block, jpeg, noisy, png, text, webp};

fn local(time: &str) -> CaptureTime {
    CaptureTime::Local(NaiveDateTime::parse_from_str(time, "%Y-%m-%d %H:%M:%S").unwrap())
}

fn assert_near(place: Option<Place>, latitude: f64, longitude: f64) {
    let place = place.unwrap();
    assert!((place.latitude() - latitude).abs() < 1e-6, "{place:?}");
    assert!((place.longitude() - longitude).abs() < 1e-6, "{place:?}");
}

fn read(fields: Vec<(Tag, Value)>) -> Exif {
    Exif::read(&jpeg(&noisy(8, 8), Some(exif_block(fields))))
}

fn fractions(values: &[(u32, u32)]) -> Value {
    Value::Rational(values.iter().map(|&(num, denom)| Rational { num, denom }).collect())
}

#[test]
fn shared_photos_tell_their_camera_and_time() {
    let expected = [
        ("Canon_40D.jpg", Some("Canon EOS 40D"), Some("2008-05-30 15:56:01")),
        ("Canon_40D_photoshop_import.jpg", None, None),
        ("Nikon_D70.jpg", Some("NIKON D70"), Some("2008-03-15 09:52:01")),
        ("Olympus_C8080WZ.jpg", Some("OLYMPUS CORPORATION C8080WZ"), Some("2006-10-22 15:44:29")),
        ("Panasonic_DMC-FZ30.jpg", Some("Panasonic DMC-FZ30"), Some("2008-07-16 11:33:20")),
        ("Ricoh_Caplio_RR330.jpg", Some("Caplio RR330"), Some("2004-08-31 19:52:58")),
        ("exif-org_nikon-e950.jpg", Some("NIKON E950"), Some("2001-04-06 11:51:40")),
        ("tests_11-tests.jpg", Some("Canon DIGITAL IXUS 40"), Some("2007-09-03 16:03:45")),
        ("tests_32-lens_data.jpeg", Some("NIKON D300"), Some("2012-07-14 16:30:12")),
        ("tests_33-type_error.jpg", Some("Canon PowerShot G9"), Some("2008-05-25 19:31:26")),
        ("tests_87_OSError.jpg", Some("NIKON D70s"), Some("2005-12-14 14:39:47")),
        ("corrupted.jpg", Some("OLYMPUS IMAGING CORP. u1020,S1020"), Some("2015-09-08 11:02:17")),
    ];
    for (name, camera, time) in expected {
        let Some(photo) = photos::shared(&format!("exif-samples/{name}")) else { return };
        let exif = Exif::read(&photo);
        assert_eq!(exif.camera.as_deref(), camera, "{name}");
        assert_eq!(exif.captured, time.map(local), "{name}");
    }
}

#[test]
fn shared_photos_tell_their_place() {
    let nikon = [
        ("gps_DSCN0010.jpg", 43.467448, 11.885127, "2008-10-23T14:27:07Z"),
        ("gps_DSCN0012.jpg", 43.467157, 11.885395, "2008-10-23T14:28:17Z"),
        ("gps_DSCN0021.jpg", 43.467082, 11.884538, "2008-10-23T14:36:47Z"),
    ];
    for (name, latitude, longitude, gps_time) in nikon {
        let Some(photo) = photos::shared(&format!("exif-samples/{name}")) else { return };
        let exif = Exif::read(&photo);
        assert_near(exif.place, latitude, longitude);
        assert_eq!(exif.gps_time.unwrap(), DateTime::parse_from_rfc3339(gps_time).unwrap());
    }
    let minutes_only = photos::shared("exif-samples/tests_87_OSError.jpg").unwrap();
    assert_near(Exif::read(&minutes_only).place, 43.785594, 11.234619);
    let none = photos::shared("exif-samples/Canon_40D.jpg").unwrap();
    assert_eq!(Exif::read(&none).place, None);
}

#[test]
fn a_heic_tells_time_with_zone_and_place() {
    let Some(photo) = photos::shared("exif-samples/heic_IMG_5195.HEIC") else { return };
    assert_eq!(Media::of(&photo), Media::Heic);
    let exif = Exif::read(&photo);
    let time = DateTime::parse_from_rfc3339("2021-04-11T15:47:53-05:00").unwrap();
    assert_eq!(exif.captured, Some(CaptureTime::Zoned(time)));
    assert_near(exif.place, 39.051344, -94.288772);
    assert_eq!(exif.camera.as_deref(), Some("Apple iPhone 11 Pro Max"));
    assert_eq!(exif.state, ExifState::Whole);
}

#[test]
fn every_container_is_read() {
    let image = noisy(8, 8);
    let block = || {
        Some(exif_block(vec![
            (Tag::Orientation, Value::Short(vec![6])),
            (Tag::DateTimeOriginal, text("2026:09:30 16:00:00")),
            (Tag::OffsetTimeOriginal, text("+08:00")),
        ]))
    };
    let time = DateTime::parse_from_rfc3339("2026-09-30T16:00:00+08:00").unwrap();
    let files = [jpeg(&image, block()), png(&image, block()), webp(&image, block())];
    for file in files.into_iter().chain(block()) {
        let exif = Exif::read(&file);
        assert_eq!(exif.state, ExifState::Whole, "{:?}", Media::of(&file));
        assert_eq!(exif.orientation.exif_value(), 6);
        assert_eq!(exif.captured, Some(CaptureTime::Zoned(time)));
    }
}

#[test]
fn absent_damaged_and_whole_are_told_apart() {
    let image = noisy(8, 8);
    for bare in [jpeg(&image, None), png(&image, None), webp(&image, None)] {
        assert_eq!(Exif::read(&bare).state, ExifState::Absent, "{:?}", Media::of(&bare));
        assert_eq!(Exif::read(&bare[..20]).state, ExifState::Damaged, "{:?}", Media::of(&bare));
    }
    let with_tail = [png(&image, None), b"a tail".to_vec()].concat();
    assert_eq!(Exif::read(&with_tail).state, ExifState::Absent);
    assert_eq!(Exif::read(b"no picture").state, ExifState::Absent);

    let fields = vec![
        (Tag::Make, text("A make that doesn't fit into four bytes")),
        (Tag::Orientation, Value::Short(vec![3])),
        (Tag::DateTimeOriginal, text("2026:09:30 16:00:00")),
    ];
    let whole = exif_block(fields);
    let damaged = jpeg(&image, Some(whole[..whole.len() - 8].to_vec()));
    let exif = Exif::read(&damaged);
    assert_eq!(exif.state, ExifState::Damaged);
    assert_eq!(exif.orientation.exif_value(), 3, "what could be read is given");
    let rubbish = Exif::read(&jpeg(&image, Some(b"rubbish rubbish".to_vec())));
    assert_eq!(rubbish.state, ExifState::Damaged);
    assert_eq!(Exif::read(&jpeg(&image, Some(whole))).state, ExifState::Whole);
}

#[test]
fn only_a_bounded_part_is_looked_at() {
    let mut long = exif_block(vec![(Tag::Orientation, Value::Short(vec![8]))]);
    long.resize(EXIF_BYTES_MAX, 0);
    assert_eq!(Exif::read(&png(&noisy(8, 8), Some(long.clone()))).state, ExifState::Whole);
    long.push(0);
    let exif = Exif::read(&png(&noisy(8, 8), Some(long)));
    assert_eq!((exif.state, exif.orientation.exif_value()), (ExifState::Damaged, 8));
}

#[test]
fn a_zone_that_no_place_has_leaves_local_time() {
    let at = |time: &str, zone: &str| {
        read(vec![(Tag::DateTimeOriginal, text(time)), (Tag::OffsetTimeOriginal, text(zone))])
            .captured
    };
    for zone in ["+14:01", "-99:99", "   :  ", "", "08:00", "Z", "+0800"] {
        assert_eq!(at("2026:09:30 16:00:00", zone), Some(local("2026-09-30 16:00:00")), "{zone}");
    }
    for time in ["0000:00:00 00:00:00", "2026:13:01 00:00:00", "2026:02:30 00:00:00", "    :  :  "]
    {
        assert_eq!(at(time, "+08:00"), None, "{time}");
    }
    assert!(matches!(at("2026:09:30 16:00:00", "-14:00"), Some(CaptureTime::Zoned(_))));
}

#[test]
fn a_place_that_cannot_be_is_none() {
    let at = |latitude: &[(u32, u32)], longitude: &[(u32, u32)], more: Vec<(Tag, Value)>| {
        let mut fields = vec![
            (Tag::GPSLatitude, fractions(latitude)),
            (Tag::GPSLatitudeRef, text("S")),
            (Tag::GPSLongitude, fractions(longitude)),
            (Tag::GPSLongitudeRef, text("E")),
        ];
        fields.extend(more);
        read(fields).place
    };
    let (north, east) = ([(31, 1), (14, 1), (0, 1)], [(121, 1), (2816, 100), (0, 1)]);
    assert_near(at(&north, &east, vec![]), -31.233333, 121.469333);
    assert_near(at(&[(90, 1), (0, 1), (0, 1)], &east, vec![]), -90.0, 121.469333);

    let impossible: [&[(u32, u32)]; 7] = [
        &[(31, 0), (14, 1), (0, 1)],
        &[(0, 0), (0, 0), (0, 0)],
        &[(31, 1), (14, 1), (0, 0)],
        &[(90, 1), (0, 1), (1, 1)],
        &[(31, 1), (61, 1), (0, 1)],
        &[(u32::MAX, 1), (0, 1), (0, 1)],
        &[(31, 1), (14, 1)],
    ];
    for latitude in impossible {
        assert_eq!(at(latitude, &east, vec![]), None, "{latitude:?}");
    }
    let nowhere = [(0, 1), (0, 1), (0, 1)];
    assert_eq!(at(&nowhere, &nowhere, vec![]), None);
    assert_eq!(at(&north, &east, vec![(Tag::GPSStatus, text("V"))]), None);
    assert_eq!(at(&north, &east, vec![(Tag::GPSMapDatum, text("TOKYO"))]), None);
    assert!(at(&north, &east, vec![(Tag::GPSMapDatum, text("wgs-84"))]).is_some());
    let no_side =
        vec![(Tag::GPSLatitude, fractions(&north)), (Tag::GPSLongitude, fractions(&east))];
    assert_eq!(read(no_side).place, None);
}

#[test]
fn a_cameras_name_is_short_and_plain() {
    let named = |make: &str, model: &str| {
        read(vec![(Tag::Make, text(make)), (Tag::Model, text(model))]).camera
    };
    assert_eq!(named("HUAWEI", "华为 P60").as_deref(), Some("HUAWEI 华为 P60"));
    assert_eq!(named("Xiaomi", "").as_deref(), Some("Xiaomi"));
    assert_eq!(named("a\u{1b}[2J\r\n", "b\u{202e}c\u{7}").as_deref(), Some("a [2J b c"));
    assert_eq!(named("\u{1}", "  "), None);
    let long = named(&"长".repeat(300), &"x".repeat(300)).unwrap();
    assert_eq!(long.chars().count(), CAMERA_CHARS_MAX);
}

#[test]
fn an_orientation_out_of_range_means_as_it_lies() {
    let lies = |value: Value| read(vec![(Tag::Orientation, value)]).orientation;
    for value in [Value::Short(vec![0]), Value::Short(vec![9]), Value::Long(vec![262]), text("6")] {
        assert_eq!(lies(value), Orientation::AS_IT_LIES);
    }
    assert_eq!(lies(Value::Long(vec![8])).exif_value(), 8);
}

#[test]
fn every_shared_photo_is_recognised() {
    for (name, photo) in photos::all_shared() {
        let media = Media::of(&photo);
        let expected = match name.rsplit('.').next().unwrap() {
            "HEIC" | "heif" => [Media::Heic, Media::Heif].contains(&media),
            "tiff" => media == Media::Tiff,
            _ => media == Media::Jpeg,
        };
        assert!(expected, "{name}: {media:?}");
    }
}
