//! Syncing with the relay: once within a deadline, or live; and how it stands.
//!
//! Invariants: at most one conversation with the relay at a time; whoever asks for a sync while one
//! runs waits for that one; a sync ends when the last who waits for it goes away, and everything
//! that it brought until then is kept.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use floorwalk_replica as replica;
use replica::WatchEvent;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::engine::{Engine, lock};
use crate::error::{FloorwalkError, Lifecycle, Result};
use crate::floorwalk::Floorwalk;
use crate::log::{self, LogLevel};
use crate::records::{SyncOptions, SyncProgress, SyncReport};
use crate::runtime;

/// After how many milliseconds a failed sync should be tried again: at first, and at most.
const RETRY_MS: (u64, u64) = (15_000, 15 * 60_000);

/// What syncing is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum SyncPhase {
    /// Nothing.
    Idle,
    /// It looks for the relay.
    Connecting,
    /// Parcels and photos travel.
    Syncing,
    /// Both sides have everything, and news travels at once.
    Live,
    /// The line broke; it will be tried again by itself.
    Waiting,
    /// A live sync has ended because trying again can't help, or the library was shut down.
    Stopped,
}

/// How syncing stands.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SyncState {
    /// What it is doing.
    pub phase: SyncPhase,
    /// How far the present or last sync has come.
    pub progress: SyncProgress,
    /// When the last sync ended well (RFC 3339).
    pub last_sync: Option<String>,
    /// Why the last sync failed; none when it did not.
    pub error: Option<FloorwalkError>,
    /// When it will be tried again by itself, in milliseconds from the failure.
    pub retry_in_ms: Option<u64>,
}

/// What became of a sync within a deadline.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum SyncOutcome {
    /// Both sides have everything.
    Done {
        /// What it did.
        report: SyncReport,
    },
    /// The deadline came first. What was brought is kept; the next sync goes on from there.
    More {
        /// How far it came.
        progress: SyncProgress,
    },
    /// The relay could not be had, or broke off; everything is kept.
    RetryAfter {
        /// After how many milliseconds to try again.
        ms: u64,
        /// Why.
        error: FloorwalkError,
    },
}

#[uniffi::export]
impl Floorwalk {
    /// Syncs with the relay until both sides have everything, or until `deadline_ms` milliseconds
    /// are over. While one runs, another call waits for the same. Made for WorkManager and
    /// BGTaskScheduler: do, then ask to be called again for `More` and `RetryAfter`.
    ///
    /// Fails where trying again can't help: `revoked`, `not_in_community`, `relay_pin_mismatch` and
    /// the like; with `cancelled`, and with `suspended`.
    pub async fn sync_once(&self, deadline_ms: u64) -> Result<SyncOutcome> {
        once(&self.engine, Duration::from_millis(deadline_ms)).await
    }

    /// Ends the sync that runs for `sync_once`: whoever waits for it gets `cancelled`. Everything
    /// is kept, and the next sync goes on from there.
    pub fn cancel_sync(&self) {
        if let Some(flight) = &*lock(&self.engine.syncing.flight) {
            flight.cancel.send_replace(true);
        }
    }

    /// Keeps in sync from now on, reconnecting as needed, until `stop_live`. Calling it twice does
    /// nothing. See `observe_sync` for what becomes of it.
    pub fn start_live(&self) {
        let mut live = lock(&self.engine.syncing.live);
        if live.as_ref().is_some_and(|live| !live.task.is_finished()) {
            return;
        }
        let (stop, stopped) = watch::channel(false);
        let task = runtime::handle().spawn(stay_live(self.engine.clone(), stopped));
        *live = Some(Live { stop, task });
    }

    /// Ends a live sync; when this returns, it has ended.
    pub async fn stop_live(&self) {
        self.engine.syncing.stop_live().await;
    }

    /// What the next syncs do about photos, live ones too. Text always travels.
    pub async fn set_sync_options(&self, options: SyncOptions) -> Result<()> {
        let work = move |replica: &replica::Replica| {
            replica.set_sync_options(options.into());
            Ok(())
        };
        self.engine.call(work).await
    }
}

/// The part of an engine that syncs.
pub(crate) struct Syncing {
    state: watch::Sender<SyncState>,
    flight: Mutex<Option<Flight>>,
    live: Mutex<Option<Live>>,
    /// Whether `sync_once` wants the line, which a live sync then leaves to it.
    once: watch::Sender<bool>,
    failures: Mutex<u32>,
}

/// The sync that runs for `sync_once`.
struct Flight {
    waiting: usize,
    cancel: watch::Sender<bool>,
    outcome: watch::Receiver<Option<Result<SyncReport>>>,
}

struct Live {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Default for Syncing {
    fn default() -> Self {
        let state = SyncState {
            phase: SyncPhase::Idle,
            progress: SyncProgress::default(),
            last_sync: None,
            error: None,
            retry_in_ms: None,
        };
        Self {
            state: watch::Sender::new(state),
            flight: Mutex::default(),
            live: Mutex::default(),
            once: watch::Sender::new(false),
            failures: Mutex::default(),
        }
    }
}

/// Somebody who waits for a sync. The sync ends when the last one goes away.
struct Waiter {
    engine: Arc<Engine>,
    cancel: watch::Sender<bool>,
    outcome: watch::Receiver<Option<Result<SyncReport>>>,
    /// Whether the sync was being ended already when this one came.
    came_late: bool,
}

impl Waiter {
    /// Joins the sync that runs, or begins one.
    fn join(engine: &Arc<Engine>) -> Self {
        let mut flight = lock(&engine.syncing.flight);
        let flight = flight.get_or_insert_with(|| {
            let (cancel, cancelled) = watch::channel(false);
            let (tell, outcome) = watch::channel(None);
            runtime::handle().spawn(fly(engine.clone(), cancelled, tell));
            Flight { waiting: 0, cancel, outcome }
        });
        flight.waiting += 1;
        let (cancel, outcome) = (flight.cancel.clone(), flight.outcome.clone());
        let came_late = *cancel.borrow();
        Self { engine: engine.clone(), cancel, outcome, came_late }
    }

    /// What the sync came to.
    async fn outcome(&mut self) -> Result<SyncReport> {
        match self.outcome.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or_else(|| Err(Lifecycle::Broken.into())),
            Err(_) => Err(Lifecycle::Broken.into()),
        }
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut flight = lock(&self.engine.syncing.flight);
        // The one that runs by now may be another.
        let same = flight.as_mut().filter(|flight| flight.cancel.same_channel(&self.cancel));
        if let Some(flight) = same {
            flight.waiting -= 1;
            if flight.waiting == 0 {
                flight.cancel.send_replace(true);
            }
        }
    }
}

async fn once(engine: &Arc<Engine>, deadline: Duration) -> Result<SyncOutcome> {
    let mut over = pin!({
        // A timer belongs to the runtime that it was made in.
        let _inside = runtime::handle().enter();
        tokio::time::sleep(deadline)
    });
    loop {
        let mut waiter = Waiter::join(engine);
        let ended = tokio::select! {
            outcome = waiter.outcome() => Some(outcome),
            () = &mut over => None,
        };
        let Some(outcome) = ended else {
            let progress = engine.syncing.state.borrow().progress;
            let mut outcome = waiter.outcome.clone();
            let cancel = waiter.cancel.clone();
            drop(waiter);
            if *cancel.borrow() {
                // Nobody waits for it any more: its work with the store ends with this call.
                let _ = outcome.wait_for(Option::is_some).await;
            }
            return Ok(SyncOutcome::More { progress });
        };
        match outcome {
            // That was not meant for this call.
            Err(error) if waiter.came_late && error.is(Lifecycle::Cancelled) => {}
            Ok(report) => return Ok(SyncOutcome::Done { report }),
            Err(error) => return retry_later(engine, error),
        }
    }
}

fn retry_later(engine: &Engine, error: FloorwalkError) -> Result<SyncOutcome> {
    let FloorwalkError::Failed { kind, .. } = &error;
    if !error.is_retryable() || *kind == crate::ErrorKind::Lifecycle {
        return Err(error);
    }
    let failures = (*lock(&engine.syncing.failures)).clamp(1, 16);
    let ms = (RETRY_MS.0 << (failures - 1)).min(RETRY_MS.1);
    Ok(SyncOutcome::RetryAfter { ms, error })
}

/// One sync from its beginning to its end.
async fn fly(
    engine: Arc<Engine>,
    mut cancelled: watch::Receiver<bool>,
    tell: watch::Sender<Option<Result<SyncReport>>>,
) {
    let syncing = &engine.syncing;
    let landing = Landing(syncing);
    syncing.once.send_replace(true);
    syncing.begin(SyncPhase::Connecting);
    let watched = engine.clone();
    let sync = engine.run(|replica| async move {
        let progress = |progress: replica::SyncProgress| watched.syncing.progress(progress);
        replica.sync_once(progress).await
    });
    let outcome = tokio::select! {
        outcome = sync => outcome,
        _ = cancelled.wait_for(|cancelled| *cancelled) => Err(Lifecycle::Cancelled.into()),
    };
    syncing.end(outcome.as_ref().err());
    drop(landing);
    tell.send_replace(Some(outcome.map(SyncReport::from)));
}

/// Makes place for the next sync, whatever became of this one.
struct Landing<'a>(&'a Syncing);

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        lock(&self.0.flight).take();
        self.0.once.send_replace(false);
    }
}

/// Keeps in sync until told to stop, giving way to `sync_once` and sleeping with the app.
async fn stay_live(engine: Arc<Engine>, mut stop: watch::Receiver<bool>) {
    let mut once = engine.syncing.once.subscribe();
    let mut changes = engine.changes();
    loop {
        changes.mark_unchanged();
        let ended = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            ended = live_session(&engine, &mut once) => ended,
        };
        let Err(error) = ended else { continue };
        if !error.is(Lifecycle::Suspended) {
            engine.syncing.state.send_modify(|state| {
                (state.phase, state.error) = (SyncPhase::Stopped, Some(error));
            });
            return;
        }
        engine.syncing.rest();
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            _ = changes.changed() => {}
        }
    }
    engine.syncing.rest();
}

/// One live session: well when `sync_once` wants the line.
async fn live_session(engine: &Arc<Engine>, once: &mut watch::Receiver<bool>) -> Result<()> {
    // The sender lives as long as the engine.
    let _ = once.wait_for(|once| !*once).await;
    engine.syncing.begin(SyncPhase::Connecting);
    let watched = engine.clone();
    let (_stop, never) = watch::channel(false);
    let watching = engine.run(|replica| async move {
        replica.watch(never, |event| watched.syncing.hear(event)).await
    });
    tokio::select! {
        ended = watching => ended,
        _ = once.wait_for(|once| *once) => Ok(()),
    }
}

impl Syncing {
    /// Looks up when the last sync was, where that is not known yet. May block.
    pub(crate) fn find_last_sync(&self, engine: &Engine) {
        if self.state.borrow().last_sync.is_some() {
            return;
        }
        let status = engine.session().ok().and_then(|session| session.replica.status().ok());
        if let Some(at) = status.and_then(|status| status.last_sync) {
            self.state.send_modify(|state| state.last_sync = Some(at));
        }
    }

    /// Tells whenever syncing stands otherwise.
    pub(crate) fn changes(&self) -> watch::Receiver<SyncState> {
        self.state.subscribe()
    }

    /// How syncing stands.
    pub(crate) fn state(&self) -> SyncState {
        self.state.borrow().clone()
    }

    fn begin(&self, phase: SyncPhase) {
        self.state.send_modify(|state| {
            state.phase = phase;
            state.progress = SyncProgress::default();
            state.retry_in_ms = None;
        });
    }

    async fn stop_live(&self) {
        let live = lock(&self.live).take();
        if let Some(Live { stop, task }) = live {
            stop.send_replace(true);
            // A panic in there has ended it as well.
            let _ = task.await;
        }
    }

    /// Says that there will be no sync any more, when those that were have ended.
    pub(crate) async fn stop(&self) {
        self.stop_live().await;
        let flight = lock(&self.flight).as_ref().map(|flight| flight.outcome.clone());
        if let Some(mut outcome) = flight {
            let _ = outcome.wait_for(Option::is_some).await;
        }
        self.state.send_modify(|state| {
            (state.phase, state.retry_in_ms) = (SyncPhase::Stopped, None);
            state.error = Some(Lifecycle::ShutDown.into());
        });
    }

    fn rest(&self) {
        self.state.send_modify(|state| {
            (state.phase, state.retry_in_ms) = (SyncPhase::Idle, None);
        });
    }

    fn progress(&self, progress: replica::SyncProgress) {
        self.state.send_modify(|state| {
            (state.phase, state.progress) = (SyncPhase::Syncing, progress.into());
        });
    }

    fn end(&self, error: Option<&FloorwalkError>) {
        let mut failures = lock(&self.failures);
        *failures = if error.is_some() { failures.saturating_add(1) } else { 0 };
        let code = error.map_or("done", FloorwalkError::code);
        log::say(LogLevel::Info, "sync", || format!("ended: {code}"));
        // Whoever cancels or suspends knows it.
        let known = [Lifecycle::Cancelled, Lifecycle::Suspended];
        let told = error.filter(|error| !known.iter().any(|known| error.is(*known)));
        self.state.send_modify(|state| {
            (state.phase, state.error) = (SyncPhase::Idle, told.cloned());
            if error.is_none() {
                state.last_sync = Some(replica::now_text());
            }
        });
    }

    fn hear(&self, event: WatchEvent) {
        match event {
            WatchEvent::Connected => {
                log::say(LogLevel::Info, "sync", || "live".to_owned());
                self.state.send_modify(|state| {
                    (state.phase, state.error) = (SyncPhase::Live, None);
                    state.retry_in_ms = None;
                });
            }
            WatchEvent::Synced(_) => self.state.send_modify(|state| {
                (state.phase, state.error) = (SyncPhase::Live, None);
                state.last_sync = Some(replica::now_text());
            }),
            WatchEvent::Transferring(progress) => {
                self.state.send_modify(|state| state.progress = progress.into());
            }
            WatchEvent::Disconnected { code, retry_in_ms } => {
                log::say(LogLevel::Warn, "sync", || format!("broken off: {}", code.as_str()));
                self.state.send_modify(|state| {
                    (state.phase, state.error) = (SyncPhase::Waiting, Some(code.into()));
                    state.retry_in_ms = Some(retry_in_ms);
                });
            }
        }
    }
}
