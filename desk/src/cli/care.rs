//! Commands about carrying data and keeping it well: sync, bundles, doctor, demonstration.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `floorwalk demo`
#[derive(Debug, Args)]
#[command(after_help = "\
It ends by itself and keeps its data in the folder that it names.

Examples:
  floorwalk demo
  floorwalk demo --dir floorwalk-demo --lang zh")]
pub struct DemoArgs {
    /// Where to keep its data: a new or empty folder [default: a new temporary folder]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// `floorwalk sync`
#[derive(Debug, Args)]
#[command(after_help = "\
Without signal nothing is lost: it goes out with the next sync.

Examples:
  floorwalk sync
  floorwalk sync --metered    on a costly network: photos wait
  floorwalk sync --watch      stay connected, until Ctrl-C")]
pub struct SyncArgs {
    /// Stay connected and exchange at once whatever is new, until Ctrl-C
    #[arg(long)]
    pub watch: bool,
    /// Every byte costs: leave photos for another network; words, cards and previews go
    #[arg(long)]
    pub metered: bool,
    /// Bring the newest photos first
    #[arg(long)]
    pub newest_first: bool,
    /// Fetch photos in full; an office does so anyway
    #[arg(long, conflicts_with = "metered")]
    pub originals: bool,
}

/// `floorwalk bundle …`
#[derive(Debug, Subcommand)]
pub enum BundleCommand {
    /// Write all that this device has to a file, sealed as it travels
    #[command(after_help = "Example:\n  floorwalk bundle export round.fwb")]
    Export(BundleArgs),
    /// Take in a file that another device of the community has written
    #[command(after_help = "Example:\n  floorwalk bundle import round.fwb")]
    Import(BundleArgs),
}

/// A bundle's file.
#[derive(Debug, Args)]
pub struct BundleArgs {
    /// The bundle
    pub file: PathBuf,
}

/// `floorwalk doctor`
#[derive(Debug, Args)]
#[command(after_help = "\
Exit code 5 when something is wrong and was not put right.

Examples:
  floorwalk doctor
  floorwalk doctor --rebuild")]
pub struct DoctorArgs {
    /// Build complaints anew from the parcels
    #[arg(long)]
    pub rebuild: bool,
}
