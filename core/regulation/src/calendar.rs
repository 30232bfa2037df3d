//! The working calendar: weekends, public holidays, and make-up working days.
//!
//! Days off are dated data (`data/calendar.toml`), published year by year. In a year that is not
//! there, Monday to Friday are working days, and whoever asks is told that this is a guess.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use chrono::{Datelike, NaiveDate, Weekday};
use serde::Deserialize;

const DATA: &str = include_str!("../data/calendar.toml");

/// Which days are working days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeMap<i32, Year>,
    extra_off: BTreeSet<NaiveDate>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Year {
    off: BTreeSet<NaiveDate>,
    work: BTreeSet<NaiveDate>,
}

/// Whether a day is a working day, and whether its year's table is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// Whether work is done.
    pub is_working: bool,
    /// Whether that is certain.
    pub is_known: bool,
}

impl Calendar {
    /// The published calendar.
    pub fn published() -> &'static Self {
        static PUBLISHED: OnceLock<Calendar> = OnceLock::new();
        PUBLISHED.get_or_init(|| {
            Self::parse(DATA).unwrap_or_else(|error| panic!("the calendar's own data: {error}"))
        })
    }

    /// The same with days on which this community's office is closed besides.
    pub fn with_days_off(&self, days: impl IntoIterator<Item = NaiveDate>) -> Self {
        let mut calendar = self.clone();
        calendar.extra_off.extend(days);
        calendar
    }

    /// What a day is.
    pub fn day(&self, date: NaiveDate) -> Day {
        let year = self.years.get(&date.year());
        let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        let is_working = match year {
            _ if self.extra_off.contains(&date) => false,
            Some(year) if year.off.contains(&date) => false,
            Some(year) if year.work.contains(&date) => true,
            _ => !weekend,
        };
        Day { is_working, is_known: year.is_some() }
    }

    fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            year: Vec<Table>,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Table {
            year: i32,
            off: Vec<String>,
            work: Vec<String>,
        }
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut calendar = Self::default();
        for table in file.year {
            let days = |ranges: &[String]| -> Result<BTreeSet<NaiveDate>, String> {
                let mut days = BTreeSet::new();
                for range in ranges {
                    let (first, last) = range.split_once("..").unwrap_or((range, range));
                    let (first, last) = (day_of(table.year, first)?, day_of(table.year, last)?);
                    days.extend(first.iter_days().take_while(|day| *day <= last));
                }
                Ok(days)
            };
            let year = Year { off: days(&table.off)?, work: days(&table.work)? };
            calendar.years.insert(table.year, year);
        }
        Ok(calendar)
    }
}

fn day_of(year: i32, text: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(&format!("{year}-{text}"), "%Y-%m-%d")
        .map_err(|_| format!("{year}: \"{text}\" is not a day (MM-DD)"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn day(text: &str) -> Day {
        Calendar::published().day(text.parse().unwrap())
    }

    #[test]
    fn holidays_are_off_and_make_up_days_are_worked() {
        assert!(!day("2026-10-01").is_working && !day("2026-10-07").is_working);
        assert!(day("2026-10-10").is_working, "a Saturday made up");
        assert!(!day("2026-10-11").is_working, "a Sunday");
        assert!(day("2026-02-28").is_working && day("2026-02-28").is_known);
    }

    #[test]
    fn the_tables_have_the_days_that_the_notices_list() {
        let count = |year: i32| {
            let table = &Calendar::published().years[&year];
            (table.off.len(), table.work.len())
        };
        assert_eq!(count(2024), (1 + 8 + 3 + 5 + 1 + 3 + 7, 8));
        assert_eq!(count(2025), (1 + 8 + 3 + 5 + 3 + 8, 5));
        assert_eq!(count(2026), (3 + 9 + 3 + 5 + 3 + 3 + 7, 6));
    }

    #[test]
    fn an_unpublished_year_is_a_guess_on_monday_to_friday() {
        assert_eq!(day("2027-01-01"), Day { is_working: true, is_known: false });
        assert_eq!(day("2027-01-02"), Day { is_working: false, is_known: false });
    }

    #[test]
    fn a_communitys_own_day_off_is_off() {
        let date = "2026-11-02".parse().unwrap();
        assert!(Calendar::published().day(date).is_working);
        assert!(!Calendar::published().with_days_off([date]).day(date).is_working);
    }
}
