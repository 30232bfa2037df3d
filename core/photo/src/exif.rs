//! What a photo tells about itself: how it lies, when, where and with what it was taken.
//!
//! Owns the reading of EXIF 2.32 (JEITA CP-3451) out of JPEG, PNG, WebP, HEIF and TIFF. Invariant:
//! any bytes may be given; a value that can't be read, or can't be true, isn't there. All of it is
//! the camera's word, which anybody can change: it proves nothing.
//!
//! Left out: maker notes, the embedded thumbnail, fractions of seconds, altitude, XMP.

mod container;
mod place;
mod time;

use chrono::{DateTime, Utc};
use exif::{Exif as Fields, In, Reader, Tag, Value};

pub use self::place::Place;
pub use self::time::CaptureTime;

use crate::limits::CAMERA_CHARS_MAX;
use crate::orientation::Orientation;

/// What EXIF tells of a photo.
#[derive(Debug, Clone, PartialEq)]
pub struct Exif {
    /// Whether it was there, and whether all of it could be read.
    pub state: ExifState,
    /// How the picture is to be turned.
    pub orientation: Orientation,
    /// When the picture was taken, by the camera's clock.
    pub captured: Option<CaptureTime>,
    /// When the receiver had its place, by the satellites' clock; it may be older than the picture.
    pub gps_time: Option<DateTime<Utc>>,
    /// Where the receiver was.
    pub place: Option<Place>,
    /// Make and model, at most [`CAMERA_CHARS_MAX`] characters: letters, digits, ASCII signs.
    pub camera: Option<String>,
}

/// How much of the EXIF could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExifState {
    /// The file holds none, or is of a kind that holds none.
    Absent,
    /// Some or all of it could not be read; what could is given.
    Damaged,
    /// All of it was read.
    Whole,
}

impl Exif {
    /// Reads what is there.
    pub fn read(bytes: &[u8]) -> Self {
        let block = match container::exif_block(bytes) {
            container::Block::Absent => return Self::without(ExifState::Absent),
            container::Block::Unreadable => return Self::without(ExifState::Damaged),
            container::Block::Found(block) => block,
        };
        let mut state = if block.is_cut { ExifState::Damaged } else { ExifState::Whole };
        let read = Reader::new().continue_on_error(true).read_raw(block.bytes).or_else(|error| {
            state = ExifState::Damaged;
            error.distill_partial_result(|_| {})
        });
        let Ok(fields) = read else { return Self::without(ExifState::Damaged) };
        Self {
            state,
            orientation: orientation(&fields),
            captured: time::captured(&fields),
            gps_time: time::gps_time(&fields),
            place: place::read(&fields),
            camera: camera(&fields),
        }
    }

    fn without(state: ExifState) -> Self {
        let orientation = Orientation::AS_IT_LIES;
        Self { state, orientation, captured: None, gps_time: None, place: None, camera: None }
    }
}

fn orientation(fields: &Fields) -> Orientation {
    let value = fields.get_field(Tag::Orientation, In::PRIMARY);
    let value = value.and_then(|field| field.value.get_uint(0));
    value.map_or(Orientation::AS_IT_LIES, Orientation::from_exif)
}

/// Model names often begin with the make: "Canon" and "Canon EOS 40D".
fn camera(fields: &Fields) -> Option<String> {
    let make = words(fields, Tag::Make).unwrap_or_default();
    let model = words(fields, Tag::Model).unwrap_or_default();
    let brand = make.split(' ').next().unwrap_or_default().to_lowercase();
    let repeats = model.to_lowercase().split(' ').next() == Some(&brand);
    let name = if repeats { model } else { format!("{make} {model}") };
    let name: String = name.trim().chars().take(CAMERA_CHARS_MAX).collect();
    let name = name.trim_end();
    (!name.is_empty()).then(|| name.to_owned())
}

/// Letters, digits and ASCII's visible signs, with single spaces: nothing that can steer a screen.
fn words(fields: &Fields, tag: Tag) -> Option<String> {
    let text = String::from_utf8_lossy(ascii(fields, tag)?);
    let shown: String = text
        .chars()
        .take(4 * CAMERA_CHARS_MAX)
        .map(|c| if c.is_alphanumeric() || c.is_ascii_graphic() { c } else { ' ' })
        .collect();
    Some(shown.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The first string of a field, without the zero at its end.
fn ascii(fields: &Fields, tag: Tag) -> Option<&[u8]> {
    match &fields.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(strings) => strings.first().map(Vec::as_slice),
        _ => None,
    }
}

/// The first `N` fractions of a field, each a finite number.
fn fractions<const N: usize>(fields: &Fields, tag: Tag) -> Option<[f64; N]> {
    let Value::Rational(values) = &fields.get_field(tag, In::PRIMARY)?.value else { return None };
    let first: &[_; N] = values.first_chunk()?;
    let numbers = first.map(|value| value.to_f64());
    numbers.iter().all(|number| number.is_finite()).then_some(numbers)
}
