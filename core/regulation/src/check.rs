//! Reading a regulation's file: its form by TOML and serde, its sense by the checks here.
//!
//! A mistake is named with its line and clause. A file that passes refers only to things that
//! exist, so the engine needs no checks of its own.

use std::collections::BTreeSet;

use floorwalk_complaint::EventKind;

use crate::data::{Cited, DutyRule, Frequency, Regulation, When};
use crate::error::Problem;
use crate::party::Party;
use crate::period::Period;

/// The fields that a complaint can have.
pub const FIELDS: &[&str] = &[
    "complainant",
    "phone",
    "room",
    "building",
    "place",
    "occurred_at",
    "respondent",
    "text",
    "demand",
    "reported_before",
    "resident_limit",
    "signature",
    "evidence",
    "channel",
];

/// The ways by which complaints come in.
pub const CHANNELS: &[&str] = &[
    "written",
    "phone",
    "web",
    "on_site",
    "rep",
    "box",
    "email",
    "online",
    "mailbox",
    "visit",
    "hotline",
    "oral",
    "committee",
    "wechat",
    "letter",
    "fax",
    "window",
];

/// Reads a regulation's file.
///
/// # Errors
/// All problems that were found, by line; a file that is no TOML has one.
pub fn parse(text: &str) -> Result<Regulation, Vec<Problem>> {
    let regulation: Regulation = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        vec![Problem {
            line: line_of(text, at),
            clause: clause_before(text, at),
            message: error.message().to_owned(),
        }]
    })?;
    let mut check = Check { text, regulation: &regulation, problems: Vec::new() };
    check.all();
    let mut problems = check.problems;
    problems.sort_by_key(|problem| problem.line);
    if problems.is_empty() { Ok(regulation) } else { Err(problems) }
}

fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at.min(text.len())).unwrap_or_default();
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

/// The clause of the table that a place in the text lies in.
fn clause_before(text: &str, at: usize) -> Option<String> {
    let line = line_of(text, at);
    let lines: Vec<&str> = text.lines().collect();
    let start = lines[..line.min(lines.len())].iter().rposition(|line| line.starts_with("[["))?;
    let table = lines[start + 1..].iter().take_while(|line| !line.starts_with('['));
    let clause = table.filter_map(|line| line.trim().strip_prefix("clause")).next()?;
    Some(clause.trim_start_matches([' ', '=']).trim_matches('"').to_owned())
}

struct Check<'a> {
    text: &'a str,
    regulation: &'a Regulation,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn all(&mut self) {
        let regulation = self.regulation;
        self.head();
        let mut keys = BTreeSet::new();
        for (table, entry) in regulation.entries() {
            let key = entry.key().get_ref().as_str();
            self.need(entry, !key.is_empty(), "its key is empty");
            let labels = [entry.zh(), entry.en(), entry.clause()];
            let labelled = labels.iter().all(|label| !label.trim().is_empty());
            self.need(entry, labelled, "zh, en and clause must say something");
            let again = format!("there is a {table} \"{key}\" already");
            self.need(entry, keys.insert((table, key)), &again);
            if let Some(rule) = entry.rule() {
                let number = rule.strip_prefix('N').and_then(|number| number.parse().ok());
                let known = number.is_some_and(|number: u32| (1..=32).contains(&number));
                self.need(entry, known, "rule must be N1 to N32");
            }
        }
        self.tables();
        for duty in &regulation.duty {
            self.duty(duty);
        }
        self.statements();
    }

    fn head(&mut self) {
        let regulation = self.regulation;
        let head = [&regulation.id, &regulation.source, &regulation.title, &regulation.title_en];
        if head.iter().any(|text| text.trim().is_empty()) {
            let message = "id, source, title and title_en must say something".to_owned();
            self.problems.push(Problem { line: 1, clause: None, message });
        }
    }

    fn tables(&mut self) {
        let regulation = self.regulation;
        for channel in &regulation.channel {
            self.known(channel, "channel", channel.key.get_ref(), CHANNELS);
            for open in &channel.open {
                self.need(channel, is_open_time(open), "open must be like Tue 08:30-11:30");
            }
        }
        for field in &regulation.field {
            self.known(field, "field", field.key.get_ref(), FIELDS);
            self.when(field, &field.when);
        }
        for ground in &regulation.ground {
            if let Some(field) = &ground.lacking {
                self.known(ground, "field", field, FIELDS);
            }
            self.when(ground, &ground.when);
        }
        let mut defaults = regulation.severity.iter().filter(|severity| severity.default);
        if let (Some(_), Some(second)) = (defaults.next(), defaults.next()) {
            self.need(second, false, "only one severity can be the default");
        }
        for escalation in &regulation.escalation {
            self.party(escalation, &escalation.to);
            self.when(escalation, &escalation.when);
        }
        for approval in &regulation.approval {
            for kind in approval.before.iter().chain([&approval.needs]) {
                let known = kind.parse::<EventKind>().is_ok();
                self.need(approval, known, &format!("there is no kind of event \"{kind}\""));
            }
            for role in &approval.by {
                self.party(approval, role);
            }
        }
        for extension in &regulation.extension {
            for key in &extension.extends {
                let known = regulation.duty.iter().any(|duty| duty.key.get_ref() == key);
                self.need(extension, known, &format!("there is no duty \"{key}\""));
            }
        }
        for kpi in &regulation.kpi {
            self.need(kpi, kpi.percent_min <= 100, "percent_min must be at most 100");
        }
        for report in &regulation.report {
            let is_regular = report.every == Frequency::Regular;
            let fits = is_regular == report.blank.is_some();
            self.need(report, fits, "a regular report, and no other, names its blank");
            if let Some(blank) = &report.blank {
                self.blank(report, blank);
            }
        }
        for choice in &regulation.choice {
            let known = choice.options.iter().any(|option| option.key == choice.default);
            self.need(choice, known, "the default must be one of the options");
        }
    }

    fn duty(&mut self, duty: &DutyRule) {
        self.need(duty, !duty.from.is_empty(), "from must name at least one event");
        self.need(duty, !duty.expects.is_empty(), "expects must name at least one event");
        if duty.by != "receiver" {
            self.party(duty, &duty.by);
        }
        self.when(duty, &duty.when);
        if let Some(Period::Blank(key)) = &duty.within {
            self.blank(duty, key);
        }
        if let Some(field) = &duty.limit_field {
            self.known(duty, "field", field, FIELDS);
        }
        let both = duty.limit_field.is_some() == duty.limit.is_some();
        self.need(duty, both, "limit_field and limit belong together");
        if let Some(role) = &duty.overdue_to {
            self.party(duty, role);
        }
        if let Some(severity) = &duty.regrade {
            self.severity(duty, severity);
            let ungraded = duty.when.severity.is_empty();
            self.need(duty, ungraded, "a duty that regrades can't depend on the severity");
        }
    }

    fn statements(&mut self) {
        let regulation = self.regulation;
        let tables = [
            &regulation.scope,
            &regulation.acceptance,
            &regulation.category,
            &regulation.role,
            &regulation.routing,
            &regulation.method,
            &regulation.form,
            &regulation.follow_up,
            &regulation.confidentiality,
            &regulation.appeal,
        ];
        for statement in tables.into_iter().flatten() {
            self.when(statement, &statement.when);
        }
    }

    fn when(&mut self, entry: &dyn Cited, when: &When) {
        for channel in when.channel.iter().chain(&when.not_channel) {
            self.known(entry, "channel", channel, CHANNELS);
        }
        for category in when.category.iter().chain(&when.not_category) {
            let mut known = self.regulation.category.iter();
            let known = known.any(|known| known.key.get_ref().starts_with(category.as_str()));
            self.need(entry, known, &format!("there is no category \"{category}\""));
        }
        for severity in &when.severity {
            self.severity(entry, severity);
        }
        for role in &when.receiver {
            self.party(entry, role);
        }
        for (key, value) in &when.choice {
            let choice = self.regulation.choice.iter().find(|choice| choice.key.get_ref() == key);
            let known = choice
                .is_some_and(|choice| choice.options.iter().any(|option| option.key == *value));
            self.need(entry, known, &format!("there is no choice {key} = \"{value}\""));
        }
    }

    fn severity(&mut self, entry: &dyn Cited, key: &str) {
        let known = self.regulation.severity.iter().any(|known| known.key.get_ref() == key);
        self.need(entry, known, &format!("there is no severity \"{key}\""));
    }

    fn blank(&mut self, entry: &dyn Cited, key: &str) {
        let known = self.regulation.blank.iter().any(|blank| blank.key.get_ref() == key);
        self.need(entry, known, &format!("there is no blank \"{key}\""));
    }

    fn party(&mut self, entry: &dyn Cited, key: &str) {
        let known = Party::from_key(key).is_some();
        self.need(entry, known, &format!("there is no role \"{key}\""));
    }

    fn known(&mut self, entry: &dyn Cited, what: &str, key: &str, known: &[&str]) {
        let message = format!("there is no {what} \"{key}\"; known: {}", known.join(", "));
        self.need(entry, known.contains(&key), &message);
    }

    fn need(&mut self, entry: &dyn Cited, holds: bool, message: &str) {
        if !holds {
            self.problems.push(Problem {
                line: line_of(self.text, entry.key().span().start),
                clause: Some(entry.clause().to_owned()),
                message: message.to_owned(),
            });
        }
    }
}

fn is_open_time(text: &str) -> bool {
    const DAYS: &[&str] = &["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let time = |text: &str| chrono::NaiveTime::parse_from_str(text, "%H:%M").ok();
    let Some((day, times)) = text.split_once(' ') else { return false };
    let Some((from, to)) = times.split_once('-') else { return false };
    DAYS.contains(&day) && matches!((time(from), time(to)), (Some(from), Some(to)) if from < to)
}
