//! Commands about reports: statistics, the register, printed forms, the calendar of duties.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `floorwalk report …`
#[derive(Debug, Subcommand)]
pub enum ReportCommand {
    /// Count what was received in a time: acknowledged and handled in time, satisfied
    #[command(after_help = "\
Rates are counts of counts; what is open and still in time is in none of them.

Examples:
  floorwalk report kpi --from 2026-09-01 --to 2026-09-30
  floorwalk report kpi --from 2026-09-01 --to 2026-09-30 --json")]
    Kpi(KpiArgs),
    /// Make the report that the regulation wants for a half month, quarter or other period
    #[command(after_help = "\
The internal report lists the complaints and names persons. With --public it has only counts.
A file is in Chinese unless --lang en is given.

Examples:
  floorwalk report periodic
  floorwalk report periodic --date 2026-09-20 --public --out 2026-09b.txt")]
    Periodic(PeriodicArgs),
    /// Write the register of complaints as a table for spreadsheets
    #[command(after_help = "\
The file names persons: keep it as you keep the register. It is in Chinese unless --lang en is
given. An existing file is replaced only when the new one is complete.

Examples:
  floorwalk report register --from 2026-09-01 --to 2026-09-30 --out register.xlsx
  floorwalk report register --from 2026-09-01 --to 2026-09-30 --out register.csv")]
    Register(RegisterArgs),
    /// Write a form about a complaint, to be printed on A4 and signed
    #[command(after_help = "\
All forms about a complaint bear its number. A form is in Chinese unless --lang en is given.

Examples:
  floorwalk report form HJ-260930-7K2QX01 --kind notice --out notice.html
  floorwalk report form HJ-260930-7K2QX01 --kind follow-up --out visit.html --lang en")]
    Form(FormArgs),
    /// Write open duties as a calendar that other programs subscribe to or import
    #[command(after_help = "\
One entry for each open duty, at the moment when it is due. No names, telephones or texts.

Examples:
  floorwalk report due --out duties.ics
  floorwalk report due --by building_rep --out reps.ics")]
    Due(DueArgs),
}

/// From which day to which.
#[derive(Debug, Args)]
pub struct Days {
    /// The first day
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: String,
    /// The last day
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub to: String,
}

/// `floorwalk report kpi`
#[derive(Debug, Args)]
pub struct KpiArgs {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub days: Days,
}

/// `floorwalk report periodic`
#[derive(Debug, Args)]
pub struct PeriodicArgs {
    /// A day of the period [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub date: Option<String>,
    /// Only counts: nobody is named, no complaint is listed
    #[arg(long)]
    pub public: bool,
    /// Write it to a file instead of printing it
    #[arg(long, value_name = "FILE.txt|.json")]
    pub out: Option<PathBuf>,
}

/// `floorwalk report register`
#[derive(Debug, Args)]
pub struct RegisterArgs {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub days: Days,
    /// The file; its ending says which kind of table
    #[arg(long, value_name = "FILE.csv|.xlsx")]
    pub out: PathBuf,
}

/// `floorwalk report form`
#[derive(Debug, Args)]
pub struct FormArgs {
    /// The complaint's number, or its id
    pub number: String,
    /// Which form
    #[arg(long, value_enum)]
    pub kind: FormKind,
    /// The file
    #[arg(long, value_name = "FILE.html")]
    pub out: PathBuf,
}

/// A form about one complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormKind {
    /// 投诉登记表: all that is known, and what is to be done
    Register,
    /// 处理通知单: for whoever is to handle it; does not name the complainant
    Notice,
    /// 受理回执: tells the complainant whether it was taken on
    Acceptance,
    /// 处理回执: tells the complainant what came of it
    Handling,
    /// 回访表: for asking afterwards
    FollowUp,
}

impl FormKind {
    /// Its name on the command line.
    pub fn key(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Notice => "notice",
            Self::Acceptance => "acceptance",
            Self::Handling => "handling",
            Self::FollowUp => "follow-up",
        }
    }
}

/// `floorwalk report due`
#[derive(Debug, Args)]
pub struct DueArgs {
    /// The file
    #[arg(long, value_name = "FILE.ics")]
    pub out: PathBuf,
    /// Only the duties of this role
    #[arg(long, value_name = "ROLE")]
    pub by: Option<String>,
}
