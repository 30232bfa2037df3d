//! Counting over many complaints: what was in time, who was content, and what was not done.
//!
//! A rate is always its two counts; the percentage is beside them and never alone. What is still
//! open and in time is in no rate: it can still be either. Nothing here names a person.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use floorwalk_complaint::{EventKind, Stage};
use serde::Serialize;

use crate::data::{Cited, Measure, Regulation};
use crate::evaluate::{Duty, DutyStatus};

/// What is counted of one complaint.
#[derive(Debug, Clone)]
pub struct Counted<'a> {
    /// The building's name.
    pub building: &'a str,
    /// The channel's key.
    pub channel: Option<&'a str>,
    /// The category's key.
    pub category: Option<&'a str>,
    /// The severity's key.
    pub severity: Option<&'a str>,
    /// Where it stands.
    pub stage: Stage,
    /// Its duties.
    pub duties: &'a [Duty],
    /// What the last follow-up that asked found.
    pub satisfied: Option<bool>,
}

/// So many of so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Rate {
    /// How many are so.
    pub numerator: u64,
    /// Of how many.
    pub denominator: u64,
    /// In percent, to a tenth; none of none.
    pub percent: Option<f64>,
}

impl Rate {
    /// So many of so many, with the percentage.
    pub fn of(numerator: u64, denominator: u64) -> Self {
        let tenths = (numerator * 2000).checked_div(denominator).map(|half| half.div_ceil(2));
        Self { numerator, denominator, percent: tenths.map(|tenths| tenths as f64 / 10.0) }
    }

    fn add(&mut self, holds: bool) {
        *self += Self::of(u64::from(holds), 1);
    }
}

impl AddAssign for Rate {
    fn add_assign(&mut self, more: Self) {
        *self = Self::of(self.numerator + more.numerator, self.denominator + more.denominator);
    }
}

/// A rate that the regulation sets a target for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Target {
    /// What it is about.
    pub measure: Measure,
    /// The number of its rule.
    pub rule: Option<String>,
    /// The clause.
    pub clause: String,
    /// At least so many of a hundred.
    pub percent_min: u32,
    /// What was reached.
    pub reached: Rate,
    /// Whether that is enough; none where nothing was counted.
    pub met: Option<bool>,
}

/// How one duty was kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DutyCount {
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
    /// Done in time, of those done or overdue.
    pub on_time: Rate,
    /// Overdue and not done.
    pub overdue_open: u64,
    /// Not done, and still in time or without a date.
    pub pending: u64,
}

/// Counts of a part of the complaints, or of all.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Counts {
    /// How many complaints.
    pub complaints: u64,
    /// Acknowledged in time, of those acknowledged or overdue.
    pub acceptance_timeliness: Rate,
    /// Content, of those that were asked.
    pub satisfaction: Rate,
    /// Duties done in time, of those done or overdue.
    pub on_time: Rate,
}

/// A statistic of a period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statistic {
    /// All complaints.
    pub total: Counts,
    /// How many stand where.
    pub stages: BTreeMap<&'static str, u64>,
    /// The regulation's targets.
    pub targets: Vec<Target>,
    /// Each duty.
    pub duties: Vec<DutyCount>,
    /// By building.
    pub by_building: BTreeMap<String, Counts>,
    /// By category; `-` for those without.
    pub by_category: BTreeMap<String, Counts>,
    /// By channel.
    pub by_channel: BTreeMap<String, Counts>,
    /// By severity.
    pub by_severity: BTreeMap<String, Counts>,
}

/// Counts complaints by a regulation: the present one, whose targets are looked at.
pub fn count<'a>(
    regulation: &Regulation,
    complaints: impl Iterator<Item = Counted<'a>>,
) -> Statistic {
    let mut statistic = Statistic {
        total: Counts::default(),
        stages: BTreeMap::new(),
        targets: Vec::new(),
        duties: Vec::new(),
        by_building: BTreeMap::new(),
        by_category: BTreeMap::new(),
        by_channel: BTreeMap::new(),
        by_severity: BTreeMap::new(),
    };
    for complaint in complaints {
        statistic.total.add(&complaint);
        *statistic.stages.entry(complaint.stage.as_str()).or_default() += 1;
        let keyed = |key: Option<&str>| key.unwrap_or("-").to_owned();
        let building = complaint.building.to_owned();
        statistic.by_building.entry(building).or_default().add(&complaint);
        statistic.by_category.entry(keyed(complaint.category)).or_default().add(&complaint);
        statistic.by_channel.entry(keyed(complaint.channel)).or_default().add(&complaint);
        statistic.by_severity.entry(keyed(complaint.severity)).or_default().add(&complaint);
        for duty in complaint.duties {
            statistic.add_duty(duty);
        }
    }
    statistic.targets = regulation
        .kpi
        .iter()
        .map(|kpi| {
            let reached = match kpi.measure {
                Measure::AcceptanceTimeliness => statistic.total.acceptance_timeliness,
                Measure::Satisfaction => statistic.total.satisfaction,
            };
            let Rate { numerator, denominator, .. } = reached;
            // In whole numbers: a rate just below the target must not be rounded up to it.
            let is_enough = numerator * 100 >= denominator * u64::from(kpi.percent_min);
            Target {
                measure: kpi.measure,
                rule: kpi.rule().map(str::to_owned),
                clause: regulation.cite(kpi),
                percent_min: kpi.percent_min,
                reached,
                met: (denominator > 0).then_some(is_enough),
            }
        })
        .collect();
    statistic
}

impl Counts {
    fn add(&mut self, complaint: &Counted<'_>) {
        self.complaints += 1;
        for duty in complaint.duties {
            let Some(in_time) = was_in_time(duty) else { continue };
            self.on_time.add(in_time);
            if acknowledges(duty) {
                self.acceptance_timeliness.add(in_time);
            }
        }
        if let Some(satisfied) = complaint.satisfied {
            self.satisfaction.add(satisfied);
        }
    }
}

impl AddAssign<&Counts> for Counts {
    fn add_assign(&mut self, more: &Counts) {
        self.complaints += more.complaints;
        self.acceptance_timeliness += more.acceptance_timeliness;
        self.satisfaction += more.satisfaction;
        self.on_time += more.on_time;
    }
}

impl Statistic {
    fn add_duty(&mut self, duty: &Duty) {
        let known = self.duties.iter_mut();
        let same = |count: &&mut DutyCount| count.clause == duty.clause && count.key == duty.key;
        let position = known.enumerate().find_map(|(i, count)| same(&count).then_some(i));
        let position = position.unwrap_or_else(|| {
            self.duties.push(DutyCount {
                key: duty.key.clone(),
                rule: duty.rule.clone(),
                clause: duty.clause.clone(),
                zh: duty.zh.clone(),
                en: duty.en.clone(),
                on_time: Rate::default(),
                overdue_open: 0,
                pending: 0,
            });
            self.duties.len() - 1
        });
        let count = &mut self.duties[position];
        match was_in_time(duty) {
            Some(in_time) => count.on_time.add(in_time),
            None => count.pending += 1,
        }
        count.overdue_open +=
            u64::from(duty.status == DutyStatus::Overdue && duty.met_at.is_none());
    }
}

/// Whether a duty was done in time; none while it is open and not late, or has no date.
fn was_in_time(duty: &Duty) -> Option<bool> {
    match duty.status {
        DutyStatus::Met => duty.due_at.map(|_| true),
        DutyStatus::Overdue => Some(false),
        DutyStatus::Pending | DutyStatus::Extended => None,
    }
}

/// Whether a duty is about taking notice of a complaint.
fn acknowledges(duty: &Duty) -> bool {
    duty.expects.contains(&EventKind::Acknowledged)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::case::Case;
    use crate::catalogue;

    fn answer(acknowledged: Option<&str>) -> crate::evaluate::Answer {
        let acknowledged = acknowledged.map_or(String::new(), |at| {
            format!(r#",{{"kind":"acknowledged","at":"{at}","role":"office"}}"#)
        });
        let text = format!(
            r#"{{"regulation":"office-1wd","complaint":{{"channel":"phone"}},"events":[
                {{"kind":"received","at":"2026-09-08T10:00:00+08:00"}}{acknowledged}],
                "now":"2026-09-09T12:00:00+08:00"}}"#
        );
        Case::parse(&text).unwrap().evaluate()
    }

    fn counted<'a>(duties: &'a [Duty], satisfied: Option<bool>) -> Counted<'a> {
        Counted {
            building: "1",
            channel: Some("phone"),
            category: None,
            severity: None,
            stage: Stage::Received,
            duties,
            satisfied,
        }
    }

    #[test]
    fn open_duties_are_in_no_rate_and_targets_are_not_rounded_up_to() {
        let done = answer(Some("2026-09-08T11:00:00+08:00"));
        let open = answer(None);
        let regulation = catalogue::find("office-1wd").unwrap();
        let four_of_five =
            [true, true, true, true, false].map(|satisfied| counted(&done.duties, Some(satisfied)));
        let all = four_of_five.into_iter().chain([counted(&open.duties, None)]);
        let statistic = count(regulation, all);
        assert_eq!(statistic.total.complaints, 6);
        let acknowledged = statistic.total.acceptance_timeliness;
        assert_eq!((acknowledged.numerator, acknowledged.denominator), (5, 5));
        let satisfied = statistic.total.satisfaction;
        assert_eq!(
            (satisfied.numerator, satisfied.denominator, satisfied.percent),
            (4, 5, Some(80.0))
        );
        let met: Vec<_> =
            statistic.targets.iter().map(|t| (t.rule.clone().unwrap(), t.met)).collect();
        assert_eq!(met, [("N4".to_owned(), Some(true)), ("N5".to_owned(), Some(true))]);
        let duty = statistic.duties.iter().find(|duty| duty.rule.as_deref() == Some("N2")).unwrap();
        assert_eq!((duty.on_time.denominator, duty.pending, duty.overdue_open), (5, 1, 0));
        assert_eq!(statistic.by_category["-"].complaints, 6);
    }

    #[test]
    fn nothing_counted_meets_and_misses_nothing() {
        let regulation = catalogue::find("office-1wd").unwrap();
        let statistic = count(regulation, std::iter::empty());
        assert!(statistic.targets.iter().all(|target| target.met.is_none()));
        assert_eq!(statistic.total.satisfaction.percent, None);
    }

    #[test]
    fn a_percentage_is_rounded_to_a_tenth() {
        let mut rate = Rate::default();
        [true, true, false].into_iter().for_each(|holds| rate.add(holds));
        assert_eq!(rate.percent, Some(66.7));
    }
}
