//! A relay without sockets, for a simulation: the same sessions, writer, reader and blob endpoint,
//! driven message by message and request by request, with the clock and the chance of the thread
//! that drives it. Built with the feature `simulation` only.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response};
use floorwalk_wire::Timestamp;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use crate::config::Config;
use crate::error::Error;
use crate::identity::Lock;
use crate::shared::Shared;
pub use crate::ws::simulated::Session;
use crate::{http, relay};

/// Fills bytes that the code takes for random.
pub type Chance = Box<dyn FnMut(&mut [u8])>;

thread_local! {
    static SABOTAGE: Cell<Option<Sabotage>> = const { Cell::new(None) };
    static NOW: Cell<Option<Timestamp>> = const { Cell::new(None) };
    static CHANCE: RefCell<Option<Chance>> = const { RefCell::new(None) };
}

/// Sets what this thread's clock shows; none: the system's.
pub fn set_now(now: Option<Timestamp>) {
    NOW.set(now);
}

/// Sets what this thread's random bytes come from; none: the system.
pub fn set_chance(chance: Option<Chance>) {
    CHANCE.set(chance);
}

pub(crate) fn now() -> Option<Timestamp> {
    NOW.get()
}

/// A promise that is broken on purpose, to see that a simulation finds out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// Some parcels are said to be stored and are not.
    DropParcels,
    /// A cursor is taken for known whatever its chain is.
    AcceptForkedChain,
}

/// Breaks a promise on this thread; none: keeps all.
pub fn set_sabotage(sabotage: Option<Sabotage>) {
    SABOTAGE.set(sabotage);
}

pub(crate) fn is_sabotaged(by: Sabotage) -> bool {
    SABOTAGE.get() == Some(by)
}

/// Fills bytes, if chance is set.
pub(crate) fn fill(bytes: &mut [u8]) -> bool {
    CHANCE.with_borrow_mut(|chance| chance.as_mut().map(|chance| chance(bytes)).is_some())
}

/// A relay that nobody reaches but through this value. Dropped, it has been killed: what it did
/// not answer may or may not have happened.
#[derive(Clone)]
pub struct SimulatedRelay {
    shared: Arc<Shared>,
    _lock: Arc<Lock>,
}

impl SimulatedRelay {
    /// Opens a data folder.
    ///
    /// # Errors
    /// As those of starting a relay.
    pub fn open(config: Config) -> Result<Self, Error> {
        let (shared, lock) = relay::without_sockets(config)?;
        Ok(Self { shared, _lock: Arc::new(lock) })
    }

    /// Begins a session; none when the relay can't.
    pub async fn session(&self) -> Option<Session> {
        Session::begin(self.shared.clone()).await
    }

    /// Answers a request to the blob endpoint.
    pub async fn answer<B>(&self, request: Request<B>) -> Response<Body>
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let router = TowerToHyperService::new(http::router(self.shared.clone()));
        match router.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}
