//! The periodic report as text, for members or for everyone.

use std::fmt::Write;

use floorwalk_replica::records::{CommunityInfo, ComplaintDetail, PeriodicCounts, PeriodicReport};

use crate::report::moments::{self, Moments};
use crate::report::public::PublicReport;
use crate::report::{counts, facts};
use crate::table::Table;
use crate::text::{Lang, Text, labels, reports, words};

/// As much of a result as a line of the list shows; the register has all of it.
const RESULT_CHARS_MAX: usize = 40;

/// The edition for members: it lists the complaints and names persons.
pub fn internal(report: &PeriodicReport, community: &CommunityInfo, lang: Lang) -> String {
    let mut said = counted(&report.counts, community, &reports::INTERNAL_EDITION, lang);
    let listed = listed(&report.complaints, community, lang);
    let _ = write!(said, "\n{}\n{listed}", reports::LISTED.of(lang));
    said + &to_fill_in(lang)
}

/// The edition for everyone.
pub fn public(report: &PublicReport, community: &CommunityInfo, lang: Lang) -> String {
    counted(report.counts(), community, &reports::PUBLIC_EDITION, lang) + &to_fill_in(lang)
}

fn counted(
    report: &PeriodicCounts,
    community: &CommunityInfo,
    edition: &Text,
    lang: Lang,
) -> String {
    let title = lang.pick(&report.title, &report.title_en);
    let clause = facts::cited(report.rule.as_deref(), &report.clause);
    let made = moments::minute(&Moments::of(community).now());
    let lines = [
        reports::PERIODIC.of(lang).to_owned(),
        reports::OF_COMMUNITY.fill(lang, &[&community.name]),
        reports::REQUIRED_BY.fill(lang, &[&title, &clause]),
        reports::MADE_AT.fill(lang, &[&made]),
        edition.of(lang).to_owned(),
    ];
    format!("{}\n\n{}", lines.join("\n"), counts::text(&report.statistic, lang))
}

fn listed(complaints: &[ComplaintDetail], community: &CommunityInfo, lang: Lang) -> String {
    if complaints.is_empty() {
        return format!("{}\n", words::NO_COMPLAINTS.of(lang));
    }
    let heading = [
        words::NUMBER.of(lang).to_owned(),
        reports::RECEIVED_AT.of(lang).to_owned(),
        words::BUILDING.of(lang).to_owned(),
        words::ROOM.of(lang).to_owned(),
        labels::field("complainant", lang),
        words::CATEGORY.of(lang).to_owned(),
        words::STAGE.of(lang).to_owned(),
        reports::RESULT.of(lang).to_owned(),
    ];
    let mut table = Table::new(&heading.each_ref().map(String::as_str));
    for detail in complaints {
        table.row([
            detail.number.clone(),
            Moments::of(community).minute(&detail.received_at),
            detail.building.clone(),
            facts::field(detail, "room").to_owned(),
            facts::complainant(detail, lang),
            facts::category(detail, community, lang),
            labels::stage(&detail.stage, lang),
            shortened(&facts::result(detail)),
        ]);
    }
    table.lines()
}

/// A text that leaves room for others in a line.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(RESULT_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What no count tells, and regulations want all the same: causes and measures.
fn to_fill_in(lang: Lang) -> String {
    format!("\n{}\n\n{}\n", reports::CAUSES.of(lang), reports::MEASURES.of(lang))
}
