//! A plain file server to hold the relay's uploads against, in `cargo xtask bench upload`.
//!
//! `bench-file-server FOLDER [durable]`: `PUT /NAME` writes the body into the folder as it comes,
//! and answers when that is done; with `durable`, when it is on the disk. No hash, no rights, no
//! going on after a break. It prints `{"listening": URL}` and runs until it is stopped.
#![allow(clippy::print_stdout)]

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::put;
use futures_util::StreamExt;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

struct Files {
    folder: PathBuf,
    durable: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().context("usage: bench-file-server FOLDER [durable]")?;
    let durable = arguments.next().is_some_and(|word| word == "durable");
    let files = Arc::new(Files { folder: folder.into(), durable });
    let listener = TcpListener::bind("127.0.0.1:0").await.context("listening")?;
    println!("{}", json!({ "listening": format!("http://{}", listener.local_addr()?) }));
    let app = Router::new().route("/{name}", put(keep)).with_state(files);
    axum::serve(listener, app).await.context("serving")
}

async fn keep(
    State(files): State<Arc<Files>>,
    Path(name): Path<String>,
    body: Body,
) -> Result<StatusCode, StatusCode> {
    write(&files, &name, body).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn write(files: &Files, name: &str, body: Body) -> Result<StatusCode> {
    let mut file = tokio::fs::File::create(files.folder.join(name)).await?;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        file.write_all(&piece?).await?;
    }
    file.flush().await?;
    if files.durable {
        file.sync_all().await?;
    }
    Ok(StatusCode::CREATED)
}
