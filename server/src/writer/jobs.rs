//! What the writer can be asked. A job that fails is dropped with its `reply`.

use std::sync::Arc;

use axum::body::Bytes;
use floorwalk_sync::{Access, Hello};
use floorwalk_wire::{CommunityId, DeviceId, Membership, SignedHead, Timestamp};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::store::{StoreAnswer, StoreRequest};
use crate::blobs::uploads::{NotTaken, Upload, UploadId, Wanted};

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
    PutSmallBlob {
        wanted: Wanted,
        bytes: Bytes,
        reply: oneshot::Sender<Result<(), NotTaken>>,
    },
    BeginUpload {
        wanted: Wanted,
        upload: Upload,
        reply: oneshot::Sender<Result<Upload, NotTaken>>,
    },
    TouchUpload {
        upload: UploadId,
        expires_at: Timestamp,
        reply: oneshot::Sender<()>,
    },
    /// Answers whether it became a blob; not when it was erased meanwhile.
    FinishUpload {
        wanted: Wanted,
        upload: Upload,
        reply: oneshot::Sender<bool>,
    },
    EndUpload {
        upload: UploadId,
        reply: oneshot::Sender<()>,
    },
    ExpireUploads {
        reply: oneshot::Sender<Vec<UploadId>>,
    },
    EraseBlob {
        wanted: Wanted,
        device: DeviceId,
        reply: oneshot::Sender<(Vec<UploadId>, bool)>,
    },
    RenewHistory {
        proof: SignedHead,
        reply: oneshot::Sender<()>,
    },
}
