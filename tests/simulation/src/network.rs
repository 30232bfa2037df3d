//! The lines between devices and relays: everything that is sent is taken and answered before the
//! call returns, until the line breaks where the world has planned it.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use floorwalk_replica::simulation::{Body, Http, Line, Network, Work};
use floorwalk_server::simulation::{Session, SimulatedRelay};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, Response};

/// All lines of a world.
#[derive(Default)]
pub struct Lines(Mutex<State>);

#[derive(Default)]
struct State {
    relays: BTreeMap<String, SimulatedRelay>,
    /// Messages and requests until the line breaks; none: it holds.
    breaks_in: Option<u64>,
    broken: bool,
}

/// What becomes of something that is sent.
#[derive(PartialEq, Eq)]
enum Fate {
    Arrives,
    /// It arrives, and nothing comes back.
    ArrivesUnanswered,
    /// Half of it arrives.
    Half,
    Lost,
}

impl Lines {
    /// Puts a relay at an address, or takes it away.
    pub fn place(&self, authority: &str, relay: Option<SimulatedRelay>) {
        let mut state = self.lock();
        match relay {
            Some(relay) => state.relays.insert(authority.to_owned(), relay),
            None => state.relays.remove(authority),
        };
    }

    /// Plans where all lines break; none: they hold from now on.
    pub fn plan_break(&self, after: Option<u64>) {
        let mut state = self.lock();
        (state.breaks_in, state.broken) = (after, false);
    }

    fn relay(&self, authority: &str) -> Option<SimulatedRelay> {
        let state = self.lock();
        state.relays.get(authority).filter(|_| !state.broken).cloned()
    }

    /// What becomes of the next thing that is sent. How it is lost depends on where it breaks.
    fn fate(&self) -> Fate {
        let mut state = self.lock();
        if state.broken {
            return Fate::Lost;
        }
        match state.breaks_in {
            None => Fate::Arrives,
            Some(left) if left >= 3 => {
                state.breaks_in = Some(left - 3);
                Fate::Arrives
            }
            Some(left) => {
                state.broken = true;
                [Fate::Lost, Fate::ArrivesUnanswered, Fate::Half]
                    .into_iter()
                    .nth(left as usize)
                    .unwrap_or(Fate::Lost)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The network of a world.
pub struct Reached(pub Arc<Lines>);

impl Network for Reached {
    fn line(&self, authority: &str) -> Option<Box<dyn Line>> {
        let relay = self.0.relay(authority)?;
        Some(Box::new(Talk { lines: self.0.clone(), relay, session: None }))
    }

    fn http(&self, authority: &str) -> Option<Box<dyn Http>> {
        let relay = self.0.relay(authority)?;
        Some(Box::new(Requests { lines: self.0.clone(), relay }))
    }
}

struct Talk {
    lines: Arc<Lines>,
    relay: SimulatedRelay,
    session: Option<Session>,
}

impl Talk {
    async fn session(&mut self) -> Option<&mut Session> {
        if self.session.is_none() {
            self.session = self.relay.session().await;
        }
        self.session.as_mut()
    }
}

impl Line for Talk {
    fn send(&mut self, message: Vec<u8>) -> Work<'_, Option<()>> {
        Box::pin(async move {
            let fate = self.lines.fate();
            // Half of a frame is no frame.
            if matches!(fate, Fate::Arrives | Fate::ArrivesUnanswered) {
                self.session().await?.receive(message).await;
            }
            (fate == Fate::Arrives).then_some(())
        })
    }

    fn receive(&mut self) -> Work<'_, Option<Vec<u8>>> {
        Box::pin(async move {
            let message = self.session().await?.sent()?;
            (self.lines.fate() == Fate::Arrives).then_some(message)
        })
    }
}

struct Requests {
    lines: Arc<Lines>,
    relay: SimulatedRelay,
}

impl Http for Requests {
    fn call(&mut self, request: Request<Body>) -> Work<'_, Option<Response<Body>>> {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let bytes = body.collect().await.ok()?.to_bytes();
            let fate = self.lines.fate();
            let body = match fate {
                Fate::Lost => return None,
                Fate::Half => broken(bytes.slice(..bytes.len() / 2)),
                Fate::Arrives | Fate::ArrivesUnanswered => whole(bytes),
            };
            let response = self.relay.answer(Request::from_parts(head, body)).await;
            let (head, body) = response.into_parts();
            let bytes = body.collect().await.ok()?.to_bytes();
            (fate == Fate::Arrives).then(|| Response::from_parts(head, whole(bytes)))
        })
    }
}

fn whole(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

/// A body that breaks off.
fn broken(bytes: Bytes) -> Body {
    let pieces =
        [Ok(hyper::body::Frame::data(bytes)), Err(io::Error::from(io::ErrorKind::ConnectionReset))];
    let mut pieces = pieces.into_iter();
    http_body_util::StreamBody::new(futures_util::stream::poll_fn(move |_| {
        std::task::Poll::Ready(pieces.next())
    }))
    .boxed_unsync()
}
