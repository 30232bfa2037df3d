//! The main job, live: two reps and an inspector record without signal, the office answers.
//!
//! Five real parts in one process: a relay with TLS, and four replicas that share nothing else.
//! The story is for people; what it claims is checked as it goes, and the end says whether all of
//! it held.

mod parties;
mod relay;
mod report;
mod sample;
mod scan;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use floorwalk_replica::records::{ComplaintRow, ListQuery};
use floorwalk_replica::{Error, ErrorCode, Replica};

use crate::cli::care::DemoArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::text::{Lang, Text, errors, labels, story};
use parties::{Parties, Party};
use relay::SwitchedRelay;
use report::{Check, Report, ShownComplaint, ShownScan, ShownSync};
use sample::{BUILDINGS, COMMUNITY, Recorder, SAMPLES, Sample};

/// The office's printout, in its own folder.
const PRINTOUT: &str = "printout.jsonl";

/// `demo`
///
/// # Errors
///
/// [`Failure::DemoProof`] when something did not hold; the report is printed all the same.
pub async fn run(args: DemoArgs, out: &Output) -> Outcome {
    let dir = make_folder(args.dir)?;
    let mut relay = SwitchedRelay::start(&dir.join("relay")).await?;
    let mut told = Telling::new(out);
    told.line(&story::FOLDER, &[&dir.display()])?;

    told.scene(&story::SCENE_FOUND)?;
    told.line(&story::RELAY_UP, &[&relay.address().url])?;
    let (parties, community) = Parties::gather(&dir, &relay).await?;
    told.line(&story::FOUNDED, &[&COMMUNITY, &BUILDINGS[0], &BUILDINGS[1]])?;
    told.line(&story::INVITED, &[])?;

    told.scene(&story::SCENE_OFFLINE)?;
    relay.off().await;
    told.record_offline(&parties).await?;

    told.scene(&story::SCENE_BACK)?;
    relay.on().await?;
    told.send_all(&parties).await?;

    told.scene(&story::SCENE_OFFICE)?;
    told.office_answers(&parties).await?;

    told.scene(&story::SCENE_SEEN)?;
    told.reps_see(&parties).await?;
    told.others_do_not_see(&parties)?;

    // Stopped, the relay has written everything that it will ever have.
    relay.off().await;
    let scan = told.search(&dir, &parties)?;
    let ok = told.checks.iter().all(|check| check.ok);
    let report = Report {
        dir: dir.display().to_string(),
        community,
        relay: relay.address().clone(),
        complaints: told.complaints,
        syncs: told.syncs,
        unreachable: told.unreachable,
        scan,
        checks: told.checks,
        ok,
    };
    out.answer(&report, || ending(&report, out.lang()))?;
    if report.ok { Ok(Exit::Done) } else { Err(Failure::DemoProof(report.failed())) }
}

/// The story as it is told, and what it has shown so far.
struct Telling<'a> {
    out: &'a Output,
    lang: Lang,
    numbers: Vec<(&'static Sample, String)>,
    complaints: Vec<ShownComplaint>,
    syncs: Vec<ShownSync>,
    unreachable: usize,
    checks: Vec<Check>,
}

impl<'a> Telling<'a> {
    fn new(out: &'a Output) -> Self {
        Self {
            out,
            lang: out.lang(),
            numbers: Vec::new(),
            complaints: Vec::new(),
            syncs: Vec::new(),
            unreachable: 0,
            checks: Vec::new(),
        }
    }

    fn scene(&self, text: &Text) -> Result<(), Failure> {
        self.out.say(&format!("\n{}", text.of(self.lang)))
    }

    fn line(&self, text: &Text, values: &[&dyn std::fmt::Display]) -> Result<(), Failure> {
        self.out.say(&format!("  {}", text.fill(self.lang, values)))
    }

    /// A claim that is made many times is listed once, and holds if it always held.
    fn check(&mut self, what: &'static str, ok: bool) {
        match self.checks.iter_mut().find(|check| check.what == what) {
            Some(known) => known.ok &= ok,
            None => self.checks.push(Check { what, ok }),
        }
    }

    async fn sync(&mut self, party: &Party) -> Result<(), Failure> {
        let report = party.replica.sync_once(|_| {}).await?;
        self.check("the relay keeps its promises about order", report.chain_ok);
        self.check("nothing is quarantined", report.quarantined == 0);
        self.syncs.push(ShownSync { by: party.name.of(self.lang).to_owned(), report });
        Ok(())
    }

    async fn record_offline(&mut self, parties: &Parties) -> Result<(), Failure> {
        for sample in &SAMPLES {
            let new = sample.complaint();
            let recorded = parties.recorder(sample.by).replica.record(&new)?;
            let by = sample.by.name_in(self.lang);
            let values: [&dyn std::fmt::Display; 5] =
                [&by, &recorded.number, &new.building, &new.room, &new.text];
            self.line(&story::RECORDS, &values)?;
            self.numbers.push((sample, recorded.number));
        }
        for (by, party) in parties.recorders() {
            let refused = party.replica.sync_once(|_| {}).await.err();
            let unreachable =
                refused.as_ref().is_some_and(|e| e.code == ErrorCode::RelayUnreachable);
            self.check("without signal a sync says that the relay can't be reached", unreachable);
            self.unreachable += usize::from(unreachable);
            let unsent = party.replica.status()?.unsent.complaints;
            let mine = self.numbers.iter().filter(|(sample, _)| sample.by == by).count();
            let kept = list(&party.replica)?;
            let all_saved = kept.values().all(|row| row.delivery == "saved");
            let complete = kept.len() == mine && unsent == mine as u64;
            self.check("without signal everything is saved on the device", all_saved && complete);
            let refused = refused.map(|error| errors::message(&error, self.lang));
            let step = labels::delivery("saved", self.lang);
            let (name, refused) = (by.name_in(self.lang), refused.unwrap_or_default());
            self.line(&story::TRIED, &[&name, &refused, &unsent, &step])?;
        }
        Ok(())
    }

    async fn send_all(&mut self, parties: &Parties) -> Result<(), Failure> {
        for (by, party) in parties.recorders() {
            self.sync(party).await?;
            let rows = list(&party.replica)?;
            let mine = self.numbers.iter().filter(|(sample, _)| sample.by == by);
            let mine: Vec<_> = mine.filter_map(|(_, number)| rows.get(number)).collect();
            let sent = mine.iter().all(|row| row.delivery == "sent" && !row.unsent);
            let all_sent = sent && party.replica.status()?.unsent.complaints == 0;
            let count = mine.len();
            self.check("with signal everything is sent", all_sent);
            let step = labels::delivery("sent", self.lang);
            self.line(&story::SENT_ALL, &[&by.name_in(self.lang), &count, &step])?;
        }
        Ok(())
    }

    async fn office_answers(&mut self, parties: &Parties) -> Result<(), Failure> {
        let office = &parties.office;
        self.sync(office).await?;
        let rows = list(&office.replica)?;
        let sees_all = self.numbers.iter().all(|(_, number)| rows.contains_key(number));
        self.check("the office sees every complaint", sees_all && rows.len() == SAMPLES.len());
        self.line(&story::OFFICE_SEES, &[&rows.len()])?;
        for (sample, number) in &self.numbers {
            let events = sample.answer.events();
            for event in &events {
                office.replica.act(number, event)?;
            }
            let done: Vec<String> =
                events.iter().map(|event| labels::kind(&event.kind, self.lang)).collect();
            match done.is_empty() {
                true => self.line(&story::OFFICE_WAITS, &[number])?,
                false => self.line(&story::OFFICE_DOES, &[number, &done.join(" → ")])?,
            }
        }
        self.sync(office).await
    }

    async fn reps_see(&mut self, parties: &Parties) -> Result<(), Failure> {
        for (by, party) in parties.recorders() {
            self.sync(party).await?;
            self.line(&story::SEES, &[&by.name_in(self.lang)])?;
            let rows = list(&party.replica)?;
            for (sample, number) in self.numbers.clone() {
                if sample.by == by {
                    self.see(sample, rows.get(&number))?;
                }
            }
        }
        Ok(())
    }

    fn see(&mut self, sample: &Sample, row: Option<&ComplaintRow>) -> Result<(), Failure> {
        let seen = row.map(|row| (row.delivery.as_str(), row.stage.as_str()));
        let as_expected = seen == Some(sample.answer.expected());
        self.check("every recorder sees what the office did", as_expected);
        let Some(row) = row else { return Ok(()) };
        let (delivery, stage) =
            (labels::delivery(&row.delivery, self.lang), labels::stage(&row.stage, self.lang));
        self.out.say(&format!("    {}  {delivery} · {stage}", row.number))?;
        self.complaints.push(ShownComplaint {
            number: row.number.clone(),
            building: row.building.clone(),
            recorded_by: sample.by.name_in(self.lang).to_owned(),
            delivery: row.delivery.clone(),
            stage: row.stage.clone(),
        });
        Ok(())
    }

    /// Each rep asks for a complaint that the other has.
    fn others_do_not_see(&mut self, parties: &Parties) -> Result<(), Failure> {
        let pairs = [(Recorder::RepA, Recorder::RepB), (Recorder::RepB, Recorder::RepA)];
        for (by, other) in pairs {
            let Some((sample, number)) = self.numbers.iter().find(|(s, _)| s.by == other) else {
                continue;
            };
            let (foreign, number) = (sample.building, number.clone());
            let mine = &parties.recorder(by).replica;
            let rows = list(mine)?;
            let asked: Option<Error> = mine.show(&number).err();
            let hidden = rows.values().all(|row| row.building != foreign)
                && asked.as_ref().is_some_and(|e| e.code == ErrorCode::UnknownComplaint);
            let shown_to_its_rep = parties.recorder(other).replica.show(&number).is_ok();
            self.check("a rep does not see the other building", hidden && shown_to_its_rep);
            let answer = asked.map(|error| errors::message(&error, self.lang));
            let (name, answer) = (by.name_in(self.lang), answer.unwrap_or_default());
            self.line(&story::NOT_OTHERS, &[&name, &rows.len(), &foreign, &answer])?;
        }
        Ok(())
    }

    /// Looks for everything that was written in what the relay has kept; and, so that the search
    /// itself is tested, in what the office can read.
    fn search(&mut self, dir: &Path, parties: &Parties) -> Result<ShownScan, Failure> {
        let mut phrases: Vec<String> = [COMMUNITY, BUILDINGS[0], BUILDINGS[1]]
            .into_iter()
            .chain(Recorder::ALL.map(|by| by.name().zh))
            .chain(SAMPLES.iter().flat_map(Sample::phrases))
            .map(str::to_owned)
            .collect();
        phrases.extend(self.numbers.iter().map(|(_, number)| number.clone()));
        let office = dir.join("office");
        let unreadable = |folder: &Path| Error::about(ErrorCode::File, folder.display());
        print_out(&parties.office.replica, &office)?;
        let search = |folder: &Path| scan::scan(folder, &phrases).map_err(|_| unreadable(folder));
        let scan = ShownScan { relay: search(&dir.join("relay"))?, office: search(&office)? };
        let holds_something = scan.relay.files > 0 && scan.relay.bytes > 0;
        self.check("the relay's files hold no plaintext", holds_something && scan.relay.found == 0);
        self.check("the same search finds everything at the office", {
            scan.office.found == phrases.len()
        });
        Ok(scan)
    }
}

/// Writes what the office reads into a file of its folder, a line per complaint.
fn print_out(office: &Replica, folder: &Path) -> Result<(), Failure> {
    let file = folder.join(PRINTOUT);
    let failed = || Failure::from(Error::about(ErrorCode::File, file.display()));
    let mut lines = vec![serde_json::to_string(&office.community()?).map_err(|_| failed())?];
    for number in list(office)?.keys() {
        lines.push(serde_json::to_string(&office.show(number)?).map_err(|_| failed())?);
    }
    std::fs::write(&file, lines.join("\n")).map_err(|_| failed())
}

fn list(replica: &Replica) -> Result<BTreeMap<String, ComplaintRow>, Error> {
    let rows = replica.list(&ListQuery::default())?;
    Ok(rows.into_iter().map(|row| (row.number.clone(), row)).collect())
}

fn ending(report: &Report, lang: Lang) -> String {
    let parts = [
        format!("\n{}", story::SCENE_END.of(lang)),
        report.complaint_lines(lang),
        report.sync_lines(lang),
        report.scan_lines(lang),
    ];
    let mut said = parts.join("\n");
    if report.ok {
        let proved = story::PROVED.fill(lang, &[&report.checks.len()]);
        said.extend(["\n", &proved]);
    }
    said
}

/// The folder that was named, if it is new or empty; else a new one that stays.
fn make_folder(named: Option<PathBuf>) -> Result<PathBuf, Failure> {
    let failed = |path: &Path| Failure::from(Error::about(ErrorCode::File, path.display()));
    let Some(dir) = named else {
        let made = tempfile::Builder::new().prefix("floorwalk-demo-").tempdir();
        return Ok(made.map_err(|_| failed(&std::env::temp_dir()))?.keep());
    };
    std::fs::create_dir_all(&dir).map_err(|_| failed(&dir))?;
    let mut entries = std::fs::read_dir(&dir).map_err(|_| failed(&dir))?;
    match entries.next() {
        None => Ok(dir),
        Some(_) => Err(Failure::FolderNotEmpty(dir.display().to_string())),
    }
}
