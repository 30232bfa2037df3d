//! The edition of a periodic report that names nobody: counts, and nothing that a person typed.
//!
//! A category, channel or severity can hold any text, so those that no regulation knows are
//! counted together.

use std::collections::{BTreeMap, BTreeSet};

use floorwalk_replica::records::{PeriodicCounts, PeriodicReport};
use floorwalk_replica::regulation::catalogue;
use floorwalk_replica::regulation::data::{Cited, Regulation};
use floorwalk_replica::regulation::statistics::Counts;
use serde::Serialize;

use crate::text::labels::Vocabulary;

/// The key of what is counted together; no regulation has such a key.
pub const OTHERS: &str = "*";

/// What may be published of a periodic report.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct PublicReport(PeriodicCounts);

impl PublicReport {
    /// What may be published of a report.
    pub fn of(report: &PeriodicReport) -> Self {
        let mut counts = report.counts.clone();
        let parts = &mut counts.statistic.statistic;
        let categories = known(|known| keys(&known.category));
        let mut channels = known(|known| keys(&known.channel));
        channels.extend(Vocabulary::Channel.keys());
        let severities = known(|known| keys(&known.severity));
        parts.by_category = folded(&parts.by_category, &categories);
        parts.by_channel = folded(&parts.by_channel, &channels);
        parts.by_severity = folded(&parts.by_severity, &severities);
        Self(counts)
    }

    /// The counts.
    pub fn counts(&self) -> &PeriodicCounts {
        &self.0
    }
}

fn keys<T: Cited>(entries: &'static [T]) -> Vec<&'static str> {
    entries.iter().map(|entry| entry.key().get_ref().as_str()).collect()
}

/// The keys of one kind, of all regulations: complaints keep the one they were received under.
fn known(of: impl Fn(&'static Regulation) -> Vec<&'static str>) -> BTreeSet<&'static str> {
    catalogue::all().iter().flat_map(of).chain(["-"]).collect()
}

fn folded(
    counts: &BTreeMap<String, Counts>,
    known: &BTreeSet<&'static str>,
) -> BTreeMap<String, Counts> {
    let mut kept: BTreeMap<String, Counts> = BTreeMap::new();
    for (key, counts) in counts {
        let key = if known.contains(key.as_str()) { key } else { OTHERS };
        *kept.entry(key.to_owned()).or_default() += counts;
    }
    kept
}

#[cfg(test)]
mod tests {
    use floorwalk_replica::regulation::statistics::Rate;

    use super::*;

    fn counts(complaints: u64, numerator: u64) -> Counts {
        let satisfaction = Rate { numerator, denominator: complaints, percent: None };
        Counts { complaints, satisfaction, ..Counts::default() }
    }

    #[test]
    fn what_no_regulation_knows_is_counted_together() {
        let given = [("1B", counts(2, 1)), ("王女士家", counts(1, 1)), ("1203", counts(2, 1))];
        let given: BTreeMap<String, Counts> =
            given.into_iter().map(|(key, counts)| (key.to_owned(), counts)).collect();
        let public = folded(&given, &known(|known| keys(&known.category)));
        assert_eq!(public.keys().collect::<Vec<_>>(), [OTHERS, "1B"]);
        assert_eq!(public[OTHERS].complaints, 3);
        let satisfied = public[OTHERS].satisfaction;
        assert_eq!((satisfied.numerator, satisfied.denominator), (2, 3));
        assert_eq!(satisfied.percent, Some(66.7));
        assert_eq!(public["1B"].satisfaction.percent, Some(50.0));
    }
}
