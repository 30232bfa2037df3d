//! Starting and stopping a relay.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use ed25519_dalek::SigningKey;
use floorwalk_wire::HistoryId;
use rusqlite::Connection;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::timeout;

use crate::blobs::BlobFiles;
use crate::blobs::tus::Busy;
use crate::config::Config;
use crate::error::Error;
use crate::identity::{self, Lock};
use crate::live::{CHANGES_MAX, Devices, Phase};
use crate::metrics::Metrics;
use crate::reader::Reader;
use crate::serve::{Listener, stopping};
use crate::shared::Shared;
use crate::ticket::TicketOffice;
use crate::tls::{self, Tls};
use crate::writer::{Setup, Writer};
use crate::{clock, db, files, http};

/// A relay that does not run yet.
#[derive(Debug)]
pub struct Relay;

/// A relay that takes connections until it is stopped or dropped.
pub struct RunningRelay {
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    pin: Option<[u8; 32]>,
    is_tls: bool,
    shared: Arc<Shared>,
    writer_thread: Option<JoinHandle<()>>,
    /// Ends when the last connection has gone.
    connections: mpsc::Receiver<()>,
    _lock: Lock,
}

/// What is read from the data folder before anything runs.
struct Prepared {
    lock: Lock,
    connection: Connection,
    key: SigningKey,
    history: HistoryId,
    blobs: BlobFiles,
    tls: Option<Tls>,
}

impl Relay {
    /// Starts a relay. When this returns it takes connections.
    ///
    /// # Errors
    /// [`Error::InUse`], [`Error::Newer`], [`Error::Damaged`], [`Error::Certificate`], and
    /// [`Error::Io`] when the address can't be had.
    pub async fn start(config: Config) -> Result<RunningRelay, Error> {
        let for_files = config.clone();
        let prepared = tokio::task::spawn_blocking(move || prepare(&for_files)).await;
        let prepared = prepared.unwrap_or(Err(Error::Unavailable))?;
        let Prepared { lock, connection, key, history, blobs, tls } = prepared;
        let tcp = listen(config.listen).await?;
        let watched = match config.metrics {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let (address, metrics_address) = (local(&tcp)?, watched.as_ref().map(local).transpose()?);

        let limits = config.limits;
        let store = (connection, key, history, blobs);
        let (shared, writer_thread) = share(config, store, Writer::start)?;
        let (alive, connections) = mpsc::channel(1);
        let pin = tls.as_ref().map(|tls| tls.pin);
        let listener = Listener {
            tcp,
            tls: tls.map(|tls| tls.acceptor),
            router: http::router(shared.clone()),
            limits,
            phase: shared.phase.subscribe(),
            alive,
        };
        tokio::spawn(listener.run());
        sweep_uploads(&shared);
        if let Some(watched) = watched {
            serve_metrics(watched, &shared);
        }
        tracing::info!(%address, ?history, "the relay takes connections");
        Ok(RunningRelay {
            address,
            metrics_address,
            pin,
            is_tls: pin.is_some(),
            shared,
            writer_thread: Some(writer_thread),
            connections,
            _lock: lock,
        })
    }
}

impl RunningRelay {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Where its metrics are, if anywhere.
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Its address as clients write it.
    pub fn url(&self) -> String {
        let scheme = if self.is_tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// SHA-256 of its certificate's DER, for clients to pin; none without TLS.
    pub fn pin(&self) -> Option<[u8; 32]> {
        self.pin
    }

    /// Its present history; none when it is stopping.
    pub fn history_id(&self) -> Option<HistoryId> {
        self.shared.identity().map(|identity| identity.history)
    }

    /// Tells all sessions, finishes what is being written and closes the database. Nothing that
    /// was acknowledged is lost without it either; it is only quicker to start again.
    pub async fn stop(mut self) {
        self.shared.phase.send_replace(Phase::Stopping);
        // Sessions that hang are left behind.
        let _ = timeout(self.shared.limits.stop_timeout, self.connections.recv()).await;
        self.shared.writer.stop().await;
        if let Some(thread) = self.writer_thread.take() {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
        tracing::info!("the relay has stopped");
    }
}

impl Drop for RunningRelay {
    fn drop(&mut self) {
        self.shared.phase.send_replace(Phase::Stopping);
    }
}

/// What the connections of a relay share, over what was read from its folder.
fn share<T>(
    config: Config,
    (connection, key, history, blobs): (Connection, SigningKey, HistoryId, BlobFiles),
    start: impl FnOnce(Setup) -> Result<(Writer, T), Error>,
) -> Result<(Arc<Shared>, T), Error> {
    let metrics = Arc::new(Metrics::default());
    let changes = broadcast::Sender::new(CHANGES_MAX);
    let phase = watch::Sender::new(Phase::Serving(history));
    let reader = Reader::open(config.data.clone(), key.clone())?;
    let (writer, started) = start(Setup {
        data: config.data,
        connection,
        open: config.open,
        changes: changes.clone(),
        phase: phase.clone(),
        metrics: metrics.clone(),
    })?;
    let shared = Shared {
        tickets: TicketOffice::new(&key),
        key,
        limits: config.limits,
        writer,
        reader,
        blobs,
        busy: Busy::default(),
        devices: Arc::new(Devices::default()),
        changes,
        phase,
        metrics,
    };
    Ok((Arc::new(shared), started))
}

/// A relay without sockets, whose writer works on the thread that asks.
#[cfg(feature = "simulation")]
pub(crate) fn without_sockets(config: Config) -> Result<(Arc<Shared>, Lock), Error> {
    let Prepared { lock, connection, key, history, blobs, .. } = prepare(&config)?;
    let inline = |setup| Ok((Writer::inline(setup), ()));
    let (shared, ()) = share(config, (connection, key, history, blobs), inline)?;
    Ok((shared, lock))
}

fn prepare(config: &Config) -> Result<Prepared, Error> {
    files::make_folder(&config.data)?;
    let lock = Lock::take(&config.data)?;
    let connection = db::open_writer(&config.data)?;
    let (key, history) = identity::load_or_make(&config.data, &connection)?;
    let blobs = BlobFiles::open(&config.data, &connection)?;
    let host = config.listen.ip();
    let tls = tls::load_or_make(&config.tls, &config.data, host, clock::now())?;
    Ok(Prepared { lock, connection, key, history, blobs, tls })
}

/// Ends uploads whose time is over, as long as the relay runs.
fn sweep_uploads(shared: &Arc<Shared>) {
    let (shared, mut phase) = (shared.clone(), shared.phase.subscribe());
    tokio::spawn(async move {
        let mut sweep = tokio::time::interval(shared.limits.upload_sweep);
        loop {
            tokio::select! {
                () = stopping(&mut phase) => return,
                _ = sweep.tick() => {}
            }
            match shared.writer.expire_uploads().await {
                Ok(ended) => ended.iter().for_each(|upload| shared.blobs.forget(upload)),
                Err(error) => tracing::warn!(%error, "uploads could not be looked over"),
            }
        }
    });
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| Error::io(format!("listening on {address}"), error))
}

fn local(listener: &TcpListener) -> Result<SocketAddr, Error> {
    listener.local_addr().map_err(|error| Error::io("listening", error))
}

fn serve_metrics(listener: TcpListener, shared: &Shared) {
    let router = http::metrics_router(shared.metrics.clone());
    let mut phase = shared.phase.subscribe();
    tokio::spawn(async move {
        tokio::select! {
            () = stopping(&mut phase) => {}
            outcome = axum::serve(listener, router) => {
                if let Err(error) = outcome {
                    tracing::error!(%error, "metrics are not served any more");
                }
            }
        }
    });
}
