//! What a relay is told when it starts, and the limits that it keeps.
//!
//! Limits are values and not constants only so that a test need not wait for them; the defaults
//! are what a relay runs with.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How connections are protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsMode {
    /// A certificate of its own, made at the first start; clients pin it.
    SelfSigned,
    /// Not at all: behind a proxy that does it, or in a test.
    Off,
    /// A certificate chain and its key, as PEM files.
    Files {
        /// The chain, the relay's own certificate first.
        cert: PathBuf,
        /// The key.
        key: PathBuf,
    },
}

/// What a relay is told when it starts.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder of its data, made if needed.
    pub data: PathBuf,
    /// Where it listens. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// How connections are protected.
    pub tls: TlsMode,
    /// Whether anybody may found a community here without a host token.
    pub open: bool,
    /// Where metrics are served, if anywhere.
    pub metrics: Option<SocketAddr>,
    /// The limits that it keeps.
    pub limits: Limits,
}

impl Config {
    /// A relay with a certificate of its own that takes communities by host token only.
    pub fn new(data: impl Into<PathBuf>, listen: SocketAddr) -> Self {
        Self {
            data: data.into(),
            listen,
            tls: TlsMode::SelfSigned,
            open: false,
            metrics: None,
            limits: Limits::default(),
        }
    }
}

/// What one peer may take of a relay's time and memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections in all.
    pub connections_max: usize,
    /// Connections of one address. Many people share one behind a carrier; loopback is a proxy
    /// and has no such limit.
    pub connections_per_address_max: usize,
    /// Sessions of one device: its last one, and those that the network has not given up yet.
    pub sessions_per_device_max: usize,
    /// How long a TLS handshake may take.
    pub handshake_timeout: Duration,
    /// How long the head of a request may take, and how long a kept connection may be idle.
    pub request_timeout: Duration,
    /// How long may pass between two pieces of a body.
    pub body_timeout: Duration,
    /// How long a session may take to say who it is.
    pub hello_timeout: Duration,
    /// After how much silence a session is asked whether it is still there.
    pub ping_after: Duration,
    /// After how much silence a session is given up.
    pub silence_max: Duration,
    /// How long one message may take to be taken by the peer's network.
    pub send_timeout: Duration,
    /// The window over which a session's messages are counted.
    pub budget_window: Duration,
    /// Bytes that a session may send in one window.
    pub budget_bytes_max: usize,
    /// Messages that a session may send in one window.
    pub budget_messages_max: usize,
    /// How long an upload is kept after the last byte of it came.
    pub upload_life: Duration,
    /// How often uploads are looked over for those whose time is over.
    pub upload_sweep: Duration,
    /// How long a stopping relay waits for its sessions.
    pub stop_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 4096,
            connections_per_address_max: 256,
            sessions_per_device_max: 8,
            handshake_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(20),
            hello_timeout: Duration::from_secs(10),
            ping_after: Duration::from_secs(20),
            silence_max: Duration::from_secs(60),
            send_timeout: Duration::from_secs(60),
            budget_window: Duration::from_secs(10),
            budget_bytes_max: 256 * 1024 * 1024,
            budget_messages_max: 20_000,
            upload_life: Duration::from_secs(24 * 60 * 60),
            upload_sweep: Duration::from_secs(10 * 60),
            stop_timeout: Duration::from_secs(10),
        }
    }
}
