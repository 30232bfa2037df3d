//! What the demonstration has shown: every complaint, every sync, the search, and its claims.

use floorwalk_replica::records::{RelayAddress, SyncReport};
use serde::Serialize;

use crate::demo::scan::Scan;
use crate::table::{Table, bytes};
use crate::text::{Lang, labels, story, words};

/// All that was shown; the object that `--json` prints.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The folder that keeps it all.
    pub dir: String,
    /// The community's id.
    pub community: String,
    /// The relay.
    pub relay: RelayAddress,
    /// The complaints, as their recorders see them in the end.
    pub complaints: Vec<ShownComplaint>,
    /// The syncs that reached the relay.
    pub syncs: Vec<ShownSync>,
    /// Syncs that found the relay switched off.
    pub unreachable: usize,
    /// The search for plaintext.
    pub scan: ShownScan,
    /// What had to hold.
    pub checks: Vec<Check>,
    /// Whether all of it held.
    pub ok: bool,
}

/// A complaint in the end.
#[derive(Debug, Serialize)]
pub struct ShownComplaint {
    /// Its number.
    pub number: String,
    /// Its building.
    pub building: String,
    /// Who recorded it.
    pub recorded_by: String,
    /// How far it has come.
    pub delivery: String,
    /// Where it stands.
    pub stage: String,
}

/// One sync.
#[derive(Debug, Serialize)]
pub struct ShownSync {
    /// Whose.
    pub by: String,
    /// What it did.
    #[serde(flatten)]
    pub report: SyncReport,
}

/// The search at the relay, and the same search where the words are.
#[derive(Debug, Default, Serialize)]
pub struct ShownScan {
    /// The relay's folder.
    pub relay: Scan,
    /// The office's folder.
    pub office: Scan,
}

/// Something that had to hold.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// What.
    pub what: &'static str,
    /// Whether it did.
    pub ok: bool,
}

impl Report {
    /// The claims that did not hold.
    pub fn failed(&self) -> Vec<String> {
        let failed = self.checks.iter().filter(|check| !check.ok);
        failed.map(|check| check.what.to_owned()).collect()
    }

    /// The table of complaints.
    pub fn complaint_lines(&self, lang: Lang) -> String {
        let heading =
            [words::NUMBER, words::BUILDING, story::RECORDED_BY, words::DELIVERY, words::STAGE];
        let mut table = Table::new(&heading.map(|text| text.of(lang)));
        for complaint in &self.complaints {
            table.row([
                complaint.number.clone(),
                complaint.building.clone(),
                complaint.recorded_by.clone(),
                labels::delivery(&complaint.delivery, lang),
                labels::stage(&complaint.stage, lang),
            ]);
        }
        table.lines()
    }

    /// The table of syncs.
    pub fn sync_lines(&self, lang: Lang) -> String {
        let heading = [
            story::WHO,
            story::ROUND_TRIPS,
            story::SENT,
            story::RECEIVED,
            story::PARCELS,
            story::CARDS,
        ];
        let mut table = Table::new(&heading.map(|text| text.of(lang)));
        for ShownSync { by, report } in &self.syncs {
            table.row([
                by.clone(),
                report.round_trips.to_string(),
                bytes(report.bytes_sent),
                bytes(report.bytes_received),
                format!("↑{} ↓{}", report.parcels_sent, report.parcels_received),
                format!("↑{} ↓{}", report.blobs_sent, report.blobs_received),
            ]);
        }
        table.lines()
    }

    /// What the search has shown.
    pub fn scan_lines(&self, lang: Lang) -> String {
        let ShownScan { relay, office } = &self.scan;
        let at_relay = story::SCAN_RELAY
            .fill(lang, &[&relay.phrases, &relay.bytes, &relay.files, &relay.found]);
        let at_office = story::SCAN_OFFICE
            .fill(lang, &[&office.bytes, &office.files, &office.found, &office.phrases]);
        format!("{at_relay}\n{at_office}")
    }
}
