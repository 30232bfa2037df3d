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
        "The device is no member with this scope now, or its role may not do this.",
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
            "The body ended before it was whole. Send it again; an upload goes on from its offset.",
        )
    };
    pub(crate) const TOO_LARGE: Self = refusal(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        "The blob is too large: 64 KiB by PUT, 256 MiB by an upload, no more than announced.",
    );
    pub(crate) const EXISTS: Self =
        refusal(StatusCode::CONFLICT, "exists", "The relay has this blob already.");
    pub(crate) const ERASED: Self =
        refusal(StatusCode::GONE, "erased", "This blob was erased and is not taken again.");
    pub(crate) const QUOTA: Self = Self {
        retryable: true,
        ..refusal(
            StatusCode::INSUFFICIENT_STORAGE,
            "quota",
            "The community's room for photos is used up. Text goes on; ask the relay's admin.",
        )
    };
    pub(crate) const TOO_MANY_UPLOADS: Self = Self {
        retryable: true,
        ..refusal(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_uploads",
            "This device has begun too many uploads. Finish or end some of them.",
        )
    };
    pub(crate) const BUSY: Self = Self {
        retryable: true,
        ..refusal(StatusCode::LOCKED, "busy", "Another request is writing to this upload.")
    };
    pub(crate) const BAD_UPLOAD: Self = refusal(
        StatusCode::BAD_REQUEST,
        "bad_upload",
        "An upload says its length, and in its metadata its scope and blob, in hexadecimal digits; \
         a checksum is of sha1.",
    );
    pub(crate) const TUS_VERSION: Self =
        refusal(StatusCode::PRECONDITION_FAILED, "tus_version", "This endpoint speaks tus 1.0.0.");
    pub(crate) const WRONG_OFFSET: Self = refusal(
        StatusCode::CONFLICT,
        "wrong_offset",
        "The upload stands elsewhere; ask for its offset.",
    );
    pub(crate) const WRONG_TYPE: Self = refusal(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "wrong_type",
        "The body of an upload is application/offset+octet-stream.",
    );
    pub(crate) const CHECKSUM: Self = Self {
        retryable: true,
        ..refusal(
            match StatusCode::from_u16(460) {
                Ok(status) => status,
                Err(_) => StatusCode::BAD_REQUEST,
            },
            "checksum",
            "The checksum does not hold; nothing of this request was kept.",
        )
    };
    pub(crate) const TOO_SLOW: Self = Self {
        retryable: true,
        ..refusal(
            StatusCode::REQUEST_TIMEOUT,
            "too_slow",
            "The body came too slowly. Send it again; an upload goes on from its offset.",
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
