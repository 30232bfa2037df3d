//! Hearing of changes: a listener hears the present state first, and then each change.
//!
//! Calls to one listener come one at a time, on a thread of the library, never on the caller's.
//! States that are equal are told once; where several changes come at once, only the last state is
//! told. A listener should be quick, and may call the library. While the app is suspended, nothing
//! is told; after it, what has changed since.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

use floorwalk_replica as replica;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::engine::{Engine, lock};
use crate::error::{FloorwalkError, Lifecycle, Result};
use crate::floorwalk::Floorwalk;
use crate::records::{Complaint, ComplaintRow, ListQuery};
use crate::runtime;
use crate::sync::SyncState;

/// Hears of a list.
#[uniffi::export(with_foreign)]
pub trait ListListener: Send + Sync {
    /// The list as it is now.
    fn changed(&self, rows: Vec<ComplaintRow>);
    /// The list can't be shown now; it will be told again when it can.
    fn failed(&self, error: FloorwalkError);
}

/// Hears of a complaint.
#[uniffi::export(with_foreign)]
pub trait ComplaintListener: Send + Sync {
    /// The complaint as it is now.
    fn changed(&self, complaint: Complaint);
    /// The complaint can't be shown now; it will be told again when it can.
    fn failed(&self, error: FloorwalkError);
}

/// Hears of syncing.
#[uniffi::export(with_foreign)]
pub trait SyncListener: Send + Sync {
    /// How syncing stands now.
    fn changed(&self, state: SyncState);
}

/// A listener's place among those who hear. Cancel it when it is no longer needed; dropping it
/// cancels it too.
#[derive(uniffi::Object)]
pub struct Observation {
    gate: Arc<Gate>,
    task: AbortHandle,
}

#[uniffi::export]
impl Floorwalk {
    /// Observes the complaints of a query.
    pub fn observe_list(
        &self,
        query: ListQuery,
        listener: Arc<dyn ListListener>,
    ) -> Arc<Observation> {
        let query = query.into();
        let look = move |engine: &Engine| Ok(engine.session()?.replica.list(&query)?);
        let tell = move |seen: &Result<Vec<replica::records::ComplaintRow>>| match seen.clone() {
            Ok(rows) => listener.changed(rows.into_iter().map(ComplaintRow::from).collect()),
            Err(error) => listener.failed(error),
        };
        follow(&self.engine, self.engine.changes(), look, tell, is_end)
    }

    /// Observes one complaint, by its number or id.
    pub fn observe_complaint(
        &self,
        complaint: String,
        listener: Arc<dyn ComplaintListener>,
    ) -> Arc<Observation> {
        let look = move |engine: &Engine| Ok(engine.session()?.replica.show(&complaint)?);
        let tell = move |seen: &Result<replica::records::ComplaintDetail>| match seen.clone() {
            Ok(complaint) => listener.changed(complaint.into()),
            Err(error) => listener.failed(error),
        };
        follow(&self.engine, self.engine.changes(), look, tell, is_end)
    }

    /// Observes how syncing stands, with the progress of uploads.
    pub fn observe_sync(&self, listener: Arc<dyn SyncListener>) -> Arc<Observation> {
        let is_known = AtomicBool::new(false);
        let look = move |engine: &Engine| {
            if !is_known.swap(true, Ordering::Relaxed) {
                engine.syncing.find_last_sync(engine);
            }
            Ok(engine.syncing.state())
        };
        let tell = move |seen: &Result<SyncState>| {
            seen.iter().for_each(|state| listener.changed(state.clone()))
        };
        follow(&self.engine, self.engine.syncing.changes(), look, tell, |seen| {
            let error = seen.as_ref().ok().and_then(|state| state.error.as_ref());
            error.is_some_and(|error| error.is(Lifecycle::ShutDown))
        })
    }
}

#[uniffi::export]
impl Observation {
    /// Ends it. When this returns the listener hears nothing more; where it is hearing something at
    /// this moment on another thread, this waits for it. Cancelling twice does nothing.
    pub fn cancel(&self) {
        self.task.abort();
        self.gate.close();
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        self.task.abort();
        self.gate.closed.store(true, Ordering::SeqCst);
    }
}

/// Looks again whenever something has changed, and tells what is new, until it is the last.
/// `is_last` knows that, by what was told.
fn follow<T: PartialEq + Send + 'static, C: Send + Sync + 'static>(
    engine: &Arc<Engine>,
    mut changes: watch::Receiver<C>,
    look: impl Fn(&Engine) -> Result<T> + Send + Sync + 'static,
    tell: impl Fn(&Result<T>) + Send + Sync + 'static,
    is_last: fn(&Result<T>) -> bool,
) -> Arc<Observation> {
    let gate = Arc::new(Gate::default());
    let (engine, speaks) = (engine.clone(), gate.clone());
    let (look, tell) = (Arc::new(look), Arc::new(tell));
    let task = runtime::handle().spawn(async move {
        let mut told: Option<Result<T>> = None;
        loop {
            changes.mark_unchanged();
            let (engine, speaks) = (engine.clone(), speaks.clone());
            let (look, tell, before) = (look.clone(), tell.clone(), told.take());
            let looked = runtime::handle().spawn_blocking(move || {
                let seen = look(&engine);
                let is_asleep = seen.as_ref().is_err_and(|error| error.is(Lifecycle::Suspended));
                if is_asleep || before.as_ref() == Some(&seen) {
                    return before;
                }
                speaks.speak(|| tell(&seen));
                Some(seen)
            });
            // A listener's panic is its own: it is told again with the next change.
            told = looked.await.unwrap_or_default();
            if told.as_ref().is_some_and(is_last) || changes.changed().await.is_err() {
                return;
            }
        }
    });
    Arc::new(Observation { gate, task: task.abort_handle() })
}

/// Whether it can't be looked at any more.
fn is_end<T>(seen: &Result<T>) -> bool {
    seen.as_ref().is_err_and(|error| error.is(Lifecycle::ShutDown))
}

/// Lets one call through at a time, and none once it is closed.
#[derive(Default)]
struct Gate {
    closed: AtomicBool,
    turn: Mutex<()>,
    speaker: Mutex<Option<ThreadId>>,
}

impl Gate {
    fn speak(&self, say: impl FnOnce()) {
        struct Silent<'a>(&'a Mutex<Option<ThreadId>>);
        impl Drop for Silent<'_> {
            fn drop(&mut self) {
                *lock(self.0) = None;
            }
        }
        let _turn = lock(&self.turn);
        if self.closed.load(Ordering::SeqCst) {
            return;
        }
        *lock(&self.speaker) = Some(thread::current().id());
        let _silent = Silent(&self.speaker);
        say();
    }

    /// Closes it, and waits for a call that is under way, unless that is what closes it.
    fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        let inside = *lock(&self.speaker) == Some(thread::current().id());
        if !inside {
            drop(lock(&self.turn));
        }
    }
}
