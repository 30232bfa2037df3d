//! The blob endpoint: sealed photos and cards, up and down over HTTP, and their erasure.
//!
//! A blob is named by the hash of its bytes, so putting it again is harmless and a wrong one is
//! found on arrival. A row says which scope may have it; the row is written after the bytes are
//! durable, so there is never a row without them. Small blobs lie in the database, where many
//! share one commit; large ones come by [`tus`] and are [`files`]. What was erased leaves a row
//! that says so, and is never taken again.

pub(crate) mod files;
pub(crate) mod tus;
pub(crate) mod uploads;

use std::io::SeekFrom;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use floorwalk_wire::limits::{SMALL_BLOB_BYTES_MAX, TICKET_BYTES_MAX};
use floorwalk_wire::{BlobId, ScopeId};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufWriter};
use tokio::sync::watch;
use tokio::time::timeout;

pub(crate) use self::files::BlobFiles;
use self::uploads::{Found, NotTaken, Wanted};
use crate::api_error::ApiError;
use crate::clock;
use crate::shared::Shared;
use crate::ticket::Holder;

const CHUNK_BYTES: usize = 64 * 1024;
/// What is gathered before it is written: each write is a task of its own.
const WRITE_BYTES: usize = 512 * 1024;
/// How long a body that is to end may pause.
const GRACE: Duration = Duration::from_millis(100);

/// `PUT /v1/blobs/{scope}/{blob}`: 201 when it is new here, 200 when it was here already.
pub(crate) async fn put(
    State(shared): State<Arc<Shared>>,
    Path(path): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let (wanted, _) = authorize(&shared, &path, &headers).await?;
    let received = timeout(shared.limits.body_timeout, to_bytes(body, SMALL_BLOB_BYTES_MAX)).await;
    let bytes = match received {
        Err(_) => return Err(ApiError::TOO_SLOW),
        Ok(Err(error)) if is_too_long(&error) => return Err(ApiError::TOO_LARGE),
        Ok(Err(_)) => return Err(ApiError::BROKEN_BODY),
        Ok(Ok(bytes)) => bytes,
    };
    shared.metrics.blob_bytes_received.fetch_add(bytes.len() as u64, Relaxed);
    if BlobId::derive(&bytes) != wanted.blob {
        return Err(ApiError::WRONG_HASH);
    }
    let put = shared.writer.put_small_blob(wanted, bytes).await;
    match put.map_err(|_| ApiError::UNAVAILABLE)? {
        Ok(()) => Ok(StatusCode::CREATED),
        Err(NotTaken::Exists) => Ok(StatusCode::OK),
        Err(NotTaken::Erased) => Err(ApiError::ERASED),
        Err(NotTaken::Quota | NotTaken::TooMany) => Err(ApiError::QUOTA),
    }
}

/// `GET` and `HEAD` of the same path, with `Range`.
pub(crate) async fn take(
    State(shared): State<Arc<Shared>>,
    Path(path): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (wanted, _) = authorize(&shared, &path, &headers).await?;
    let found = shared.reader.blob(wanted).await.map_err(|error| {
        tracing::error!(%error, blob = ?wanted.blob, "a blob could not be looked up");
        ApiError::UNAVAILABLE
    })?;
    let size_bytes = match &found {
        Found::Nothing => return Err(ApiError::NOT_FOUND),
        Found::Erased => return Err(ApiError::ERASED),
        Found::Small(bytes) => bytes.len() as u64,
        Found::File(size_bytes) => *size_bytes,
    };
    let asked = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let (from, to) = match asked.map(|range| parse_range(range, size_bytes)) {
        None => (0, size_bytes),
        Some(Some(range)) => range,
        Some(None) => return Ok(unsatisfiable(size_bytes)),
    };
    let body = match found {
        Found::Small(bytes) => Body::from(Bytes::from(bytes).slice(from as usize..to as usize)),
        _ => file_body(&shared, &wanted.blob, from, to).await?,
    };
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, (to - from).to_string()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::ETAG, format!("\"{}\"", wanted.blob)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    if asked.is_none() {
        return Ok((headers, body).into_response());
    }
    let range = format!("bytes {from}-{}/{size_bytes}", to.saturating_sub(1));
    let range = [(header::CONTENT_RANGE, range)];
    Ok((StatusCode::PARTIAL_CONTENT, headers, range, body).into_response())
}

/// `DELETE` of the same path: erases it for good.
pub(crate) async fn erase(
    State(shared): State<Arc<Shared>>,
    Path(path): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    let (wanted, holder) = authorize(&shared, &path, &headers).await?;
    let membership = shared.writer.membership(holder.community).await;
    let membership = membership.map_err(|_| ApiError::UNAVAILABLE)?;
    let member = membership.member(&holder.device);
    if !member.is_some_and(|member| member.admin || member.role.may_erase()) {
        return Err(ApiError::NOT_ALLOWED);
    }
    let erased = shared.writer.erase_blob(wanted, holder.device).await;
    let (ended, gone) = erased.map_err(|_| ApiError::UNAVAILABLE)?;
    ended.iter().for_each(|upload| shared.blobs.forget(upload));
    if gone {
        shared.blobs.remove(&wanted.blob);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Writes a body to a file as it comes, until somebody else has come; it may be neither too long
/// nor too slow. What came before it broke off is written all the same.
async fn receive(
    shared: &Shared,
    file: &mut File,
    body: Body,
    bytes_max: u64,
    interrupted: &mut watch::Receiver<u64>,
    mut hear: impl FnMut(&[u8]),
) -> Result<(), ApiError> {
    let mut pieces = body.into_data_stream();
    let mut file = BufWriter::with_capacity(WRITE_BYTES, file);
    let (mut received, mut patience) = (0, shared.limits.body_timeout);
    let outcome = loop {
        let piece = tokio::select! {
            biased;
            piece = timeout(patience, pieces.next()) => piece,
            // What has arrived already is still taken; nothing is waited for.
            _ = interrupted.changed(), if patience > GRACE => {
                patience = GRACE;
                continue;
            }
        };
        let piece = match piece {
            Err(_) => break Err(ApiError::TOO_SLOW),
            Ok(None) => break Ok(()),
            Ok(Some(Err(_))) => break Err(ApiError::BROKEN_BODY),
            Ok(Some(Ok(piece))) => piece,
        };
        received += piece.len() as u64;
        if received > bytes_max {
            break Err(ApiError::TOO_LARGE);
        }
        shared.metrics.blob_bytes_received.fetch_add(piece.len() as u64, Relaxed);
        hear(&piece);
        if let Err(error) = file.write_all(&piece).await {
            break Err(ApiError::storage(error));
        }
    };
    file.flush().await.map_err(ApiError::storage)?;
    outcome
}

async fn file_body(
    shared: &Arc<Shared>,
    blob: &BlobId,
    from: u64,
    to: u64,
) -> Result<Body, ApiError> {
    let failed = |error: std::io::Error| {
        tracing::error!(%error, ?blob, "a blob's file could not be read");
        ApiError::UNAVAILABLE
    };
    let mut file = shared.blobs.open_file(blob).await.map_err(failed)?;
    file.seek(SeekFrom::Start(from)).await.map_err(failed)?;
    let start = (file, shared.clone(), to - from);
    let pieces = stream::try_unfold(start, |(mut file, shared, left)| async move {
        let mut piece = vec![0; left.min(CHUNK_BYTES as u64) as usize];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        shared.metrics.blob_bytes_sent.fetch_add(read as u64, Relaxed);
        let left = left - read as u64;
        std::io::Result::Ok((read > 0).then(|| (Bytes::from(piece), (file, shared, left))))
    });
    Ok(Body::from_stream(pieces.into_stream()))
}

/// `bytes=N-` and `bytes=N-M` (RFC 9110, 14.1.2), as the first byte and the one behind the last;
/// none when there is nothing there. A sync client asks for the rest only, so lists of ranges and
/// suffixes have no use here.
fn parse_range(range: &str, size_bytes: u64) -> Option<(u64, u64)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let first: u64 = first.trim().parse().ok()?;
    let end = match last.trim() {
        "" => size_bytes,
        last => last.parse::<u64>().ok()?.saturating_add(1).min(size_bytes),
    };
    (first < end).then_some((first, end))
}

fn unsatisfiable(size_bytes: u64) -> Response {
    let headers = [(header::CONTENT_RANGE, format!("bytes */{size_bytes}"))];
    (StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response()
}

fn is_too_long(error: &axum::Error) -> bool {
    let source = std::error::Error::source(error);
    source.is_some_and(|source| source.is::<http_body_util::LengthLimitError>())
}

/// Checks the ticket and then what its holder may do now: rights may have changed since.
async fn authorize(
    shared: &Shared,
    (scope, blob): &(String, String),
    headers: &HeaderMap,
) -> Result<(Wanted, Holder), ApiError> {
    let holder = holder(shared, headers)?;
    let scope: ScopeId = scope.parse().map_err(|_| ApiError::BAD_PATH)?;
    let blob: BlobId = blob.parse().map_err(|_| ApiError::BAD_PATH)?;
    may_use(shared, &holder, &scope).await?;
    Ok((Wanted { community: holder.community, scope, blob }, holder))
}

/// Who a request is of.
fn holder(shared: &Shared, headers: &HeaderMap) -> Result<Holder, ApiError> {
    let ticket = ticket(headers).ok_or(ApiError::NO_TICKET)?;
    shared.tickets.check(&ticket, clock::now()).ok_or(ApiError::NO_TICKET)
}

/// The holder is a member with access to the scope now.
async fn may_use(shared: &Shared, holder: &Holder, scope: &ScopeId) -> Result<(), ApiError> {
    let membership = shared.writer.membership(holder.community).await;
    let membership = membership.map_err(|_| ApiError::UNAVAILABLE)?;
    let member = membership.member(&holder.device);
    let current = member.is_some_and(|member| member.expires_at > clock::now());
    // The list of statements has no blobs.
    match current && *scope != ScopeId::MEMBERSHIP && membership.has_access(&holder.device, scope) {
        true => Ok(()),
        false => Err(ApiError::NOT_ALLOWED),
    }
}

fn ticket(headers: &HeaderMap) -> Option<Vec<u8>> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let ticket = text.strip_prefix("Floorwalk ")?;
    // Four digits for three bytes.
    let short = ticket.len() <= TICKET_BYTES_MAX * 4 / 3 + 4;
    short.then(|| URL_SAFE_NO_PAD.decode(ticket).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_within_the_blob_or_none() {
        for (range, expected) in [
            ("bytes=0-", Some((0, 10))),
            ("bytes=3-", Some((3, 10))),
            ("bytes=3-5", Some((3, 6))),
            ("bytes=3-99", Some((3, 10))),
            ("bytes=9-9", Some((9, 10))),
            ("bytes=10-", None),
            ("bytes=5-3", None),
            ("bytes=-3", None),
            ("bytes=0-1,4-5", None),
            ("items=0-1", None),
        ] {
            assert_eq!(parse_range(range, 10), expected, "{range}");
        }
    }
}
