//! The relay's clock, read here and nowhere else, and how its times are written for people.
//!
//! Received-at times in a list never go back, whatever this clock does: the writer sees to that.

use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat};
use floorwalk_wire::Timestamp;

/// The present time by the machine's clock.
#[allow(clippy::disallowed_methods, reason = "this is the clock file")]
pub fn now() -> Timestamp {
    #[cfg(feature = "simulation")]
    if let Some(now) = crate::simulation::now() {
        return now;
    }
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A time as RFC 3339 in UTC; none for "never" and for times that no calendar holds.
pub fn rfc3339(time: Timestamp) -> Option<String> {
    let time = DateTime::from_timestamp_millis(time.0)?;
    Some(time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn never_is_no_time() {
        assert_eq!(rfc3339(Timestamp(i64::MAX)), None);
        assert_eq!(rfc3339(Timestamp(0)).unwrap(), "1970-01-01T00:00:00Z");
    }
}
