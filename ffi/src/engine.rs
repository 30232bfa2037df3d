//! What holds the replica over its life: opened by the first call, released when the app is
//! suspended, opened again by the first call after that.
//!
//! Invariants: there is at most one open replica for an engine; a call has it or gets an error of
//! the library's life; when suspending or shutting down has returned, nothing of this library
//! holds the database file.

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use floorwalk_replica as replica;
use replica::{ErrorCode, Listener, PeerSession, Replica, Subscription};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::error::{Lifecycle, Result};
use crate::log::{self, LogLevel};
use crate::runtime;
use crate::sync::Syncing;

/// A session with another device; empty once it has ended.
pub(crate) type PeerSlot = Mutex<Option<PeerSession>>;

/// One device's replica over its life.
pub(crate) struct Engine {
    folder: PathBuf,
    keychain: Arc<dyn replica::Keychain>,
    life: Mutex<Life>,
    /// Taken by whoever closes or opens, so that neither overtakes the other.
    turn: tokio::sync::Mutex<()>,
    changes: watch::Sender<u64>,
    peers: Mutex<Vec<Weak<PeerSlot>>>,
    pub(crate) syncing: Syncing,
}

enum Life {
    /// The next call opens it.
    Closed,
    Open(Open),
    Suspended,
    ShutDown,
}

struct Open {
    replica: Replica,
    /// Turns true when conversations have to end.
    ending: watch::Sender<bool>,
    _changes: Subscription,
}

/// The replica for one call.
pub(crate) struct Session {
    pub(crate) replica: Replica,
    ending: watch::Receiver<bool>,
}

impl Engine {
    /// An engine for a folder. Nothing is read yet.
    pub(crate) fn new(folder: PathBuf, keychain: Arc<dyn replica::Keychain>) -> Self {
        Self {
            folder,
            keychain,
            life: Mutex::new(Life::Closed),
            turn: tokio::sync::Mutex::default(),
            changes: watch::Sender::new(0),
            peers: Mutex::default(),
            syncing: Syncing::default(),
        }
    }

    /// Does a piece of work with the replica where it may block. It goes on to its end when the
    /// caller goes away.
    pub(crate) async fn call<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Replica) -> replica::Result<T> + Send + 'static,
    ) -> Result<T> {
        let engine = self.clone();
        joined(runtime::handle().spawn_blocking(move || Ok(work(&engine.session()?.replica)?)))
            .await
    }

    /// Has a conversation with the relay, which goes on to its end when the caller goes away, and
    /// ends when the app is suspended.
    pub(crate) async fn converse<T: Send + 'static, F>(
        self: &Arc<Self>,
        work: impl FnOnce(Replica) -> F + Send + 'static,
    ) -> Result<T>
    where
        F: Future<Output = replica::Result<T>> + Send,
    {
        let engine = self.clone();
        joined(runtime::handle().spawn(async move { engine.run(work).await })).await
    }

    /// The same for the caller's own task: it ends when that is dropped.
    pub(crate) async fn run<T, F>(
        self: &Arc<Self>,
        work: impl FnOnce(Replica) -> F + Send,
    ) -> Result<T>
    where
        F: Future<Output = replica::Result<T>> + Send,
    {
        let engine = self.clone();
        let opened = runtime::handle().spawn_blocking(move || engine.session());
        let Session { replica, mut ending } = joined(opened).await?;
        tokio::select! {
            outcome = work(replica) => Ok(outcome?),
            _ = ending.wait_for(|ending| *ending) => Err(Lifecycle::Suspended.into()),
        }
    }

    /// The replica, opened where it is not. May block.
    pub(crate) fn session(&self) -> Result<Session> {
        let mut life = self.life();
        match &*life {
            Life::Suspended => return Err(Lifecycle::Suspended.into()),
            Life::ShutDown => return Err(Lifecycle::ShutDown.into()),
            Life::Open(open) => return Ok(open.session()),
            Life::Closed => {}
        }
        let replica = Replica::open_with(&self.folder, self.keychain.clone())?;
        log::say(LogLevel::Info, "engine", || "opened".to_owned());
        let changes = replica.observe(Arc::new(Bump(self.changes.clone())));
        let open = Open { replica, ending: watch::Sender::new(false), _changes: changes };
        let session = open.session();
        *life = Life::Open(open);
        Ok(session)
    }

    /// Checks everything and puts right what can be, also where the database can't be opened.
    pub(crate) async fn repair(self: &Arc<Self>) -> Result<replica::records::DoctorReport> {
        let engine = self.clone();
        let damaged = move || match engine.session() {
            Ok(session) => Ok(session.replica.doctor(true)?),
            Err(error) if error.code() == ErrorCode::StoreDamaged.as_str() => {
                // Nobody opens it while this holds the engine's life.
                let _closed = engine.life();
                Ok(Replica::rescue_with(&engine.folder, engine.keychain.clone())?)
            }
            Err(error) => Err(error),
        };
        let report = joined(runtime::handle().spawn_blocking(damaged)).await;
        self.bump();
        report
    }

    /// Ends conversations, finishes what runs and releases the database; calls are refused until
    /// [`Self::resume`].
    pub(crate) async fn suspend(self: &Arc<Self>) -> Result<()> {
        self.close(Life::Suspended).await
    }

    /// Allows calls again.
    pub(crate) async fn resume(self: &Arc<Self>) -> Result<()> {
        let engine = self.clone();
        let resumed = runtime::handle().spawn(async move {
            let _turn = engine.turn.lock().await;
            engine.set_unless_shut_down(|life| match life {
                Life::Suspended => Life::Closed,
                other => other,
            })
        });
        joined(resumed).await?;
        self.bump();
        Ok(())
    }

    /// The same as suspending, for good.
    pub(crate) async fn shut_down(self: &Arc<Self>) -> Result<()> {
        let engine = self.clone();
        let shut_down = runtime::handle().spawn(async move {
            let closed = engine.close(Life::ShutDown).await;
            engine.syncing.stop().await;
            engine.bump();
            // It may have been shut down before.
            closed.or_else(|error| if error.is(Lifecycle::ShutDown) { Ok(()) } else { Err(error) })
        });
        joined(shut_down).await
    }

    async fn close(self: &Arc<Self>, to: Life) -> Result<()> {
        let engine = self.clone();
        let closed = runtime::handle().spawn(async move {
            let _turn = engine.turn.lock().await;
            let mut before = None;
            let closing = engine.clone();
            let taken = runtime::handle().spawn_blocking(move || {
                closing.set_unless_shut_down(|life| {
                    before = Some(life);
                    to
                })?;
                Ok(before)
            });
            let Some(Life::Open(open)) = joined(taken).await? else { return Ok(()) };
            open.ending.send_replace(true);
            for slot in engine.peers().drain(..).filter_map(|slot| slot.upgrade()) {
                lock(&slot).take();
            }
            let Open { replica, _changes: changes, .. } = open;
            drop(changes);
            replica.close().await;
            log::say(LogLevel::Info, "engine", || "closed".to_owned());
            Ok(())
        });
        joined(closed).await
    }

    fn set_unless_shut_down(&self, next: impl FnOnce(Life) -> Life) -> Result<()> {
        let mut life = self.life();
        if matches!(*life, Life::ShutDown) {
            return Err(Lifecycle::ShutDown.into());
        }
        let before = std::mem::replace(&mut *life, Life::Closed);
        *life = next(before);
        Ok(())
    }

    /// Begins a session with another device, which lasts no longer than until the app is suspended.
    /// May block.
    pub(crate) fn begin_peer(&self) -> Result<Arc<PeerSlot>> {
        let session = self.session()?.replica.sync_with_device()?;
        let slot = Arc::new(Mutex::new(Some(session)));
        {
            let mut peers = self.peers();
            peers.retain(|slot| slot.strong_count() > 0);
            peers.push(Arc::downgrade(&slot));
        }
        // Whoever closes says so first and then ends the sessions that it finds: this one was
        // found, or sees here that it came too late.
        match &*self.life() {
            Life::Open(_) => Ok(slot),
            Life::ShutDown => Err(Lifecycle::ShutDown.into()),
            Life::Closed | Life::Suspended => Err(Lifecycle::Suspended.into()),
        }
    }

    /// Tells whenever something may look different.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// How many observations and others wait for changes.
    pub(crate) fn observers(&self) -> usize {
        self.changes.receiver_count()
    }

    /// Makes whoever observes look again.
    pub(crate) fn bump(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        lock(&self.life)
    }

    fn peers(&self) -> MutexGuard<'_, Vec<Weak<PeerSlot>>> {
        lock(&self.peers)
    }
}

impl Open {
    fn session(&self) -> Session {
        Session { replica: self.replica.clone(), ending: self.ending.subscribe() }
    }
}

/// Hears that the replica has changed.
struct Bump(watch::Sender<u64>);

impl Listener for Bump {
    fn changed(&self, _version: u64) {
        self.0.send_modify(|changes| *changes += 1);
    }
}

/// What a task came to; a panic in it is an error like others.
pub(crate) async fn joined<T>(task: JoinHandle<Result<T>>) -> Result<T> {
    task.await.unwrap_or_else(|_| Err(Lifecycle::Broken.into()))
}

/// Locks what no panic leaves half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
