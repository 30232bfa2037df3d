//! Large blobs arrive by tus 1.0.0 (tus.io, "Resumable upload protocol"): core, creation,
//! expiration, checksum and termination.
//!
//! An upload belongs to the device that began it. Its offset is what is durable here: a PATCH that
//! breaks off keeps what came, one with a checksum that does not hold keeps nothing of itself. It
//! becomes a blob only when length and hash are those that it was begun with.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::DateTime;
use floorwalk_wire::limits::BLOB_BYTES_MAX;
use floorwalk_wire::{BlobId, CommunityId, Timestamp};
use sha1::{Digest, Sha1};
use tokio::sync::{OwnedMutexGuard, watch};
use tokio::time::timeout;

use super::uploads::{NotTaken, Upload, UploadId, Wanted};
use super::{holder, may_use, receive};
use crate::api_error::ApiError;
use crate::identity::make_random;
use crate::lists::CommunityRow;
use crate::shared::Shared;
use crate::tus_headers::{self, BadHeaders, Creation};

const VERSION: &str = "1.0.0";
const RESUMABLE: &str = "tus-resumable";
const OFFSET: &str = "upload-offset";
const LENGTH: &str = "upload-length";
const OFFSET_TYPE: &str = "application/offset+octet-stream";

/// Uploads that a request is at just now. Who comes later takes over: a device comes again because
/// its line broke, which this end may be the last to hear of.
#[derive(Debug, Default)]
pub(crate) struct Busy(Mutex<BTreeMap<UploadId, Arc<Slot>>>);

#[derive(Debug)]
struct Slot {
    turn: Arc<tokio::sync::Mutex<()>>,
    /// How many have come.
    comers: watch::Sender<u64>,
}

/// The one that may be at an upload.
struct Turn<'a> {
    busy: &'a Busy,
    upload: UploadId,
    /// Changes when somebody else has come.
    comers: watch::Receiver<u64>,
    _turn: OwnedMutexGuard<()>,
}

impl Busy {
    /// Asks whoever is at an upload to end, and waits for that.
    async fn take(&self, upload: UploadId, patience: Duration) -> Result<Turn<'_>, ApiError> {
        let slot = self.lock().entry(upload).or_insert_with(Slot::new).clone();
        slot.comers.send_modify(|comers| *comers += 1);
        let turn = timeout(patience, slot.turn.clone().lock_owned()).await;
        let turn = turn.map_err(|_| ApiError::BUSY)?;
        Ok(Turn { busy: self, upload, comers: slot.comers.subscribe(), _turn: turn })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<UploadId, Arc<Slot>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    fn new() -> Arc<Self> {
        Arc::new(Self { turn: Arc::default(), comers: watch::Sender::new(0) })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut slots = self.busy.lock();
        // Nobody waits: only the map knows of it.
        if slots.get(&self.upload).is_some_and(|slot| Arc::strong_count(slot) == 1) {
            slots.remove(&self.upload);
        }
    }
}

/// `OPTIONS /v1/blobs`: what this endpoint can do. Open to everybody, and always in version 1.0.0.
pub(crate) async fn options() -> Response {
    let headers = [
        ("tus-resumable", VERSION.to_owned()),
        ("tus-version", VERSION.to_owned()),
        ("tus-extension", "creation,expiration,checksum,termination".to_owned()),
        ("tus-max-size", BLOB_BYTES_MAX.to_string()),
        ("tus-checksum-algorithm", "sha1".to_owned()),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// `POST /v1/blobs`: begins an upload.
pub(crate) async fn create(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    check_version(&headers)?;
    let holder = holder(&shared, &headers)?;
    let metadata = text(&headers, "upload-metadata");
    let creation = Creation::read(text(&headers, LENGTH), metadata).map_err(|bad| match bad {
        BadHeaders::Malformed => ApiError::BAD_UPLOAD,
        BadHeaders::TooLarge => ApiError::TOO_LARGE,
    })?;
    let Creation { size_bytes, scope, blob } = creation;
    may_use(&shared, &holder, &scope).await?;
    let wanted = Wanted { community: holder.community, scope, blob };
    let upload = Upload {
        id: UploadId(make_random().map_err(|_| ApiError::UNAVAILABLE)?),
        community: CommunityRow(0),
        scope,
        blob,
        device: holder.device,
        size_bytes,
        expires_at: shared.upload_expiry(),
    };
    let begun = shared.writer.begin_upload(wanted, upload.clone()).await;
    let begun = begun.map_err(|_| ApiError::UNAVAILABLE)?.map_err(|why| match why {
        NotTaken::Exists => ApiError::EXISTS,
        NotTaken::Erased => ApiError::ERASED,
        NotTaken::Quota => ApiError::QUOTA,
        NotTaken::TooMany => ApiError::TOO_MANY_UPLOADS,
    })?;
    // One that was begun before has its file, unless a kill came between.
    match shared.blobs.begin(&begun.id).await {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            end(&shared, &begun.id).await;
            return Err(ApiError::storage(error).into());
        }
        _ => {}
    }
    // Where a request that broke off is still at it, its bytes count first.
    let _turn = shared.busy.take(begun.id, shared.limits.body_timeout).await?;
    let offset = shared.blobs.offset(&begun.id).await.map_err(ApiError::storage)?;
    let headers = [
        ("location", format!("/v1/blobs/uploads/{}", begun.id)),
        (OFFSET, offset.to_string()),
        ("upload-expires", http_date(begun.expires_at)),
    ];
    Ok(answer(StatusCode::CREATED, headers))
}

/// `HEAD`, `PATCH` and `DELETE /v1/blobs/uploads/{id}`; a `POST` may stand for them.
pub(crate) async fn go_on(
    State(shared): State<Arc<Shared>>,
    method: Method,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    check_version(&headers)?;
    let holder = holder(&shared, &headers)?;
    let id = UploadId::parse(&id).ok_or(ApiError::NOT_FOUND)?;
    let found = shared.reader.upload(id).await.map_err(|_| ApiError::UNAVAILABLE)?;
    let (community, upload) = found.ok_or(ApiError::NOT_FOUND)?;
    if community != holder.community || upload.device != holder.device {
        return Err(ApiError::NOT_FOUND.into());
    }
    may_use(&shared, &holder, &upload.scope).await?;
    let overridden = text(&headers, "x-http-method-override").filter(|_| method == Method::POST);
    let method = match overridden {
        Some(name) => Method::from_bytes(name.as_bytes()).unwrap_or(method),
        None => method,
    };
    let turn = shared.busy.take(id, shared.limits.body_timeout).await?;
    match method {
        Method::HEAD => {
            let offset = shared.blobs.offset(&id).await.map_err(|_| ApiError::NOT_FOUND)?;
            let headers = [
                (OFFSET, offset.to_string()),
                (LENGTH, upload.size_bytes.to_string()),
                ("upload-expires", http_date(upload.expires_at)),
                ("cache-control", "no-store".to_owned()),
            ];
            Ok(answer(StatusCode::OK, headers))
        }
        Method::DELETE => {
            end(&shared, &id).await;
            Ok(answer(StatusCode::NO_CONTENT, []))
        }
        Method::PATCH => patch(&shared, (community, upload), turn, &headers, body).await,
        _ => Err(ApiError::WRONG_METHOD.into()),
    }
}

async fn patch(
    shared: &Shared,
    (community, upload): (CommunityId, Upload),
    mut turn: Turn<'_>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    if text(headers, "content-type") != Some(OFFSET_TYPE) {
        return Err(ApiError::WRONG_TYPE.into());
    }
    let expected = text(headers, "upload-checksum")
        .map(|header| tus_headers::checksum(header).ok_or(ApiError::BAD_UPLOAD))
        .transpose()?;
    let (mut file, offset) =
        shared.blobs.go_on(&upload.id).await.map_err(|_| ApiError::NOT_FOUND)?;
    if number(headers, OFFSET) != Some(offset) {
        return Err(ApiError::WRONG_OFFSET.into());
    }
    let mut sha1 = expected.is_some().then(Sha1::new);
    let left = upload.size_bytes.saturating_sub(offset);
    // What comes in one piece need not be read again to be compared.
    let mut blake3 = (offset == 0).then(blake3::Hasher::new);
    let hear = |piece: &[u8]| {
        sha1.iter_mut().for_each(|sha1| sha1.update(piece));
        if let Some(blake3) = &mut blake3 {
            blake3.update(piece);
        }
    };
    let received = receive(shared, &mut file, body, left, &mut turn.comers, hear).await;
    let holds = expected.is_none_or(|expected| {
        received.is_ok() && sha1.is_some_and(|sha1| sha1.finalize()[..] == expected)
    });
    if !holds {
        file.set_len(offset).await.map_err(ApiError::storage)?;
    }
    // What came is kept, and what is told is durable, also when the line broke.
    file.sync_all().await.map_err(ApiError::storage)?;
    drop(file);
    let before = offset;
    let offset = shared.blobs.offset(&upload.id).await.map_err(ApiError::storage)?;
    let expires_at = shared.upload_expiry();
    if offset > before && offset < upload.size_bytes {
        let touched = shared.writer.touch_upload(upload.id, expires_at).await;
        touched.map_err(|_| ApiError::UNAVAILABLE)?;
    }
    received?;
    if !holds {
        return Err(ApiError::CHECKSUM.into());
    }
    if offset == upload.size_bytes {
        let hash = blake3.map(|blake3| BlobId(*blake3.finalize().as_bytes()));
        finish(shared, community, &upload, hash).await?;
    }
    let headers = [(OFFSET, offset.to_string()), ("upload-expires", http_date(expires_at))];
    Ok(answer(StatusCode::NO_CONTENT, headers))
}

/// Makes a whole upload a blob, or ends it.
async fn finish(
    shared: &Shared,
    community: CommunityId,
    upload: &Upload,
    hash: Option<BlobId>,
) -> Result<(), Refusal> {
    let kept = shared.blobs.keep(&upload.id, &upload.blob, hash).await;
    let kept = kept.map_err(ApiError::storage)?;
    if !kept {
        end(shared, &upload.id).await;
        return Err(ApiError::WRONG_HASH.into());
    }
    let wanted = Wanted { community, scope: upload.scope, blob: upload.blob };
    let finished = shared.writer.finish_upload(wanted, upload.clone()).await;
    match finished.map_err(|_| ApiError::UNAVAILABLE)? {
        true => Ok(()),
        // Erased while it arrived.
        false => Err(ApiError::ERASED.into()),
    }
}

async fn end(shared: &Shared, upload: &UploadId) {
    if shared.writer.end_upload(*upload).await.is_ok() {
        shared.blobs.forget(upload);
    }
}

/// A refusal of this endpoint: it says its version too.
pub(crate) struct Refusal(ApiError);

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.0.into_response();
        response.headers_mut().insert(RESUMABLE, HeaderValue::from_static(VERSION));
        if response.status() == StatusCode::PRECONDITION_FAILED {
            response.headers_mut().insert("tus-version", HeaderValue::from_static(VERSION));
        }
        response
    }
}

fn answer<const N: usize>(status: StatusCode, headers: [(&'static str, String); N]) -> Response {
    let mut response = (status, headers).into_response();
    response.headers_mut().insert(RESUMABLE, HeaderValue::from_static(VERSION));
    response
}

fn check_version(headers: &HeaderMap) -> Result<(), ApiError> {
    match text(headers, RESUMABLE) {
        Some(VERSION) => Ok(()),
        _ => Err(ApiError::TUS_VERSION),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name).and_then(tus_headers::number)
}

/// RFC 9110, 5.6.7.
fn http_date(at: Timestamp) -> String {
    let at = DateTime::from_timestamp_millis(at.0).unwrap_or_default();
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_as_the_protocol_writes_them() {
        assert_eq!(http_date(Timestamp(784_111_777_000)), "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[tokio::test]
    async fn who_comes_later_takes_over_and_nobody_is_at_an_upload_twice() {
        let (busy, long) = (Busy::default(), Duration::from_secs(20));
        let id = UploadId([1; 16]);
        let Ok(mut first) = busy.take(id, long).await else { panic!("it is free") };
        assert!(busy.take(UploadId([2; 16]), long).await.is_ok());
        assert!(busy.take(id, Duration::ZERO).await.is_err(), "it is not free yet");
        assert!(first.comers.changed().await.is_ok(), "and its holder hears of it");
        drop(first);
        let Ok(second) = busy.take(id, long).await else { panic!("it is free again") };
        assert!(!second.comers.has_changed().unwrap_or(true));
        drop(second);
        assert!(busy.lock().is_empty());
    }
}
