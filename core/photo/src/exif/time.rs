//! When a photo was taken.
//!
//! Invariant: a time without a zone is never given one here; the caller has to decide on it.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, TimeZone, Utc};
use exif::{DateTime as Written, Exif as Fields, Tag};

use super::{ascii, fractions};

/// The world's time zones lie within this many minutes of UTC.
const OFFSET_MINUTES_MAX: i32 = 14 * 60;

/// The camera's clock when the picture was taken, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptureTime {
    /// The camera knew its zone: a moment.
    Zoned(DateTime<FixedOffset>),
    /// Local time of a place that the camera doesn't tell: no moment yet.
    Local(NaiveDateTime),
}

/// `DateTimeOriginal`, with `OffsetTimeOriginal` if that makes sense.
pub fn captured(fields: &Fields) -> Option<CaptureTime> {
    let mut written = Written::from_ascii(ascii(fields, Tag::DateTimeOriginal)?).ok()?;
    let (hour, minute, second) = (written.hour, written.minute, written.second);
    let local = date(&written)?.and_hms_opt(hour.into(), minute.into(), second.into())?;
    let zone = ascii(fields, Tag::OffsetTimeOriginal)
        .and_then(|text| written.parse_offset(text).ok())
        .and(written.offset)
        .map(i32::from)
        .filter(|minutes| minutes.abs() <= OFFSET_MINUTES_MAX)
        .and_then(|minutes| FixedOffset::east_opt(minutes * 60));
    let zoned = zone.and_then(|zone| zone.from_local_datetime(&local).single());
    Some(zoned.map_or(CaptureTime::Local(local), CaptureTime::Zoned))
}

/// `GPSDateStamp` and `GPSTimeStamp`, which are UTC.
pub fn gps_time(fields: &Fields) -> Option<DateTime<Utc>> {
    let day = [ascii(fields, Tag::GPSDateStamp)?, b" 00:00:00"].concat();
    let day = date(&Written::from_ascii(&day).ok()?)?;
    let [hour, minute, second] = fractions(fields, Tag::GPSTimeStamp)?;
    let time = day.and_hms_opt(hour as u32, minute as u32, second as u32)?;
    Some(time.and_utc())
}

fn date(written: &Written) -> Option<NaiveDate> {
    // "0000:00:00" is how a clock that was never set is written.
    let year = i32::from(written.year);
    let day = NaiveDate::from_ymd_opt(year, written.month.into(), written.day.into());
    day.filter(|_| year > 0)
}
