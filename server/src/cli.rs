//! The arguments of `floorwalk-relay`, and its answers as JSON.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use floorwalk_server::{CommunityInfo, DeviceInfo, Room, TlsMode, clock};
use serde_json::{Value, json};

use crate::text::Language;

/// Carries sealed complaints between the devices of communities, and cannot read them.
///
/// 在小区各设备之间转送加密的投诉记录；本机无法解读其内容。
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Answer with one JSON object on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// The language for people; by the locale if not given
    #[arg(long, global = true, value_enum)]
    pub lang: Option<Language>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the relay until SIGTERM or SIGINT
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(Serve),
    /// Make a one-time token with which one new community may be created here
    HostToken {
        /// The relay's data folder
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// List the communities hosted here
    Communities {
        /// The relay's data folder
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// Show or set how much room a community has for photos
    #[command(after_help = QUOTA_EXAMPLES)]
    Quota {
        /// The community's id, as `communities` shows it
        community: String,
        /// The room in bytes; without it, it is only shown
        #[arg(long, value_name = "N")]
        bytes: Option<u64>,
        /// The relay's data folder
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// List the devices of a community
    Devices {
        /// The community's id, as `communities` shows it
        community: String,
        /// The relay's data folder
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The relay's data folder, made if needed
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7800")]
    pub listen: SocketAddr,
    /// `self-signed`, `off` (behind a proxy), or CERT,KEY as PEM files
    #[arg(long, value_name = "MODE", default_value = "self-signed", value_parser = parse_tls)]
    pub tls: TlsMode,
    /// Let anybody create a community here, without a host token
    #[arg(long)]
    pub open: bool,
    /// Serve Prometheus metrics at this address, under /metrics
    #[arg(long, value_name = "ADDRESS")]
    pub metrics: Option<SocketAddr>,
}

const EXAMPLES: &str = "\
Examples:
  floorwalk-relay serve --data /var/lib/floorwalk --listen 0.0.0.0:7800
  floorwalk-relay host-token --data /var/lib/floorwalk
  floorwalk-relay communities --data /var/lib/floorwalk --json

Logs go to standard error; FLOORWALK_LOG=debug says more.";

const SERVE_EXAMPLES: &str = "\
Examples:
  floorwalk-relay serve --data ./relay
  floorwalk-relay serve --data ./relay --listen 0.0.0.0:443 --tls fullchain.pem,key.pem
  floorwalk-relay serve --data ./relay --tls off --metrics 127.0.0.1:9100

Health: /livez and /readyz. Clients of a self-signed relay need the pin that is shown at start.";

const QUOTA_EXAMPLES: &str = "\
Text is not counted and flows whatever the quota says. Works while the relay runs.

Examples:
  floorwalk-relay quota 3f1a… --data /var/lib/floorwalk
  floorwalk-relay quota 3f1a… --bytes 5000000000 --data /var/lib/floorwalk";

fn parse_tls(text: &str) -> Result<TlsMode, String> {
    match (text, text.split_once(',')) {
        ("self-signed", _) => Ok(TlsMode::SelfSigned),
        ("off", _) => Ok(TlsMode::Off),
        (_, Some((cert, key))) if !cert.is_empty() && !key.is_empty() => {
            Ok(TlsMode::Files { cert: cert.into(), key: key.into() })
        }
        _ => Err("it is self-signed, off, or two files: CERT,KEY".to_owned()),
    }
}

/// A community as `communities` answers.
pub(crate) fn community_json(info: &CommunityInfo) -> Value {
    json!({
        "community": info.community.to_string(),
        "created_at": clock::rfc3339(info.created_at),
        "devices": info.devices,
        "parcels": info.parcels,
        "bytes": info.size_bytes,
        "blobs": info.blobs,
        "blob_bytes": info.blob_bytes,
        "quota": room_json(&info.room),
    })
}

/// A community's room as `quota` answers, in bytes.
pub(crate) fn room_json(room: &Room) -> Value {
    json!({
        "bytes": room.quota_bytes,
        "used": room.used_bytes,
        "reserved": room.reserved_bytes,
    })
}

/// A device as `devices` answers.
pub(crate) fn device_json(info: &DeviceInfo) -> Value {
    json!({
        "device": info.device.to_string(),
        "role": info.role.0,
        "admin": info.admin,
        "expires_at": clock::rfc3339(info.expires_at),
        "revoked": info.revoked,
        "last_seen": info.last_seen.and_then(clock::rfc3339),
    })
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
