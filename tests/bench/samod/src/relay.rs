//! The relay: a samod repository with storage in the file system behind an axum WebSocket.

use std::path::Path;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::routing::get;
use axum::serve::ListenerExt;
use samod::storage::TokioFilesystemStorage;
use samod::{Repo, Url};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::answer;

/// Serves on a free port of the loopback address until SIGTERM.
pub async fn serve(folder: &Path) -> Result<()> {
    let mut terminated = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let storage = TokioFilesystemStorage::new(folder);
    let repo = Repo::build_tokio().with_peer_id("relay".into()).with_storage(storage).load().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("listening")?;
    let url = format!("ws://{}/", listener.local_addr()?);
    let acceptor = repo.make_acceptor(url.parse::<Url>()?)?;
    let upgrade = move |upgrade: WebSocketUpgrade| {
        let acceptor = acceptor.clone();
        async move {
            upgrade.on_upgrade(move |socket| async move {
                // A relay that stops takes nobody any more.
                let _ = acceptor.accept_axum(socket, None);
            })
        }
    };
    let router = Router::new().route("/", get(upgrade));
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    answer(&json!({ "listening": url }))?;
    tokio::select! {
        served = axum::serve(listener, router) => served.context("serving")?,
        _ = terminated.recv() => repo.stop().await,
    }
    Ok(())
}
