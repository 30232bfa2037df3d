//! Periods and the moments at which they end, by the Civil Code of the PRC, Art. 200 to 204.
//!
//! Minutes and hours run from the moment (Art. 201 para. 2). Of days, working days and months the
//! starting day is not counted (Art. 201 para. 1), and the last day ends at 24:00 local time
//! (Art. 203). A month ends on the day of its number, or on the month's last day where there is
//! none (Art. 202). If the last day of days or months is a day off, the next working day is the
//! last (Art. 203). Office hours stop no clock.

use std::fmt;

use chrono::{DateTime, Days, Duration, Months, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;

/// The largest number of a period: a century of days.
const COUNT_MAX: u32 = 36_600;

/// How long something may take. In files: `10 min`, `24 h`, `3 days`, `5 wd`, `1 month`,
/// `same day`, `at once`, `set` (the date that the starting event sets), `blank:KEY`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Period {
    /// No time at all: whatever is later than the start is late.
    AtOnce,
    /// Minutes from the moment.
    Minutes(u32),
    /// Hours from the moment.
    Hours(u32),
    /// Until 24:00 of the starting day.
    SameDay,
    /// Calendar days.
    Days(u32),
    /// Working days.
    WorkingDays(u32),
    /// Calendar months.
    Months(u32),
    /// Until the date that the starting event sets.
    Set,
    /// As the community has filled this blank.
    Blank(String),
}

/// When a period ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The first moment that is too late.
    pub at: DateTime<Tz>,
    /// Whether a year without a published calendar had a part in it.
    pub provisional: bool,
}

impl Period {
    /// When a period that begins at a moment ends; none for [`Period::Set`] and
    /// [`Period::Blank`], which have no length of their own.
    pub fn due(&self, start: DateTime<Utc>, zone: Tz, calendar: &Calendar) -> Option<Due> {
        let local = start.with_timezone(&zone);
        let sure = |at: DateTime<Tz>| Due { at, provisional: false };
        let day = local.date_naive();
        Some(match self {
            Self::AtOnce => sure(local),
            Self::Minutes(count) => sure(local + Duration::minutes(i64::from(*count))),
            Self::Hours(count) => sure(local + Duration::hours(i64::from(*count))),
            Self::SameDay => sure(end_of(day, zone)),
            Self::Days(count) => {
                let last = day.checked_add_days(Days::new(u64::from(*count)))?;
                until_working(last, zone, calendar)
            }
            Self::Months(count) => {
                let last = day.checked_add_months(Months::new(*count))?;
                until_working(last, zone, calendar)
            }
            Self::WorkingDays(count) => count_working(day, *count, zone, calendar),
            Self::Set | Self::Blank(_) => return None,
        })
    }
}

/// The first moment after a day.
pub fn end_of(day: NaiveDate, zone: Tz) -> DateTime<Tz> {
    let midnight = day.succ_opt().unwrap_or(day).and_time(chrono::NaiveTime::MIN);
    // Where a clock change skips midnight, the day ends when the new one begins.
    let mut at = midnight;
    loop {
        if let Some(found) = zone.from_local_datetime(&at).earliest() {
            return found;
        }
        at += Duration::minutes(15);
    }
}

fn until_working(mut last: NaiveDate, zone: Tz, calendar: &Calendar) -> Due {
    let mut provisional = false;
    loop {
        let day = calendar.day(last);
        provisional |= !day.is_known;
        if day.is_working {
            return Due { at: end_of(last, zone), provisional };
        }
        last = last.succ_opt().unwrap_or(last);
    }
}

fn count_working(start: NaiveDate, count: u32, zone: Tz, calendar: &Calendar) -> Due {
    let (mut day, mut left, mut provisional) = (start, count, false);
    while left > 0 {
        day = day.succ_opt().unwrap_or(day);
        let found = calendar.day(day);
        provisional |= !found.is_known;
        left -= u32::from(found.is_working);
    }
    Due { at: end_of(day, zone), provisional }
}

impl TryFrom<String> for Period {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let text = text.trim();
        match text {
            "at once" => return Ok(Self::AtOnce),
            "same day" => return Ok(Self::SameDay),
            "set" => return Ok(Self::Set),
            _ => (),
        }
        if let Some(key) = text.strip_prefix("blank:") {
            return Ok(Self::Blank(key.to_owned()));
        }
        let nonsense = || {
            format!(
                "\"{text}\" is not a period; write it like 10 min, 24 h, 3 days, 5 wd, 1 month, \
                 same day or at once"
            )
        };
        let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(nonsense)?;
        let (number, unit) = text.split_at(digits);
        let count: u32 = number.parse().map_err(|_| nonsense())?;
        if count == 0 || count > COUNT_MAX {
            return Err(nonsense());
        }
        Ok(match unit.trim() {
            "min" => Self::Minutes(count),
            "h" => Self::Hours(count),
            "day" | "days" => Self::Days(count),
            "wd" => Self::WorkingDays(count),
            "month" | "months" => Self::Months(count),
            _ => return Err(nonsense()),
        })
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtOnce => f.write_str("at once"),
            Self::SameDay => f.write_str("same day"),
            Self::Set => f.write_str("set"),
            Self::Blank(key) => write!(f, "blank:{key}"),
            Self::Minutes(count) => write!(f, "{count} min"),
            Self::Hours(count) => write!(f, "{count} h"),
            Self::Days(1) => f.write_str("1 day"),
            Self::Days(count) => write!(f, "{count} days"),
            Self::WorkingDays(count) => write!(f, "{count} wd"),
            Self::Months(1) => f.write_str("1 month"),
            Self::Months(count) => write!(f, "{count} months"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn due(period: &str, start: &str) -> (String, bool) {
        let period = Period::try_from(period.to_owned()).unwrap();
        let start = DateTime::parse_from_rfc3339(start).unwrap().to_utc();
        let due = period.due(start, chrono_tz::Asia::Shanghai, Calendar::published()).unwrap();
        (due.at.to_rfc3339(), due.provisional)
    }

    fn sure(text: &str) -> (String, bool) {
        (format!("{text}+08:00"), false)
    }

    #[test]
    fn hours_and_minutes_run_through_nights_and_holidays() {
        let start = "2026-09-30T16:00:30+08:00";
        assert_eq!(due("24 h", start), sure("2026-10-01T16:00:30"));
        assert_eq!(due("10 min", start), sure("2026-09-30T16:10:30"));
        assert_eq!(due("at once", start), sure("2026-09-30T16:00:30"));
        assert_eq!(due("same day", start), sure("2026-10-01T00:00:00"));
    }

    #[test]
    fn days_that_end_on_a_day_off_end_with_the_next_working_day() {
        assert_eq!(due("3 days", "2026-09-30T16:00:00+08:00"), sure("2026-10-09T00:00:00"));
        assert_eq!(due("3 days", "2026-09-07T23:59:59+08:00"), sure("2026-09-11T00:00:00"));
        // The 20th of September 2026 is a Sunday that is worked.
        assert_eq!(due("3 days", "2026-09-17T08:00:00+08:00"), sure("2026-09-21T00:00:00"));
    }

    #[test]
    fn working_days_skip_holidays_and_take_make_up_days() {
        assert_eq!(due("1 wd", "2026-09-30T16:00:00+08:00"), sure("2026-10-09T00:00:00"));
        // 8, 9, the made-up Saturday 10, 12, 13.
        assert_eq!(due("5 wd", "2026-09-30T16:00:00+08:00"), sure("2026-10-14T00:00:00"));
        // From Friday the 13th: the made-up Saturday 14, then nothing until the 24th.
        assert_eq!(due("2 wd", "2026-02-13T10:00:00+08:00"), sure("2026-02-25T00:00:00"));
    }

    #[test]
    fn a_month_from_the_31st_ends_on_the_last_day() {
        // The 28th of February 2026 is a Saturday that is worked.
        assert_eq!(due("1 month", "2026-01-31T09:00:00+08:00"), sure("2026-03-01T00:00:00"));
        // The 28th of February 2025 is a Friday.
        assert_eq!(due("1 month", "2025-01-31T09:00:00+08:00"), sure("2025-03-01T00:00:00"));
        // The 30th of November 2025 is a Sunday.
        assert_eq!(due("1 month", "2025-10-31T09:00:00+08:00"), sure("2025-12-02T00:00:00"));
    }

    #[test]
    fn the_day_is_the_communitys_and_not_the_writers() {
        // 17:00 in UTC is already the next day in Shanghai.
        assert_eq!(due("1 day", "2026-09-08T17:00:00Z"), sure("2026-09-11T00:00:00"));
    }

    #[test]
    fn a_year_not_yet_published_makes_it_provisional() {
        let (at, provisional) = due("5 wd", "2026-12-30T09:00:00+08:00");
        assert_eq!((at.as_str(), provisional), ("2027-01-07T00:00:00+08:00", true));
        assert!(!due("24 h", "2026-12-31T20:00:00+08:00").1);
    }

    #[test]
    fn periods_are_read_as_they_are_written() {
        for text in ["10 min", "24 h", "1 day", "3 days", "5 wd", "1 month", "same day", "at once"]
        {
            assert_eq!(Period::try_from(text.to_owned()).unwrap().to_string(), text);
        }
        for text in ["", "soon", "5", "5 moons", "0 h", "-1 h", "99999999 h", "4294967296 h"] {
            assert!(Period::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
