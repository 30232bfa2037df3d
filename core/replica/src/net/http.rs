//! The relay's blob endpoint: small blobs in one piece, large ones by tus 1.0.0, over one
//! kept-alive connection.
//!
//! A broken line is [`ErrorCode::RelayBroken`] or [`ErrorCode::RelayUnreachable`]: connect anew and
//! ask how far it came. Every other outcome is the relay's word, and comes as [`Answer`].

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use floorwalk_wire::limits::SMALL_BLOB_BYTES_MAX;
use floorwalk_wire::{BlobId, ScopeId};
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Bytes, Frame};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::http::request::Builder;
use hyper::{Method, Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::time::timeout;

use super::{CONNECT_TIMEOUT, Target};
use crate::error::{Error, ErrorCode, Result};

/// How long nothing may move.
const SILENCE_MAX: Duration = Duration::from_secs(60);
const TUS_VERSION: (&str, &str) = ("tus-resumable", "1.0.0");
const UPLOAD_OFFSET: &str = "upload-offset";
const UPLOAD_LENGTH: &str = "upload-length";
const UPLOAD_METADATA: &str = "upload-metadata";
const OFFSET_TYPE: &str = "application/offset+octet-stream";
const PIECE_BYTES: usize = 256 * 1024;
/// An address that a relay may give an upload, in bytes.
const UPLOAD_ADDRESS_BYTES_MAX: usize = 512;

pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// A connection to a relay's blob endpoint, with the right to use it.
pub(crate) struct BlobClient {
    line: Line,
    authority: String,
    authorization: String,
}

enum Line {
    Http(SendRequest<Body>),
    #[cfg(feature = "simulation")]
    Simulated(Box<dyn crate::simulation::Http>),
}

/// What a relay says of a blob.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer<T> {
    /// It did what it was asked.
    Done(T),
    /// It has not got it, or does not know the upload.
    Unknown,
    /// It has it already, or the upload stands elsewhere than this device thought.
    Conflict,
    /// It was erased.
    Erased,
    /// The ticket is too old.
    TicketExpired,
    /// It refuses, with its status.
    Refused(StatusCode),
}

/// A blob's body that arrives.
pub(crate) struct Arriving {
    body: Body,
    /// Where in the blob it begins.
    pub(crate) from: u64,
}

impl BlobClient {
    /// Connects. `ticket` is the relay's.
    pub(crate) async fn connect(target: &Target, ticket: &[u8]) -> Result<Self> {
        let authorization = format!("Floorwalk {}", URL_SAFE_NO_PAD.encode(ticket));
        let authority = target.authority();
        #[cfg(feature = "simulation")]
        if let Some(network) = crate::simulation::network() {
            let line = network.http(&authority).ok_or(ErrorCode::RelayUnreachable)?;
            return Ok(Self { line: Line::Simulated(line), authority, authorization });
        }
        let stream = target.connect().await?;
        let (requests, connection) =
            timeout(CONNECT_TIMEOUT, http1::handshake(TokioIo::new(stream)))
                .await
                .map_err(|_| ErrorCode::RelayUnreachable)?
                .map_err(broken)?;
        // Ends by itself when `requests` is dropped; its errors come back from the requests.
        tokio::spawn(connection);
        Ok(Self { line: Line::Http(requests), authority, authorization })
    }

    /// Brings a small blob to the relay; a conflict when it has it already, which is harmless.
    pub(crate) async fn put(
        &mut self,
        scope: &ScopeId,
        blob: &BlobId,
        bytes: Vec<u8>,
    ) -> Result<Answer<()>> {
        let request = self.request(Method::PUT, &address(scope, blob));
        let response = self.send(request, whole(bytes)).await?;
        let had_it = response.status() == StatusCode::OK;
        let answer = self.finish(response, |_| Ok(())).await?;
        Ok(if had_it { Answer::Conflict } else { answer })
    }

    /// Takes a small blob from the relay. What comes is checked against the blob's id.
    pub(crate) async fn take(&mut self, scope: &ScopeId, blob: &BlobId) -> Result<Answer<Vec<u8>>> {
        let request = self.request(Method::GET, &address(scope, blob));
        let response = self.send(request, whole(Vec::new())).await?;
        if let Some(answer) = verdict(response.status()) {
            self.drain(response).await?;
            return Ok(answer);
        }
        let bytes = collect(response).await?;
        match BlobId::derive(&bytes) == *blob {
            true => Ok(Answer::Done(bytes)),
            false => Err(ErrorCode::RelayBroken.into()),
        }
    }

    /// Begins to take a blob from a place on.
    pub(crate) async fn take_from(
        &mut self,
        scope: &ScopeId,
        blob: &BlobId,
        from: u64,
    ) -> Result<Answer<Arriving>> {
        let request = self.request(Method::GET, &address(scope, blob));
        let request = request.header(header::RANGE, format!("bytes={from}-"));
        let response = self.send(request, whole(Vec::new())).await?;
        if let Some(answer) = verdict(response.status()) {
            self.drain(response).await?;
            return Ok(answer);
        }
        let partial = response.status() == StatusCode::PARTIAL_CONTENT;
        let from = if partial { from } else { 0 };
        Ok(Answer::Done(Arriving { body: response.into_body(), from }))
    }

    /// Asks whether the relay has a blob.
    pub(crate) async fn has(&mut self, scope: &ScopeId, blob: &BlobId) -> Result<Answer<()>> {
        let request = self.request(Method::HEAD, &address(scope, blob));
        let response = self.send(request, whole(Vec::new())).await?;
        self.finish(response, |_| Ok(())).await
    }

    /// Has a blob erased.
    pub(crate) async fn erase(&mut self, scope: &ScopeId, blob: &BlobId) -> Result<Answer<()>> {
        let request = self.request(Method::DELETE, &address(scope, blob));
        let response = self.send(request, whole(Vec::new())).await?;
        self.finish(response, |_| Ok(())).await
    }

    /// Begins an upload, or finds the one that this device has begun: its address, and how much of
    /// it the relay has.
    pub(crate) async fn begin_upload(
        &mut self,
        scope: &ScopeId,
        blob: &BlobId,
        size_bytes: u64,
    ) -> Result<Answer<(String, u64)>> {
        let named = |name: &str, value: String| format!("{name} {}", STANDARD.encode(value));
        let metadata =
            [named("scope", scope.to_string()), named("blob", blob.to_string())].join(",");
        let request = self
            .request(Method::POST, "/v1/blobs")
            .header(TUS_VERSION.0, TUS_VERSION.1)
            .header(UPLOAD_LENGTH, size_bytes)
            .header(UPLOAD_METADATA, metadata);
        let response = self.send(request, whole(Vec::new())).await?;
        self.finish(response, |response| {
            let location = response.headers().get(header::LOCATION);
            let location = location.and_then(|location| location.to_str().ok());
            let path = location.and_then(path_of).ok_or(ErrorCode::RelayBroken)?;
            Ok((path.to_owned(), offset(response)?))
        })
        .await
    }

    /// Sends the rest of a file from an offset on. Gives how much the relay has then. `sent`
    /// counts the bytes that went out.
    pub(crate) async fn upload(
        &mut self,
        upload: &str,
        mut file: tokio::fs::File,
        from: u64,
        size_bytes: u64,
        sent: &Arc<AtomicU64>,
    ) -> Result<Answer<u64>> {
        file.seek(io::SeekFrom::Start(from)).await.map_err(crate::blob::file_failed)?;
        let counted = sent.clone();
        let pieces = stream::try_unfold((file, counted), |(mut file, counted)| async move {
            let mut piece = vec![0; PIECE_BYTES];
            let read = file.read(&mut piece).await?;
            piece.truncate(read);
            counted.fetch_add(read as u64, Relaxed);
            let frame = Frame::data(Bytes::from(piece));
            Ok::<_, io::Error>((read > 0).then_some((frame, (file, counted))))
        });
        let request = self
            .request(Method::PATCH, upload)
            .header(TUS_VERSION.0, TUS_VERSION.1)
            .header(UPLOAD_OFFSET, from)
            .header(header::CONTENT_LENGTH, size_bytes.saturating_sub(from))
            .header(header::CONTENT_TYPE, OFFSET_TYPE);
        let body = StreamBody::new(pieces).boxed_unsync();
        let response = while_moving(self.send_unhurried(request, body), sent).await?;
        self.finish(response, offset).await
    }

    fn request(&self, method: Method, path: &str) -> Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.authority)
            .header(header::AUTHORIZATION, &self.authorization)
    }

    async fn send(&mut self, request: Builder, body: Body) -> Result<Response<Body>> {
        let sent = timeout(SILENCE_MAX, self.send_unhurried(request, body)).await;
        sent.map_err(|_| ErrorCode::RelayBroken)?
    }

    async fn send_unhurried(&mut self, request: Builder, body: Body) -> Result<Response<Body>> {
        let request = request.body(body).map_err(|_| ErrorCode::RelayBroken)?;
        match &mut self.line {
            Line::Http(requests) => {
                requests.ready().await.map_err(broken)?;
                let response = requests.send_request(request).await.map_err(broken)?;
                Ok(response.map(|body| body.map_err(io::Error::other).boxed_unsync()))
            }
            #[cfg(feature = "simulation")]
            Line::Simulated(line) => {
                line.call(request).await.ok_or_else(|| ErrorCode::RelayBroken.into())
            }
        }
    }

    /// Reads an answer to its end, so that the connection can be used again.
    async fn finish<T>(
        &self,
        response: Response<Body>,
        done: impl FnOnce(&Response<Body>) -> Result<T>,
    ) -> Result<Answer<T>> {
        let answer = match verdict(response.status()) {
            Some(answer) => answer,
            None => Answer::Done(done(&response)?),
        };
        self.drain(response).await?;
        Ok(answer)
    }

    async fn drain(&self, response: Response<Body>) -> Result<()> {
        collect(response).await.map(drop)
    }
}

impl Arriving {
    /// The next piece; none at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            let frame = timeout(SILENCE_MAX, self.body.frame()).await;
            match frame.map_err(|_| ErrorCode::RelayBroken)? {
                None => return Ok(None),
                Some(Err(_)) => return Err(ErrorCode::RelayBroken.into()),
                Some(Ok(frame)) => {
                    if let Ok(piece) = frame.into_data() {
                        return Ok(Some(piece));
                    }
                }
            }
        }
    }
}

/// What a status says where it does not say that it was done.
fn verdict<T>(status: StatusCode) -> Option<Answer<T>> {
    match status {
        status if status.is_success() => None,
        StatusCode::UNAUTHORIZED => Some(Answer::TicketExpired),
        StatusCode::NOT_FOUND => Some(Answer::Unknown),
        StatusCode::CONFLICT => Some(Answer::Conflict),
        StatusCode::GONE => Some(Answer::Erased),
        status => Some(Answer::Refused(status)),
    }
}

/// Waits as long as bytes go out.
async fn while_moving<T>(work: impl Future<Output = Result<T>>, moved: &AtomicU64) -> Result<T> {
    tokio::pin!(work);
    loop {
        let before = moved.load(Relaxed);
        match timeout(SILENCE_MAX, &mut work).await {
            Ok(outcome) => return outcome,
            Err(_) if moved.load(Relaxed) == before => return Err(ErrorCode::RelayBroken.into()),
            Err(_) => {}
        }
    }
}

async fn collect(response: Response<Body>) -> Result<Vec<u8>> {
    let body = Limited::new(response.into_body(), SMALL_BLOB_BYTES_MAX).collect();
    let body = timeout(SILENCE_MAX, body).await.map_err(|_| ErrorCode::RelayBroken)?;
    Ok(body.map_err(|_| ErrorCode::RelayBroken)?.to_bytes().to_vec())
}

fn whole(bytes: Vec<u8>) -> Body {
    Full::new(Bytes::from(bytes)).map_err(|never| match never {}).boxed_unsync()
}

fn address(scope: &ScopeId, blob: &BlobId) -> String {
    format!("/v1/blobs/{scope}/{blob}")
}

/// The path of an address on the same relay: tickets go nowhere else.
fn path_of(location: &str) -> Option<&str> {
    let path = match location.split_once("://") {
        Some((_, rest)) => &rest[rest.find('/')?..],
        None => location,
    };
    let good = path.starts_with("/v1/blobs/") && path.len() <= UPLOAD_ADDRESS_BYTES_MAX;
    good.then_some(path)
}

fn offset(response: &Response<Body>) -> Result<u64> {
    let offset = response.headers().get(UPLOAD_OFFSET).and_then(|offset| offset.to_str().ok());
    let offset = offset.and_then(|offset| offset.parse().ok());
    offset.ok_or_else(|| ErrorCode::RelayBroken.into())
}

fn broken(_: hyper::Error) -> Error {
    ErrorCode::RelayBroken.into()
}
