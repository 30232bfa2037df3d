//! Syncing with another device without a relay: the app brings the bytes, by Bluetooth or Wi-Fi.

use std::sync::Arc;

use floorwalk_replica::PeerSession;

use crate::engine::{Engine, PeerSlot, joined, lock};
use crate::error::{Lifecycle, Result};
use crate::floorwalk::Floorwalk;
use crate::records::SyncReport;
use crate::runtime;

#[uniffi::export]
impl Floorwalk {
    /// Begins a sync with another device. Both sides do the same: send what `next` gives until it
    /// gives nothing, hand what arrives to `receive`, and so on until both are done.
    pub async fn begin_peer_session(&self) -> Result<Arc<PeerChannel>> {
        let (engine, beginning) = (self.engine.clone(), self.engine.clone());
        let begun = runtime::handle().spawn_blocking(move || beginning.begin_peer());
        Ok(Arc::new(PeerChannel { slot: joined(begun).await?, engine }))
    }
}

/// One end of a sync between two devices. It ends when it is dropped or the app is suspended;
/// everything taken in until then is kept, and a later session goes on from there.
#[derive(uniffi::Object)]
pub struct PeerChannel {
    slot: Arc<PeerSlot>,
    engine: Arc<Engine>,
}

#[uniffi::export]
impl PeerChannel {
    /// The next bytes to send, in order; none when it is the other side's turn. Everything that was
    /// taken in is durable when this returns.
    pub async fn next(&self) -> Result<Option<Vec<u8>>> {
        self.with(PeerSession::next_bytes).await
    }

    /// Takes bytes as they arrived, in order and in pieces of any size. Fails with `relay_broken`
    /// when they can't be messages of a session: end it then.
    pub async fn receive(&self, bytes: Vec<u8>) -> Result<()> {
        self.with(move |session| session.receive(&bytes)).await
    }

    /// Whether both sides have all that they can have from each other.
    pub async fn is_done(&self) -> Result<bool> {
        self.with(|session| Ok(session.is_done())).await
    }

    /// What the session has done so far.
    pub async fn report(&self) -> Result<SyncReport> {
        self.with(|session| Ok(session.report().into())).await
    }
}

impl PeerChannel {
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut PeerSession) -> floorwalk_replica::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (slot, engine) = (self.slot.clone(), self.engine.clone());
        let worked = runtime::handle().spawn_blocking(move || {
            let mut held = lock(&slot);
            let Some(session) = held.as_mut() else {
                // Suspended or shut down: whichever it is now, or was meanwhile.
                engine.session()?;
                return Err(Lifecycle::Suspended.into());
            };
            Ok(work(session)?)
        });
        joined(worked).await
    }
}
