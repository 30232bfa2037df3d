//! Lengths of time as people type them: `7d`, `12h`, `30m`, `90s`.

use crate::failure::Failure;

/// The longest length of time that a flag takes: ten years.
const SECONDS_MAX: u64 = 3660 * 24 * 3600;

/// Reads a whole number with a unit: days, hours, minutes or seconds.
///
/// # Errors
///
/// [`Failure::BadDuration`] for anything else, for nothing at all, and above ten years.
pub fn parse_duration_s(text: &str) -> Result<u64, Failure> {
    let bad = || Failure::BadDuration(text.to_owned());
    let (unit_at, unit) = text.char_indices().next_back().ok_or_else(bad)?;
    let unit_s = match unit {
        'd' => 24 * 3600,
        'h' => 3600,
        'm' => 60,
        's' => 1,
        _ => return Err(bad()),
    };
    let digits = &text[..unit_at];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad());
    }
    let count: u64 = digits.parse().map_err(|_| bad())?;
    let seconds = count.checked_mul(unit_s).ok_or_else(bad)?;
    if (1..=SECONDS_MAX).contains(&seconds) { Ok(seconds) } else { Err(bad()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_number_with_a_unit_is_a_length_of_time() {
        for (text, seconds) in [("7d", 604_800), ("12h", 43_200), ("30m", 1800), ("90s", 90)] {
            assert_eq!(parse_duration_s(text).unwrap(), seconds);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let bad = ["", "7", "d", "0s", "-1d", "+1d", "1.5h", "7 d", "7天", "99999999999999d", "1w"];
        for text in bad {
            assert!(parse_duration_s(text).is_err(), "{text}");
        }
    }
}
