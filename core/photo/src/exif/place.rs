//! Where a photo was taken.

use exif::{Exif as Fields, Tag};

use super::{ascii, fractions};

/// A point on the ground in WGS 84, in degrees; north and east are positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    latitude: f64,
    longitude: f64,
}

impl Place {
    /// A finite point with a latitude of -90 to 90 and a longitude of -180 to 180.
    pub fn new(latitude: f64, longitude: f64) -> Option<Self> {
        let is_on_earth = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        is_on_earth.then_some(Self { latitude, longitude })
    }

    /// Degrees north, -90 to 90.
    pub fn latitude(self) -> f64 {
        self.latitude
    }

    /// Degrees east, -180 to 180.
    pub fn longitude(self) -> f64 {
        self.longitude
    }
}

/// The place, unless the receiver says that it had none or measured against another datum.
pub fn read(fields: &Fields) -> Option<Place> {
    let is_void = ascii(fields, Tag::GPSStatus).is_some_and(|status| status.starts_with(b"V"));
    let datum = ascii(fields, Tag::GPSMapDatum).unwrap_or_default().to_ascii_uppercase();
    let is_wgs84 = datum.trim_ascii().is_empty() || datum.starts_with(b"WGS");
    if is_void || !is_wgs84 {
        return None;
    }
    let latitude = angle(fields, Tag::GPSLatitude, Tag::GPSLatitudeRef, b"N", b"S")?;
    let longitude = angle(fields, Tag::GPSLongitude, Tag::GPSLongitudeRef, b"E", b"W")?;
    // Two zeros are what a camera writes that never had a place; the point lies in the Atlantic.
    if latitude == 0.0 && longitude == 0.0 {
        return None;
    }
    Place::new(latitude, longitude)
}

fn angle(fields: &Fields, value: Tag, side: Tag, plus: &[u8], minus: &[u8]) -> Option<f64> {
    let [degrees, minutes, seconds] = fractions(fields, value)?;
    // EXIF 2.32 4.6.6 allows minutes with a fraction; 60 is what careless rounding gives.
    if minutes > 60.0 || seconds > 60.0 {
        return None;
    }
    let angle = degrees + minutes / 60.0 + seconds / 3600.0;
    match ascii(fields, side)? {
        side if side.starts_with(plus) => Some(angle),
        side if side.starts_with(minus) => Some(-angle),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_on_earth() {
        assert!(Place::new(90.0, -180.0).is_some());
        for (latitude, longitude) in
            [(90.1, 0.0), (0.0, 180.1), (f64::NAN, 0.0), (0.0, f64::INFINITY)]
        {
            assert_eq!(Place::new(latitude, longitude), None);
        }
    }
}
