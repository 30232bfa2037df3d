//! A case for `regulation evaluate`: a complaint, its events and a moment, as JSON.
//!
//! Whatever is wrong is refused with its place, such as `events[2].at`; an unknown name is
//! answered with the known ones.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use floorwalk_complaint::EventKind;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::catalogue;
use crate::check::{CHANNELS, FIELDS};
use crate::data::Regulation;
use crate::evaluate::{Answer, Facts, Happening, evaluate};
use crate::party::Party;
use crate::settings::{Decided, Settings};

/// A case that was read and makes sense.
#[derive(Debug, Clone)]
pub struct Case {
    /// The regulation.
    pub regulation: &'static Regulation,
    /// The community's decisions.
    pub decided: Decided,
    /// What the complaint says.
    pub facts: Facts,
    /// What happened to it, in order.
    pub events: Vec<Happening>,
    /// The moment.
    pub now: DateTime<Utc>,
}

/// What is wrong with a case, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct CaseError {
    /// The place: a path such as `events[2].at`, with line and column where it is no JSON.
    pub place: String,
    /// What is wrong there.
    pub message: String,
}

impl CaseError {
    fn at(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default, rename = "name")]
    _name: Option<Value>,
    regulation: String,
    #[serde(default)]
    settings: Settings,
    complaint: WrittenComplaint,
    #[serde(default)]
    events: Vec<WrittenEvent>,
    now: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenComplaint {
    #[serde(default)]
    channel: Option<String>,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    severity: Option<String>,
    #[serde(default)]
    fields: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEvent {
    kind: String,
    at: String,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    set: Option<Map<String, Value>>,
    #[serde(default, rename = "note")]
    _note: Option<String>,
    #[serde(default)]
    uncertain: bool,
}

impl Case {
    /// Reads a case.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn parse(text: &str) -> Result<Self, CaseError> {
        let mut json = serde_json::Deserializer::from_str(text);
        let written: Written = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let inner = error.inner();
            let path = error.path().to_string();
            let place = format!("line {}, column {}", inner.line(), inner.column());
            let place = if path == "." { place } else { format!("{path} ({place})") };
            CaseError::at(place, without_place(&inner.to_string()))
        })?;
        json.end().map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            CaseError::at(place, "something follows the case")
        })?;
        let regulation = catalogue::find(&written.regulation).ok_or_else(|| {
            let known = catalogue::all().iter().map(|known| known.id.as_str());
            unknown("regulation", "regulation", &written.regulation, known)
        })?;
        let decided = written
            .settings
            .decide(regulation)
            .map_err(|bad| CaseError::at(format!("settings.{}", bad.place), bad.message))?;
        let facts = facts(regulation, written.complaint)?;
        let events = written.events.into_iter().enumerate();
        let events = events.map(|(index, event)| happening(regulation, index, event));
        let events = events.collect::<Result<_, _>>()?;
        let now = moment("now", &written.now)?;
        Ok(Self { regulation, decided, facts, events, now })
    }

    /// What the regulation says about it.
    pub fn evaluate(&self) -> Answer {
        evaluate(self.regulation, &self.decided, &self.facts, &self.events, self.now)
    }
}

fn facts(regulation: &Regulation, written: WrittenComplaint) -> Result<Facts, CaseError> {
    if let Some(channel) = &written.channel
        && !CHANNELS.contains(&channel.as_str())
    {
        let known = CHANNELS.iter().copied();
        return Err(unknown("complaint.channel", "channel", channel, known));
    }
    if let Some(severity) = &written.severity {
        check_severity(regulation, "complaint.severity", severity)?;
    }
    let mut fields = BTreeMap::new();
    for (key, value) in written.fields {
        let place = format!("complaint.fields.{key}");
        if !FIELDS.contains(&key.as_str()) {
            return Err(unknown(&place, "field", &key, FIELDS.iter().copied()));
        }
        if let Some(text) = field_text(&place, value)? {
            fields.insert(key, text);
        }
    }
    let WrittenComplaint { channel, category, severity, .. } = written;
    Ok(Facts { channel, category, severity, fields })
}

/// A field's value as text: `true` and `false` say yes and no, a list says what it holds.
fn field_text(place: &str, value: Value) -> Result<Option<String>, CaseError> {
    Ok(match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        Value::Bool(true) => Some("yes".to_owned()),
        Value::Bool(false) => Some("no".to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(values) => {
            let texts: Vec<String> = values
                .into_iter()
                .map(|value| match value {
                    Value::String(text) => text,
                    other => other.to_string(),
                })
                .collect();
            Some(texts.join(", "))
        }
        Value::Object(_) => return Err(CaseError::at(place, "a text is wanted here")),
    })
}

fn happening(
    regulation: &Regulation,
    index: usize,
    written: WrittenEvent,
) -> Result<Happening, CaseError> {
    let place = |member: &str| format!("events[{index}].{member}");
    let kind: EventKind = written.kind.parse().map_err(|_| {
        let known = EventKind::KNOWN.iter().map(EventKind::as_str);
        unknown(&place("kind"), "kind of event", &written.kind, known)
    })?;
    let role = match &written.role {
        None => None,
        Some(role) => Some(Party::from_key(role).ok_or_else(|| {
            unknown(&place("role"), "role", role, Party::all().map(Party::as_str))
        })?),
    };
    let set = written.set.unwrap_or_default();
    if kind == EventKind::Classified
        && let Some(severity) = set.get("severity").and_then(Value::as_str)
    {
        check_severity(regulation, &place("set.severity"), severity)?;
    }
    let at = moment(&place("at"), &written.at)?;
    Ok(Happening { kind, at, role, set, doubtful: written.uncertain })
}

fn check_severity(regulation: &Regulation, place: &str, key: &str) -> Result<(), CaseError> {
    let mut known = regulation.severity.iter().map(|severity| severity.key.get_ref().as_str());
    // A regulation that grades nothing has nothing to say about a grade.
    if regulation.severity.is_empty() || known.clone().any(|known| known == key) {
        return Ok(());
    }
    Err(unknown(place, "severity", key, known.by_ref()))
}

fn moment(place: &str, text: &str) -> Result<DateTime<Utc>, CaseError> {
    DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).map_err(|_| {
        let message = format!("\"{text}\" is not a time; write it like 2026-09-30T16:00:00+08:00");
        CaseError::at(place, message)
    })
}

fn unknown<'a>(
    place: &str,
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> CaseError {
    let known: Vec<&str> = known.collect();
    let message = format!("there is no {what} \"{name}\"; known: {}", known.join(", "));
    CaseError::at(place, message)
}

/// An error's words without the place that serde_json appends, which is told apart.
fn without_place(words: &str) -> &str {
    words.split_once(" at line ").map_or(words, |(words, _)| words)
}
