//! What the library tells of its own work, for an app's log.
//!
//! Invariant: a line holds counts, states and codes; never a word of anybody, a name, a key, an id
//! or a path.

use std::sync::{Arc, PoisonError, RwLock};

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, uniffi::Enum)]
pub enum LogLevel {
    /// Something failed.
    Error,
    /// Something is not as it should be, and goes on.
    Warn,
    /// What happened.
    Info,
    /// What happened in detail.
    Debug,
}

/// Hears what the library tells of its own work.
#[uniffi::export(with_foreign)]
pub trait LogListener: Send + Sync {
    /// A line. Called on a thread of the library; must be quick and must not call back.
    fn logged(&self, level: LogLevel, target: String, message: String);
}

type Sink = Option<(LogLevel, Arc<dyn LogListener>)>;

static SINK: RwLock<Sink> = RwLock::new(None);

/// Sends lines of this level and above to a listener; to nobody where there is none. One listener
/// for the process: a new one takes the old one's place.
#[uniffi::export]
pub fn set_log_listener(listener: Option<Arc<dyn LogListener>>, level: LogLevel) {
    let sink = listener.map(|listener| (level, listener));
    *SINK.write().unwrap_or_else(PoisonError::into_inner) = sink;
}

/// Tells a line, where somebody listens.
pub(crate) fn say(level: LogLevel, target: &str, message: impl FnOnce() -> String) {
    let sink = SINK.read().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((_, listener)) = sink.filter(|(most, _)| level <= *most) {
        listener.logged(level, target.to_owned(), message());
    }
}
