//! Telling clients that something may look different.
//!
//! A listener first hears the present state and then, after each change, the state again: it
//! never has to ask, and never misses what happened between asking and listening. Calls come on
//! whatever thread made the change, one after another; a listener must be quick and must not call
//! back into the replica from within.

use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Hears that lists, complaints or the state of sync may look different.
pub trait Listener: Send + Sync {
    /// Something changed. The number counts up; equal numbers mean nothing changed in between.
    fn changed(&self, version: u64);
}

/// Keeps a listener subscribed. Dropping it ends the subscription.
#[must_use = "dropping a subscription ends it"]
pub struct Subscription {
    // Held, never read: the observers know the listener by a weak reference to this.
    _listener: Arc<dyn Listener>,
}

/// The listeners of one replica.
#[derive(Default)]
pub(crate) struct Observers {
    inner: Mutex<Inner>,
    wake: tokio::sync::Notify,
}

#[derive(Default)]
struct Inner {
    version: u64,
    listeners: Vec<Weak<dyn Listener>>,
}

impl Observers {
    /// Subscribes a listener, which hears the present version at once.
    pub(crate) fn subscribe(&self, listener: Arc<dyn Listener>) -> Subscription {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.listeners.retain(|listener| listener.strong_count() > 0);
        inner.listeners.push(Arc::downgrade(&listener));
        listener.changed(inner.version);
        Subscription { _listener: listener }
    }

    /// Tells everyone that something changed.
    pub(crate) fn notify(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.version += 1;
        let version = inner.version;
        inner.listeners.retain(|listener| match listener.upgrade() {
            Some(listener) => {
                listener.changed(version);
                true
            }
            None => false,
        });
        self.wake.notify_one();
    }

    /// Waits until something has changed since the last wait.
    pub(crate) async fn changed(&self) {
        self.wake.notified().await;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    struct Heard(Mutex<Vec<u64>>);

    impl Listener for Heard {
        fn changed(&self, version: u64) {
            self.0.lock().unwrap().push(version);
        }
    }

    #[test]
    fn a_listener_hears_the_present_first_and_nothing_after_it_left() {
        let observers = Observers::default();
        observers.notify();
        let heard = Arc::new(Heard(Mutex::default()));
        let subscription = observers.subscribe(heard.clone());
        observers.notify();
        drop(subscription);
        assert_eq!(*heard.0.lock().unwrap(), [1, 2]);
        let weak = Arc::downgrade(&heard);
        drop(heard);
        observers.notify();
        assert!(weak.upgrade().is_none());
    }
}
