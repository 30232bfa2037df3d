//! The blob endpoint: sealed photos and cards, up and down over HTTP.
//!
//! A blob is named by the hash of its bytes, so putting it again is harmless and a wrong one is
//! found on arrival. A row says which scope may have it; the row is written after the file is
//! durable, so there is never a row without its file. Files without a row are collected at start.

pub(crate) mod files;

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use floorwalk_wire::limits::{BLOB_BYTES_MAX, TICKET_BYTES_MAX};
use floorwalk_wire::{BlobId, CommunityId, ScopeId};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

pub(crate) use self::files::BlobFiles;
use self::files::Upload;
use crate::api_error::ApiError;
use crate::clock;
use crate::shared::Shared;
use crate::ticket::Holder;

const CHUNK_BYTES: usize = 64 * 1024;

/// A blob that the peer has a right to.
struct Wanted {
    community: CommunityId,
    scope: ScopeId,
    blob: BlobId,
}

/// `PUT /v1/blobs/{scope}/{blob}`: 201 when it is new here, 200 when it was here already.
pub(crate) async fn put(
    State(shared): State<Arc<Shared>>,
    Path(path): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let wanted = authorize(&shared, &path, &headers).await?;
    let claimed = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if claimed.and_then(|text| text.parse().ok()).is_some_and(|size: usize| size > BLOB_BYTES_MAX) {
        return Err(ApiError::TOO_LARGE);
    }
    let mut upload = shared.blobs.begin().await.map_err(ApiError::storage)?;
    receive(&shared, &mut upload, body).await?;
    if upload.id() != wanted.blob {
        return Err(ApiError::WRONG_HASH);
    }
    let size_bytes = upload.size_bytes() as u64;
    shared.blobs.keep(upload, &wanted.blob).await.map_err(ApiError::storage)?;
    let Wanted { community, scope, blob } = wanted;
    let new = shared.writer.add_blob(community, scope, blob, size_bytes).await;
    match new {
        Ok(true) => Ok(StatusCode::CREATED),
        Ok(false) => Ok(StatusCode::OK),
        Err(_) => Err(ApiError::UNAVAILABLE),
    }
}

/// `GET` and `HEAD` of the same path.
pub(crate) async fn take(
    State(shared): State<Arc<Shared>>,
    Path(path): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let Wanted { community, scope, blob } = authorize(&shared, &path, &headers).await?;
    let size_bytes = match shared.reader.blob_size(community, scope, blob).await {
        Ok(Some(size_bytes)) => size_bytes,
        Ok(None) => return Err(ApiError::NOT_FOUND),
        Err(error) => {
            tracing::error!(%error, ?blob, "a blob could not be looked up");
            return Err(ApiError::UNAVAILABLE);
        }
    };
    let file = shared.blobs.open_file(&blob).await.map_err(|error| {
        tracing::error!(%error, ?blob, "a blob's file could not be opened");
        ApiError::UNAVAILABLE
    })?;
    let chunks = stream::try_unfold((file, shared), |(mut file, shared)| async move {
        let mut chunk = vec![0; CHUNK_BYTES];
        let read = file.read(&mut chunk).await?;
        chunk.truncate(read);
        shared.metrics.blob_bytes_sent.fetch_add(read as u64, Relaxed);
        std::io::Result::Ok((read > 0).then(|| (Bytes::from(chunk), (file, shared))))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, size_bytes.to_string()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(chunks.into_stream())).into_response())
}

/// Writes a body as it comes; it may be neither too large nor too slow.
async fn receive(shared: &Shared, upload: &mut Upload, body: Body) -> Result<(), ApiError> {
    let mut pieces = body.into_data_stream();
    loop {
        let piece = match timeout(shared.limits.body_timeout, pieces.next()).await {
            Err(_) => return Err(ApiError::TOO_SLOW),
            Ok(None) => return Ok(()),
            Ok(Some(Err(_))) => return Err(ApiError::BROKEN_BODY),
            Ok(Some(Ok(piece))) => piece,
        };
        if upload.size_bytes() + piece.len() > BLOB_BYTES_MAX {
            return Err(ApiError::TOO_LARGE);
        }
        shared.metrics.blob_bytes_received.fetch_add(piece.len() as u64, Relaxed);
        upload.write(&piece).await.map_err(ApiError::storage)?;
    }
}

/// Checks the ticket and then what its holder may do now: rights may have changed since.
async fn authorize(
    shared: &Shared,
    (scope, blob): &(String, String),
    headers: &HeaderMap,
) -> Result<Wanted, ApiError> {
    let now = clock::now();
    let Holder { community, device } = ticket(headers)
        .and_then(|ticket| shared.tickets.check(&ticket, now))
        .ok_or(ApiError::NO_TICKET)?;
    let scope: ScopeId = scope.parse().map_err(|_| ApiError::BAD_PATH)?;
    let blob: BlobId = blob.parse().map_err(|_| ApiError::BAD_PATH)?;
    let membership = shared.writer.membership(community).await;
    let membership = membership.map_err(|_| ApiError::UNAVAILABLE)?;
    let current = membership.member(&device).is_some_and(|member| member.expires_at > now);
    // The list of statements has no blobs.
    if !current || scope == ScopeId::MEMBERSHIP || !membership.has_access(&device, &scope) {
        return Err(ApiError::NOT_ALLOWED);
    }
    Ok(Wanted { community, scope, blob })
}

fn ticket(headers: &HeaderMap) -> Option<Vec<u8>> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let ticket = text.strip_prefix("Floorwalk ")?;
    // Four digits for three bytes.
    let short = ticket.len() <= TICKET_BYTES_MAX * 4 / 3 + 4;
    short.then(|| URL_SAFE_NO_PAD.decode(ticket).ok())?
}
