//! Times as reports write them: in the community's zone.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use floorwalk_replica::records::CommunityInfo;
use floorwalk_replica::regulation::settings::DEFAULT_ZONE;

/// The zone that a community's times are written in.
#[derive(Debug, Clone, Copy)]
pub struct Moments {
    zone: Tz,
}

impl Moments {
    /// In the zone of a community's present regulation.
    pub fn of(community: &CommunityInfo) -> Self {
        let settings = community.adoption.as_ref().map(|adoption| &adoption.settings);
        let set = settings.and_then(|settings| settings.get("time_zone")?.as_str()?.parse().ok());
        Self { zone: set.unwrap_or(DEFAULT_ZONE) }
    }

    /// The zone.
    pub fn zone(self) -> Tz {
        self.zone
    }

    /// A moment that a record names; none where it can't be read.
    pub fn read(self, rfc3339: &str) -> Option<DateTime<Tz>> {
        DateTime::parse_from_rfc3339(rfc3339).ok().map(|at| at.with_timezone(&self.zone))
    }

    /// The device's clock.
    pub fn now(self) -> DateTime<Tz> {
        let now = DateTime::from_timestamp_millis(floorwalk_replica::now_ms());
        now.unwrap_or(DateTime::<Utc>::UNIX_EPOCH).with_timezone(&self.zone)
    }

    /// A moment that a record names, to the minute; as it stands where it can't be read.
    pub fn minute(self, rfc3339: &str) -> String {
        self.read(rfc3339).map_or_else(|| rfc3339.to_owned(), |at| minute(&at))
    }

    /// A due moment, which is the first that is too late: midnight is 24:00 of the day before.
    pub fn deadline(self, due: &DateTime<Tz>) -> String {
        let due = due.with_timezone(&self.zone);
        match due.date_naive().checked_sub_days(Days::new(1)) {
            Some(last) if due.time() == NaiveTime::MIN => format!("{} 24:00", day(last)),
            _ => minute(&due),
        }
    }
}

/// A moment to the minute: `2026-09-30 16:00`.
pub fn minute(at: &DateTime<Tz>) -> String {
    at.format("%Y-%m-%d %H:%M").to_string()
}

fn day(day: NaiveDate) -> String {
    day.format("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn times_are_the_communitys_and_midnight_ends_the_day_before() {
        let moments = Moments { zone: DEFAULT_ZONE };
        assert_eq!(moments.minute("2026-09-30T16:30:00Z"), "2026-10-01 00:30");
        assert_eq!(moments.minute("soon"), "soon");
        let deadline = |text: &str| moments.deadline(&moments.read(text).unwrap());
        assert_eq!(deadline("2026-10-09T00:00:00+08:00"), "2026-10-08 24:00");
        assert_eq!(deadline("2026-10-08T16:00:00Z"), "2026-10-08 24:00");
        assert_eq!(deadline("2026-10-09T00:01:00+08:00"), "2026-10-09 00:01");
    }
}
