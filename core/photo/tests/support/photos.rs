//! Photos for tests: those of the shared data, and self-made ones.
#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(clippy::print_stderr, reason = "a test that skips says so")]

use std::io::Cursor;
use std::path::PathBuf;

use exif::experimental::Writer;
use exif::{Field, In, Tag, Value};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ImageEncoder, Rgb, RgbImage};

/// The shared photos lie beside the project's folder on machines that have them.
fn folder() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/photos");
    if !beside.is_dir() {
        eprintln!("skipped: the folder with real photos is not beside the project");
        return None;
    }
    Some(beside)
}

/// One shared photo, by folder and file name.
pub fn shared(name: &str) -> Option<Vec<u8>> {
    Some(std::fs::read(folder()?.join(name)).unwrap())
}

/// All shared photos with their names.
pub fn all_shared() -> Vec<(String, Vec<u8>)> {
    let folders = ["exif-samples", "orientation-examples"];
    let Some(root) = folder() else { return Vec::new() };
    let mut photos: Vec<_> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
        .collect();
    photos.sort();
    assert!(photos.len() > 30, "the data is there");
    photos
}

/// A picture like a photo: soft areas with sensor noise, so that it takes a photo's bytes.
pub fn noisy(width: u32, height: u32) -> RgbImage {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    RgbImage::from_fn(width, height, |x, y| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let noise = (state >> 59) as u8;
        let soft = |scale: u32| ((x * scale / width + y * 3 * scale / height) % 220) as u8;
        Rgb([soft(200), soft(350), soft(90)].map(|channel| channel + noise))
    })
}

pub fn jpeg(image: &RgbImage, exif: Option<Vec<u8>>) -> Vec<u8> {
    jpeg_of_quality(92, image, exif)
}

pub fn jpeg_of_quality(quality: u8, image: &RgbImage, exif: Option<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    exif.into_iter().for_each(|exif| encoder.set_exif_metadata(exif).unwrap());
    encoder.encode_image(image).unwrap();
    bytes
}

pub fn png(image: &RgbImage, exif: Option<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    exif.into_iter().for_each(|exif| encoder.set_exif_metadata(exif).unwrap());
    let (width, height) = image.dimensions();
    encoder.write_image(image, width, height, image::ExtendedColorType::Rgb8).unwrap();
    bytes
}

pub fn webp(image: &RgbImage, exif: Option<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = WebPEncoder::new_lossless(&mut bytes);
    exif.into_iter().for_each(|exif| encoder.set_exif_metadata(exif).unwrap());
    let (width, height) = image.dimensions();
    encoder.write_image(image, width, height, image::ExtendedColorType::Rgb8).unwrap();
    bytes
}

/// A TIFF structure with these fields.
pub fn exif_block(fields: Vec<(Tag, Value)>) -> Vec<u8> {
    let fields: Vec<Field> =
        fields.into_iter().map(|(tag, value)| Field { tag, ifd_num: In::PRIMARY, value }).collect();
    let mut writer = Writer::new();
    fields.iter().for_each(|field| writer.push_field(field));
    let mut block = Cursor::new(Vec::new());
    writer.write(&mut block, false).unwrap();
    block.into_inner()
}

pub fn text(text: &str) -> Value {
    Value::Ascii(vec![text.as_bytes().to_vec()])
}

pub fn oriented(value: u16) -> Vec<u8> {
    exif_block(vec![(Tag::Orientation, Value::Short(vec![value]))])
}
