//! The community, how this replica stands, and what syncs and files did.

use floorwalk_replica::{self as replica, records};

/// What became of joining.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Joined {
    /// The community's id.
    pub community: String,
    /// Its name.
    pub name: String,
    /// This device's id.
    pub device: String,
    /// This device's role.
    pub role: String,
    /// The names of the buildings that it may see.
    pub buildings: Vec<String>,
}

/// A community as this device knows it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Community {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its short name, which complaint numbers begin with.
    pub short_name: String,
    /// The adopted regulation's id.
    pub regulation: String,
    /// The address of its relay.
    pub relay: String,
    /// This device's id.
    pub device: String,
    /// This device's role.
    pub role: String,
    /// The buildings that this device may see.
    pub buildings: Vec<Building>,
}

/// A building.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Building {
    /// Its name.
    pub name: String,
    /// Its scope's id.
    pub scope: String,
}

/// How a replica stands.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Status {
    /// Complaints with changes that the relay has not got.
    pub unsent_complaints: u64,
    /// Photos that the relay has not got.
    pub unsent_photos: u64,
    /// Cards of persons that the relay has not got.
    pub unsent_cards: u64,
    /// When the last sync ended well (RFC 3339).
    pub last_sync: Option<String>,
    /// Parcels that are kept and not applied.
    pub quarantined: u64,
    /// Parcels that wait for a key, a membership or earlier parcels.
    pub waiting: u64,
    /// Keys of what the person should know.
    pub warnings: Vec<String>,
}

/// How far a sync has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, uniffi::Record)]
pub struct SyncProgress {
    /// Parcels sent and received so far.
    pub parcels: u64,
    /// Parcels that were to be sent at the start.
    pub parcels_to_send: u64,
    /// Photos and cards sent and received so far.
    pub blobs: u64,
    /// Photos and cards that are to be sent or received.
    pub blobs_total: u64,
    /// Their bytes sent and received so far.
    pub blob_bytes: u64,
    /// Their bytes that are to be sent or received.
    pub blob_bytes_total: u64,
}

/// What a sync has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, uniffi::Record)]
pub struct SyncReport {
    /// Questions that waited for an answer.
    pub round_trips: u32,
    /// Parcels that the other side took.
    pub parcels_sent: u64,
    /// Parcels that arrived.
    pub parcels_received: u64,
    /// Photos and cards that the relay took.
    pub blobs_sent: u64,
    /// Photos and cards that arrived.
    pub blobs_received: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Bytes received.
    pub bytes_received: u64,
    /// Parcels in quarantine after it.
    pub quarantined: u64,
    /// Whether the relay had taken a new history: it was restored from a copy.
    pub history_reset: bool,
    /// Whether the relay kept its promises about order.
    pub chain_ok: bool,
}

/// What syncs do about photos. Text, cards and previews always travel.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct SyncOptions {
    /// Every byte costs: photos wait for another network, in both directions.
    #[uniffi(default = false)]
    pub metered: bool,
    /// The newest photos go first; otherwise the oldest.
    #[uniffi(default = false)]
    pub newest_first: bool,
    /// Whether originals are fetched; by default an office does, and others see previews.
    #[uniffi(default = None)]
    pub originals: Option<bool>,
}

/// What a bundle file held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct BundleReport {
    /// Parcels in it that were written or newly taken.
    pub parcels: u64,
    /// Photos and cards in it that were written or newly taken.
    pub blobs: u64,
}

/// What a repair found and did.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RepairReport {
    /// Things checked: documents, parcels, photos and cards.
    pub checked: u64,
    /// What was wrong.
    pub problems: Vec<String>,
    /// How many of them were put right.
    pub repaired: u64,
}

impl From<records::Joined> for Joined {
    fn from(joined: records::Joined) -> Self {
        let records::Joined { community, name, device, role, buildings } = joined;
        Self { community, name, device, role, buildings }
    }
}

impl From<records::CommunityInfo> for Community {
    fn from(info: records::CommunityInfo) -> Self {
        let buildings = info.buildings.into_iter().map(|building| {
            let records::BuildingInfo { name, scope } = building;
            Building { name, scope }
        });
        Self {
            id: info.community,
            name: info.name,
            short_name: info.short,
            regulation: info.regulation,
            relay: info.relay,
            device: info.device,
            role: info.role,
            buildings: buildings.collect(),
        }
    }
}

impl From<records::Status> for Status {
    fn from(status: records::Status) -> Self {
        Self {
            unsent_complaints: status.unsent.complaints,
            unsent_photos: status.unsent.photos,
            unsent_cards: status.unsent.cards,
            last_sync: status.last_sync,
            quarantined: status.quarantine.len() as u64,
            waiting: status.waiting,
            warnings: status.warnings,
        }
    }
}

impl From<replica::SyncProgress> for SyncProgress {
    fn from(progress: replica::SyncProgress) -> Self {
        Self {
            parcels: progress.parcels,
            parcels_to_send: progress.parcels_to_send,
            blobs: progress.blobs,
            blobs_total: progress.blobs_total,
            blob_bytes: progress.blob_bytes,
            blob_bytes_total: progress.blob_bytes_total,
        }
    }
}

impl From<records::SyncReport> for SyncReport {
    fn from(report: records::SyncReport) -> Self {
        Self {
            round_trips: report.round_trips,
            parcels_sent: report.parcels_sent,
            parcels_received: report.parcels_received,
            blobs_sent: report.blobs_sent,
            blobs_received: report.blobs_received,
            bytes_sent: report.bytes_sent,
            bytes_received: report.bytes_received,
            quarantined: report.quarantined,
            history_reset: report.history_reset,
            chain_ok: report.chain_ok,
        }
    }
}

impl From<SyncOptions> for records::SyncOptions {
    fn from(options: SyncOptions) -> Self {
        let SyncOptions { metered, newest_first, originals } = options;
        Self { metered, newest_first, originals }
    }
}

impl From<records::BundleReport> for BundleReport {
    fn from(report: records::BundleReport) -> Self {
        Self { parcels: report.parcels, blobs: report.blobs }
    }
}

impl From<records::DoctorReport> for RepairReport {
    fn from(report: records::DoctorReport) -> Self {
        let records::DoctorReport { checked, problems, repaired } = report;
        Self { checked, problems, repaired }
    }
}
