//! Events: what is done about a complaint.

use std::collections::HashMap;

use floorwalk_replica::{Error, ErrorCode, records};
use serde_json::{Map, Number};

use crate::error::FloorwalkError;

/// A value that an event sets.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum Value {
    /// A text, a key, or a moment (RFC 3339).
    Text {
        /// The text.
        value: String,
    },
    /// A number.
    Number {
        /// The number.
        value: f64,
    },
    /// Yes or no.
    Flag {
        /// Whether yes.
        value: bool,
    },
    /// Anything else, as JSON: a newer version may have written it.
    Other {
        /// The JSON text.
        json: String,
    },
}

/// An event as it is made.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct NewEvent {
    /// The event kind's key.
    pub kind: String,
    /// When it happened (RFC 3339); now when absent.
    #[uniffi(default = None)]
    pub at: Option<String>,
    /// A note.
    #[uniffi(default = None)]
    pub note: Option<String>,
    /// What it sets, by key.
    #[uniffi(default)]
    pub values: HashMap<String, Value>,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Acted {
    /// The complaint's number.
    pub number: String,
    /// The event kind's key.
    pub kind: String,
    /// The event's id.
    pub event: String,
}

/// An event as it is shown.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct EventInfo {
    /// Its id.
    pub id: String,
    /// Its kind's key.
    pub kind: String,
    /// When it happened, as its author says (RFC 3339).
    pub at: String,
    /// What the roster calls its author.
    pub author: String,
    /// The author's device id.
    pub device: Option<String>,
    /// The author's role.
    pub role: Option<String>,
    /// Whether the author's role may do this; otherwise it is shown and does not count.
    pub counted: bool,
    /// What it sets, by key.
    pub values: HashMap<String, Value>,
    /// Its note.
    pub note: Option<String>,
}

impl TryFrom<NewEvent> for records::NewEvent {
    type Error = FloorwalkError;

    fn try_from(event: NewEvent) -> Result<Self, FloorwalkError> {
        let NewEvent { kind, at, note, values } = event;
        let mut set = Map::new();
        for (key, value) in values {
            let value = json(value).ok_or_else(|| Error::about(ErrorCode::BadValue, &key))?;
            set.insert(key, value);
        }
        Ok(Self { kind, at, set, note })
    }
}

/// None for what JSON can't hold.
fn json(value: Value) -> Option<serde_json::Value> {
    Some(match value {
        Value::Text { value } => value.into(),
        Value::Flag { value } => value.into(),
        // What is whole is written without a fraction, as the command line writes it.
        Value::Number { value } if value.fract() == 0.0 && value.abs() < 9e15 => {
            (value as i64).into()
        }
        Value::Number { value } => Number::from_f64(value)?.into(),
        Value::Other { json } => serde_json::from_str(&json).ok()?,
    })
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::String(value) => Self::Text { value },
            serde_json::Value::Bool(value) => Self::Flag { value },
            serde_json::Value::Number(number) => match number.as_f64() {
                Some(value) => Self::Number { value },
                None => Self::Other { json: number.to_string() },
            },
            other => Self::Other { json: other.to_string() },
        }
    }
}

impl From<records::Acted> for Acted {
    fn from(acted: records::Acted) -> Self {
        let records::Acted { number, kind, event } = acted;
        Self { number, kind, event }
    }
}

impl From<records::EventInfo> for EventInfo {
    fn from(event: records::EventInfo) -> Self {
        let records::EventInfo { id, kind, at, author, device, role, counted, set, note } = event;
        let values = set.into_iter().map(|(key, value)| (key, value.into())).collect();
        Self { id, kind, at, author, device, role, counted, values, note }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn values_come_back_as_they_were_set() {
        let number = |value| Value::Number { value };
        let values = HashMap::from([
            ("satisfied".to_owned(), Value::Flag { value: true }),
            ("severity".to_owned(), Value::Text { value: "major".to_owned() }),
            ("days".to_owned(), number(3.0)),
            ("share".to_owned(), number(0.5)),
            ("odd".to_owned(), Value::Other { json: "[1,2]".to_owned() }),
        ]);
        let kind = "noted".to_owned();
        let event = NewEvent { kind, at: None, note: None, values: values.clone() };
        let event: records::NewEvent = event.try_into().unwrap();
        assert_eq!(event.set["days"].to_string(), "3");
        let back: HashMap<String, Value> =
            event.set.into_iter().map(|(key, value)| (key, value.into())).collect();
        assert_eq!(back, values);
    }

    #[test]
    fn what_json_cannot_hold_is_refused_with_its_key() {
        for value in [Value::Number { value: f64::NAN }, Value::Other { json: "{".to_owned() }] {
            let values = HashMap::from([("days".to_owned(), value)]);
            let event = NewEvent { kind: "noted".to_owned(), at: None, note: None, values };
            let refused = records::NewEvent::try_from(event).unwrap_err();
            assert_eq!(refused.code(), "bad_value");
            assert!(refused.to_string().contains("days"));
        }
    }
}
