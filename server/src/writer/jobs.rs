//! What the writer can be asked. A job that fails is dropped with its `reply`.

use std::sync::Arc;

use floorwalk_sync::{Access, Hello};
use floorwalk_wire::{BlobId, CommunityId, DeviceId, Membership, ScopeId, SignedHead};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::store::{StoreAnswer, StoreRequest};

/// A job in the queue, with the room that it takes there until it is done.
pub(super) struct Queued {
    pub job: Job,
    pub size_bytes: usize,
    pub room: OwnedSemaphorePermit,
}

pub(super) enum Job {
    Read(ReadJob),
    Write(WriteJob),
    Stop { reply: oneshot::Sender<()> },
}

/// Answered from committed state.
pub(super) enum ReadJob {
    Admit { hello: Hello, reply: oneshot::Sender<Access> },
    Membership { community: CommunityId, reply: oneshot::Sender<Arc<Membership>> },
    Seen { community: CommunityId, device: DeviceId, reply: oneshot::Sender<()> },
    Probe { reply: oneshot::Sender<()> },
}

/// Answered when it is durable.
pub(super) enum WriteJob {
    Store {
        request: StoreRequest,
        reply: oneshot::Sender<StoreAnswer>,
    },
    AddBlob {
        community: CommunityId,
        scope: ScopeId,
        blob: BlobId,
        size_bytes: u64,
        reply: oneshot::Sender<bool>,
    },
    RenewHistory {
        proof: SignedHead,
        reply: oneshot::Sender<()>,
    },
}
