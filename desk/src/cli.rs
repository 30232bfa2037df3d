//! Commands and flags: the contract of the command line as types, and what its help says.
//!
//! Only shape is checked here. Wrong use ends with exit code 2, in the same JSON form as every
//! other error.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::failure::Failure;
use crate::output::Output;
use crate::text::Lang;

pub mod care;
pub mod complaints;
pub mod dossier;
pub mod evidence;
pub mod members;
pub mod regulation;
pub mod report;

use care::{BundleCommand, DemoArgs, DoctorArgs, SyncArgs};
use complaints::{ActArgs, EditArgs, ListArgs, RecordArgs, ShowArgs};
use dossier::DossierCommand;
use evidence::{AttachArgs, EraseArgs, EvidenceArgs, RedactArgs};
use members::{
    AcceptHeldArgs, BuildingCommand, CommunityCommand, InvitationCommand, InviteArgs, JoinArgs,
    RenewArgs, RevokeArgs,
};
use regulation::RegulationCommand;
use report::ReportCommand;

/// What was typed.
#[derive(Debug, Parser)]
#[command(
    name = "floorwalk",
    version,
    about = "Floorwalk: residents' complaints, recorded without signal and brought to the office",
    after_help = "\
Examples:
  floorwalk demo                         the main job, live, in one folder
  floorwalk join 'https://…/join#…'      join with an invitation
  floorwalk record --building 1号楼 --room 1203 --text '楼道灯不亮'
  floorwalk sync

中文：加 --lang zh，或设 LANG=zh_CN.UTF-8，所有输出即为中文。
Exit: 0 done · 2 wrong use · 3 not allowed · 4 relay unreachable, all is kept · 5 damage found"
)]
pub struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes, before or after its name.
#[derive(Debug, Args)]
pub struct Common {
    /// The folder with this device's data [default: $FLOORWALK_HOME, else the platform's]
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Print one JSON object instead of words
    #[arg(long, global = true)]
    pub json: bool,
    /// The language of the words [default: by LC_ALL, LC_MESSAGES, LANG]
    #[arg(long, global = true, value_parser = lang_parser())]
    pub lang: Option<Lang>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the main job live: a relay, an office, two reps and an inspector
    Demo(DemoArgs),
    /// Found, show or recover a community
    #[command(subcommand)]
    Community(CommunityCommand),
    /// Manage the community's buildings
    #[command(subcommand)]
    Building(BuildingCommand),
    /// Invite a member by a link that works once
    Invite(InviteArgs),
    /// List or withdraw invitations
    #[command(subcommand)]
    Invitation(InvitationCommand),
    /// Join a community with an invitation link
    Join(JoinArgs),
    /// End a device's membership and change the keys that it knew
    Revoke(RevokeArgs),
    /// Let what is held back of a revoked device count
    AcceptHeld(AcceptHeldArgs),
    /// Extend a device's access
    Renew(RenewArgs),
    /// Record a complaint, or many from a file; needs no signal
    Record(RecordArgs),
    /// Say what happened to a complaint: accepted, resolved, followed_up …
    Act(ActArgs),
    /// Correct a complaint's fields
    Edit(EditArgs),
    /// Add photos and other evidence to a complaint; needs no signal
    Attach(AttachArgs),
    /// Write a complaint's photos and other evidence to a folder
    Evidence(EvidenceArgs),
    /// Make a copy of a photo in which faces or plates are covered
    Redact(RedactArgs),
    /// Erase a person's details or photos, here and everywhere
    Erase(EraseArgs),
    /// Make and check dossiers: a complaint with all that proves it, in one file
    #[command(subcommand)]
    Dossier(DossierCommand),
    /// List complaints
    List(ListArgs),
    /// Show all of a complaint
    Show(ShowArgs),
    /// Exchange with the relay
    Sync(SyncArgs),
    /// Say what has not been sent, and what needs attention
    #[command(after_help = "Example:\n  floorwalk status --json")]
    Status,
    /// Carry data by file between devices
    #[command(subcommand)]
    Bundle(BundleCommand),
    /// Show, check, adopt and try complaint-handling regulations
    #[command(subcommand)]
    Regulation(RegulationCommand),
    /// Make statistics, the register, forms to print, and a calendar of duties
    #[command(subcommand)]
    Report(ReportCommand),
    /// Check the data on this device, and rebuild what is damaged
    Doctor(DoctorArgs),
}

/// Reads the command line; `None` when help or the version was asked for, and printed.
///
/// # Errors
///
/// [`Failure::Usage`] with clap's explanation, [`Failure::MissingCommand`], [`Failure::StrayWord`].
pub fn parse(args: &[OsString], out: &Output) -> Result<Option<Cli>, Failure> {
    let command = Cli::command();
    let parsed = command.try_get_matches_from(args).and_then(|m| Cli::from_arg_matches(&m));
    let error = match parsed {
        Ok(cli) => return Ok(Some(cli)),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            error.print().map_err(Failure::Output)?;
            Ok(None)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            let help = if out.is_json() { String::new() } else { format!("\n\n{error}") };
            Err(Failure::MissingCommand(help))
        }
        ErrorKind::UnknownArgument if is_stray_word(&error) => Err(Failure::StrayWord),
        _ => {
            let words = error.to_string();
            let words = words.strip_prefix("error: ").unwrap_or(&words);
            Err(Failure::Usage(words.trim_end().to_owned()))
        }
    }
}

/// Whether a word stands where none is expected. It may be a piece of a complaint whose quotes were
/// forgotten, so it is not repeated.
fn is_stray_word(error: &clap::Error) -> bool {
    match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(arg)) => !arg.starts_with('-'),
        _ => false,
    }
}

/// Whether `--json` stands anywhere, also on a command line that can't be read.
pub fn wants_json(args: &[OsString]) -> bool {
    args.iter().take_while(|arg| *arg != "--").any(|arg| arg == "--json")
}

/// The language to use, also on a command line that can't be read.
pub fn wanted_lang(args: &[OsString]) -> Lang {
    let mut args = args.iter().take_while(|arg| *arg != "--").filter_map(|arg| arg.to_str());
    let mut named = None;
    while let Some(arg) = args.next() {
        if let Some(value) = arg.strip_prefix("--lang=") {
            named = Some(value);
        } else if arg == "--lang" {
            named = args.next();
        }
    }
    let named = named.and_then(|code| code.parse().ok());
    named.unwrap_or_else(|| Lang::from_environment(|name| std::env::var(name).ok()))
}

fn lang_parser() -> impl TypedValueParser<Value = Lang> {
    let codes = Lang::ALL.map(Lang::as_str);
    PossibleValuesParser::new(codes).try_map(|code| code.parse::<Lang>())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn args(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn common_flags_stand_before_or_after_the_command() {
        let out = Output::new(true, Lang::En);
        for words in [
            ["floorwalk", "--home", "h", "--json", "--lang", "zh", "status"],
            ["floorwalk", "status", "--home", "h", "--json", "--lang", "zh"],
        ] {
            let cli = parse(&args(&words), &out).unwrap().unwrap();
            assert_eq!(cli.common.home.unwrap(), PathBuf::from("h"));
            assert!(cli.common.json && cli.common.lang == Some(Lang::Zh));
            assert!(wants_json(&args(&words)));
            assert_eq!(wanted_lang(&args(&words)), Lang::Zh);
        }
    }

    #[test]
    fn free_words_may_begin_with_a_hyphen() {
        let words = ["floorwalk", "record", "--building", "1", "--text", "-5℃ 还没供暖"];
        let cli = parse(&args(&words), &Output::new(true, Lang::En)).unwrap().unwrap();
        let Command::Record(record) = cli.command else { panic!("not record") };
        assert_eq!(record.text.unwrap(), "-5℃ 还没供暖");
    }

    #[test]
    fn a_host_token_may_begin_with_a_hyphen() {
        // One in 64 does: it is base64url.
        let mut words = vec!["floorwalk", "community", "create", "--name", "n", "--short", "S"];
        words.extend(["--regulation", "howto", "--relay", "https://r", "--host-token", "-cq92K"]);
        let cli = parse(&args(&words), &Output::new(true, Lang::En)).unwrap().unwrap();
        let Command::Community(CommunityCommand::Create(create)) = cli.command else {
            panic!("not create")
        };
        assert_eq!(create.host_token.unwrap(), "-cq92K");
    }

    #[test]
    fn every_command_has_an_example() {
        fn check(command: &clap::Command) {
            let name = command.get_name();
            if name != "help" && !command.has_subcommands() {
                let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(help.contains("Example") && help.contains("floorwalk "), "{name}");
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }
}
