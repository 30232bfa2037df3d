//! The engine's periods agree with a computation of another kind: day by day, on a table of days
//! written out here by hand, with dates as day numbers and no date library.
#![allow(clippy::unwrap_used)]

use chrono::{DateTime, Utc};
use floorwalk_regulation::{Calendar, Period};
use proptest::prelude::*;

/// Days off and worked weekends of the published years, as (month, first day, last day).
type Days = [(i64, i64, i64)];
const OFF: &[(i64, &Days)] = &[
    (2024, &[(1, 1, 1), (2, 10, 17), (4, 4, 6), (5, 1, 5), (6, 10, 10), (9, 15, 17), (10, 1, 7)]),
    (
        2025,
        &[
            (1, 1, 1),
            (1, 28, 31),
            (2, 1, 4),
            (4, 4, 6),
            (5, 1, 5),
            (5, 31, 31),
            (6, 1, 2),
            (10, 1, 8),
        ],
    ),
    (2026, &[(1, 1, 3), (2, 15, 23), (4, 4, 6), (5, 1, 5), (6, 19, 21), (9, 25, 27), (10, 1, 7)]),
];
const WORKED: &[(i64, i64, i64)] = &[
    (2024, 2, 4),
    (2024, 2, 18),
    (2024, 4, 7),
    (2024, 4, 28),
    (2024, 5, 11),
    (2024, 9, 14),
    (2024, 9, 29),
    (2024, 10, 12),
    (2025, 1, 26),
    (2025, 2, 8),
    (2025, 4, 27),
    (2025, 9, 28),
    (2025, 10, 11),
    (2026, 1, 4),
    (2026, 2, 14),
    (2026, 2, 28),
    (2026, 5, 9),
    (2026, 9, 20),
    (2026, 10, 10),
];
/// Shanghai is eight hours ahead all year since 1992.
const OFFSET_S: i64 = 8 * 3600;
const DAY_S: i64 = 24 * 3600;

/// (year, month, day) of a number of days since 1970, counted year by year and month by month.
fn date_of(mut days: i64) -> (i64, i64, i64) {
    let mut year = 1970;
    while days >= year_days(year) {
        days -= year_days(year);
        year += 1;
    }
    let mut month = 1;
    while days >= month_days(year, month) {
        days -= month_days(year, month);
        month += 1;
    }
    (year, month, days + 1)
}

fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let years: i64 = (1970..year).map(year_days).sum();
    let months: i64 = (1..month).map(|month| month_days(year, month)).sum();
    years + months + day - 1
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn year_days(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_worked(days: i64) -> bool {
    let (year, month, day) = date_of(days);
    if WORKED.contains(&(year, month, day)) {
        return true;
    }
    let mut off = OFF.iter().filter(|(known, _)| *known == year).flat_map(|(_, days)| *days);
    // The 1st of January 1970 was a Thursday.
    let weekday = (days + 3) % 7;
    weekday < 5 && !off.any(|(m, first, last)| *m == month && *first <= day && day <= *last)
}

/// The first second that is too late, since 1970.
fn expected_s(start_s: i64, unit: &str, count: i64) -> i64 {
    let today = (start_s + OFFSET_S).div_euclid(DAY_S);
    let after = |day: i64| (day + 1) * DAY_S - OFFSET_S;
    let roll = |mut day: i64| {
        while !is_worked(day) {
            day += 1;
        }
        after(day)
    };
    match unit {
        "min" => start_s + count * 60,
        "h" => start_s + count * 3600,
        "days" => roll(today + count),
        "wd" => {
            let mut day = today;
            let mut left = count;
            while left > 0 {
                day += 1;
                left -= i64::from(is_worked(day));
            }
            after(day)
        }
        _ => {
            let (year, month, day) = date_of(today);
            let (year, month) = (year + (month - 1 + count) / 12, (month - 1 + count) % 12 + 1);
            roll(days_of(year, month, day.min(month_days(year, month))))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn any_period_from_any_moment_ends_when_counting_by_hand_says(
        // From the 1st of January 2024 to the middle of 2027.
        start_s in 1_704_038_400_i64..1_814_400_000,
        count in 1_u32..40,
        unit in prop::sample::select(vec!["min", "h", "days", "wd", "months"]),
    ) {
        let period = Period::try_from(format!("{count} {unit}")).unwrap();
        let start: DateTime<Utc> = DateTime::from_timestamp(start_s, 0).unwrap();
        let due = period.due(start, chrono_tz::Asia::Shanghai, Calendar::published()).unwrap();
        prop_assert_eq!(due.at.timestamp(), expected_s(start_s, unit, i64::from(count)));
        let (start_year, ..) = date_of((start_s + OFFSET_S).div_euclid(DAY_S));
        let (due_year, ..) = date_of((due.at.timestamp() + OFFSET_S - 1).div_euclid(DAY_S));
        let counts_days = !matches!(unit, "min" | "h");
        if due.provisional {
            prop_assert!(counts_days && due_year > 2026);
        } else {
            prop_assert!(!counts_days || due_year <= 2026, "{start_year} to {due_year}");
        }
    }

    #[test]
    fn a_later_start_is_never_due_earlier(
        start_s in 1_704_038_400_i64..1_814_400_000,
        later_s in 0_i64..2_000_000,
        count in 1_u32..40,
        unit in prop::sample::select(vec!["min", "h", "days", "wd", "months"]),
    ) {
        let period = Period::try_from(format!("{count} {unit}")).unwrap();
        let due = |start_s: i64| {
            let start = DateTime::from_timestamp(start_s, 0).unwrap();
            period.due(start, chrono_tz::Asia::Shanghai, Calendar::published()).unwrap().at
        };
        prop_assert!(due(start_s) <= due(start_s + later_s));
        prop_assert!(due(start_s).timestamp() > start_s);
    }
}

#[test]
fn the_table_here_is_the_notices() {
    let off = |year: i64| {
        let days = OFF.iter().filter(|(known, _)| *known == year).flat_map(|(_, days)| *days);
        days.map(|(_, first, last)| last - first + 1).sum::<i64>()
    };
    assert_eq!((off(2024), off(2025), off(2026)), (28, 28, 33));
    assert_eq!(date_of(days_of(2026, 2, 28)), (2026, 2, 28));
}
