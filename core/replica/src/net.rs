//! Reaching a relay: address, TLS, WebSocket and the blob endpoint.
//!
//! Everything that can go wrong on the way is told apart here, because the person's next step
//! differs: nobody there, the wrong certificate, something else than a relay, a broken line.

pub(crate) mod http;
pub(crate) mod tls;
pub(crate) mod websocket;

use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::error::{Error, ErrorCode, Result};
use crate::records::RelayAddress;

/// How long connecting and each handshake may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A byte stream to a relay.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A relay's address, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    host: String,
    port: u16,
    tls: bool,
    pin: Option<[u8; 32]>,
}

impl Target {
    /// Reads `http://host[:port]` or `https://host[:port]` and the pin.
    pub(crate) fn parse(address: &RelayAddress) -> Result<Self> {
        let bad = || Error::about(ErrorCode::BadRelayUrl, &address.url);
        let (scheme, rest) = address.url.split_once("://").ok_or_else(bad)?;
        let tls = match scheme {
            "https" => true,
            "http" => false,
            _ => return Err(bad()),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !host.ends_with(':') && !port.ends_with(']') => {
                (host, port.parse().map_err(|_| bad())?)
            }
            _ => (authority, if tls { 443 } else { 80 }),
        };
        let is_odd = |c: char| c.is_whitespace() || c.is_control() || "/?#@".contains(c);
        if host.is_empty() || host.contains(is_odd) {
            return Err(bad());
        }
        let pin = address.pin.as_deref().map(parse_pin).transpose()?;
        Ok(Self { host: host.to_owned(), port, tls, pin })
    }

    /// `host:port`, as in the `Host` header.
    pub(crate) fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The pinned certificate's hash, if one is pinned.
    pub(crate) fn pin(&self) -> Option<[u8; 32]> {
        self.pin
    }

    /// Opens a connection, with TLS where the address says so.
    pub(crate) async fn connect(&self) -> Result<Box<dyn Stream>> {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let tcp = timeout(CONNECT_TIMEOUT, TcpStream::connect((host, self.port)))
            .await
            .map_err(|_| ErrorCode::RelayUnreachable)?
            .map_err(|_| ErrorCode::RelayUnreachable)?;
        // A round trip must not wait for the next packet to fill up.
        tcp.set_nodelay(true).map_err(|_| ErrorCode::RelayUnreachable)?;
        if !self.tls {
            return Ok(Box::new(tcp));
        }
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| Error::about(ErrorCode::BadRelayUrl, host))?;
        let connector = tls::connector(self.pin)?;
        let stream = timeout(CONNECT_TIMEOUT, connector.connect(name, tcp))
            .await
            .map_err(|_| ErrorCode::RelayUnreachable)?
            .map_err(|error| tls::explain(&error, self.pin.is_some()))?;
        Ok(Box::new(stream))
    }
}

fn parse_pin(text: &str) -> Result<[u8; 32]> {
    let digits: String = text.chars().filter(|c| *c != ':').collect();
    let pin: floorwalk_wire::BlobId =
        digits.to_lowercase().parse().map_err(|_| ErrorCode::BadPin)?;
    Ok(pin.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn target(url: &str) -> Result<Target> {
        Target::parse(&RelayAddress { url: url.into(), pin: None })
    }

    #[test]
    fn addresses_are_understood_or_refused() {
        assert_eq!(target("https://relay.example").unwrap().authority(), "relay.example:443");
        assert_eq!(target("http://127.0.0.1:7800/").unwrap().authority(), "127.0.0.1:7800");
        assert_eq!(target("https://[::1]:7800").unwrap().authority(), "[::1]:7800");
        for bad in
            ["relay.example", "ftp://x", "https://", "https://a b", "https://a/b", "http://a:b"]
        {
            assert_eq!(target(bad).unwrap_err().code, ErrorCode::BadRelayUrl, "{bad}");
        }
    }

    #[test]
    fn a_pin_is_64_digits_with_or_without_colons() {
        let plain = "ab".repeat(32);
        let colons = vec!["AB"; 32].join(":");
        assert_eq!(parse_pin(&plain).unwrap(), parse_pin(&colons).unwrap());
        assert_eq!(parse_pin("ab").unwrap_err().code, ErrorCode::BadPin);
    }
}
