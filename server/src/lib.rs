//! The relay: carries sealed parcels and blobs between the devices of communities, and cannot
//! read them.
//!
//! A connection comes in through [`serve`] and finds its address in [`http`]. A sync session
//! ([`ws`]) runs `floorwalk_sync::RelaySession` and does what that asks for: pages come from the
//! [`reader`]s, parcels go to the one [`writer`], which decides under `floorwalk_sync::admission`
//! what may stand in which list ([`lists`]) and knows who the [`members`] are. Blobs have their own
//! endpoint ([`blobs`]), opened by a [`ticket`] from a session. [`relay`] puts it together;
//! [`admin`] reads beside it.
//!
//! Invariants: an answer that something is stored is given after the commit that made it durable;
//! positions of a list have no gaps; nothing is kept in memory per parcel or complaint; whatever a
//! peer may send, queue or hold has a named limit. The relay links `floorwalk-wire` and
//! `floorwalk-sync` and no key of any community: what it holds it cannot open.

pub mod admin;
mod api_error;
mod blobs;
pub mod clock;
pub mod config;
mod db;
pub mod error;
mod files;
mod http;
mod identity;
mod lists;
mod live;
mod members;
mod metrics;
mod reader;
pub mod relay;
mod schema;
mod serve;
mod shared;
#[cfg(feature = "simulation")]
pub mod simulation;
mod ticket;
mod tls;
mod tokens;
// Hidden: for the fuzz targets.
#[doc(hidden)]
pub mod tus_headers;
mod writer;
mod ws;

pub use admin::{
    CommunityInfo, DeviceInfo, HostToken, Room, communities, devices, make_host_token, quota,
};
pub use config::{Config, Limits, TlsMode};
pub use error::Error;
pub use relay::{Relay, RunningRelay};
