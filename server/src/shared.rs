//! What all connections of a running relay share.

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use floorwalk_wire::message::RelayIdentity;
use floorwalk_wire::signing::device_id;
use tokio::sync::{broadcast, watch};

use crate::blobs::BlobFiles;
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
    pub tickets: TicketOffice,
    pub devices: Arc<Devices>,
    pub changes: broadcast::Sender<Change>,
    pub phase: watch::Sender<Phase>,
    pub metrics: Arc<Metrics>,
}

impl Shared {
    /// Who the relay is now; none when it is stopping.
    pub(crate) fn identity(&self) -> Option<RelayIdentity> {
        match *self.phase.borrow() {
            Phase::Serving(history) => Some(RelayIdentity { key: device_id(&self.key), history }),
            Phase::Stopping => None,
        }
    }
}
