//! What a community has decided about the regulation it adopted: choices, filled blanks, its
//! own days off, and its time zone.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::data::{Blank, BlankUnit, Cited, Regulation};
use crate::period::Period;

/// The time zone of a community that has set none.
pub const DEFAULT_ZONE: Tz = chrono_tz::Asia::Shanghai;

/// A blank's value: a period, or a bare number where the document says what it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum BlankValue {
    /// So many of the blank's unit.
    Count(u32),
    /// A period as files write it.
    Text(String),
}

/// A community's decisions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Choices by their keys.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub choices: BTreeMap<String, String>,
    /// Values of blanks by their keys.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub blanks: BTreeMap<String, BlankValue>,
    /// Days on which the community's office is closed besides public holidays.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub days_off: Vec<NaiveDate>,
    /// The time zone; [`DEFAULT_ZONE`] without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// Settings that fit a regulation.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    choices: BTreeMap<String, String>,
    blanks: BTreeMap<String, Period>,
    /// Blanks that nobody has filled.
    pub open: Vec<String>,
    /// The time zone.
    pub zone: Tz,
    /// The working calendar with the community's own days off.
    pub calendar: Calendar,
}

/// A setting that does not fit, with what would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadSetting {
    /// Where: `choices.KEY`, `blanks.KEY` or `time_zone`.
    pub place: String,
    /// What is wrong with it.
    pub message: String,
}

impl Settings {
    /// Checks the settings against a regulation and fills in its defaults.
    ///
    /// # Errors
    /// The first setting that does not fit.
    pub fn decide(&self, regulation: &Regulation) -> Result<Decided, BadSetting> {
        let mut choices: BTreeMap<String, String> = BTreeMap::new();
        for choice in &regulation.choice {
            choices.insert(choice.key.get_ref().clone(), choice.default.clone());
        }
        for (key, value) in &self.choices {
            let place = || format!("choices.{key}");
            let known = regulation.choice.iter().find(|choice| choice.key.get_ref() == key);
            let choice = known.ok_or_else(|| unknown(place(), key, &regulation.choice))?;
            if !choice.options.iter().any(|option| option.key == *value) {
                let options: Vec<&str> = choice.options.iter().map(|o| o.key.as_str()).collect();
                let message = format!("\"{value}\" is none of: {}", options.join(", "));
                return Err(BadSetting { place: place(), message });
            }
            choices.insert(key.clone(), value.clone());
        }
        let mut blanks = BTreeMap::new();
        for blank in &regulation.blank {
            if let Some(default) = &blank.default {
                blanks.insert(blank.key.get_ref().clone(), default.clone());
            }
        }
        for (key, value) in &self.blanks {
            let place = || format!("blanks.{key}");
            let known = regulation.blank.iter().find(|blank| blank.key.get_ref() == key);
            let blank = known.ok_or_else(|| unknown(place(), key, &regulation.blank))?;
            let period =
                fill(blank, value).map_err(|message| BadSetting { place: place(), message })?;
            blanks.insert(key.clone(), period);
        }
        let keys = regulation.blank.iter().map(|blank| blank.key.get_ref());
        let open = keys.filter(|key| !blanks.contains_key(*key)).cloned().collect();
        let zone = self.zone()?;
        let calendar = Calendar::published().with_days_off(self.days_off.iter().copied());
        Ok(Decided { choices, blanks, open, zone, calendar })
    }

    /// Puts one `KEY=VALUE` where it belongs: a choice, a blank, `days_off` or `time_zone`.
    ///
    /// # Errors
    /// When the regulation has no such setting, or a day is not one.
    pub fn put(
        &mut self,
        regulation: &Regulation,
        key: &str,
        value: &str,
    ) -> Result<(), BadSetting> {
        let is_choice = regulation.choice.iter().any(|choice| choice.key.get_ref() == key);
        let is_blank = regulation.blank.iter().any(|blank| blank.key.get_ref() == key);
        match key {
            "time_zone" => self.time_zone = Some(value.to_owned()),
            "days_off" => {
                for day in value.split(',').map(str::trim).filter(|day| !day.is_empty()) {
                    let message = format!("\"{day}\" is not a day; write it like 2026-11-02");
                    let bad = |_| BadSetting { place: key.to_owned(), message };
                    self.days_off.push(day.parse().map_err(bad)?);
                }
            }
            _ if is_choice => drop(self.choices.insert(key.to_owned(), value.to_owned())),
            _ if is_blank => {
                let count = value.parse().map(BlankValue::Count);
                let value = count.unwrap_or_else(|_| BlankValue::Text(value.to_owned()));
                self.blanks.insert(key.to_owned(), value);
            }
            _ => {
                let known: Vec<&str> = regulation
                    .choice
                    .iter()
                    .map(|choice| choice.key.get_ref().as_str())
                    .chain(regulation.blank.iter().map(|blank| blank.key.get_ref().as_str()))
                    .chain(["days_off", "time_zone"])
                    .collect();
                let message = format!("there is no setting \"{key}\"; known: {}", known.join(", "));
                return Err(BadSetting { place: key.to_owned(), message });
            }
        }
        self.decide(regulation).map(drop)
    }

    fn zone(&self) -> Result<Tz, BadSetting> {
        let Some(name) = &self.time_zone else { return Ok(DEFAULT_ZONE) };
        name.parse().map_err(|_| BadSetting {
            place: "time_zone".to_owned(),
            message: format!("\"{name}\" is not a time zone such as Asia/Shanghai"),
        })
    }
}

impl Decided {
    /// What the community chose.
    pub fn choice(&self, key: &str) -> Option<&str> {
        self.choices.get(key).map(String::as_str)
    }

    /// The period that fills a blank.
    pub fn blank(&self, key: &str) -> Option<&Period> {
        self.blanks.get(key)
    }
}

fn unknown<T: Cited>(place: String, key: &str, known: &[T]) -> BadSetting {
    let known: Vec<&str> = known.iter().map(|entry| entry.key().get_ref().as_str()).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    BadSetting { place, message: format!("there is no \"{key}\"; known: {known}") }
}

fn fill(blank: &Blank, value: &BlankValue) -> Result<Period, String> {
    let text = match (value, blank.unit) {
        (BlankValue::Count(count), BlankUnit::WorkingDays) => format!("{count} wd"),
        (BlankValue::Count(count), BlankUnit::Any) => {
            return Err(format!(
                "{count} of what? Write it like 24 h, 3 days or 5 wd: the document does not say"
            ));
        }
        (BlankValue::Text(text), _) => text.clone(),
    };
    match (Period::try_from(text)?, blank.unit) {
        (Period::Set | Period::Blank(_), _) => Err("must be a period, such as 5 wd".to_owned()),
        (period @ Period::WorkingDays(_), _) => Ok(period),
        (_, BlankUnit::WorkingDays) => {
            Err("the document counts working days here: write it like 5 wd".to_owned())
        }
        (period, BlankUnit::Any) => Ok(period),
    }
}
