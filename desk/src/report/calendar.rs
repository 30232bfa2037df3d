//! Open duties as a calendar (RFC 5545).
//!
//! A calendar is handed to programs and services that others run, so it has the complaint's
//! number, its building and the regulation's words, and nothing that a person said or is called.

use chrono::{DateTime, Utc};
use floorwalk_replica::records::{CommunityInfo, ComplaintDetail};
use floorwalk_replica::regulation::{Duty, DutyStatus};
use icalendar::{Calendar, Component, Event, EventLike, Property};

use crate::report::facts;
use crate::report::moments::Moments;
use crate::text::{Lang, labels, reports};

/// Who made the file.
const PRODUCT: &str = "-//Floorwalk//Complaint duties//EN";
/// The calendar's entries have names of this place, so that no other's are the same.
const PLACE: &str = "floorwalk";

/// A calendar that grows complaint by complaint.
#[derive(Debug)]
pub struct Feed<'a> {
    /// Only the duties of this party.
    by: Option<&'a str>,
    moments: Moments,
    lang: Lang,
    name: String,
    /// What they are sorted by, and the entries.
    events: Vec<((DateTime<Utc>, String), Event)>,
}

impl<'a> Feed<'a> {
    /// An empty calendar of a community.
    pub fn new(community: &CommunityInfo, by: Option<&'a str>, lang: Lang) -> Self {
        let name = reports::CALENDAR_NAME.fill(lang, &[&community.name]);
        Self { by, moments: Moments::of(community), lang, name, events: Vec::new() }
    }

    /// Adds the open duties of a complaint that have a due moment.
    pub fn add(&mut self, detail: &ComplaintDetail) {
        for duty in facts::open_duties(detail) {
            let Some(due) = duty.due_at else { continue };
            if self.by.is_none_or(|by| by == duty.by) {
                let event = self.event(detail, duty, due.to_utc());
                self.events.push(((due.to_utc(), uid(detail, duty)), event));
            }
        }
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// The calendar's text, entries in order of their due moments.
    pub fn text(mut self) -> String {
        let mut calendar = Calendar::empty();
        for (key, value) in [("VERSION", "2.0"), ("PRODID", PRODUCT), ("CALSCALE", "GREGORIAN")] {
            calendar.append_property(Property::new(key, value));
        }
        calendar.name(&self.name);
        self.events.sort_by(|a, b| a.0.cmp(&b.0));
        calendar.extend(self.events.into_iter().map(|(_, event)| event));
        calendar.to_string()
    }

    fn event(&self, detail: &ComplaintDetail, duty: &Duty, due: DateTime<Utc>) -> Event {
        let lang = self.lang;
        let mut summary = format!("{} {}", detail.number, facts::duty_label(duty, lang));
        if duty.status == DutyStatus::Overdue {
            summary = reports::CALENDAR_OVERDUE.fill(lang, &[&summary]);
        }
        let mut lines = vec![
            reports::CALENDAR_CLAUSE.fill(lang, &[&duty.clause]),
            reports::CALENDAR_BUILDING.fill(lang, &[&detail.building]),
            reports::CALENDAR_BY.fill(lang, &[&labels::role(&duty.by, lang)]),
        ];
        lines.extend(facts::doubts(duty, lang).map(str::to_owned));
        // It marks a moment and takes no time of anybody's day.
        Event::new()
            .uid(&uid(detail, duty))
            .timestamp(self.moments.now().to_utc())
            .starts(due)
            .summary(&summary)
            .description(&lines.join("\n"))
            .add_property("CLASS", "CONFIDENTIAL")
            .add_property("TRANSP", "TRANSPARENT")
            .done()
    }
}

/// The same for the same duty in every later file; a duty that starts again is another.
fn uid(detail: &ComplaintDetail, duty: &Duty) -> String {
    let start = duty.starts_at.to_utc().format("%Y%m%dT%H%M%SZ");
    format!("{}-{}-{start}@{PLACE}", detail.id, duty.key)
}
