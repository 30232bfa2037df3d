//! The form of a regulation's file: one table for each kind of entry.
//!
//! Every entry has a `key` of its own, a Chinese and an English label in our own words, the
//! clause of its document and the source's lines. Unknown words in a file are errors: a typing
//! mistake in a rule must not silently switch it off.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::period::Period;
use crate::trigger::Trigger;

/// What all entries have in common.
pub trait Cited {
    /// Its name within its table.
    fn key(&self) -> &Spanned<String>;
    /// The Chinese label.
    fn zh(&self) -> &str;
    /// The English label.
    fn en(&self) -> &str;
    /// The clause in its document.
    fn clause(&self) -> &str;
    /// The lines of the source text.
    fn lines(&self) -> &[u32];
    /// Its number among the rules with numbers: N1 to N32.
    fn rule(&self) -> Option<&str>;
}

macro_rules! entry {
    ($(#[$doc:meta])* $name:ident { $( $(#[$field_doc:meta])* $field:ident: $type:ty, )* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Its name within its table.
            pub key: Spanned<String>,
            /// The Chinese label.
            pub zh: String,
            /// The English label.
            pub en: String,
            /// The clause in its document, by the document's own numbering.
            pub clause: String,
            /// The lines of the source text.
            #[serde(default)]
            pub lines: Vec<u32>,
            /// Its number among the rules with numbers.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub rule: Option<String>,
            $( $(#[$field_doc])* pub $field: $type, )*
        }

        impl Cited for $name {
            fn key(&self) -> &Spanned<String> {
                &self.key
            }
            fn zh(&self) -> &str {
                &self.zh
            }
            fn en(&self) -> &str {
                &self.en
            }
            fn clause(&self) -> &str {
                &self.clause
            }
            fn lines(&self) -> &[u32] {
                &self.lines
            }
            fn rule(&self) -> Option<&str> {
                self.rule.as_deref()
            }
        }
    };
}

/// For which complaints an entry holds; without conditions, for all. Within one condition any
/// value fits; all conditions must.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Channels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channel: Vec<String>,
    /// Channels for which it does not hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_channel: Vec<String>,
    /// Categories; `3` also stands for `3A` and `3B`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub category: Vec<String>,
    /// Categories for which it does not hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_category: Vec<String>,
    /// Severities. An ungraded complaint has the severity marked `default`, if there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub severity: Vec<String>,
    /// The role of whoever received the complaint. One whose receiver is unknown fits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub receiver: Vec<String>,
    /// What the community has chosen.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub choice: BTreeMap<String, String>,
}

impl When {
    /// Whether it holds for every complaint.
    pub fn is_always(&self) -> bool {
        *self == Self::default()
    }
}

entry! {
    /// Something that the regulation states and a person carries out: a method, a role, a form.
    Statement {
        /// For which complaints.
        #[serde(default, skip_serializing_if = "When::is_always")]
        when: When,
    }
}

entry! {
    /// A way by which complaints come in.
    Channel {
        /// When somebody is there, such as `Tue 08:30-11:30`. It bounds no period.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        open: Vec<String>,
    }
}

entry! {
    /// Something that a complaint must tell. The key is the field's.
    Field {
        /// For which complaints.
        #[serde(default, skip_serializing_if = "When::is_always")]
        when: When,
    }
}

entry! {
    /// A ground for not accepting a complaint.
    Ground {
        /// The field whose absence, or whose saying no, is this ground. Without it a person judges.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lacking: Option<String>,
        /// For which complaints.
        #[serde(default, skip_serializing_if = "When::is_always")]
        when: When,
    }
}

entry! {
    /// How grave a complaint is.
    Severity {
        /// Whether an ungraded complaint is treated as of this severity.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        default: bool,
    }
}

/// What a person's own time limit does to a duty's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitUse {
    /// The earlier of both counts.
    Earlier,
    /// The person's own counts.
    Overrides,
}

entry! {
    /// Something that must follow something else, within a period.
    DutyRule {
        /// The events that start it.
        from: Vec<Trigger>,
        /// The events that fulfil it: any of them.
        expects: Vec<Trigger>,
        /// Who has to: a role, or `receiver`.
        by: String,
        /// The period. Without it the regulation gives none, and no moment is computed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<Period>,
        /// For which complaints.
        #[serde(default, skip_serializing_if = "When::is_always")]
        when: When,
        /// Whether what happened before its start fulfils it too.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        early: bool,
        /// The field with the person's own limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit_field: Option<String>,
        /// What that limit does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<LimitUse>,
        /// The role to which it is escalated when overdue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        overdue_to: Option<String>,
        /// The severity that the complaint takes when it is overdue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        regrade: Option<String>,
    }
}

entry! {
    /// Something that an event raises to a higher level.
    EscalationRule {
        /// The event.
        on: Trigger,
        /// The role to which.
        to: String,
        /// For which complaints.
        #[serde(default, skip_serializing_if = "When::is_always")]
        when: When,
    }
}

entry! {
    /// A step that needs another before it.
    Approval {
        /// What must have happened.
        needs: String,
        /// Before which events.
        before: Vec<String>,
        /// The roles that may do it; none for those that may in general.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        by: Vec<String>,
    }
}

entry! {
    /// How a period can be moved: told with its reason, before it ends.
    Extension {
        /// The duties, by their keys.
        #[serde(default)]
        extends: Vec<String>,
    }
}

/// What a target of performance is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Complaints whose acknowledgement was in time.
    AcceptanceTimeliness,
    /// Follow-ups that found the person content.
    Satisfaction,
}

entry! {
    /// A target of performance.
    Kpi {
        /// What about.
        measure: Measure,
        /// At least so many of a hundred.
        percent_min: u32,
    }
}

/// How often a report is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// From the 1st to the 15th, and from the 16th to the end of the month.
    HalfMonth,
    /// Each calendar quarter.
    Quarter,
    /// As the community fixed when it adopted the regulation.
    Regular,
}

entry! {
    /// A report that is made again and again.
    PeriodicReport {
        /// How often.
        every: Frequency,
        /// The blank that says how often, for a regular one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        blank: Option<String>,
        /// Whether it is shown to everyone.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        published: bool,
    }
}

/// One of the ways to read a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoiceOption {
    /// Its name.
    pub key: String,
    /// The Chinese label.
    pub zh: String,
    /// The English label.
    pub en: String,
}

entry! {
    /// A question that the document leaves open and the community answers.
    Choice {
        /// The answer that holds until the community chooses another.
        default: String,
        /// The answers.
        options: Vec<ChoiceOption>,
    }
}

/// In what a blank's value is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BlankUnit {
    /// Working days: the document says so and leaves the number out.
    #[serde(rename = "wd")]
    WorkingDays,
    /// Any period: the document says only "in time".
    #[serde(rename = "any")]
    Any,
}

entry! {
    /// A value that the document leaves out and the community must fill in before adopting.
    Blank {
        /// In what it is counted.
        unit: BlankUnit,
        /// A value that the document gives as an example.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<Period>,
    }
}

/// A complaint-handling regulation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regulation {
    /// The id by which it is adopted.
    pub id: String,
    /// Its place in the source: S01 to S20; a community's own has another.
    pub source: String,
    /// The Chinese title.
    pub title: String,
    /// The English title.
    pub title_en: String,
    /// What it is like, in Chinese.
    pub summary: String,
    /// What it is like, in English.
    pub summary_en: String,
    /// Whether the source breaks off.
    #[serde(default)]
    pub truncated: bool,
    /// What complaints and which places it is about.
    #[serde(default)]
    pub scope: Vec<Statement>,
    /// How complaints come in.
    #[serde(default)]
    pub channel: Vec<Channel>,
    /// What a complaint must tell.
    #[serde(default)]
    pub field: Vec<Field>,
    /// What makes a complaint acceptable.
    #[serde(default)]
    pub acceptance: Vec<Statement>,
    /// Why a complaint is not accepted.
    #[serde(default)]
    pub ground: Vec<Ground>,
    /// Categories.
    #[serde(default)]
    pub category: Vec<Statement>,
    /// Severities.
    #[serde(default)]
    pub severity: Vec<Severity>,
    /// Who does what.
    #[serde(default)]
    pub role: Vec<Statement>,
    /// Who gets what.
    #[serde(default)]
    pub routing: Vec<Statement>,
    /// What must follow what, and when.
    #[serde(default)]
    pub duty: Vec<DutyRule>,
    /// What is raised to a higher level.
    #[serde(default)]
    pub escalation: Vec<EscalationRule>,
    /// How complaints are handled.
    #[serde(default)]
    pub method: Vec<Statement>,
    /// What needs approval.
    #[serde(default)]
    pub approval: Vec<Approval>,
    /// Forms, notices and numbers.
    #[serde(default)]
    pub form: Vec<Statement>,
    /// How people are asked afterwards.
    #[serde(default)]
    pub follow_up: Vec<Statement>,
    /// How periods are extended.
    #[serde(default)]
    pub extension: Vec<Extension>,
    /// Targets.
    #[serde(default)]
    pub kpi: Vec<Kpi>,
    /// Reports that are made again and again.
    #[serde(default)]
    pub report: Vec<PeriodicReport>,
    /// What is kept secret.
    #[serde(default)]
    pub confidentiality: Vec<Statement>,
    /// Where a dissatisfied person goes next.
    #[serde(default)]
    pub appeal: Vec<Statement>,
    /// Open questions.
    #[serde(default)]
    pub choice: Vec<Choice>,
    /// Values left out.
    #[serde(default)]
    pub blank: Vec<Blank>,
}

impl Regulation {
    /// A clause as it is shown: document, clause, and the source's lines.
    pub fn cite(&self, entry: &dyn Cited) -> String {
        let lines: Vec<String> = entry.lines().iter().map(|line| format!("L{line}")).collect();
        let clause = format!("{} {}", self.source, entry.clause());
        if lines.is_empty() { clause } else { format!("{clause} ({})", lines.join(", ")) }
    }

    /// All entries with the names of their tables, in the order of the file's form.
    pub fn entries(&self) -> Vec<(&'static str, &dyn Cited)> {
        fn all<'a, T: Cited>(
            table: &'static str,
            entries: &'a [T],
        ) -> impl Iterator<Item = (&'static str, &'a dyn Cited)> {
            entries.iter().map(move |entry| (table, entry as &dyn Cited))
        }
        let mut found = Vec::new();
        found.extend(all("scope", &self.scope));
        found.extend(all("channel", &self.channel));
        found.extend(all("field", &self.field));
        found.extend(all("acceptance", &self.acceptance));
        found.extend(all("ground", &self.ground));
        found.extend(all("category", &self.category));
        found.extend(all("severity", &self.severity));
        found.extend(all("role", &self.role));
        found.extend(all("routing", &self.routing));
        found.extend(all("duty", &self.duty));
        found.extend(all("escalation", &self.escalation));
        found.extend(all("method", &self.method));
        found.extend(all("approval", &self.approval));
        found.extend(all("form", &self.form));
        found.extend(all("follow_up", &self.follow_up));
        found.extend(all("extension", &self.extension));
        found.extend(all("kpi", &self.kpi));
        found.extend(all("report", &self.report));
        found.extend(all("confidentiality", &self.confidentiality));
        found.extend(all("appeal", &self.appeal));
        found.extend(all("choice", &self.choice));
        found.extend(all("blank", &self.blank));
        found
    }
}
