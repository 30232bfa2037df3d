//! Running a duty over the events: when it began, was fulfilled, moved, or fell away.
//!
//! Each starting event begins the duty anew unless it runs already: repeating oneself does not
//! set a clock back. A withdrawal, a refusal, and for what follows a resolution a reopening, end
//! a duty that was still in time; one that was late by then stays late.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use floorwalk_complaint::EventKind;

use super::grading::Grading;
use super::{Duty, DutyStatus, Escalation, Happening, Refusal, View};
use crate::data::{DutyRule, Extension, LimitUse};
use crate::period::{Due, Period, end_of};

/// One run of a duty.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    /// The event that began it.
    start: usize,
    starts_at: DateTime<Utc>,
    /// The event that fulfilled it.
    met: Option<usize>,
    due: Option<Due>,
    extended: bool,
    /// The events of this index and later do not move it.
    end: usize,
    /// Whether it can still be done.
    open: bool,
}

/// A part of the events in which a duty applies: from the first index until before the last.
struct Window {
    first: usize,
    since: Option<DateTime<Utc>>,
    last: usize,
    until: Option<DateTime<Utc>>,
}

/// All runs of a duty, in their order.
pub(super) fn run(view: &View<'_>, rule: &DutyRule, gradings: &[Grading]) -> Vec<Run> {
    if !view.applies(&rule.when) {
        return Vec::new();
    }
    windows(view, rule, gradings).iter().flat_map(|window| in_window(view, rule, window)).collect()
}

fn windows(view: &View<'_>, rule: &DutyRule, gradings: &[Grading]) -> Vec<Window> {
    let all = view.events.len();
    let severities = &rule.when.severity;
    let fits = |grading: &Grading| {
        severities.is_empty() || grading.severity.as_ref().is_some_and(|s| severities.contains(s))
    };
    let mut windows: Vec<Window> = Vec::new();
    let mut inside = false;
    for grading in gradings {
        match (inside, fits(grading)) {
            (false, true) => windows.push(Window {
                first: grading.first,
                since: grading.since,
                last: all,
                until: None,
            }),
            (true, false) => {
                if let Some(window) = windows.last_mut() {
                    (window.last, window.until) = (grading.first, grading.since);
                }
            }
            _ => (),
        }
        inside = fits(grading);
    }
    windows
}

fn in_window(view: &View<'_>, rule: &DutyRule, window: &Window) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut open: Option<Run> = None;
    // A start before the window that nothing has answered: it begins to count with the window.
    let mut earlier: Option<usize> = None;
    // It ran when the complaint was refused or withdrawn: a reopening begins it again.
    let mut broken_off = false;
    for index in 0..=window.last {
        if index == window.first
            && let Some(start) = earlier.take()
        {
            open = Some(begin(view, rule, start, window));
        }
        if index == window.last {
            break;
        }
        let event = view.events[index];
        if fulfils(rule, event) {
            earlier = None;
            if let Some(mut run) = open.take() {
                run.met = Some(index);
                runs.push(run);
            }
        } else if ends(rule, event) {
            earlier = None;
            broken_off =
                open.is_some() && matches!(event.kind, EventKind::Withdrawn | EventKind::Declined);
            runs.extend(open.take().and_then(|run| fall_away(view, run, index, event.at)));
        }
        let resumes = event.kind == EventKind::Reopened && std::mem::take(&mut broken_off);
        if resumes || starts(rule, event) {
            if index < window.first {
                earlier = Some(index);
            } else if open.is_none()
                || open.as_ref().is_some_and(|run| is_dated_by(view, rule, run, event))
            {
                open = Some(begin(view, rule, index, window));
                let before = rule.early.then(|| done_before(view, rule, index)).flatten();
                if let (Some(before), Some(mut run)) = (before, open.take_if(|_| before.is_some()))
                {
                    run.met = Some(before);
                    runs.push(run);
                }
            }
        }
    }
    match window.until {
        Some(until) => {
            let late = open.and_then(|run| fall_away(view, run, window.last, until));
            // What was late when the severity changed can still be done, late.
            runs.extend(late.map(|run| done_later(view, rule, run, window.last)));
        }
        None => runs.extend(open),
    }
    runs.iter_mut().for_each(|run| run.extend(view, rule));
    runs
}

/// Whether an event gives a run that has no date yet the date that it was to be done by.
fn is_dated_by(view: &View<'_>, rule: &DutyRule, run: &Run, event: &Happening) -> bool {
    let sets_date = || event.text("until").and_then(|text| moment(text, view.decided.zone));
    rule.within == Some(Period::Set) && run.due.is_none() && sets_date().is_some()
}

fn done_later(view: &View<'_>, rule: &DutyRule, mut run: Run, from: usize) -> Run {
    let later = view.events[from..].iter();
    run.met = later.enumerate().find_map(|(i, event)| fulfils(rule, event).then_some(from + i));
    run.open = run.met.is_none();
    run
}

fn starts(rule: &DutyRule, event: &Happening) -> bool {
    rule.from.iter().any(|trigger| trigger.fits(&event.kind, &event.set))
}

fn done_before(view: &View<'_>, rule: &DutyRule, index: usize) -> Option<usize> {
    view.events[..index].iter().rposition(|event| fulfils(rule, event))
}

fn fulfils(rule: &DutyRule, event: &Happening) -> bool {
    rule.expects.iter().any(|trigger| trigger.may_fit(&event.kind, &event.set))
}

/// Whether an event ends a duty without fulfilling it.
fn ends(rule: &DutyRule, event: &Happening) -> bool {
    use EventKind as K;
    let follows_resolution = |kind: &K| matches!(kind, K::Resolved | K::ResultTold | K::Remedied);
    match event.kind {
        K::Withdrawn | K::Declined => true,
        // What was planned does not hold, and with it the date that it set.
        K::PlanRejected => rule.within == Some(Period::Set),
        K::Reopened => rule.from.iter().all(|trigger| follows_resolution(&trigger.kind)),
        _ => false,
    }
}

/// A run that ends unfulfilled: gone if it was in time, kept if it was late.
fn fall_away(view: &View<'_>, mut run: Run, end: usize, at: DateTime<Utc>) -> Option<Run> {
    run.end = end.min(view.events.len());
    run.open = false;
    run.due.is_some_and(|due| due.at <= at).then_some(run)
}

fn begin(view: &View<'_>, rule: &DutyRule, start: usize, window: &Window) -> Run {
    let event = view.events[start];
    let starts_at = window.since.map_or(event.at, |since| since.max(event.at));
    let due = base_due(view, rule, event, starts_at);
    Run { start, starts_at, met: None, due, extended: false, end: view.events.len(), open: true }
}

fn base_due(
    view: &View<'_>,
    rule: &DutyRule,
    event: &Happening,
    starts_at: DateTime<Utc>,
) -> Option<Due> {
    let decided = view.decided;
    let sure = |at| Due { at, provisional: false };
    let own = match rule.within.as_ref()? {
        Period::Set => moment(event.text("until")?, decided.zone).map(sure),
        Period::Blank(key) => decided.blank(key)?.due(starts_at, decided.zone, &decided.calendar),
        period => period.due(starts_at, decided.zone, &decided.calendar),
    };
    let limit = rule.limit_field.as_deref().and_then(|field| view.field(field));
    let limit = limit.and_then(|text| moment(text, decided.zone)).map(sure);
    match (own, limit, rule.limit) {
        (_, Some(limit), Some(LimitUse::Overrides)) => Some(limit),
        (Some(own), Some(limit), _) => Some(if limit.at < own.at { limit } else { own }),
        (own, limit, _) => own.or(limit),
    }
}

/// A moment as people set it: RFC 3339, a local time, or a day, which ends at 24:00.
pub(super) fn moment(text: &str, zone: Tz) -> Option<DateTime<Tz>> {
    let text = text.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.with_timezone(&zone));
    }
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(end_of(day, zone));
    }
    let formats = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"];
    let local = formats.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    zone.from_local_datetime(&local?).earliest()
}

impl Run {
    /// Moves the due moment by the extensions that count.
    fn extend(&mut self, view: &View<'_>, rule: &DutyRule) {
        let end = self.met.unwrap_or(self.end);
        for index in self.start + 1..end.max(self.start + 1) {
            let event = view.events[index];
            if let Some(due) = self.due
                && names(view, rule, event)
                && let Ok(at) = new_due(view, event, due)
                // One that names no duty can be meant for another: it only lengthens.
                && (at > due.at || event.text("rule").is_some())
            {
                self.extended |= at > due.at;
                self.due = Some(Due { at, provisional: false });
            }
        }
    }

    fn status(&self, view: &View<'_>) -> DutyStatus {
        let Some(due) = self.due else {
            return if self.met.is_some() { DutyStatus::Met } else { DutyStatus::Pending };
        };
        // What is due at once can only be done at once: its own moment is in time.
        let is_late = |at: DateTime<Utc>| {
            if due.at == self.starts_at { at > due.at } else { at >= due.at }
        };
        match self.met {
            Some(met) if is_late(view.events[met].at) => DutyStatus::Overdue,
            Some(_) => DutyStatus::Met,
            None if is_late(view.now) => DutyStatus::Overdue,
            None if self.extended => DutyStatus::Extended,
            None => DutyStatus::Pending,
        }
    }

    /// Since when it is, or was, overdue.
    pub(super) fn overdue_since(&self, view: &View<'_>) -> Option<DateTime<Utc>> {
        let overdue = self.status(view) == DutyStatus::Overdue;
        self.due.filter(|_| overdue).map(|due| due.at.to_utc())
    }

    pub(super) fn escalation(&self, view: &View<'_>, rule: &DutyRule) -> Option<Escalation> {
        Some(Escalation {
            rule: rule.rule.clone(),
            clause: view.regulation.cite(rule),
            to: rule.overdue_to.clone()?,
            at: self.overdue_since(view)?.with_timezone(&view.decided.zone),
        })
    }

    pub(super) fn shown(&self, view: &View<'_>, rule: &DutyRule) -> Duty {
        let zone = &view.decided.zone;
        let by = match rule.by.as_str() {
            "receiver" => view.receiver().map_or("building_rep", |party| party.as_str()),
            role => role,
        };
        let met = self.met.map(|met| view.events[met]);
        let doubtful = met.is_some_and(|event| event.doubtful);
        Duty {
            key: rule.key.get_ref().clone(),
            rule: rule.rule.clone(),
            clause: view.regulation.cite(rule),
            zh: rule.zh.clone(),
            en: rule.en.clone(),
            expects: rule.expects.iter().map(|trigger| trigger.kind.clone()).collect(),
            by: by.to_owned(),
            starts_at: self.starts_at.with_timezone(zone),
            due_at: self.due.map(|due| due.at),
            status: self.status(view),
            met_at: met.map(|event| event.at.with_timezone(zone)),
            open: self.open && met.is_none(),
            provisional: self.due.is_some_and(|due| due.provisional),
            uncertain: doubtful || view.events[self.start].doubtful,
        }
    }
}

/// Whether an extension is about a duty: by its number, its key, or naming none.
fn names(view: &View<'_>, rule: &DutyRule, event: &Happening) -> bool {
    let extended = |extension: &Extension| extension.extends.contains(rule.key.get_ref());
    event.kind == EventKind::Extended
        && view.regulation.extension.iter().any(extended)
        && event.text("rule").is_none_or(|name| is_named(rule, name))
}

fn is_named(rule: &DutyRule, name: &str) -> bool {
    rule.rule.as_deref() == Some(name) || rule.key.get_ref() == name || rule.clause == name
}

/// The moment to which an extension moves a duty's due moment, or why it does not.
fn new_due(
    view: &View<'_>,
    event: &Happening,
    due: Due,
) -> Result<DateTime<Tz>, [&'static str; 2]> {
    let until = event.text("until").and_then(|text| moment(text, view.decided.zone));
    let Some(until) = until else {
        return Err(["it sets no readable date", "没有写明延至何时"]);
    };
    if until <= due.at {
        return Ok(until);
    }
    if event.text("reason").is_none() {
        return Err(["it gives no reason", "没有说明理由"]);
    }
    if event.at >= due.at {
        return Err(["it was told after the limit", "在原时限届满后才告知"]);
    }
    Ok(until)
}

/// Extensions that moved nothing, with the reason.
pub(super) fn extensions_without_effect(view: &View<'_>, gradings: &[Grading]) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for (index, event) in view.events.iter().enumerate() {
        if event.kind != EventKind::Extended {
            continue;
        }
        let why = match view.regulation.extension.first() {
            None => Err(["this regulation provides for no extension", "本制度未规定可以延期"]),
            Some(_) => had_effect(view, gradings, index),
        };
        let Err([reason, reason_zh]) = why else { continue };
        let clause = match view.regulation.extension.first() {
            Some(extension) => view.regulation.cite(extension),
            None => view.regulation.source.clone(),
        };
        refusals.push(Refusal {
            clause,
            reason: format!("the extension does not count: {reason}"),
            reason_zh: format!("延期无效：{reason_zh}"),
            forbids: Some(EventKind::Extended),
        });
    }
    refusals
}

fn had_effect(
    view: &View<'_>,
    gradings: &[Grading],
    index: usize,
) -> Result<(), [&'static str; 2]> {
    let event = view.events[index];
    let extendable = |rule: &&DutyRule| {
        view.regulation.extension.iter().any(|e| e.extends.contains(rule.key.get_ref()))
    };
    let mut rules = view.regulation.duty.iter().filter(extendable).peekable();
    if rules.peek().is_none() {
        // The regulation wants the delay explained; it sets no limit that could move.
        return Ok(());
    }
    let mut why = None;
    let mut named = rules.filter(|rule| names(view, rule, event)).peekable();
    if named.peek().is_none() {
        return Err(["it names no duty that can be extended", "所指事项不能延期"]);
    }
    for rule in named {
        // As it stood before: the extension itself and later ones do not help it.
        let before = View { events: view.events[..index].to_vec(), ..*view };
        let open = run(&before, rule, gradings).into_iter().rev().find(|run| run.met.is_none());
        let Some(due) = open.and_then(|run| run.due) else { continue };
        match new_due(view, event, due) {
            Ok(_) => return Ok(()),
            Err(reason) => why = Some(reason),
        }
    }
    // Where nothing with a date runs, it is the explanation that the regulation wants.
    why.map_or(Ok(()), Err)
}
