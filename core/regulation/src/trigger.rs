//! Which events a rule is about, as its file writes them: a kind, and what its particulars say.
//!
//! `reported to=service_manager|manager` is a report to either; `followed_up satisfied=false` a
//! follow-up that found the person dissatisfied.

use floorwalk_complaint::EventKind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Which events a rule is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Trigger {
    /// The kind.
    pub kind: EventKind,
    /// Particulars, each with the values that fit.
    pub conditions: Vec<(String, Vec<String>)>,
}

impl Trigger {
    /// Whether an event is one of these. A particular that the event does not give does not fit.
    pub fn fits(&self, kind: &EventKind, set: &Map<String, Value>) -> bool {
        self.matches(kind, set, false)
    }

    /// Whether an event can be taken for one of these. A particular that it does not give fits: a
    /// report that names no addressee is taken for the one that is due.
    pub fn may_fit(&self, kind: &EventKind, set: &Map<String, Value>) -> bool {
        self.matches(kind, set, true)
    }

    fn matches(&self, kind: &EventKind, set: &Map<String, Value>, absent_fits: bool) -> bool {
        let fits = |(key, values): &(String, Vec<String>)| match set.get(key) {
            Some(Value::String(text)) => values.iter().any(|value| value == text),
            Some(Value::Bool(flag)) => values.iter().any(|value| *value == flag.to_string()),
            Some(Value::Null) | None => absent_fits,
            Some(_) => false,
        };
        self.kind == *kind && self.conditions.iter().all(fits)
    }
}

impl TryFrom<String> for Trigger {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let name = words.next().unwrap_or_default();
        let kind: EventKind =
            name.parse().map_err(|_| format!("there is no kind of event \"{name}\""))?;
        let condition = |word: &str| {
            let (key, values) = word
                .split_once('=')
                .filter(|(key, values)| !key.is_empty() && !values.is_empty())
                .ok_or_else(|| format!("\"{word}\" should be KEY=VALUE or KEY=VALUE|VALUE"))?;
            Ok((key.to_owned(), values.split('|').map(str::to_owned).collect()))
        };
        let conditions = words.map(condition).collect::<Result<Vec<_>, String>>()?;
        Ok(Self { kind, conditions })
    }
}

impl From<Trigger> for String {
    fn from(trigger: Trigger) -> Self {
        let mut text = trigger.kind.as_str().to_owned();
        for (key, values) in &trigger.conditions {
            text.push_str(&format!(" {key}={}", values.join("|")));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn set(json: &str) -> Map<String, Value> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn particulars_are_compared_and_absent_ones_fit_only_on_request() {
        let trigger = Trigger::try_from("reported to=manager|service_manager".to_owned()).unwrap();
        let reported = EventKind::Reported;
        assert!(trigger.fits(&reported, &set(r#"{"to":"manager"}"#)));
        assert!(!trigger.may_fit(&reported, &set(r#"{"to":"committee"}"#)));
        assert!(trigger.may_fit(&reported, &set("{}")) && !trigger.fits(&reported, &set("{}")));
        assert!(!trigger.may_fit(&EventKind::Forwarded, &set("{}")));
        assert_eq!(String::from(trigger), "reported to=manager|service_manager");
    }

    #[test]
    fn truth_is_compared_too() {
        let trigger = Trigger::try_from("followed_up satisfied=false".to_owned()).unwrap();
        assert!(trigger.fits(&EventKind::FollowedUp, &set(r#"{"satisfied":false}"#)));
        assert!(!trigger.fits(&EventKind::FollowedUp, &set(r#"{"satisfied":true}"#)));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "teleported", "reported to", "reported to="] {
            assert!(Trigger::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
