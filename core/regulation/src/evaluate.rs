//! What a regulation says about one complaint at one moment.
//!
//! Events are taken in their causal order; what is dated after the moment has not happened yet.
//! An event whose author may not do it does not count. Everything else that a regulation forbids
//! (accepting what it refuses, acting before an approval, extending too late) is reported under
//! `refusals` and, but for the extension, still counts: it has happened, and people must see it.

mod answer;
mod duties;
mod forbid;
mod grading;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use floorwalk_complaint::{EventKind, Role, Stage};
use serde_json::{Map, Value};

pub use answer::{Allowed, Answer, Duty, DutyStatus, Escalation, Refusal};
pub use forbid::check_act;

use crate::data::{Regulation, When};
use crate::party::Party;
use crate::settings::Decided;

/// What a complaint says, apart from its events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The channel's key.
    pub channel: Option<String>,
    /// The category's key.
    pub category: Option<String>,
    /// The severity's key at its recording.
    pub severity: Option<String>,
    /// Fields by their keys.
    pub fields: BTreeMap<String, String>,
}

/// Something that happened to a complaint.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    /// What.
    pub kind: EventKind,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it; unknown ones are taken to be allowed.
    pub role: Option<Party>,
    /// Particulars.
    pub set: Map<String, Value>,
    /// Whether the clock that gave `at` is in doubt.
    pub doubtful: bool,
}

impl Happening {
    /// A particular's text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.set.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
    }
}

/// All that an evaluation looks at.
pub(crate) struct View<'a> {
    pub(crate) regulation: &'a Regulation,
    pub(crate) decided: &'a Decided,
    pub(crate) facts: &'a Facts,
    /// Events that count, up to `now`.
    pub(crate) events: Vec<&'a Happening>,
    pub(crate) now: DateTime<Utc>,
}

/// Evaluates a complaint.
pub fn evaluate(
    regulation: &Regulation,
    decided: &Decided,
    facts: &Facts,
    events: &[Happening],
    now: DateTime<Utc>,
) -> Answer {
    let happened = || events.iter().filter(|event| event.at <= now);
    let may = |event: &&Happening| event.role.is_none_or(|party| party.may(&event.kind));
    let view = View { regulation, decided, facts, events: happened().filter(may).collect(), now };
    let stage = view.stage();
    let (gradings, running) = grading::grade(&view);
    let mut duties = Vec::new();
    let mut escalations = Vec::new();
    let mut refusals = view.grounds();
    let excluded = happened().filter(|event| !may(event));
    refusals.extend(excluded.map(|event| forbid::role_may_not(regulation, event)));
    refusals.extend(forbid::before_approval(&view));
    for rule in &regulation.duty {
        let runs = running.iter().find(|(known, _)| std::ptr::eq(*known, rule));
        let runs = runs.map(|(_, runs)| runs.clone());
        for run in runs.unwrap_or_else(|| duties::run(&view, rule, &gradings)) {
            escalations.extend(run.escalation(&view, rule));
            duties.push(run.shown(&view, rule));
        }
    }
    refusals.extend(duties::extensions_without_effect(&view, &gradings));
    escalations.extend(view.raised());
    escalations.sort_by_key(|escalation| escalation.at);
    let severity = gradings.last().and_then(|grading| grading.severity.clone());
    let missing = view.missing();
    let allowed = view.allowed(stage, &refusals);
    Answer { stage, severity, missing, refusals, duties, escalations, allowed }
}

impl View<'_> {
    fn stage(&self) -> Stage {
        let events = self.events.iter();
        events.fold(Stage::Received, |stage, event| stage.after(&event.kind, &event.set))
    }

    /// Whether an entry holds for this complaint, apart from its severity.
    pub(crate) fn applies(&self, when: &When) -> bool {
        let category = self.category();
        let in_list = |list: &[String], value: Option<&str>| {
            value.is_some_and(|value| list.iter().any(|known| known == value))
        };
        let prefixed = |list: &[String]| {
            category.is_some_and(|category| list.iter().any(|known| category.starts_with(known)))
        };
        let channel = self.facts.channel.as_deref();
        let receiver = self.receiver().map(Party::as_str);
        (when.channel.is_empty() || in_list(&when.channel, channel))
            && !in_list(&when.not_channel, channel)
            && (when.category.is_empty() || prefixed(&when.category))
            && !prefixed(&when.not_category)
            && (when.receiver.is_empty() || receiver.is_none() || in_list(&when.receiver, receiver))
            && when.choice.iter().all(|(key, value)| self.decided.choice(key) == Some(value))
    }

    /// The category: the last that a classification gave, or the recorded one.
    fn category(&self) -> Option<&str> {
        let classified = self.events.iter().rev().filter(|e| e.kind == EventKind::Classified);
        let given = classified.filter_map(|event| event.text("category")).next();
        given.or(self.facts.category.as_deref())
    }

    /// Who received the complaint.
    pub(crate) fn receiver(&self) -> Option<Party> {
        self.events.iter().find(|event| event.kind == EventKind::Received)?.role
    }

    /// A field's value, if it says something.
    pub(crate) fn field(&self, key: &str) -> Option<&str> {
        let value = match key {
            "channel" => self.facts.channel.as_deref(),
            key => self.facts.fields.get(key).map(String::as_str),
        };
        value.map(str::trim).filter(|value| !value.is_empty())
    }

    fn missing(&self) -> Vec<String> {
        let wanted = self.regulation.field.iter().filter(|field| self.applies(&field.when));
        let keys = wanted.map(|field| field.key.get_ref().as_str());
        let is_missing = |key: &&str| match self.field(key) {
            None => true,
            Some(value) => matches!(*key, "evidence" | "signature") && says_no(value),
        };
        keys.filter(is_missing).map(str::to_owned).collect()
    }

    /// Grounds for refusing that the fields themselves show.
    fn grounds(&self) -> Vec<Refusal> {
        let regulation = self.regulation;
        let shown = regulation.ground.iter().filter(|ground| {
            let lacking = ground.lacking.as_deref();
            let lacks = |field: &str| self.field(field).is_none_or(says_no);
            lacking.is_some_and(lacks) && self.applies(&ground.when)
        });
        shown.map(|ground| Refusal::of_entry(regulation, ground, EventKind::Accepted)).collect()
    }

    /// What events have raised to a higher level.
    fn raised(&self) -> Vec<Escalation> {
        let mut found = Vec::new();
        for rule in &self.regulation.escalation {
            let applies = self.applies(&rule.when);
            let raising = |event: &&&Happening| applies && rule.on.fits(&event.kind, &event.set);
            for event in self.events.iter().filter(raising) {
                found.push(Escalation {
                    rule: rule.rule.clone(),
                    clause: self.regulation.cite(rule),
                    to: rule.to.clone(),
                    at: event.at.with_timezone(&self.decided.zone),
                });
            }
        }
        found
    }

    /// What members may do next, in general and by this regulation.
    fn allowed(&self, stage: Stage, refusals: &[Refusal]) -> Vec<Allowed> {
        let in_general =
            Role::ALL.iter().map(|role| (*role, floorwalk_complaint::allowed(stage, *role)));
        let in_general: Vec<(Role, Vec<EventKind>)> = in_general.collect();
        let mut allowed = Vec::new();
        for kind in EventKind::KNOWN {
            let may = |(role, kinds): &(Role, Vec<EventKind>)| {
                let holds = kinds.contains(kind)
                    && forbid::forbids(self, Party::Member(*role), kind, refusals).is_none();
                holds.then_some(*role)
            };
            let roles: Vec<Role> = in_general.iter().filter_map(may).collect();
            if !roles.is_empty() {
                allowed.push(Allowed { kind: kind.as_str(), roles });
            }
        }
        allowed.sort_by_key(|allowed| allowed.kind);
        allowed
    }
}

/// Whether a field's value denies what the field is about.
fn says_no(value: &str) -> bool {
    const NO: &[&str] =
        &["no", "none", "never", "false", "n", "否", "无", "没有", "未", "未反映", "从未"];
    NO.contains(&value.trim().to_lowercase().as_str())
}
