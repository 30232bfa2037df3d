//! What an evaluation answers: plain records, named as the command line's contract names them.

use chrono::{DateTime, SecondsFormat};
use chrono_tz::Tz;
use floorwalk_complaint::{EventKind, Role, Stage};
use serde::{Serialize, Serializer};

use crate::data::{Cited, Regulation};

/// All that a regulation says about a complaint at a moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// Where it stands.
    pub stage: Stage,
    /// Its severity, by the last grading or regrading.
    pub severity: Option<String>,
    /// Fields that the regulation wants and that are empty.
    pub missing: Vec<String>,
    /// What stands in the way, or was done against the regulation.
    pub refusals: Vec<Refusal>,
    /// Duties that ran or run.
    pub duties: Vec<Duty>,
    /// What is to be raised to a higher level, by time.
    pub escalations: Vec<Escalation>,
    /// What may be done next.
    pub allowed: Vec<Allowed>,
}

impl Answer {
    /// When the next open duty is due, or was; none when it is over.
    pub fn next_due(&self) -> Option<DateTime<Tz>> {
        let open = self.duties.iter().filter(|duty| duty.open);
        if self.stage.is_over() { None } else { open.filter_map(|duty| duty.due_at).min() }
    }
}

/// Why something is not, or was not, as the regulation wants it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The clause.
    pub clause: String,
    /// Why, in English.
    pub reason: String,
    /// Why, in Chinese.
    pub reason_zh: String,
    /// The kind of event that it stands in the way of, if it is about one.
    #[serde(skip)]
    pub forbids: Option<EventKind>,
}

impl Refusal {
    pub(crate) fn of_entry(regulation: &Regulation, entry: &dyn Cited, forbids: EventKind) -> Self {
        Self {
            clause: regulation.cite(entry),
            reason: entry.en().to_owned(),
            reason_zh: entry.zh().to_owned(),
            forbids: Some(forbids),
        }
    }
}

/// How a duty stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DutyStatus {
    /// Its time runs.
    Pending,
    /// Done in time.
    Met,
    /// Its time is over; it may have been done since.
    Overdue,
    /// Its time runs, and was moved.
    Extended,
}

impl DutyStatus {
    /// Its key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Met => "met",
            Self::Overdue => "overdue",
            Self::Extended => "extended",
        }
    }
}

/// A duty of a complaint.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Duty {
    /// The entry's key in the regulation.
    pub key: String,
    /// The number of its rule.
    pub rule: Option<String>,
    /// The clause.
    pub clause: String,
    /// What it is, in Chinese.
    pub zh: String,
    /// What it is, in English.
    pub en: String,
    /// The events that fulfil it: any of them.
    #[serde(serialize_with = "kinds")]
    pub expects: Vec<EventKind>,
    /// Who has to.
    pub by: String,
    /// When it began.
    #[serde(serialize_with = "moment")]
    pub starts_at: DateTime<Tz>,
    /// The first moment that is too late; none where no number is given.
    #[serde(serialize_with = "moment_or_none")]
    pub due_at: Option<DateTime<Tz>>,
    /// How it stands.
    pub status: DutyStatus,
    /// When it was done.
    #[serde(serialize_with = "moment_or_none")]
    pub met_at: Option<DateTime<Tz>>,
    /// Whether it is not done and can still be: a withdrawal or refusal ends it, late or not.
    #[serde(skip)]
    pub open: bool,
    /// Whether `due_at` depends on a year whose calendar is not published.
    pub provisional: bool,
    /// Whether a clock that has a part in it is in doubt.
    pub uncertain: bool,
}

/// Something to be raised to a higher level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Escalation {
    /// The number of its rule.
    pub rule: Option<String>,
    /// The clause.
    pub clause: String,
    /// The role to which.
    pub to: String,
    /// Since when.
    #[serde(serialize_with = "moment")]
    pub at: DateTime<Tz>,
}

/// What somebody may do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Allowed {
    /// The event kind's key.
    pub kind: &'static str,
    /// The roles that may.
    pub roles: Vec<Role>,
}

fn moment<S: Serializer>(at: &DateTime<Tz>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, false))
}

fn moment_or_none<S: Serializer>(at: &Option<DateTime<Tz>>, to: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => moment(at, to),
        None => to.serialize_none(),
    }
}

fn kinds<S: Serializer>(kinds: &[EventKind], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(kinds.iter().map(EventKind::as_str))
}
