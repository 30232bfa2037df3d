//! Commands about dossiers: exporting and verifying.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `floorwalk dossier …`
#[derive(Debug, Subcommand)]
pub enum DossierCommand {
    /// Write a complaint with all that proves it to one file
    Export(ExportArgs),
    /// Check a dossier; needs no home and no network
    Verify(VerifyArgs),
}

/// `floorwalk dossier export`
#[derive(Debug, Args)]
#[command(after_help = "\
A ZIP with a page to read and print, the events, the photos, and the signatures of everybody who
wrote, up to the community's root. The person's name and telephone are left out unless asked for.

Examples:
  floorwalk dossier export HJ-260930-7K2QX01 --out dossier.zip
  floorwalk dossier export HJ-260930-7K2QX01 --out dossier.zip --redacted")]
pub struct ExportArgs {
    /// The complaint's number, or its id
    pub number: String,
    /// The file to write
    #[arg(long, value_name = "FILE.zip")]
    pub out: PathBuf,
    /// Put in covered copies only, no originals
    #[arg(long)]
    pub redacted: bool,
    /// Put in the person's name and telephone
    #[arg(long)]
    pub with_card: bool,
}

/// `floorwalk dossier verify`
#[derive(Debug, Args)]
#[command(after_help = "\
Says check by check what holds, and where something does not. Exit code 5 if anything fails.
docs/dossier.md describes the format, for checking without this program.

Examples:
  floorwalk dossier verify dossier.zip
  floorwalk dossier verify dossier.zip --root 3b6a27bc… --json")]
pub struct VerifyArgs {
    /// The dossier
    pub file: PathBuf,
    /// The community's root public key, if you have it from elsewhere: 64 hexadecimal digits
    #[arg(long, value_name = "KEY")]
    pub root: Option<String>,
}
