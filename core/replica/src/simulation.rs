//! What a simulation puts in the place of the world, for the thread that it runs on: the clock,
//! chance, and the network. Built with the feature `simulation` only, and without effect on a
//! thread that has set nothing.
//!
//! With these three a replica is a function of what it is asked: everything else in this package
//! is as it always is, SQLite and the relay's client included.

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use floorwalk_wire::Timestamp;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Bytes;
use hyper::{Request, Response};

/// The body of a request or a response.
pub type Body = UnsyncBoxBody<Bytes, io::Error>;
/// Work of a line.
pub type Work<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Reaches relays.
pub trait Network: Send + Sync {
    /// A line to the sync endpoint at `host:port`; none where nobody answers.
    fn line(&self, authority: &str) -> Option<Box<dyn Line>>;
    /// A line to its blob endpoint.
    fn http(&self, authority: &str) -> Option<Box<dyn Http>>;
}

/// A session with a relay. None: the line is broken.
pub trait Line: Send + Sync {
    /// Sends a message.
    fn send(&mut self, message: Vec<u8>) -> Work<'_, Option<()>>;
    /// The next message.
    fn receive(&mut self) -> Work<'_, Option<Vec<u8>>>;
}

/// A connection for requests. None: the line is broken.
pub trait Http: Send + Sync {
    /// Sends a request and waits for the answer.
    fn call(&mut self, request: Request<Body>) -> Work<'_, Option<Response<Body>>>;
}

/// Fills bytes that the code takes for random.
pub type Chance = Box<dyn FnMut(&mut [u8])>;

thread_local! {
    static SABOTAGE: Cell<Option<Sabotage>> = const { Cell::new(None) };
    static NOW: Cell<Option<Timestamp>> = const { Cell::new(None) };
    static CHANCE: RefCell<Option<Chance>> = const { RefCell::new(None) };
    static NETWORK: RefCell<Option<Arc<dyn Network>>> = const { RefCell::new(None) };
}

/// Sets what this thread's clock shows; none: the system's.
pub fn set_now(now: Option<Timestamp>) {
    NOW.set(now);
}

/// Sets what this thread's random bytes come from; none: the system.
pub fn set_chance(chance: Option<Chance>) {
    CHANCE.set(chance);
}

/// Sets what this thread reaches relays by; none: the real network.
pub fn set_network(network: Option<Arc<dyn Network>>) {
    NETWORK.set(network);
}

pub(crate) fn now() -> Option<Timestamp> {
    NOW.get()
}

pub(crate) fn network() -> Option<Arc<dyn Network>> {
    NETWORK.with_borrow(Clone::clone)
}

/// A promise that is broken on purpose, to see that a simulation finds out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// After a copy was found, the actor is not changed.
    ReuseActor,
    /// What a revoked device wrote beyond its cut counts.
    IgnoreCut,
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
