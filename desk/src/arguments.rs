//! Values of flags that clap does not check: times, `KEY=VALUE`, regulations, the home folder.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, NaiveDate};
use floorwalk_replica::regulation::{Party, catalogue};
use floorwalk_replica::{Error, ErrorCode};
use serde_json::{Map, Value};

use crate::failure::Failure;

/// The home folder: the flag's, else `$FLOORWALK_HOME`, else the platform's data folder.
pub fn home(flag: Option<PathBuf>) -> Result<PathBuf, Failure> {
    let set = std::env::var_os("FLOORWALK_HOME").filter(|home| !home.is_empty());
    let platform = || {
        let folders = directories::ProjectDirs::from("", "", "floorwalk")?;
        Some(folders.data_dir().to_owned())
    };
    flag.or_else(|| set.map(PathBuf::from)).or_else(platform).ok_or(Failure::NoHome)
}

/// What this device is called when nobody says: the machine's name, or `office`.
pub fn device_name() -> String {
    let name = |text: String| Some(text.trim().to_owned()).filter(|name| !name.is_empty());
    let set = ["HOSTNAME", "COMPUTERNAME"].iter().find_map(|key| std::env::var(key).ok());
    let kept = || std::fs::read_to_string("/etc/hostname").ok();
    set.and_then(name).or_else(|| kept().and_then(name)).unwrap_or_else(|| "office".to_owned())
}

/// Checks a time given by a flag.
///
/// # Errors
///
/// The replica's `bad_time` unless it is RFC 3339.
pub fn time(text: &str) -> Result<String, Failure> {
    match DateTime::parse_from_rfc3339(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(Error::about(ErrorCode::BadTime, text).into()),
    }
}

/// Reads a day given by a flag.
///
/// # Errors
///
/// The replica's `bad_day` unless it is written `YYYY-MM-DD`.
pub fn day(text: &str) -> Result<NaiveDate, Failure> {
    let read = text.parse().ok().filter(|day: &NaiveDate| day.to_string() == text);
    read.ok_or_else(|| Error::about(ErrorCode::BadDay, text).into())
}

/// Checks a regulation's id.
pub fn regulation(id: &str) -> Result<String, Failure> {
    match catalogue::find(id) {
        Some(_) => Ok(id.to_owned()),
        None => Err(Failure::UnknownRegulation(id.to_owned())),
    }
}

/// The ids of all regulations, for people.
pub fn regulation_ids() -> String {
    catalogue::all().iter().map(|known| known.id.as_str()).collect::<Vec<_>>().join(", ")
}

/// The keys of all who can have a duty, for people.
pub fn party_keys() -> String {
    Party::all().map(Party::as_str).collect::<Vec<_>>().join(", ")
}

/// Reads `KEY=VALUE`s of an event: a JSON bool, number, object or array is one, the rest is text.
pub fn event_sets(given: &[String]) -> Result<Map<String, Value>, Failure> {
    let mut sets = Map::new();
    for pair in given {
        let (key, text) = split(pair)?;
        let value = match serde_json::from_str(text) {
            Ok(value @ (Value::Bool(_) | Value::Number(_))) => value,
            Ok(value @ (Value::Object(_) | Value::Array(_))) => value,
            _ => Value::String(text.to_owned()),
        };
        if sets.insert(key.to_owned(), value).is_some() {
            return Err(Failure::BadSet(key.to_owned()));
        }
    }
    Ok(sets)
}

/// Reads `FIELD=VALUE`s of a complaint: values are texts.
pub fn field_sets(given: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let mut sets = BTreeMap::new();
    for pair in given {
        let (key, text) = split(pair)?;
        if sets.insert(key.to_owned(), text.to_owned()).is_some() {
            return Err(Failure::BadSet(key.to_owned()));
        }
    }
    Ok(sets)
}

/// The whole pair is not repeated in the error: a value may be a name or a complaint's words.
fn split(pair: &str) -> Result<(&str, &str), Failure> {
    match pair.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim(), value)),
        _ => Err(Failure::BadSet("--set".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn json_values_keep_their_kind_and_the_rest_is_text() {
        let given = ["a=true", "b=4", "c=[1]", "d={\"x\":1}", "e=null", "f=\"q\"", "g=x=y", "h="];
        let sets = event_sets(&given.map(str::to_owned)).unwrap();
        let expected = serde_json::json!({
            "a": true, "b": 4, "c": [1], "d": {"x": 1}, "e": "null", "f": "\"q\"", "g": "x=y",
            "h": ""
        });
        assert_eq!(Value::Object(sets), expected);
    }

    #[test]
    fn a_set_needs_a_key_once() {
        let refused = |given: &[&str]| {
            let given: Vec<String> = given.iter().map(|pair| (*pair).to_owned()).collect();
            event_sets(&given).is_err() && field_sets(&given).is_err()
        };
        assert!(refused(&["severity"]));
        assert!(refused(&["=1"]));
        assert!(refused(&["a=1", "a=2"]));
        assert!(!refused(&["a=1", "b=2"]));
    }

    #[test]
    fn a_time_is_rfc_3339() {
        assert!(time("2026-09-30T16:00:00+08:00").is_ok());
        for text in ["yesterday", "2026-09-30", "2026-09-30 16:00", "2026-13-01T00:00:00Z"] {
            assert_eq!(time(text).unwrap_err().code(), "bad_time");
        }
    }

    #[test]
    fn a_day_has_one_spelling() {
        assert!(day("2026-09-30").is_ok());
        for text in ["2026-9-30", "2026-09-31", "20260930", "+2026-09-30", "today", ""] {
            assert_eq!(day(text).unwrap_err().code(), "bad_day", "{text}");
        }
    }

    #[test]
    fn there_are_twenty_regulations_from_twenty_sources() {
        let sources: Vec<String> = (1..=20).map(|n| format!("S{n:02}")).collect();
        let known: Vec<&str> = catalogue::all().iter().map(|known| known.source.as_str()).collect();
        assert_eq!(known, sources);
        assert!(regulation("hanjiang-oc").is_ok());
        assert!(regulation("S04").is_err());
    }
}
