//! Taking connections: how many, from whom, and how long each may take to say what it wants.
//!
//! Not axum's own listener loop, because that has no time limit for the head of a request.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::config::Limits;
use crate::live::Phase;

/// What a request's head may take, and what is read ahead of a body, in bytes.
const HTTP_BUFFER_BYTES: usize = 64 * 1024;
/// How long to wait when the system has no more sockets for us.
const BREATH: Duration = Duration::from_millis(100);

/// The place of one connection among those that the limits allow. Kept by whatever the
/// connection has become, a session too; a stopping relay waits until none is left.
pub(crate) struct ConnectionSlot {
    door: Arc<Door>,
    address: IpAddr,
    _alive: mpsc::Sender<()>,
}

/// Counts connections.
struct Door {
    limits: Limits,
    inside: Mutex<BTreeMap<IpAddr, usize>>,
}

/// Everything a listener needs.
pub(crate) struct Listener {
    pub tcp: TcpListener,
    pub tls: Option<TlsAcceptor>,
    pub router: Router,
    pub limits: Limits,
    pub phase: watch::Receiver<Phase>,
    /// Cloned for each connection.
    pub alive: mpsc::Sender<()>,
}

impl Listener {
    /// Takes connections until the relay stops.
    pub(crate) async fn run(mut self) {
        let door = Arc::new(Door { limits: self.limits, inside: Mutex::default() });
        loop {
            let accepted = tokio::select! {
                biased;
                () = stopping(&mut self.phase) => return,
                accepted = self.tcp.accept() => accepted,
            };
            let (stream, address) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    sleep(BREATH).await;
                    continue;
                }
            };
            // The sender is dropped with the slot.
            match door.enter(address.ip(), self.alive.clone()) {
                Some(slot) => self.begin(stream, slot),
                None => tracing::debug!("a connection was over the limit"),
            }
        }
    }

    fn begin(&self, stream: TcpStream, slot: ConnectionSlot) {
        let (tls, router, limits) = (self.tls.clone(), self.router.clone(), self.limits);
        let phase = self.phase.clone();
        tokio::spawn(async move {
            // A round trip must not wait for the next packet to fill up.
            let _ = stream.set_nodelay(true);
            let Some(tls) = tls else {
                return speak_http(stream, router, slot, limits, phase).await;
            };
            match timeout(limits.handshake_timeout, tls.accept(stream)).await {
                Ok(Ok(stream)) => speak_http(stream, router, slot, limits, phase).await,
                Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                Err(_) => tracing::debug!("a TLS handshake took too long"),
            }
        });
    }
}

/// Waits until the relay stops.
pub(crate) async fn stopping(phase: &mut watch::Receiver<Phase>) {
    // A relay that is gone has stopped.
    let _ = phase.wait_for(|phase| *phase == Phase::Stopping).await;
}

async fn speak_http(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    slot: ConnectionSlot,
    limits: Limits,
    mut phase: watch::Receiver<Phase>,
) {
    let slot = Arc::new(slot);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(slot.clone());
        router.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.request_timeout)
        .max_buf_size(HTTP_BUFFER_BYTES)
        // A line that ends in the midst of an upload has brought bytes that are to be kept.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = stopping(&mut phase) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection ended badly");
    }
}

impl Door {
    fn enter(self: &Arc<Self>, address: IpAddr, alive: mpsc::Sender<()>) -> Option<ConnectionSlot> {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let full = inside.values().sum::<usize>() >= self.limits.connections_max;
        let count = inside.entry(address).or_default();
        let crowded = *count >= self.limits.connections_per_address_max && !address.is_loopback();
        if full || crowded {
            if *count == 0 {
                inside.remove(&address);
            }
            return None;
        }
        *count += 1;
        Some(ConnectionSlot { door: self.clone(), address, _alive: alive })
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let mut inside = self.door.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = inside.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                inside.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_address_is_limited_and_a_proxy_is_not_but_all_together_are() {
        let limits =
            Limits { connections_per_address_max: 1, connections_max: 4, ..Limits::default() };
        let door = Arc::new(Door { limits, inside: Mutex::default() });
        let (alive, _waits) = mpsc::channel(1);
        let enter = |address: [u8; 4]| door.enter(address.into(), alive.clone());
        let first = enter([10, 0, 0, 1]).unwrap();
        assert!(enter([10, 0, 0, 1]).is_none());
        let _proxied = [enter([127, 0, 0, 1]).unwrap(), enter([127, 0, 0, 1]).unwrap()];
        let _other = enter([10, 0, 0, 2]).unwrap();
        assert!(enter([10, 0, 0, 3]).is_none());
        drop(first);
        enter([10, 0, 0, 1]).unwrap();
    }
}
