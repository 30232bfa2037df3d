//! All addresses of the relay.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Extension, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, head, post, put};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use floorwalk_wire::limits::MESSAGE_BYTES_MAX;
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use crate::api_error::ApiError;
use crate::blobs::{self, tus};
use crate::identity::make_random;
use crate::metrics::Metrics;
use crate::serve::ConnectionSlot;
use crate::shared::Shared;
use crate::ws::Conversation;

/// What a WebSocket keeps for reading and for writing, in bytes; larger messages take more while
/// they pass.
const SOCKET_BUFFER_BYTES: usize = 16 * 1024;

/// The addresses that the world sees.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/sync", get(sync))
        .route("/v1/blobs", post(tus::create).options(tus::options))
        .route(
            "/v1/blobs/uploads/{id}",
            head(tus::go_on).patch(tus::go_on).delete(tus::go_on).post(tus::go_on),
        )
        .route("/v1/blobs/{scope}/{blob}", put(blobs::put).get(blobs::take).delete(blobs::erase))
        .route("/join", get(join))
        .route("/livez", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .fallback(async || ApiError::NOT_FOUND)
        .method_not_allowed_fallback(async || ApiError::WRONG_METHOD)
        .with_state(shared)
}

/// The address that whoever watches the machine sees.
pub(crate) fn metrics_router(metrics: Arc<Metrics>) -> Router {
    let page =
        async move || ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.page());
    Router::new().route("/metrics", get(page))
}

async fn sync(
    State(shared): State<Arc<Shared>>,
    Extension(slot): Extension<Arc<ConnectionSlot>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let upgrade = upgrade.map_err(|_| ApiError::UPGRADE)?;
    let identity = shared.identity().ok_or(ApiError::UNAVAILABLE)?;
    let challenge = make_random().map_err(|_| ApiError::UNAVAILABLE)?;
    let upgrade = upgrade
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .read_buffer_size(SOCKET_BUFFER_BYTES)
        .write_buffer_size(SOCKET_BUFFER_BYTES);
    Ok(upgrade.on_upgrade(move |socket| {
        Conversation::new(shared, socket, identity.history, Some(slot)).run(identity, challenge)
    }))
}

async fn ready(State(shared): State<Arc<Shared>>) -> Result<&'static str, ApiError> {
    let answered = timeout(shared.limits.hello_timeout, shared.writer.probe()).await;
    let serving = shared.identity().is_some() && matches!(answered, Ok(Ok(())));
    if serving { Ok("ok\n") } else { Err(ApiError::UNAVAILABLE) }
}

/// Where an invitation's link leads someone who has no app yet. The secret is in the link's
/// fragment, which browsers do not send; so the page runs no script and loads nothing.
async fn join() -> Response {
    static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
        let style = JOIN_PAGE
            .split_once("<style>")
            .and_then(|(_, rest)| rest.split_once("</style>"))
            .map_or("", |(style, _)| style);
        let hash = STANDARD.encode(Sha256::digest(style));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'"
        );
        HeaderValue::from_str(&policy).expect("base64 is fit for a header")
    });
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY.clone()),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (StatusCode::OK, headers, Html(JOIN_PAGE)).into_response()
}

const JOIN_PAGE: &str = include_str!("join.html");
