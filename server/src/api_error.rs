//! What the HTTP endpoints say when they refuse: a status and
//! `{"error":{"code","message","retryable"}}`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A refusal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
    retryable: bool,
}

impl ApiError {
    pub(crate) const NO_TICKET: Self = refusal(
        StatusCode::UNAUTHORIZED,
        "ticket",
        "The ticket is missing, too old or not ours. Ask for one in a sync session.",
    );
    pub(crate) const NOT_ALLOWED: Self = refusal(
        StatusCode::FORBIDDEN,
        "not_allowed",
        "The device is not, or no longer, a member with this scope.",
    );
    pub(crate) const BAD_PATH: Self = refusal(
        StatusCode::BAD_REQUEST,
        "bad_path",
        "Scope and blob are written as hexadecimal digits.",
    );
    pub(crate) const WRONG_HASH: Self = refusal(
        StatusCode::BAD_REQUEST,
        "wrong_hash",
        "The bytes do not have the hash that they were sent under. Nothing was kept.",
    );
    pub(crate) const BROKEN_BODY: Self = Self {
        retryable: true,
        ..refusal(
            StatusCode::BAD_REQUEST,
            "broken_body",
            "The body ended before it was whole. Nothing was kept; send it again.",
        )
    };
    pub(crate) const TOO_LARGE: Self = refusal(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        "The blob is larger than 32 MiB. Nothing was kept.",
    );
    pub(crate) const TOO_SLOW: Self = Self {
        retryable: true,
        ..refusal(
            StatusCode::REQUEST_TIMEOUT,
            "too_slow",
            "The body came too slowly. Nothing was kept; send it again.",
        )
    };
    pub(crate) const NOT_FOUND: Self =
        refusal(StatusCode::NOT_FOUND, "not_found", "There is nothing here by that name.");
    pub(crate) const WRONG_METHOD: Self = refusal(
        StatusCode::METHOD_NOT_ALLOWED,
        "wrong_method",
        "That can't be done with this address.",
    );
    pub(crate) const UPGRADE: Self = refusal(
        StatusCode::UPGRADE_REQUIRED,
        "websocket",
        "This address is for WebSocket connections of the Floorwalk app.",
    );
    pub(crate) const UNAVAILABLE: Self = Self {
        retryable: true,
        ..refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "The relay can't do that now. Nothing is lost; try again later.",
        )
    };

    /// The disk did not take it.
    pub(crate) fn storage(error: std::io::Error) -> Self {
        tracing::error!(%error, "a blob could not be kept");
        if error.kind() == std::io::ErrorKind::StorageFull {
            let status = StatusCode::INSUFFICIENT_STORAGE;
            return Self { status, code: "disk_full", ..Self::UNAVAILABLE };
        }
        Self::UNAVAILABLE
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self { status, code, message, retryable } = self;
        let body = json!({"error": {"code": code, "message": message, "retryable": retryable}});
        (status, Json(body)).into_response()
    }
}

const fn refusal(status: StatusCode, code: &'static str, message: &'static str) -> ApiError {
    ApiError { status, code, message, retryable: false }
}
