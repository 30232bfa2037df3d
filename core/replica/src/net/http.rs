//! The blob endpoint: small sealed blobs up and down over one kept-alive connection.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use floorwalk_wire::limits::BLOB_BYTES_MAX;
use floorwalk_wire::{BlobId, ScopeId};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use super::{CONNECT_TIMEOUT, Target};
use crate::error::{Error, ErrorCode, Result};

/// How long one small blob may take.
const REQUEST_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(60);

/// A connection to a relay's blob endpoint, with the right to use it.
pub(crate) struct BlobClient {
    requests: SendRequest<Full<Bytes>>,
    authority: String,
    authorization: String,
}

impl BlobClient {
    /// Connects. `ticket` is the relay's.
    pub(crate) async fn connect(target: &Target, ticket: &[u8]) -> Result<Self> {
        let stream = target.connect().await?;
        let (requests, connection) =
            timeout(CONNECT_TIMEOUT, http1::handshake(TokioIo::new(stream)))
                .await
                .map_err(|_| ErrorCode::RelayUnreachable)?
                .map_err(|_| ErrorCode::RelayBroken)?;
        // Ends by itself when `requests` is dropped; its errors come back from the requests.
        tokio::spawn(connection);
        let authorization = format!("Floorwalk {}", URL_SAFE_NO_PAD.encode(ticket));
        Ok(Self { requests, authority: target.authority(), authorization })
    }

    /// Brings a blob to the relay. Doing so again is harmless.
    pub(crate) async fn put(
        &mut self,
        scope: &ScopeId,
        blob: &BlobId,
        bytes: Vec<u8>,
    ) -> Result<()> {
        let (status, _) = self.request(Method::PUT, scope, blob, bytes).await?;
        match status {
            StatusCode::OK | StatusCode::CREATED | StatusCode::NO_CONTENT => Ok(()),
            status => Err(refused(status)),
        }
    }

    /// Takes a blob from the relay; none when the relay has not got it yet. What comes is checked
    /// against the blob's id.
    pub(crate) async fn take(&mut self, scope: &ScopeId, blob: &BlobId) -> Result<Option<Vec<u8>>> {
        let (status, body) = self.request(Method::GET, scope, blob, Vec::new()).await?;
        match status {
            StatusCode::OK if BlobId::derive(&body) == *blob => Ok(Some(body)),
            StatusCode::OK => Err(ErrorCode::RelayBroken.into()),
            StatusCode::NOT_FOUND => Ok(None),
            status => Err(refused(status)),
        }
    }

    async fn request(
        &mut self,
        method: Method,
        scope: &ScopeId,
        blob: &BlobId,
        body: Vec<u8>,
    ) -> Result<(StatusCode, Vec<u8>)> {
        let request = Request::builder()
            .method(method)
            .uri(format!("/v1/blobs/{scope}/{blob}"))
            .header(header::HOST, &self.authority)
            .header(header::AUTHORIZATION, &self.authorization)
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| ErrorCode::RelayBroken)?;
        let exchange = async {
            self.requests.ready().await?;
            let response = self.requests.send_request(request).await?;
            Ok::<_, hyper::Error>(response)
        };
        let response = timeout(REQUEST_TIMEOUT, exchange)
            .await
            .map_err(|_| ErrorCode::RelayBroken)?
            .map_err(|_| ErrorCode::RelayBroken)?;
        let status = response.status();
        let body =
            timeout(REQUEST_TIMEOUT, Limited::new(response.into_body(), BLOB_BYTES_MAX).collect())
                .await
                .map_err(|_| ErrorCode::RelayBroken)?
                .map_err(|_| ErrorCode::RelayBroken)?;
        Ok((status, body.to_bytes().to_vec()))
    }
}

fn refused(status: StatusCode) -> Error {
    if status.is_server_error() {
        ErrorCode::RelayUnavailable.into()
    } else {
        Error::about(ErrorCode::RelayRefused, status.as_u16())
    }
}
