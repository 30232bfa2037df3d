//! How grave a complaint is, and since when: its gradings, and those that a rule makes by itself.
//!
//! The first grading looks back to the beginning: an urgent complaint was urgent when it was
//! received. A later one counts from its own moment, because nobody could act on it before.

use chrono::{DateTime, Utc};
use floorwalk_complaint::EventKind;

use super::View;
use super::duties::{self, Run};
use crate::data::DutyRule;

/// A severity, from a place in the events on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grading {
    /// The severity's key; the default one, if there is one, for an ungraded complaint.
    pub(super) severity: Option<String>,
    /// Holds from the event of this index on.
    pub(super) first: usize,
    /// Since when; none for the first.
    pub(super) since: Option<DateTime<Utc>>,
}

/// The gradings in their order, never empty, and the duties whose being overdue made some of them.
pub(super) fn grade<'a>(view: &View<'a>) -> (Vec<Grading>, Vec<(&'a DutyRule, Vec<Run>)>) {
    let mut gradings = by_people(view);
    let mut running = Vec::new();
    for rule in view.regulation.duty.iter().filter(|rule| rule.regrade.is_some()) {
        let runs = duties::run(view, rule, &gradings);
        for at in runs.iter().filter_map(|run| run.overdue_since(view)) {
            regrade(view, &mut gradings, rule.regrade.as_deref(), at);
        }
        running.push((rule, runs));
    }
    (gradings, running)
}

fn by_people(view: &View<'_>) -> Vec<Grading> {
    let default = view.regulation.severity.iter().find(|severity| severity.default);
    let default = || default.map(|severity| severity.key.get_ref().clone());
    let recorded = view.facts.severity.clone();
    let mut is_graded = recorded.is_some();
    let mut gradings = vec![Grading { severity: recorded.or_else(default), first: 0, since: None }];
    for (index, event) in view.events.iter().enumerate() {
        let given = event.text("severity").filter(|_| event.kind == EventKind::Classified);
        let Some(severity) = given.map(str::to_owned) else { continue };
        match gradings.last_mut() {
            Some(last) if !is_graded => last.severity = Some(severity),
            Some(last) if last.severity.as_deref() == Some(&severity) => (),
            _ => gradings.push(Grading {
                severity: Some(severity),
                first: index,
                since: Some(event.at),
            }),
        }
        is_graded = true;
    }
    gradings
}

/// Puts a grading that a rule makes at a moment among those that people made. One that people
/// make later still counts from then on.
fn regrade(
    view: &View<'_>,
    gradings: &mut Vec<Grading>,
    severity: Option<&str>,
    at: DateTime<Utc>,
) {
    let first = view.events.iter().position(|event| event.at >= at);
    let first = first.unwrap_or(view.events.len());
    let before = gradings.iter().rposition(|grading| grading.first <= first).unwrap_or(0);
    if gradings[before].severity.as_deref() != severity {
        let grading = Grading { severity: severity.map(str::to_owned), first, since: Some(at) };
        gradings.insert(before + 1, grading);
    }
}
