//! The writer's thread: gathering jobs, one transaction for all of them, and rest.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use floorwalk_sync::{Access, Hello};
use floorwalk_wire::{Chain, CommunityId, DeviceId, HistoryId, Membership, SignedHead, Timestamp};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{broadcast, oneshot, watch};

use super::Setup;
use super::jobs::{Job, Queued, ReadJob, WriteJob};
use super::store;
use crate::blobs::uploads::{self, Found};
use crate::error::Error;
use crate::identity::make_random;
use crate::live::{Change, Phase};
use crate::members::Members;
use crate::metrics::Metrics;
use crate::tokens::{self, TokenHash};
use crate::{clock, db, lists};

/// Jobs in one commit.
const BATCH_JOBS_MAX: usize = 256;
/// Bytes of parcels in one commit.
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;
/// After this much quiet the write-ahead log is copied back and emptied.
const REST_AFTER: Duration = Duration::from_secs(1);
/// How often a relay without anything to do looks whether it has.
const IDLE: Duration = Duration::from_secs(60);
/// Devices whose last visit is kept in memory before it is written.
const SEEN_MAX: usize = 1024;

/// What is done once a job is durable: it is answered, and those who wait are told.
type Answer = Box<dyn FnOnce()>;

/// The writer's thread.
pub(super) struct Worker {
    data: PathBuf,
    /// None after a failed commit, until it is opened anew.
    connection: Option<Connection>,
    members: Members,
    open: bool,
    seen: BTreeMap<(CommunityId, DeviceId), Timestamp>,
    /// Whether something was written since the last rest.
    dirty: bool,
    changes: broadcast::Sender<Change>,
    phase: watch::Sender<Phase>,
    metrics: Arc<Metrics>,
}

impl Worker {
    pub(super) fn new(setup: Setup) -> Self {
        let Setup { data, connection, open, changes, phase, metrics } = setup;
        Self {
            data,
            connection: Some(connection),
            members: Members::default(),
            open,
            seen: BTreeMap::new(),
            // A log may be left from a relay that was killed.
            dirty: true,
            changes,
            phase,
            metrics,
        }
    }

    /// Works until it is told to stop, or nobody is left who could ask.
    pub(super) fn run(mut self, jobs: &Receiver<Queued>) {
        loop {
            let busy = self.dirty || !self.seen.is_empty();
            match jobs.recv_timeout(if busy { REST_AFTER } else { IDLE }) {
                Ok(first) => {
                    if let Some(stopped) = self.work(first, jobs) {
                        self.rest();
                        // The connection closes before the answer: the files are free then.
                        drop(self);
                        return stopped();
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.rest(),
                Err(RecvTimeoutError::Disconnected) => return self.rest(),
            }
        }
    }

    /// Does what waits, without a thread.
    #[cfg(feature = "simulation")]
    pub(super) fn work_one(&mut self, jobs: &Receiver<Queued>) {
        if let Ok(first) = jobs.try_recv()
            && let Some(stopped) = self.work(first, jobs)
        {
            self.rest();
            stopped();
        }
    }

    /// Does the jobs that wait; returns how to say so when one of them was to stop.
    fn work(&mut self, first: Queued, jobs: &Receiver<Queued>) -> Option<Answer> {
        let (mut writes, mut rooms, mut size_bytes) = (Vec::new(), Vec::new(), 0);
        let mut next = Some(first);
        let mut stop: Option<Answer> = None;
        while let Some(Queued { job, size_bytes: more_bytes, room }) = next {
            match job {
                Job::Read(job) => self.read(job),
                Job::Write(job) => {
                    writes.push(job);
                    rooms.push(room);
                    size_bytes += more_bytes;
                }
                Job::Stop { reply } => {
                    stop = Some(Box::new(move || tell(reply, ())));
                    break;
                }
            }
            let full = writes.len() >= BATCH_JOBS_MAX || size_bytes >= BATCH_BYTES_MAX;
            next = if full { None } else { jobs.try_recv().ok() };
        }
        if !writes.is_empty() || self.seen.len() >= SEEN_MAX {
            self.write(writes);
        }
        stop
    }

    fn read(&mut self, job: ReadJob) {
        // Who is not answered knows that storage failed.
        match job {
            ReadJob::Admit { hello, reply } => match self.admit(&hello) {
                Ok(access) => tell(reply, access),
                Err(error) => tracing::error!(%error, "a device could not be admitted"),
            },
            ReadJob::Membership { community, reply } => match self.load(&community) {
                Ok(membership) => tell(reply, membership),
                Err(error) => tracing::error!(%error, "members could not be read"),
            },
            ReadJob::Seen { community, device, reply } => {
                self.seen.insert((community, device), clock::now());
                tell(reply, ());
            }
            ReadJob::Probe { reply } => tell(reply, ()),
        }
    }

    fn admit(&mut self, hello: &Hello) -> Result<Access, Error> {
        let membership = self.load(&hello.community)?;
        let now = clock::now();
        if membership.is_founded() {
            if membership.member(&hello.device).is_some() {
                self.seen.insert((hello.community, hello.device), now);
            }
            return Ok(Access::Hosted(membership));
        }
        let token = TokenHash::derive(&hello.host_token);
        let valid = match token {
            Some(token) => {
                tokens::is_valid(connection(&mut self.connection, &self.data)?, token, now)?
            }
            None => false,
        };
        Ok(match token {
            _ if self.open || valid => Access::MayFound,
            Some(_) => Access::HostTokenRefused,
            None => Access::UnknownCommunity,
        })
    }

    fn load(&mut self, community: &CommunityId) -> Result<Arc<Membership>, Error> {
        let connection = connection(&mut self.connection, &self.data)?;
        self.members.load(connection, community)
    }

    /// One transaction for all jobs. A job that fails leaves no trace and no answer; when the
    /// transaction itself fails that holds for all of them.
    fn write(&mut self, jobs: Vec<WriteJob>) {
        let count = jobs.len() as u64;
        self.dirty = true;
        match self.commit(jobs) {
            Ok(answers) => {
                self.metrics.commits.fetch_add(1, Relaxed);
                self.metrics.jobs_committed.fetch_add(count, Relaxed);
                answers.into_iter().for_each(|answer| answer());
            }
            Err(error) => {
                self.metrics.commits_failed.fetch_add(1, Relaxed);
                tracing::error!(%error, jobs = count, "nothing of this batch was stored");
                self.members.forget_all();
                self.seen.clear();
                self.connection = None;
            }
        }
    }

    fn commit(&mut self, jobs: Vec<WriteJob>) -> Result<Vec<Answer>, Error> {
        let now = clock::now();
        let connection = connection(&mut self.connection, &self.data)?;
        let mut transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut answers = Vec::with_capacity(jobs.len());
        let mut context = Context {
            members: &mut self.members,
            open: self.open,
            now,
            changes: &self.changes,
            phase: &self.phase,
            metrics: &self.metrics,
        };
        for job in jobs {
            let savepoint = transaction.savepoint()?;
            match context.run(&savepoint, job) {
                Ok(answer) => {
                    savepoint.commit()?;
                    answers.push(answer);
                }
                Err(error) => {
                    tracing::error!(%error, "a job could not be stored");
                    drop(savepoint);
                    // A full disk may have ended the whole transaction.
                    if transaction.is_autocommit() {
                        return Err(error);
                    }
                }
            }
        }
        write_seen(&transaction, &self.seen)?;
        transaction.commit()?;
        self.seen.clear();
        Ok(answers)
    }

    /// Uses quiet to write down visits and to empty the write-ahead log.
    fn rest(&mut self) {
        if !self.seen.is_empty() {
            self.write(Vec::new());
        }
        if !self.dirty {
            return;
        }
        let checkpoint =
            connection(&mut self.connection, &self.data).and_then(|open| db::checkpoint(open));
        match checkpoint {
            Ok(()) => self.dirty = false,
            Err(error) => {
                tracing::warn!(%error, "the write-ahead log could not be emptied");
                self.connection = None;
            }
        }
    }
}

/// Whoever asked may have gone.
fn tell<T>(reply: oneshot::Sender<T>, answer: T) {
    let _ = reply.send(answer);
}

fn connection<'a>(
    connection: &'a mut Option<Connection>,
    data: &Path,
) -> Result<&'a mut Connection, Error> {
    match connection {
        Some(connection) => Ok(connection),
        None => Ok(connection.insert(db::open_writer(data)?)),
    }
}

fn write_seen(
    connection: &Connection,
    seen: &BTreeMap<(CommunityId, DeviceId), Timestamp>,
) -> Result<(), Error> {
    let sql = "INSERT INTO device_seen VALUES (?1, ?2, ?3)
               ON CONFLICT DO UPDATE SET last_seen = excluded.last_seen";
    let mut insert = connection.prepare_cached(sql)?;
    for ((community, device), at) in seen {
        insert.execute((community.0, device.0, at.0))?;
    }
    Ok(())
}

/// What a writing job needs besides the transaction.
struct Context<'a> {
    members: &'a mut Members,
    open: bool,
    now: Timestamp,
    changes: &'a broadcast::Sender<Change>,
    phase: &'a watch::Sender<Phase>,
    metrics: &'a Arc<Metrics>,
}

impl Context<'_> {
    fn run(&mut self, connection: &Connection, job: WriteJob) -> Result<Answer, Error> {
        match job {
            WriteJob::Store { request, reply } => {
                let (open, now) = (self.open, self.now);
                let answer = store::store(connection, self.members, &request, open, now)?;
                let (changes, metrics) = (self.changes.clone(), self.metrics.clone());
                let (community, scope) = (request.community, request.scope);
                Ok(Box::new(move || {
                    metrics.parcels_stored.fetch_add(answer.stored, Relaxed);
                    if answer.stored > 0 {
                        let membership = answer.membership.clone();
                        // Nobody may be listening.
                        let _ = changes.send(Change { community, scope, membership });
                    }
                    // Last, so that who connects after the answer does not hear of it as news.
                    tell(reply, answer);
                }))
            }
            WriteJob::PutSmallBlob { wanted, bytes, reply } => {
                let put = uploads::put_small(connection, &wanted, &bytes, self.now)?;
                Ok(Box::new(move || tell(reply, put)))
            }
            WriteJob::BeginUpload { wanted, upload, reply } => {
                let begun = uploads::begin(connection, &wanted, &upload)?;
                Ok(Box::new(move || tell(reply, begun)))
            }
            WriteJob::TouchUpload { upload, expires_at, reply } => {
                uploads::touch(connection, &upload, expires_at)?;
                Ok(Box::new(move || tell(reply, ())))
            }
            WriteJob::FinishUpload { wanted, upload, reply } => {
                let erased = uploads::look(connection, &wanted)? == Found::Erased;
                match erased {
                    true => uploads::end(connection, &upload.id)?,
                    false => uploads::finish(connection, &upload)?,
                }
                Ok(Box::new(move || tell(reply, !erased)))
            }
            WriteJob::EndUpload { upload, reply } => {
                uploads::end(connection, &upload)?;
                Ok(Box::new(move || tell(reply, ())))
            }
            WriteJob::ExpireUploads { reply } => {
                let ended = uploads::expire(connection, self.now)?;
                Ok(Box::new(move || tell(reply, ended)))
            }
            WriteJob::EraseBlob { wanted, device, reply } => {
                let erased = uploads::erase(connection, &wanted, &device, self.now)?;
                Ok(Box::new(move || tell(reply, erased)))
            }
            WriteJob::RenewHistory { proof, reply } => {
                let known = proof.history;
                let renewed = renew_history(connection, &proof)?;
                let phase = self.phase.clone();
                Ok(Box::new(move || {
                    if let Some(history) = renewed {
                        tracing::warn!(?known, ?history, "rolled back: a new history begins");
                        serve(&phase, history);
                    }
                    tell(reply, ());
                }))
            }
        }
    }
}

fn renew_history(connection: &Connection, proof: &SignedHead) -> Result<Option<HistoryId>, Error> {
    if db::history(connection)? != Some(proof.history) {
        return Ok(None);
    }
    let place = proof.chain;
    let here = match lists::find_list(connection, &proof.community, &proof.scope)? {
        Some(list) if list.chain == place => Some(place),
        Some(list) => lists::chain_at(connection, list.row, place.position)?,
        None => None,
    };
    let start = Chain::start(&proof.history, &proof.community, &proof.scope);
    if here == Some(place) || place == start {
        tracing::warn!(scope = ?proof.scope, "a peer proved a place that this relay has");
        return Ok(None);
    }
    let history = HistoryId(make_random()?);
    db::set_history(connection, &history)?;
    lists::rechain(connection, &history)?;
    Ok(Some(history))
}

/// A relay that is stopping stays so.
fn serve(phase: &watch::Sender<Phase>, history: HistoryId) {
    phase.send_if_modified(|phase| {
        let serving = *phase != Phase::Stopping;
        if serving {
            *phase = Phase::Serving(history);
        }
        serving
    });
}
