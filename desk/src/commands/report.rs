//! Reports: statistics and the periodic report, register, forms and calendar as files.
//!
//! What was typed is checked before anything is opened or counted. Words on the screen are in the
//! language of the person; files are for the community, so they are in Chinese unless English is
//! asked for.

use std::path::PathBuf;

use chrono::NaiveDate;
use floorwalk_replica::records::{KpiReport, ListQuery, PeriodicReport};
use floorwalk_replica::regulation::Party;
use floorwalk_replica::{Error, ErrorCode, Replica, Stage};
use serde::Serialize;
use serde_json::json;

use crate::arguments;
use crate::cli::report::{
    Days, DueArgs, FormArgs, KpiArgs, PeriodicArgs, RegisterArgs, ReportCommand,
};
use crate::commands::open;
use crate::failure::{Exit, Failure, Outcome};
use crate::output::Output;
use crate::progress::Progress;
use crate::report::calendar::Feed;
use crate::report::file::{self, Readers};
use crate::report::forms::{self, Matter};
use crate::report::moments::Moments;
use crate::report::public::PublicReport;
use crate::report::register::Register;
use crate::report::{counts, csv, periodic, xlsx};
use crate::text::{Lang, reports};

/// Opens the replica, when what was typed has been checked.
type Opening<'a> = &'a dyn Fn() -> Result<Replica, Failure>;

/// `report …`; `lang` is the language that was asked for, if one was.
pub fn run(
    command: ReportCommand,
    home: impl Fn() -> Result<PathBuf, Failure>,
    lang: Option<Lang>,
    out: &Output,
) -> Outcome {
    let of_files = lang.unwrap_or(Lang::Zh);
    let open: Opening<'_> = &|| open(&home()?);
    match command {
        ReportCommand::Kpi(args) => kpi(open, &args, out),
        ReportCommand::Periodic(args) => periodic(open, &args, of_files, out),
        ReportCommand::Register(args) => register(open, &args, of_files, out),
        ReportCommand::Form(args) => form(open, &args, of_files, out),
        ReportCommand::Due(args) => due(open, &args, of_files, out),
    }
}

fn kpi(open: Opening<'_>, args: &KpiArgs, out: &Output) -> Outcome {
    let (from, to) = days(&args.days)?;
    let replica = open()?;
    let report = {
        let progress = Progress::of_complaints(out);
        replica.kpi(&from, &to, |done, total| progress.looked_at(done, total))?
    };
    out.answer(&report, || counts::text(&report, out.lang()))?;
    Ok(Exit::Done)
}

fn periodic(open: Opening<'_>, args: &PeriodicArgs, of_files: Lang, out: &Output) -> Outcome {
    let ending = args.out.as_deref().map(|out| file::ending(out, &["txt", "json"])).transpose()?;
    let date = args.date.as_deref().map(arguments::day).transpose()?;
    let replica = open()?;
    let community = replica.community()?;
    let date = date.unwrap_or_else(|| Moments::of(&community).now().date_naive());
    let report = {
        let progress = Progress::of_complaints(out);
        let date = date.to_string();
        replica.periodic_report(&date, |done, total| progress.looked_at(done, total))?
    };
    let edition = match args.public {
        true => Edition::Public(Box::new(PublicReport::of(&report))),
        false => Edition::Internal(Box::new(report)),
    };
    let words = |lang| match &edition {
        Edition::Public(report) => periodic::public(report, &community, lang),
        Edition::Internal(report) => periodic::internal(report, &community, lang),
    };
    let (Some(path), Some(ending)) = (&args.out, ending) else {
        out.answer(&edition, || words(out.lang()))?;
        return Ok(Exit::Done);
    };
    let content = match ending {
        "json" => serde_json::to_string_pretty(&edition).map_err(json_failed)? + "\n",
        _ => words(of_files),
    };
    let readers = if args.public { Readers::Anyone } else { Readers::Owner };
    file::replace(path, content.as_bytes(), readers)?;
    let counted = edition.statistic();
    let complaints = counted.statistic.total.complaints;
    let result = json!({
        "from": counted.from,
        "to": counted.to,
        "complaints": complaints,
        "file": path.display().to_string(),
    });
    out.answer(&result, || {
        reports::PERIODIC_WRITTEN.fill(out.lang(), &[&complaints, &path.display()])
    })?;
    Ok(Exit::Done)
}

/// A periodic report for members, or what may be published of it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Edition {
    Internal(Box<PeriodicReport>),
    Public(Box<PublicReport>),
}

impl Edition {
    fn statistic(&self) -> &KpiReport {
        match self {
            Self::Internal(report) => &report.counts.statistic,
            Self::Public(report) => &report.counts().statistic,
        }
    }
}

fn register(open: Opening<'_>, args: &RegisterArgs, of_files: Lang, out: &Output) -> Outcome {
    let ending = file::ending(&args.out, &["csv", "xlsx"])?;
    let (from, to) = days(&args.days)?;
    let replica = open()?;
    let complaints = {
        let progress = Progress::of_complaints(out);
        replica.received_between(&from, &to, |done, total| progress.looked_at(done, total))?
    };
    let register = Register::of(&complaints, &replica.community()?, of_files);
    let unwritable = || Error::about(ErrorCode::File, args.out.display());
    let content = match ending {
        "xlsx" => xlsx::bytes(&register).map_err(|_| unwritable())?,
        _ => csv::bytes(&register).map_err(|_| unwritable())?,
    };
    file::replace(&args.out, &content, Readers::Owner)?;
    let rows = register.rows.len();
    out.answer(&json!({"rows": rows, "file": args.out.display().to_string()}), || {
        reports::REGISTER_WRITTEN.fill(out.lang(), &[&rows, &args.out.display()])
    })?;
    Ok(Exit::Done)
}

fn form(open: Opening<'_>, args: &FormArgs, of_files: Lang, out: &Output) -> Outcome {
    file::ending(&args.out, &["html"])?;
    let replica = open()?;
    let (detail, community) = (replica.show(&args.number)?, replica.community()?);
    let matter = Matter { detail: &detail, community: &community, lang: of_files };
    file::replace(&args.out, forms::page(matter, args.kind).as_bytes(), Readers::Owner)?;
    let number = &detail.number;
    let result =
        json!({"number": number, "kind": args.kind.key(), "file": args.out.display().to_string()});
    out.answer(&result, || reports::FORM_WRITTEN.fill(out.lang(), &[number, &args.out.display()]))?;
    Ok(Exit::Done)
}

fn due(open: Opening<'_>, args: &DueArgs, of_files: Lang, out: &Output) -> Outcome {
    file::ending(&args.out, &["ics"])?;
    let by = args.by.as_deref();
    if let Some(unknown) = by.filter(|by| Party::from_key(by).is_none()) {
        return Err(Failure::UnknownParty(unknown.to_owned()));
    }
    let replica = open()?;
    let mut listed = replica.list(&ListQuery::default())?;
    listed.retain(|row| !row.stage.parse().is_ok_and(|stage: Stage| stage.is_over()));
    let mut feed = Feed::new(&replica.community()?, by, of_files);
    {
        let progress = Progress::of_complaints(out);
        let total = listed.len() as u64;
        for (done, row) in (1..).zip(&listed) {
            feed.add(&replica.show(&row.id)?);
            progress.looked_at(done, total);
        }
    }
    let events = feed.len();
    file::replace(&args.out, feed.text().as_bytes(), Readers::Anyone)?;
    out.answer(&json!({"events": events, "file": args.out.display().to_string()}), || {
        reports::DUE_WRITTEN.fill(out.lang(), &[&events, &args.out.display()])
    })?;
    Ok(Exit::Done)
}

fn days(given: &Days) -> Result<(String, String), Failure> {
    let (from, to): (NaiveDate, NaiveDate) =
        (arguments::day(&given.from)?, arguments::day(&given.to)?);
    match from <= to {
        true => Ok((from.to_string(), to.to_string())),
        false => Err(Failure::BadRange(from.to_string(), to.to_string())),
    }
}

fn json_failed(error: serde_json::Error) -> Failure {
    Failure::Output(error.into())
}
