//! Commands about complaints: recording, acting, editing, listing, showing.

use std::path::PathBuf;

use clap::Args;

use super::evidence::PhotoArgs;

/// `floorwalk record`
#[derive(Debug, Args)]
#[command(after_help = "\
A line of the file is a JSON object with the same names, for example
  {\"building\":\"1号楼\",\"room\":\"1203\",\"text\":\"楼道灯不亮\",\"events\":[{\"kind\":\"verified\"}]}
With --jsonl, --building is for lines that name none. Bad lines are reported, the rest is kept.
\"photo\" names a file or a list of files. A photo that can't be kept never costs the words.

Examples:
  floorwalk record --building 1号楼 --room 1203 --complainant 王女士 --text '楼道灯不亮'
  floorwalk record --building 1号楼 --room 1203 --text '外墙渗水' --photo IMG_0412.jpg
  floorwalk record --jsonl round.jsonl
  floorwalk record --jsonl - < round.jsonl")]
pub struct RecordArgs {
    /// Record many: a file with one JSON object a line; - for standard input
    #[arg(long, value_name = "FILE")]
    pub jsonl: Option<PathBuf>,
    /// The building's name, or its scope id
    #[arg(long)]
    pub building: Option<String>,
    /// The room
    #[arg(long, allow_hyphen_values = true)]
    pub room: Option<String>,
    /// The person's name; sealed apart, so that it can be erased
    #[arg(long, allow_hyphen_values = true)]
    pub complainant: Option<String>,
    /// The person's telephone; sealed apart, so that it can be erased
    #[arg(long, allow_hyphen_values = true)]
    pub phone: Option<String>,
    /// How it came: rep, phone, written, on_site, wechat …
    #[arg(long)]
    pub channel: Option<String>,
    /// The category by the regulation, such as 1B
    #[arg(long)]
    pub category: Option<String>,
    /// The severity by the regulation, such as urgent
    #[arg(long)]
    pub severity: Option<String>,
    /// Who is complained about
    #[arg(long, allow_hyphen_values = true)]
    pub respondent: Option<String>,
    /// What the person demands
    #[arg(long, allow_hyphen_values = true)]
    pub demand: Option<String>,
    /// What the property company did about it before
    #[arg(long, allow_hyphen_values = true)]
    pub reported_before: Option<String>,
    /// When it was received (RFC 3339) [default: now]
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// What happened, in the person's words
    #[arg(long, allow_hyphen_values = true)]
    pub text: Option<String>,
    /// A photo, or other evidence; may be repeated
    #[arg(long = "photo", value_name = "FILE")]
    pub photo: Vec<PathBuf>,
    /// How photos are taken in.
    #[command(flatten)]
    pub photos: PhotoArgs,
}

/// `floorwalk act`
#[derive(Debug, Args)]
#[command(after_help = "\
A VALUE that is a JSON bool, number, object or array is taken as one; the rest is text.
A line of the file is {\"number\",\"kind\",\"set\",\"note\",\"at\"}.

Examples:
  floorwalk act HJ-260930-7K2QX01 accepted --note '今日派人'
  floorwalk act HJ-260930-7K2QX01 followed_up --set manner=phone --set satisfied=true
  floorwalk act --jsonl acts.jsonl")]
pub struct ActArgs {
    /// The complaint's number, or its id
    #[arg(required_unless_present = "jsonl")]
    pub number: Option<String>,
    /// What happened: acknowledged, accepted, declined, investigated, planned, resolved …
    #[arg(required_unless_present = "jsonl")]
    pub kind: Option<String>,
    /// A particular of the event; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", conflicts_with = "jsonl")]
    pub sets: Vec<String>,
    /// A note
    #[arg(long, allow_hyphen_values = true, conflicts_with = "jsonl")]
    pub note: Option<String>,
    /// When it happened (RFC 3339) [default: now]
    #[arg(long, value_name = "TIME", conflicts_with = "jsonl")]
    pub at: Option<String>,
    /// Do many: a file with one JSON object a line; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["number", "kind"])]
    pub jsonl: Option<PathBuf>,
}

/// `floorwalk edit`
#[derive(Debug, Args)]
#[command(after_help = "\
Fields: room, channel, category, severity, respondent, demand, reported_before, text …
Where a field was changed in two places at once, an edit chooses.

Examples:
  floorwalk edit HJ-260930-7K2QX01 --set room=1204
  floorwalk edit HJ-260930-7K2QX01 --set severity=urgent demand=修好为止")]
pub struct EditArgs {
    /// The complaint's number, or its id
    pub number: String,
    /// A field and its new value
    #[arg(long = "set", value_name = "FIELD=VALUE", required = true)]
    pub sets: Vec<String>,
    /// More of the same
    #[arg(value_name = "FIELD=VALUE")]
    pub more: Vec<String>,
}

/// `floorwalk list`
#[derive(Debug, Args)]
#[command(after_help = "\
Stages: received, supplement, accepted, declined, investigating, planned, remedying, resolved,
answered, followed_up, closed, reopened, mediation, review, referred, withdrawn.

Examples:
  floorwalk list --building 1号楼
  floorwalk list --stage received --json")]
pub struct ListArgs {
    /// Only this building
    #[arg(long)]
    pub building: Option<String>,
    /// Only this stage
    #[arg(long)]
    pub stage: Option<String>,
    /// Only complaints with an overdue duty
    #[arg(long)]
    pub overdue: bool,
}

/// `floorwalk show`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  floorwalk show HJ-260930-7K2QX01")]
pub struct ShowArgs {
    /// The complaint's number, or its id
    pub number: String,
}
