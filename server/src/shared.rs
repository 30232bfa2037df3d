//! What all connections of a running relay share.

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use floorwalk_wire::Timestamp;
use floorwalk_wire::message::RelayIdentity;
use floorwalk_wire::signing::device_id;
use tokio::sync::{broadcast, watch};

use crate::blobs::BlobFiles;
use crate::blobs::tus::Busy;
use crate::clock;
use crate::config::Limits;
use crate::live::{Change, Devices, Phase};
use crate::metrics::Metrics;
use crate::reader::Reader;
use crate::ticket::TicketOffice;
use crate::writer::Writer;

/// What all connections of a running relay share.
pub(crate) struct Shared {
    pub key: SigningKey,
    pub limits: Limits,
    pub writer: Writer,
    pub reader: Arc<Reader>,
    pub blobs: BlobFiles,
    pub busy: Busy,
    pub tickets: TicketOffice,
    pub devices: Arc<Devices>,
    pub changes: broadcast::Sender<Change>,
    pub phase: watch::Sender<Phase>,
    pub metrics: Arc<Metrics>,
}

impl Shared {
    /// When an upload that something arrived of just now is given up.
    pub(crate) fn upload_expiry(&self) -> Timestamp {
        let life_ms = i64::try_from(self.limits.upload_life.as_millis()).unwrap_or(i64::MAX);
        Timestamp(clock::now().0.saturating_add(life_ms))
    }

    /// Who the relay is now; none when it is stopping.
    pub(crate) fn identity(&self) -> Option<RelayIdentity> {
        match *self.phase.borrow() {
            Phase::Serving(history) => Some(RelayIdentity { key: device_id(&self.key), history }),
            Phase::Stopping => None,
        }
    }
}
