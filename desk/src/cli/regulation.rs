//! Commands about complaint-handling regulations.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `floorwalk regulation …`
#[derive(Debug, Subcommand)]
pub enum RegulationCommand {
    /// List the twenty regulations
    #[command(after_help = "Example:\n  floorwalk regulation list")]
    List,
    /// Show all of a regulation, entry by entry, with its clauses
    #[command(after_help = "Example:\n  floorwalk regulation show hanjiang-oc")]
    Show(ShowArgs),
    /// Work the community by another regulation from now on
    #[command(after_help = "\
Complaints that were received before keep the regulation that they were received under.
Blanks that the regulation leaves must be filled: 5 wd, 24 h, 3 days, 1 month, 10 min.

Examples:
  floorwalk regulation adopt revisit-3d --set follow_up_from=received
  floorwalk regulation adopt blank-notice --set general_days=5 --set major_days=15
  floorwalk regulation adopt --file ours.toml --set days_off=2026-11-02,2026-11-03")]
    Adopt(AdoptArgs),
    /// Check a community's own regulation file
    #[command(after_help = "\
Each mistake is named with its line and clause; the exit code is 2 then.

Example:
  floorwalk regulation check ours.toml")]
    Check(CheckArgs),
    /// Ask a regulation about a case: what is missing, due, overdue, allowed
    #[command(after_help = "\
The case is one JSON object:
  {\"regulation\":\"hanjiang-oc\",
   \"complaint\":{\"channel\":\"rep\",\"severity\":\"urgent\",\"fields\":{}},
   \"events\":[{\"kind\":\"received\",\"role\":\"building_rep\",
              \"at\":\"2026-09-30T16:00:00+08:00\"}],
   \"now\":\"2026-09-30T16:30:00+08:00\"}

Example:
  floorwalk regulation evaluate --case case.json
  floorwalk regulation evaluate --case - < case.json")]
    Evaluate(EvaluateArgs),
}

/// `floorwalk regulation show`
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The regulation's id
    pub id: String,
}

/// `floorwalk regulation adopt`
#[derive(Debug, Args)]
pub struct AdoptArgs {
    /// The regulation's id
    #[arg(required_unless_present = "file")]
    pub id: Option<String>,
    /// The community's own regulation instead
    #[arg(long, value_name = "FILE", conflicts_with = "id")]
    pub file: Option<PathBuf>,
    /// A choice or a blank, `days_off` or `time_zone`; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
}

/// `floorwalk regulation check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The regulation's file
    pub file: PathBuf,
}

/// `floorwalk regulation evaluate`
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    /// The case's file; - for standard input
    #[arg(long, value_name = "FILE")]
    pub case: PathBuf,
}
