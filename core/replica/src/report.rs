//! Reports over the complaints received in a time: statistics, and the complaints themselves.
//!
//! Every document is loaded and evaluated under the adoption that it was received under; targets
//! and periodic reports are those of the present one.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate};
use floorwalk_complaint::Stage;
use floorwalk_regulation::data::{Cited, Frequency};
use floorwalk_regulation::settings::Decided;
use floorwalk_regulation::{Period, statistics};
use floorwalk_store::{ComplaintQuery, Tx};

use crate::clock;
use crate::complaints::Viewer;
use crate::error::{Error, ErrorCode, Result};
use crate::records::{ComplaintDetail, KpiReport, PeriodicCounts, PeriodicReport};
use crate::rules::Rules;
use crate::state::Identity;

/// The complaints received from the first day to the last, both included, in the order of
/// receipt. `progress` hears how many of how many documents have been looked at.
pub(crate) fn received_between(
    tx: &Tx<'_>,
    identity: &Identity,
    (from, to): (&str, &str),
    progress: &dyn Fn(u64, u64),
) -> Result<Vec<ComplaintDetail>> {
    let (from, to) = (day(from)?, day(to)?);
    let zone =
        Rules::of(tx, identity)?.adopted(None).map_or(clock::DEFAULT_ZONE, |a| a.decided.zone);
    let listed = tx.complaints(&ComplaintQuery::default())?;
    let total = listed.len() as u64;
    let mut found = Vec::new();
    let viewer = Viewer::new(tx, identity)?;
    for (done, listed) in (1..).zip(&listed) {
        let detail = viewer.show(&listed.record.document)?;
        let received = DateTime::parse_from_rfc3339(&detail.received_at);
        let received = received.map(|at| at.with_timezone(&zone));
        if received.is_ok_and(|at| from <= at.date_naive() && at.date_naive() <= to) {
            found.push((received.ok(), detail));
        }
        progress(done, total);
    }
    found.sort_by(|a, b| (a.0, &a.1.number).cmp(&(b.0, &b.1.number)));
    Ok(found.into_iter().map(|(_, detail)| detail).collect())
}

/// The statistic of the complaints received from the first day to the last.
pub(crate) fn kpi(
    tx: &Tx<'_>,
    identity: &Identity,
    days: (&str, &str),
    progress: &dyn Fn(u64, u64),
) -> Result<KpiReport> {
    let details = received_between(tx, identity, days, progress)?;
    report(tx, identity, days, &details)
}

/// The report that the present regulation wants for the period that a day lies in.
///
/// # Errors
/// [`ErrorCode::NoPeriodicReport`] where it wants none, or leaves open how often.
pub(crate) fn periodic(
    tx: &Tx<'_>,
    identity: &Identity,
    date: &str,
    progress: &dyn Fn(u64, u64),
) -> Result<PeriodicReport> {
    let date = day(date)?;
    let rules = Rules::of(tx, identity)?;
    let adopted = rules.present()?;
    let none = || Error::about(ErrorCode::NoPeriodicReport, &adopted.regulation.id);
    let wanted = adopted.regulation.report.iter();
    let (entry, (from, to)) = wanted
        .filter_map(|entry| {
            Some((entry, bounds(entry.every, entry.blank.as_deref(), date, &adopted.decided)?))
        })
        .next()
        .ok_or_else(none)?;
    let (from, to) = (from.to_string(), to.to_string());
    let complaints = received_between(tx, identity, (&from, &to), progress)?;
    let counts = PeriodicCounts {
        rule: entry.rule().map(str::to_owned),
        clause: adopted.regulation.cite(entry),
        title: entry.zh.clone(),
        title_en: entry.en.clone(),
        published: entry.published,
        statistic: report(tx, identity, (&from, &to), &complaints)?,
    };
    Ok(PeriodicReport { counts, complaints })
}

fn report(
    tx: &Tx<'_>,
    identity: &Identity,
    (from, to): (&str, &str),
    details: &[ComplaintDetail],
) -> Result<KpiReport> {
    let rules = Rules::of(tx, identity)?;
    let regulation = &rules.present()?.regulation;
    let counted = details.iter().map(|detail| {
        let field = |key: &str| detail.fields.get(key).map(String::as_str);
        statistics::Counted {
            building: &detail.building,
            channel: field("channel"),
            category: field("category"),
            severity: field("severity"),
            stage: detail.stage.parse().unwrap_or(Stage::Received),
            duties: &detail.duties,
            satisfied: detail.satisfied(),
        }
    });
    Ok(KpiReport {
        from: from.to_owned(),
        to: to.to_owned(),
        regulation: regulation.id.clone(),
        title: regulation.title.clone(),
        title_en: regulation.title_en.clone(),
        statistic: statistics::count(regulation, counted),
    })
}

fn day(text: &str) -> Result<NaiveDate> {
    text.parse().map_err(|_| Error::about(ErrorCode::BadDay, text))
}

/// The first and the last day of the period that a day lies in. A regular period of days begins
/// anew on the 1st of January.
fn bounds(
    every: Frequency,
    blank: Option<&str>,
    date: NaiveDate,
    decided: &Decided,
) -> Option<(NaiveDate, NaiveDate)> {
    let month = date.with_day(1)?;
    let months = |first: NaiveDate, count: u32| {
        let last = first.checked_add_months(Months::new(count))?.pred_opt()?;
        Some((first, last))
    };
    match every {
        Frequency::HalfMonth if date.day() <= 15 => Some((month, month.with_day(15)?)),
        Frequency::HalfMonth => Some((month.with_day(16)?, months(month, 1)?.1)),
        Frequency::Quarter => months(month.with_month0(date.month0() / 3 * 3)?, 3),
        Frequency::Regular => match decided.blank(blank?)? {
            Period::Months(count) if *count <= 12 => {
                months(month.with_month0(date.month0() / count * count)?, *count)
            }
            Period::Days(count) => {
                let first = date.ordinal0() / count * count;
                let first = NaiveDate::from_yo_opt(date.year(), first + 1)?;
                let last = first.checked_add_days(Days::new(u64::from(*count) - 1))?;
                Some((first, last))
            }
            _ => months(month, 1),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use floorwalk_regulation::{Settings, catalogue};

    use super::*;

    #[test]
    fn half_months_and_quarters_cover_the_year() {
        let decided = Settings::default().decide(catalogue::find("hanjiang-oc").unwrap()).unwrap();
        let bounds = |every, date: &str| {
            let (from, to) = super::bounds(every, None, date.parse().unwrap(), &decided).unwrap();
            format!("{from}..{to}")
        };
        assert_eq!(bounds(Frequency::HalfMonth, "2026-02-15"), "2026-02-01..2026-02-15");
        assert_eq!(bounds(Frequency::HalfMonth, "2026-02-16"), "2026-02-16..2026-02-28");
        assert_eq!(bounds(Frequency::Quarter, "2026-05-31"), "2026-04-01..2026-06-30");
        assert_eq!(bounds(Frequency::Quarter, "2026-12-01"), "2026-10-01..2026-12-31");
    }
}
