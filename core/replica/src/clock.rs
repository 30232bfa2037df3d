//! The only real clock of the core, and times as people write them.

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeZone, Utc};
use chrono_tz::Tz;
pub use floorwalk_regulation::settings::DEFAULT_ZONE;
use floorwalk_wire::Timestamp;

use crate::error::{Error, ErrorCode, Result};

/// The device's clock, which may be wrong.
#[allow(clippy::disallowed_methods, reason = "this is the clock file")]
pub fn now() -> Timestamp {
    #[cfg(feature = "simulation")]
    if let Some(now) = crate::simulation::now() {
        return now;
    }
    Timestamp(Utc::now().timestamp_millis())
}

/// A moment in RFC 3339 with the zone's offset, to the second.
pub fn to_text(at: Timestamp, zone: Tz) -> String {
    match zone.timestamp_millis_opt(at.0).single() {
        Some(at) => at.to_rfc3339_opts(SecondsFormat::Secs, false),
        None => format!("{}ms", at.0),
    }
}

/// A moment's date in the zone.
pub fn date(at: Timestamp, zone: Tz) -> NaiveDate {
    let at = zone.timestamp_millis_opt(at.0).single();
    at.map_or(NaiveDate::default(), |at| at.date_naive())
}

/// Reads a moment in RFC 3339.
///
/// # Errors
/// [`ErrorCode::BadTime`] when it is not one.
pub fn from_text(text: &str) -> Result<Timestamp> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| Timestamp(at.timestamp_millis()))
        .map_err(|_| Error::about(ErrorCode::BadTime, text))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_moment_is_written_in_the_communitys_zone_and_read_back() {
        let at = from_text("2026-09-30T16:30:00Z").unwrap();
        assert_eq!(to_text(at, DEFAULT_ZONE), "2026-10-01T00:30:00+08:00");
        assert_eq!(date(at, DEFAULT_ZONE).to_string(), "2026-10-01");
        assert_eq!(from_text("yesterday").unwrap_err().code, ErrorCode::BadTime);
    }
}
