//! What each command does: one call of the replica, and its result in JSON and in words.

pub mod care;
pub mod complaints;
pub mod dossier;
pub mod evidence;
pub mod lines;
pub mod members;
pub mod regulation;
pub mod report;

use std::path::Path;

use floorwalk_replica::Replica;

use crate::arguments;
use crate::cli::care::BundleCommand;
use crate::cli::dossier::DossierCommand;
use crate::cli::members::{BuildingCommand, CommunityCommand, InvitationCommand};
use crate::cli::{Cli, Command};
use crate::demo;
use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// Performs what was typed.
///
/// # Errors
///
/// Why it ended early; results that were reached before are printed.
pub async fn run(cli: Cli, out: &Output) -> Outcome {
    let home = || arguments::home(cli.common.home.clone());
    let open = || open(&home()?);
    match cli.command {
        Command::Demo(args) => demo::run(args, out).await,
        Command::Community(CommunityCommand::Create(args)) => {
            members::create(home, args, out).await
        }
        Command::Community(CommunityCommand::Show) => members::show(&open()?, out),
        Command::Community(CommunityCommand::Recover(args)) => {
            members::recover(home, args, out).await
        }
        Command::Community(CommunityCommand::Relay(args)) => {
            members::move_relay(&open()?, args, out).await
        }
        Command::Community(CommunityCommand::Certify(args)) => {
            members::certify(&open()?, &args, out)
        }
        Command::Building(BuildingCommand::Add(args)) => {
            members::add_building(&open()?, &args, out)
        }
        Command::Invite(args) => members::invite(home, args, out).await,
        Command::Invitation(InvitationCommand::List) => members::list_invitations(&open()?, out),
        Command::Invitation(InvitationCommand::Withdraw(args)) => {
            members::withdraw(&open()?, &args, out).await
        }
        Command::Join(args) => members::join(&open()?, &args, out).await,
        Command::Revoke(args) => members::revoke(&open()?, &args, out).await,
        Command::AcceptHeld(args) => members::accept_held(&open()?, &args, out).await,
        Command::Renew(args) => members::renew(home, &args, out).await,
        Command::Record(args) => complaints::record(home, args, out),
        Command::Act(args) => complaints::act(home, args, out),
        Command::Edit(args) => complaints::edit(home, args, out),
        Command::List(args) => complaints::list(&open()?, args, out),
        Command::Show(args) => complaints::show(&open()?, &args, out),
        Command::Attach(args) => evidence::attach(&open()?, &args, out),
        Command::Evidence(args) => evidence::save(&open()?, &args, out),
        Command::Redact(args) => evidence::redact(&open()?, &args, out),
        Command::Erase(args) => evidence::erase(&open()?, &args, out),
        Command::Dossier(DossierCommand::Export(args)) => dossier::export(&open()?, &args, out),
        Command::Dossier(DossierCommand::Verify(args)) => dossier::verify(&args, out),
        Command::Sync(args) => care::sync(&open()?, &args, out).await,
        Command::Status => care::status(&open()?, out),
        Command::Bundle(BundleCommand::Export(args)) => care::export(&open()?, &args, out),
        Command::Bundle(BundleCommand::Import(args)) => care::import(&open()?, &args, out),
        Command::Regulation(command) => regulation::run(command, home, out),
        Command::Report(command) => report::run(command, home, cli.common.lang, out),
        Command::Doctor(args) => care::doctor(&home()?, &args, out),
    }
}

/// Opens the replica of a home.
pub fn open(home: &Path) -> Result<Replica, Failure> {
    Ok(Replica::open(home)?)
}
