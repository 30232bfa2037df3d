//! Complaint numbers: `<short name>-<yymmdd>-<device code><two digits>`.
//!
//! A number is made offline and is on paper for good, so it is unique without asking anyone: the
//! code is derived from the install, and the digits count that install's complaints of the day.
//! A hundredth complaint of a day gets a third digit.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};

use crate::error::Error;
use crate::ids::Actor;
use crate::limits::SHORT_NAME_CHARS_MAX;

const PURPOSE: &str = "floorwalk 2026 complaint number device code";
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_CHARS: usize = 5;
/// More complaints than this from one install on one day is a fault, not work.
const COUNT_MAX: u32 = 99_999;

/// A complaint's number as it stands on every form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct ComplaintNumber(String);

impl ComplaintNumber {
    /// The number of an install's `count`-th complaint of a day (1, 2, 3 …), in the community's
    /// local date.
    ///
    /// # Errors
    ///
    /// [`Error::Number`] if the short name or the count cannot stand in a number.
    pub fn derive(short: &str, day: NaiveDate, actor: &Actor, count: u32) -> Result<Self, Error> {
        check_short_name(short)?;
        if count == 0 || count > COUNT_MAX {
            return Err(Error::Number);
        }
        let year = day.year().rem_euclid(100);
        let code = derive_device_code(actor);
        let (month, day) = (day.month(), day.day());
        Ok(Self(format!("{short}-{year:02}{month:02}{day:02}-{code}{count:02}")))
    }

    /// The number as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Everything before the counting digits, which numbers of one install and day share.
    pub fn series(&self) -> &str {
        let code_start = self.0.rfind('-').map_or(0, |dash| dash + 1);
        &self.0[..code_start + CODE_CHARS]
    }

    /// The counting digits as a number: 1, 2, 3 …
    pub fn count(&self) -> u32 {
        self.0[self.series().len()..].parse().unwrap_or(0)
    }
}

impl fmt::Display for ComplaintNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ComplaintNumber {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parts: Vec<&str> = text.split('-').collect();
        let [short, day, tail] = parts[..] else { return Err(Error::Number) };
        check_short_name(short)?;
        let is_day = day.len() == 6
            && day.bytes().all(|digit| digit.is_ascii_digit())
            && NaiveDate::parse_from_str(day, "%y%m%d").is_ok();
        let (code, count) = tail.split_at_checked(CODE_CHARS).ok_or(Error::Number)?;
        let is_code = code.bytes().all(|byte| CROCKFORD.contains(&byte));
        let digits = (2..=5).contains(&count.len()) && count.bytes().all(|b| b.is_ascii_digit());
        let counts = count.parse().is_ok_and(|count: u32| count > 0);
        let minimal = count.len() == 2 || !count.starts_with('0');
        if is_day && is_code && digits && counts && minimal {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Number)
        }
    }
}

/// Whether a community may bear this short name: 1 to 12 characters, no `-`, white space or
/// control character.
///
/// # Errors
///
/// [`Error::Number`] if not.
pub fn check_short_name(short: &str) -> Result<(), Error> {
    let length = short.chars().count();
    let bad = |c: char| c == '-' || c.is_whitespace() || c.is_control();
    if length == 0 || length > SHORT_NAME_CHARS_MAX || short.contains(bad) {
        return Err(Error::Number);
    }
    Ok(())
}

/// The five Crockford base-32 characters that stand for an install in its numbers.
pub fn derive_device_code(actor: &Actor) -> String {
    let hash = blake3::derive_key(PURPOSE, &actor.0);
    let bits = hash.iter().take(4).fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
    let digit = |index: usize| char::from(CROCKFORD[(bits >> (27 - 5 * index)) as usize & 31]);
    (0..CODE_CHARS).map(digit).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 9, 3).unwrap()
    }

    #[test]
    fn a_number_reads_back() {
        for count in [1, 99, 100, 12_345] {
            let number = ComplaintNumber::derive("锦绣", day(), &Actor([7; 16]), count).unwrap();
            assert_eq!(number.as_str().parse::<ComplaintNumber>().unwrap(), number);
            assert_eq!(number.count(), count);
        }
        let first = ComplaintNumber::derive("JX", day(), &Actor([7; 16]), 1).unwrap();
        assert!(first.as_str().starts_with("JX-260903-") && first.as_str().ends_with("01"));
        assert_eq!(first.series().len(), "JX-260903-".len() + 5);
    }

    #[test]
    fn installs_have_different_codes() {
        let codes: std::collections::BTreeSet<_> =
            (0..100).map(|byte| derive_device_code(&Actor([byte; 16]))).collect();
        assert_eq!(codes.len(), 100);
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        let good = "JX-260903-ABCDE01";
        assert!(good.parse::<ComplaintNumber>().is_ok());
        for bad in [
            "",
            "JX-260903",
            "JX-261303-ABCDE01",
            "JX-260903-ABCDI01",
            "JX-260903-abcde01",
            "JX-260903-ABCDE00",
            "JX-260903-ABCDE1",
            "JX-260903-ABCDE001",
            "J X-260903-ABCDE01",
            "JX-260903-ABCDE01-2",
            "JX-260903-楼楼楼01",
        ] {
            assert_eq!(bad.parse::<ComplaintNumber>(), Err(Error::Number), "{bad}");
        }
        assert!(ComplaintNumber::derive("a-b", day(), &Actor([1; 16]), 1).is_err());
        assert!(ComplaintNumber::derive("JX", day(), &Actor([1; 16]), 0).is_err());
    }
}
