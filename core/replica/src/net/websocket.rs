//! The sync endpoint: one message per binary WebSocket frame.

use std::collections::VecDeque;
use std::time::Duration;

use floorwalk_wire::Message;
use floorwalk_wire::limits::MESSAGE_BYTES_MAX;
use futures_util::{SinkExt, StreamExt};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Bytes};

use super::{CONNECT_TIMEOUT, Stream, Target};
use crate::error::{ErrorCode, Result};

/// Messages read ahead while one is being written, so that two full pipes can't block each other.
const READ_AHEAD_MAX: usize = 64;
/// How long closing politely may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long one message may take to leave: even a slow line carries the largest in this time, so
/// that a line which swallows everything is noticed.
const SEND_TIMEOUT: Duration = Duration::from_secs(180);

/// A connection to a relay's sync endpoint.
pub(crate) struct Socket {
    line: Line,
    ahead: VecDeque<Message>,
    /// Bytes of messages sent.
    pub(crate) bytes_sent: u64,
    /// Bytes of messages received.
    pub(crate) bytes_received: u64,
}

enum Line {
    WebSocket(Box<WebSocketStream<Box<dyn Stream>>>),
    #[cfg(feature = "simulation")]
    Simulated(Box<dyn crate::simulation::Line>),
}

impl Socket {
    /// Connects and upgrades.
    pub(crate) async fn connect(target: &Target) -> Result<Self> {
        #[cfg(feature = "simulation")]
        if let Some(network) = crate::simulation::network() {
            let line = network.line(&target.authority()).ok_or(ErrorCode::RelayUnreachable)?;
            return Ok(Self::over(Line::Simulated(line)));
        }
        let stream = target.connect().await?;
        let request = format!("ws://{}/v1/sync", target.authority())
            .into_client_request()
            .map_err(|_| ErrorCode::BadRelayUrl)?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        let upgrade = tokio_tungstenite::client_async_with_config(request, stream, Some(config));
        let (stream, _response) = timeout(CONNECT_TIMEOUT, upgrade)
            .await
            .map_err(|_| ErrorCode::NotARelay)?
            .map_err(|error| explain(&error))?;
        Ok(Self::over(Line::WebSocket(Box::new(stream))))
    }

    fn over(line: Line) -> Self {
        Self { line, ahead: VecDeque::new(), bytes_sent: 0, bytes_received: 0 }
    }

    /// Sends a message, reading ahead while the line is full.
    pub(crate) async fn send(&mut self, message: &Message) -> Result<()> {
        let bytes = message.encode();
        self.bytes_sent += bytes.len() as u64;
        let stream = match &mut self.line {
            Line::WebSocket(stream) => &mut **stream,
            #[cfg(feature = "simulation")]
            Line::Simulated(line) => {
                return line.send(bytes).await.ok_or_else(|| ErrorCode::RelayBroken.into());
            }
        };
        let frame = tungstenite::Message::Binary(Bytes::from(bytes));
        let (mut sink, mut source) = stream.split();
        let mut sending = std::pin::pin!(sink.send(frame));
        let mut too_long = std::pin::pin!(tokio::time::sleep(SEND_TIMEOUT));
        loop {
            let full = self.ahead.len() >= READ_AHEAD_MAX;
            tokio::select! {
                biased;
                () = &mut too_long => return Err(ErrorCode::RelayBroken.into()),
                sent = &mut sending => return sent.map_err(|error| explain(&error).into()),
                frame = source.next(), if !full => {
                    let message = read(frame, &mut self.bytes_received)?;
                    self.ahead.extend(message);
                }
            }
        }
    }

    /// The next message.
    pub(crate) async fn receive(&mut self) -> Result<Message> {
        if let Some(message) = self.ahead.pop_front() {
            return Ok(message);
        }
        let stream = match &mut self.line {
            Line::WebSocket(stream) => &mut **stream,
            #[cfg(feature = "simulation")]
            Line::Simulated(line) => {
                let bytes = line.receive().await.ok_or(ErrorCode::RelayBroken)?;
                self.bytes_received += bytes.len() as u64;
                return Message::decode(&bytes).map_err(|_| ErrorCode::NotARelay.into());
            }
        };
        loop {
            let frame = stream.next().await;
            if let Some(message) = read(frame, &mut self.bytes_received)? {
                return Ok(message);
            }
        }
    }

    /// Says goodbye; a peer that does not answer is left.
    pub(crate) async fn close(mut self) {
        // Whatever goes wrong now, the session's outcome is known already.
        match &mut self.line {
            Line::WebSocket(stream) => {
                let _ = timeout(CLOSE_TIMEOUT, stream.close(None)).await;
            }
            #[cfg(feature = "simulation")]
            Line::Simulated(_) => {}
        }
    }
}

fn read(
    frame: Option<std::result::Result<tungstenite::Message, tungstenite::Error>>,
    received: &mut u64,
) -> Result<Option<Message>> {
    match frame {
        None | Some(Ok(tungstenite::Message::Close(_))) => Err(ErrorCode::RelayBroken.into()),
        Some(Err(error)) => Err(explain(&error).into()),
        Some(Ok(tungstenite::Message::Binary(bytes))) => {
            *received += bytes.len() as u64;
            Message::decode(&bytes).map(Some).map_err(|_| ErrorCode::NotARelay.into())
        }
        Some(Ok(tungstenite::Message::Text(_))) => Err(ErrorCode::NotARelay.into()),
        Some(Ok(_)) => Ok(None),
    }
}

fn explain(error: &tungstenite::Error) -> ErrorCode {
    match error {
        tungstenite::Error::Http(response) if response.status().is_server_error() => {
            ErrorCode::RelayUnavailable
        }
        tungstenite::Error::Http(_)
        | tungstenite::Error::HttpFormat(_)
        | tungstenite::Error::Capacity(_)
        | tungstenite::Error::Protocol(
            tungstenite::error::ProtocolError::InvalidHeader(_)
            | tungstenite::error::ProtocolError::HttparseError(_)
            | tungstenite::error::ProtocolError::WrongHttpMethod
            | tungstenite::error::ProtocolError::WrongHttpVersion
            | tungstenite::error::ProtocolError::MissingConnectionUpgradeHeader
            | tungstenite::error::ProtocolError::MissingUpgradeWebSocketHeader
            | tungstenite::error::ProtocolError::SecWebSocketAcceptKeyMismatch
            | tungstenite::error::ProtocolError::JunkAfterRequest,
        ) => ErrorCode::NotARelay,
        _ => ErrorCode::RelayBroken,
    }
}
