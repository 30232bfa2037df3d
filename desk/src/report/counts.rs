//! A statistic as text: rates are always two counts with the percentage beside them.

use std::collections::BTreeMap;
use std::fmt::Write;

use floorwalk_replica::records::KpiReport;
use floorwalk_replica::regulation::data::Measure;
use floorwalk_replica::regulation::statistics::{Counts, DutyCount, Rate, Target};

use crate::report::facts;
use crate::report::public::OTHERS;
use crate::table::Table;
use crate::text::{Lang, labels, reports, words};

/// The key of those without a value.
const NONE: &str = "-";

/// All of a statistic.
pub fn text(report: &KpiReport, lang: Lang) -> String {
    let title = lang.pick(&report.title, &report.title_en);
    let statistic = &report.statistic;
    let mut said = format!(
        "{}\n{}\n\n",
        reports::RECEIVED_BETWEEN.fill(lang, &[&report.from, &report.to]),
        reports::BY_REGULATION.fill(lang, &[&title, &report.regulation]),
    );
    said.push_str(&totals(&statistic.total, lang));
    let _ = writeln!(said, "{}", reports::OPEN_IN_NO_RATE.of(lang));
    if !statistic.stages.is_empty() {
        let stages = statistic.stages.iter();
        let each = stages.map(|(stage, count)| format!("{} {count}", labels::stage(stage, lang)));
        let each: Vec<String> = each.collect();
        let heading = reports::WHERE_THEY_STAND.of(lang);
        let _ = writeln!(said, "\n{heading}\n{}", each.join(" · "));
    }
    said.push_str(&targets(&statistic.targets, lang));
    said.push_str(&duties(&statistic.duties, lang));
    let parts = [
        (reports::BY_BUILDING, words::BUILDING, &statistic.by_building, "building"),
        (reports::BY_CATEGORY, words::CATEGORY, &statistic.by_category, "category"),
        (reports::BY_CHANNEL, words::CHANNEL, &statistic.by_channel, "channel"),
        (reports::BY_SEVERITY, words::SEVERITY, &statistic.by_severity, "severity"),
    ];
    for (heading, column, counts, field) in parts {
        if !counts.is_empty() {
            let _ = writeln!(said, "\n{}", heading.of(lang));
            let label = |key: &str| key_words(field, key, &report.regulation, lang);
            said.push_str(&breakdown(column.of(lang), counts, label, lang));
        }
    }
    said
}

/// A rate: `3/4 (75.0%)`.
pub fn rate(rate: &Rate) -> String {
    let Rate { numerator, denominator, percent } = rate;
    match percent {
        Some(percent) => format!("{numerator}/{denominator} ({percent:.1}%)"),
        None => format!("{numerator}/{denominator} (–)"),
    }
}

fn totals(total: &Counts, lang: Lang) -> String {
    let rates = [
        (reports::ACCEPTANCE_TIMELINESS, &total.acceptance_timeliness),
        (reports::SATISFACTION, &total.satisfaction),
        (reports::ON_TIME, &total.on_time),
    ];
    let mut table = Table::new(&[reports::TOTAL.of(lang), &total.complaints.to_string()]);
    for (label, reached) in rates {
        table.row([label.of(lang).to_owned(), rate(reached)]);
    }
    table.lines()
}

fn targets(targets: &[Target], lang: Lang) -> String {
    let heading = reports::TARGETS.of(lang);
    if targets.is_empty() {
        return format!("\n{heading}\n{}\n", reports::NO_TARGETS.of(lang));
    }
    let columns =
        [reports::MEASURE, reports::AT_LEAST, reports::REACHED, reports::OUTCOME, reports::CLAUSE];
    let mut table = Table::new(&columns.map(|text| text.of(lang)));
    for target in targets {
        let measure = match target.measure {
            Measure::AcceptanceTimeliness => reports::ACCEPTANCE_TIMELINESS,
            Measure::Satisfaction => reports::SATISFACTION,
        };
        let outcome = match target.met {
            Some(true) => reports::MET,
            Some(false) => reports::NOT_MET,
            None => reports::NOTHING_COUNTED,
        };
        table.row([
            measure.of(lang).to_owned(),
            format!("{}%", target.percent_min),
            rate(&target.reached),
            outcome.of(lang).to_owned(),
            facts::cited(target.rule.as_deref(), &target.clause),
        ]);
    }
    format!("\n{heading}\n{}", table.lines())
}

fn duties(duties: &[DutyCount], lang: Lang) -> String {
    if duties.is_empty() {
        return String::new();
    }
    let columns =
        [reports::DUTY, reports::ON_TIME, reports::OVERDUE_OPEN, reports::PENDING, reports::CLAUSE];
    let mut table = Table::new(&columns.map(|text| text.of(lang)));
    for duty in duties {
        table.row([
            lang.pick(&duty.zh, &duty.en).to_owned(),
            rate(&duty.on_time),
            duty.overdue_open.to_string(),
            duty.pending.to_string(),
            facts::cited(duty.rule.as_deref(), &duty.clause),
        ]);
    }
    format!("\n{}\n{}", words::DUTIES.of(lang), table.lines())
}

fn breakdown(
    column: &str,
    counts: &BTreeMap<String, Counts>,
    label: impl Fn(&str) -> String,
    lang: Lang,
) -> String {
    let rates = [reports::ACCEPTANCE_TIMELINESS, reports::SATISFACTION, reports::ON_TIME];
    let [timely, satisfied, on_time] = rates.map(|text| text.of(lang));
    let heading = [column, reports::COMPLAINTS.of(lang), timely, satisfied, on_time];
    let mut table = Table::new(&heading);
    for (key, counts) in counts {
        table.row([
            label(key),
            counts.complaints.to_string(),
            rate(&counts.acceptance_timeliness),
            rate(&counts.satisfaction),
            rate(&counts.on_time),
        ]);
    }
    table.lines()
}

fn key_words(field: &str, key: &str, regulation: &str, lang: Lang) -> String {
    match (field, key) {
        ("building", _) => key.to_owned(),
        (_, NONE) => reports::NONE_GIVEN.of(lang).to_owned(),
        (_, OTHERS) => reports::OTHERS.of(lang).to_owned(),
        ("category", _) => facts::category_words(key, regulation, lang),
        _ => labels::value(field, key, lang),
    }
}
