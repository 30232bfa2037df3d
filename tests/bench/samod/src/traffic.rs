//! A dialer that does what samod's tungstenite dialer does, and counts the bytes of messages.
//!
//! Samod's own gives no way to look at what passes through it.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use futures_util::future::ready;
use futures_util::{SinkExt, StreamExt};
use samod::{DialError, Dialer, Transport, Url};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Error, Message};

/// Bytes of messages, each way.
#[derive(Default)]
pub struct Traffic {
    /// Sent by this process.
    pub sent: AtomicU64,
    /// Received by this process.
    pub received: AtomicU64,
}

/// Connects to a relay and counts what passes.
pub struct CountingDialer {
    url: Url,
    traffic: Arc<Traffic>,
}

impl CountingDialer {
    /// A dialer of a relay.
    pub fn new(url: Url, traffic: Arc<Traffic>) -> Self {
        Self { url, traffic }
    }
}

type Connecting = Pin<Box<dyn Future<Output = Result<Transport, DialError<Infallible>>> + Send>>;

impl Dialer for CountingDialer {
    type Error = Infallible;

    fn url(&self) -> Url {
        self.url.clone()
    }

    fn connect(&self) -> Connecting {
        let (url, traffic) = (self.url.clone(), self.traffic.clone());
        Box::pin(async move {
            let connected = connect(&url, traffic).await;
            connected.map_err(|error| DialError::transient(io::Error::other(error)))
        })
    }
}

async fn connect(url: &Url, traffic: Arc<Traffic>) -> Result<Transport, Error> {
    let address = (url.host_str().unwrap_or_default(), url.port().unwrap_or_default());
    let stream = TcpStream::connect(address).await.map_err(Error::Io)?;
    stream.set_nodelay(true).map_err(Error::Io)?;
    let (socket, _response) = tokio_tungstenite::client_async(url.as_str(), stream).await?;
    let (sink, stream) = socket.split();
    let count = traffic.clone();
    let stream = stream.filter_map(move |message| {
        let message = match message {
            Ok(Message::Binary(bytes)) => {
                count.received.fetch_add(bytes.len() as u64, Relaxed);
                Some(Ok(bytes.to_vec()))
            }
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        };
        ready(message)
    });
    let sink = sink.with(move |bytes: Vec<u8>| {
        traffic.sent.fetch_add(bytes.len() as u64, Relaxed);
        ready(Ok::<_, Error>(Message::Binary(bytes.into())))
    });
    Ok(Transport::new(stream, sink))
}
