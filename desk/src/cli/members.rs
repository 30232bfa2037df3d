//! Commands about the community: founding, buildings, invitations, membership.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `floorwalk community …`
#[derive(Debug, Subcommand)]
pub enum CommunityCommand {
    /// Found a community; this device becomes its office
    #[command(after_help = "\
The recovery file and its passphrase restore the community when every office device is lost.
Set FLOORWALK_PASSPHRASE to choose the passphrase; without it one is made and shown once.

Example:
  floorwalk community create --name 汉江新城 --short HJ --regulation hanjiang-oc \\
      --relay https://relay.example:7800 --relay-pin 3f…9a --host-token T")]
    Create(CreateArgs),
    /// Show the community, its devices and buildings
    #[command(after_help = "Example:\n  floorwalk community show --json")]
    Show,
    /// Restore a community on a new device from its recovery file
    #[command(after_help = "\
The passphrase is asked for, or taken from FLOORWALK_PASSPHRASE.

Example:
  floorwalk community recover recovery-HJ.fwr --relay https://relay.example:7800")]
    Recover(RecoverArgs),
    /// Move this device to another relay, or to its relay's new address or certificate
    #[command(after_help = "\
Every device is moved with its own command. The first administrator to come brings the community
to a new relay, with a host token of that relay; all else follows by itself.

Example:
  floorwalk community relay --relay https://relay2.example:7800 --relay-pin 3f…9a")]
    Relay(MoveArgs),
    /// Make another device an administrator, with the recovery passphrase
    #[command(after_help = "\
The passphrase is asked for, or taken from FLOORWALK_PASSPHRASE.

Example:
  floorwalk community certify office-2")]
    Certify(CertifyArgs),
}

/// Where the relay is.
#[derive(Debug, Args)]
pub struct RelayArgs {
    /// The relay's address
    #[arg(long, value_name = "URL")]
    pub relay: String,
    /// SHA-256 of the relay's certificate, 64 hexadecimal digits; for a self-signed relay
    #[arg(long, value_name = "PIN")]
    pub relay_pin: Option<String>,
    /// What this device is called [default: the machine's name]
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub name_device: Option<String>,
}

/// `floorwalk community create`
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// The community's name
    #[arg(long, allow_hyphen_values = true)]
    pub name: String,
    /// The short name that complaint numbers begin with, 1 to 12 characters
    #[arg(long)]
    pub short: String,
    /// The id of the adopted regulation; see `floorwalk regulation list`
    #[arg(long, value_name = "ID")]
    pub regulation: String,
    /// A choice or a blank of the regulation, `days_off` or `time_zone`; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub relay: RelayArgs,
    /// The relay's one-time permission to found a community there
    #[arg(long, value_name = "TOKEN", allow_hyphen_values = true)]
    pub host_token: Option<String>,
}

/// `floorwalk community relay`
#[derive(Debug, Args)]
pub struct MoveArgs {
    /// The relay's address
    #[arg(long, value_name = "URL")]
    pub relay: String,
    /// SHA-256 of the relay's certificate, 64 hexadecimal digits; for a self-signed relay
    #[arg(long, value_name = "PIN")]
    pub relay_pin: Option<String>,
    /// The relay's one-time permission to bring a community there
    #[arg(long, value_name = "TOKEN", allow_hyphen_values = true)]
    pub host_token: Option<String>,
}

/// `floorwalk community recover`
#[derive(Debug, Args)]
pub struct RecoverArgs {
    /// The recovery file
    pub file: PathBuf,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub relay: RelayArgs,
}

/// `floorwalk community certify`
#[derive(Debug, Args)]
pub struct CertifyArgs {
    /// The device's id, a unique beginning of it, or its name
    pub device: String,
}

/// `floorwalk building …`
#[derive(Debug, Subcommand)]
pub enum BuildingCommand {
    /// Add a building
    #[command(after_help = "Example:\n  floorwalk building add 1号楼")]
    Add(BuildingAddArgs),
}

/// `floorwalk building add`
#[derive(Debug, Args)]
pub struct BuildingAddArgs {
    /// The building's name
    pub name: String,
}

/// `floorwalk invite`
#[derive(Debug, Args)]
#[command(after_help = "\
Roles: building_rep, inspector, office, mediator, manager, deputy_director, committee, auditor.
A building rep needs at least one --building; others without one see all buildings.

Examples:
  floorwalk invite --name 周楼长 --role building_rep --building 1号楼
  floorwalk invite --name 陈经理 --role manager --expires 12h")]
pub struct InviteArgs {
    /// For whom; only members see it
    #[arg(long, allow_hyphen_values = true)]
    pub name: String,
    /// The role that it grants
    #[arg(long)]
    pub role: String,
    /// A building that the member may see; may be repeated
    #[arg(long = "building", value_name = "BUILDING")]
    pub buildings: Vec<String>,
    /// How long the link works: days, hours, minutes or seconds
    #[arg(long, default_value = "7d", value_name = "7d|12h|30m|90s")]
    pub expires: String,
}

/// `floorwalk invitation …`
#[derive(Debug, Subcommand)]
pub enum InvitationCommand {
    /// List invitations
    #[command(after_help = "Example:\n  floorwalk invitation list")]
    List,
    /// Withdraw an invitation that nobody has used
    #[command(after_help = "Example:\n  floorwalk invitation withdraw 4be1…07")]
    Withdraw(WithdrawArgs),
}

/// `floorwalk invitation withdraw`
#[derive(Debug, Args)]
pub struct WithdrawArgs {
    /// The invitation's id, as `invitation list` shows it
    #[arg(value_name = "ID")]
    pub invitation: String,
}

/// `floorwalk join`
#[derive(Debug, Args)]
#[command(after_help = "\
Put the link in quotes; the part after # is the secret and never reaches the relay.

Example:
  floorwalk join 'https://relay.example:7800/join#…'")]
pub struct JoinArgs {
    /// The invitation's link
    pub link: String,
}

/// `floorwalk revoke`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  floorwalk revoke 周楼长 --why 手机丢失")]
pub struct RevokeArgs {
    /// The device's id, a unique beginning of it, or its name
    pub device: String,
    /// Why; members can read it
    #[arg(long, allow_hyphen_values = true)]
    pub why: String,
}

/// `floorwalk accept-held`
#[derive(Debug, Args)]
#[command(after_help = "\
What a revoked device recorded and could not send is held back, never destroyed. Its owner exports
a bundle; the office imports it, looks at `floorwalk status`, and lets it count with this command.

Example:
  floorwalk bundle import round.fwb
  floorwalk accept-held 周楼长")]
pub struct AcceptHeldArgs {
    /// The revoked device's id, a unique beginning of it, or its name
    pub device: String,
}

/// `floorwalk renew`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  floorwalk renew 周楼长 --for 365d")]
pub struct RenewArgs {
    /// The device's id, a unique beginning of it, or its name
    pub device: String,
    /// How long from now: days, hours, minutes or seconds
    #[arg(long = "for", value_name = "365d|12h|30m|90s")]
    pub lasts: String,
}
