//! The one writer: a thread with its own connection, which decides what is stored and where.
//!
//! Jobs that wait are taken together, each within a savepoint of its own, committed once, and
//! answered only then: an answer means durable. When the commit fails nobody is answered, which
//! they take for [`Error::Unavailable`]; the connection is opened anew and nothing is remembered
//! that was not committed. What needs no writing is answered first, from committed state.

mod batch;
mod jobs;
mod store;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;

use axum::body::Bytes;
use floorwalk_sync::{Access, Hello};
use floorwalk_wire::{CommunityId, DeviceId, Membership, SignedHead, Timestamp};
use rusqlite::Connection;
use tokio::sync::{Semaphore, broadcast, oneshot, watch};

use crate::blobs::uploads::{NotTaken, Upload, UploadId, Wanted};
use crate::error::Error;
use crate::live::{Change, Phase};
use crate::metrics::Metrics;

use batch::Worker;
use jobs::{Job, Queued, ReadJob, WriteJob};
pub(crate) use store::{StoreAnswer, StoreRequest};

/// What may wait for the writer, in KiB; a job weighs at least one.
const QUEUE_KIB_MAX: usize = 8 * 1024;

/// The way to the writer. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Queued>,
    room: Arc<Semaphore>,
    #[cfg(feature = "simulation")]
    inline: Option<Inline>,
}

/// In a simulation: the worker without a thread, and what it is asked.
#[cfg(feature = "simulation")]
type Inline = Arc<std::sync::Mutex<(Worker, mpsc::Receiver<Queued>)>>;

/// What the writer is started with.
pub(crate) struct Setup {
    pub data: PathBuf,
    pub connection: Connection,
    /// Whether a community may be founded without a host token.
    pub open: bool,
    pub changes: broadcast::Sender<Change>,
    pub phase: watch::Sender<Phase>,
    pub metrics: Arc<Metrics>,
}

impl Writer {
    /// Starts the thread. It ends after [`Writer::stop`].
    ///
    /// # Errors
    /// The system's, when it has no thread for us.
    pub(crate) fn start(setup: Setup) -> Result<(Self, JoinHandle<()>), Error> {
        let (sender, receiver) = mpsc::channel();
        let worker = Worker::new(setup);
        let thread = std::thread::Builder::new()
            .name("relay-writer".into())
            .spawn(move || worker.run(&receiver))
            .map_err(|error| Error::io("starting the writer", error))?;
        let room = Arc::new(Semaphore::new(QUEUE_KIB_MAX));
        let writer = Self {
            jobs: sender,
            room,
            #[cfg(feature = "simulation")]
            inline: None,
        };
        Ok((writer, thread))
    }

    /// A writer that does each job when it is asked, on the asking thread.
    #[cfg(feature = "simulation")]
    pub(crate) fn inline(setup: Setup) -> Self {
        let (jobs, receiver) = mpsc::channel();
        let worker = std::sync::Mutex::new((Worker::new(setup), receiver));
        let room = Arc::new(Semaphore::new(QUEUE_KIB_MAX));
        Self { jobs, room, inline: Some(Arc::new(worker)) }
    }

    /// What a device may do here, by its community's statements or its host token.
    pub(crate) async fn admit(&self, hello: Hello) -> Result<Access, Error> {
        self.ask(0, |reply| Job::Read(ReadJob::Admit { hello, reply })).await
    }

    /// The present members of a community.
    pub(crate) async fn membership(
        &self,
        community: CommunityId,
    ) -> Result<Arc<Membership>, Error> {
        self.ask(0, |reply| Job::Read(ReadJob::Membership { community, reply })).await
    }

    /// Stores parcels in a list, as far as their authors had the right to write them.
    pub(crate) async fn store(&self, request: StoreRequest) -> Result<StoreAnswer, Error> {
        let size_bytes = request.parcels.iter().map(|parcel| parcel.bytes().len()).sum();
        self.ask(size_bytes, |reply| Job::Write(WriteJob::Store { request, reply })).await
    }

    /// Keeps a small blob.
    pub(crate) async fn put_small_blob(
        &self,
        wanted: Wanted,
        bytes: Bytes,
    ) -> Result<Result<(), NotTaken>, Error> {
        let job = |reply| WriteJob::PutSmallBlob { wanted, bytes: bytes.clone(), reply };
        self.ask(bytes.len(), |reply| Job::Write(job(reply))).await
    }

    /// Begins an upload, which reserves its room, or finds the one that the device has begun.
    pub(crate) async fn begin_upload(
        &self,
        wanted: Wanted,
        upload: Upload,
    ) -> Result<Result<Upload, NotTaken>, Error> {
        let job = |reply| WriteJob::BeginUpload { wanted, upload, reply };
        self.ask(0, |reply| Job::Write(job(reply))).await
    }

    /// Lets an upload live on.
    pub(crate) async fn touch_upload(
        &self,
        upload: UploadId,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        let job = |reply| WriteJob::TouchUpload { upload, expires_at, reply };
        self.ask(0, |reply| Job::Write(job(reply))).await
    }

    /// Makes an upload whose file has its name a blob; false when it was erased meanwhile.
    pub(crate) async fn finish_upload(
        &self,
        wanted: Wanted,
        upload: Upload,
    ) -> Result<bool, Error> {
        let job = |reply| WriteJob::FinishUpload { wanted, upload, reply };
        self.ask(0, |reply| Job::Write(job(reply))).await
    }

    /// Ends an upload; its file is the caller's to remove.
    pub(crate) async fn end_upload(&self, upload: UploadId) -> Result<(), Error> {
        self.ask(0, |reply| Job::Write(WriteJob::EndUpload { upload, reply })).await
    }

    /// Ends the uploads whose time is over; their files are the caller's to remove.
    pub(crate) async fn expire_uploads(&self) -> Result<Vec<UploadId>, Error> {
        self.ask(0, |reply| Job::Write(WriteJob::ExpireUploads { reply })).await
    }

    /// Erases a blob of a scope. Returns the uploads of it that ended, and whether no scope has it
    /// any more; the files are the caller's to remove.
    pub(crate) async fn erase_blob(
        &self,
        wanted: Wanted,
        device: DeviceId,
    ) -> Result<(Vec<UploadId>, bool), Error> {
        self.ask(0, |reply| Job::Write(WriteJob::EraseBlob { wanted, device, reply })).await
    }

    /// Takes a new history if `proof`, which this relay has signed, is of the present history and
    /// of a place that it does not have.
    pub(crate) async fn renew_history(&self, proof: SignedHead) -> Result<(), Error> {
        self.ask(0, |reply| Job::Write(WriteJob::RenewHistory { proof, reply })).await
    }

    /// Remembers that a device was here until now. Best effort.
    pub(crate) async fn seen(&self, community: CommunityId, device: DeviceId) {
        // Lost when the writer has stopped; nothing depends on it.
        let _ = self.ask(0, |reply| Job::Read(ReadJob::Seen { community, device, reply })).await;
    }

    /// Whether the writer answers.
    pub(crate) async fn probe(&self) -> Result<(), Error> {
        self.ask(0, |reply| Job::Read(ReadJob::Probe { reply })).await
    }

    /// Finishes what waits and ends the thread; later jobs find nobody.
    pub(crate) async fn stop(&self) {
        let _ = self.ask(0, |reply| Job::Stop { reply }).await;
    }

    async fn ask<T>(
        &self,
        size_bytes: usize,
        job: impl FnOnce(oneshot::Sender<T>) -> Job,
    ) -> Result<T, Error> {
        let weight_kib = (size_bytes / 1024 + 1).min(QUEUE_KIB_MAX) as u32;
        let room = self.room.clone().acquire_many_owned(weight_kib).await;
        let room = room.map_err(|_| Error::Unavailable)?;
        let (reply, answer) = oneshot::channel();
        let queued = Queued { job: job(reply), size_bytes, room };
        self.jobs.send(queued).map_err(|_| Error::Unavailable)?;
        #[cfg(feature = "simulation")]
        if let Some(inline) = &self.inline {
            let mut inline = inline.lock().map_err(|_| Error::Unavailable)?;
            let (worker, jobs) = &mut *inline;
            worker.work_one(jobs);
        }
        answer.await.map_err(|_| Error::Unavailable)
    }
}
