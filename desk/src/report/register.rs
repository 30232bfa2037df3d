//! The register (登记表): a row for each complaint, the same in every kind of table.

use chrono::NaiveDateTime;
use floorwalk_replica::EventKind;
use floorwalk_replica::records::{CommunityInfo, ComplaintDetail, EventInfo};
use floorwalk_replica::regulation::{Duty, DutyStatus};

use crate::report::facts;
use crate::report::moments::{self, Moments};
use crate::text::{Lang, Text, labels, reports, words};

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Words, or nothing.
    Text(String),
    /// A moment in the community's zone.
    Moment(NaiveDateTime),
}

/// A heading.
#[derive(Debug, Clone)]
pub struct Column {
    /// The words.
    pub label: String,
    /// The width in characters.
    pub width: f64,
}

/// A register.
#[derive(Debug, Clone)]
pub struct Register {
    /// What it is called.
    pub title: String,
    /// Its headings.
    pub columns: Vec<Column>,
    /// Its rows, each with a cell for every heading.
    pub rows: Vec<Vec<Cell>>,
    /// What ends a text that does not fit into a cell.
    pub cut_short: &'static str,
}

/// How wide columns are, in characters.
mod width {
    pub const SHORT: f64 = 8.0;
    pub const WORD: f64 = 12.0;
    pub const MOMENT: f64 = 17.0;
    pub const NUMBER: f64 = 20.0;
    pub const TEXT: f64 = 40.0;
}

impl Register {
    /// The register of complaints, in their order.
    pub fn of(complaints: &[ComplaintDetail], community: &CommunityInfo, lang: Lang) -> Self {
        let writer = Writer { community, moments: Moments::of(community), lang };
        let column = |(label, width)| Column { label, width };
        Self {
            title: reports::SHEET.of(lang).to_owned(),
            columns: columns(lang).into_iter().map(column).collect(),
            rows: complaints.iter().map(|detail| writer.row(detail)).collect(),
            cut_short: reports::CUT_SHORT.of(lang),
        }
    }
}

fn columns(lang: Lang) -> Vec<(String, f64)> {
    let text = |text: &Text| text.of(lang).to_owned();
    let field = |key| labels::field(key, lang);
    vec![
        (text(&words::NUMBER), width::NUMBER),
        (text(&reports::RECEIVED_AT), width::MOMENT),
        (text(&words::BUILDING), width::WORD),
        (text(&words::ROOM), width::SHORT),
        (field("complainant"), width::WORD),
        (field("phone"), width::MOMENT),
        (field("channel"), width::SHORT),
        (field("category"), width::WORD),
        (field("severity"), width::SHORT),
        (field("respondent"), width::WORD),
        (field("text"), width::TEXT),
        (field("demand"), width::TEXT),
        (field("reported_before"), width::TEXT),
        (text(&words::STAGE), width::WORD),
        (text(&reports::RESULT), width::TEXT),
        (text(&reports::ACCEPTED_AT), width::MOMENT),
        (text(&reports::ANSWERED_AT), width::MOMENT),
        (text(&reports::FOLLOWED_UP_AT), width::MOMENT),
        (text(&reports::SATISFIED), width::SHORT),
        (text(&reports::OVERDUE_DUTIES), width::TEXT),
    ]
}

struct Writer<'a> {
    community: &'a CommunityInfo,
    moments: Moments,
    lang: Lang,
}

impl Writer<'_> {
    fn row(&self, detail: &ComplaintDetail) -> Vec<Cell> {
        let lang = self.lang;
        let field = |key| Cell::Text(facts::field(detail, key).to_owned());
        let labelled = |key| Cell::Text(facts::field_words(detail, key, lang));
        let happened = |event: Option<&EventInfo>| {
            event.map_or(Cell::Text(String::new()), |event| self.moment(&event.at))
        };
        let satisfied = detail.satisfied().map(|yes| match yes {
            true => reports::YES.of(lang),
            false => reports::NO.of(lang),
        });
        vec![
            Cell::Text(detail.number.clone()),
            self.moment(&detail.received_at),
            Cell::Text(detail.building.clone()),
            field("room"),
            Cell::Text(facts::complainant(detail, lang)),
            Cell::Text(facts::phone(detail)),
            labelled("channel"),
            Cell::Text(facts::category(detail, self.community, lang)),
            labelled("severity"),
            field("respondent"),
            Cell::Text(detail.narrative.clone()),
            field("demand"),
            field("reported_before"),
            Cell::Text(labels::stage(&detail.stage, lang)),
            Cell::Text(facts::result(detail)),
            happened(facts::first(detail, EventKind::Accepted)),
            happened(facts::last(detail, EventKind::ResultTold)),
            happened(facts::last(detail, EventKind::FollowedUp)),
            Cell::Text(satisfied.unwrap_or_default().to_owned()),
            Cell::Text(self.overdue(detail)),
        ]
    }

    fn moment(&self, rfc3339: &str) -> Cell {
        match self.moments.read(rfc3339) {
            Some(at) => Cell::Moment(at.naive_local()),
            None => Cell::Text(rfc3339.to_owned()),
        }
    }

    /// Duties whose time is or was over, a line each.
    fn overdue(&self, detail: &ComplaintDetail) -> String {
        let late = detail.duties.iter().filter(|duty| duty.status == DutyStatus::Overdue);
        let line = |duty: &Duty| {
            let Duty { rule, due_at, met_at, .. } = duty;
            let due = due_at.as_ref().map(|due| self.moments.deadline(due)).unwrap_or_default();
            let when = match met_at {
                Some(met) => {
                    let met = moments::minute(&met.with_timezone(&self.moments.zone()));
                    reports::DUE_LATE.fill(self.lang, &[&due, &met])
                }
                None => reports::DUE_OPEN.fill(self.lang, &[&due]),
            };
            let rule = rule.as_deref().map(|rule| format!("{rule} ")).unwrap_or_default();
            let label = format!("{rule}{}", facts::duty_label(duty, self.lang));
            facts::labelled(&label, &when, self.lang)
        };
        late.map(line).collect::<Vec<_>>().join("\n")
    }
}
