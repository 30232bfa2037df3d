//! An invitation's link, as a text and in a QR code.
//!
//! `<relay URL>/join#<payload>`, the payload in base64url without padding (RFC 4648 §5) of
//!
//! ```text
//!  0   1  version, 1
//!  1  32  community
//! 33  32  one-time secret
//! 65   1  1 when a pin follows, else 0
//! 66  32  pin: SHA-256 of the relay's certificate (DER)
//! ```
//!
//! The secret is in the fragment, which a browser keeps to itself. Printing a link prints the
//! secret: that is what it is for; `Debug` does not.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use floorwalk_wire::CommunityId;
use floorwalk_wire::codec::{DecodeError, Reader, Writer};
use zeroize::Zeroizing;

use crate::limits::LINK_BYTES_MAX;
use crate::secret::InvitationSecret;

const VERSION: u8 = 1;
const JOIN: &str = "/join#";
const PAYLOAD_BYTES_MAX: usize = 98;

/// Where a relay is: `http://` or `https://`, a host and perhaps a port, and no path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelayUrl(String);

impl RelayUrl {
    /// The URL, in lower case, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the connection is encrypted.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl fmt::Display for RelayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RelayUrl {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, LinkError> {
        if text.len() > LINK_BYTES_MAX {
            return Err(LinkError::NotALink);
        }
        let url = text.trim().to_ascii_lowercase();
        let url = url.strip_suffix('/').unwrap_or(&url);
        let (scheme, authority) = url.split_once("://").ok_or(LinkError::NotALink)?;
        if !matches!(scheme, "http" | "https") || !is_authority(authority) {
            return Err(LinkError::NotALink);
        }
        Ok(Self(url.to_owned()))
    }
}

/// All that a newcomer needs to find the relay and to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationLink {
    /// The relay.
    pub relay_url: RelayUrl,
    /// SHA-256 of the relay's certificate (DER), when it is to be trusted by that alone.
    pub pin: Option<[u8; 32]>,
    /// The community.
    pub community: CommunityId,
    /// The one-time secret.
    pub secret: InvitationSecret,
}

/// Why a text is no invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It is something else.
    #[error("this is not an invitation link")]
    NotALink,
    /// It was cut off or changed on the way.
    #[error("the invitation link is damaged: copy it again, whole")]
    Damaged,
    /// It was made by a newer version.
    #[error("the invitation link is of version {0}, newer than this program: update it first")]
    Newer(u8),
}

impl fmt::Display for InvitationLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut writer = Writer::with_capacity(PAYLOAD_BYTES_MAX);
        writer.u8(VERSION).bytes(&self.community.0).bytes(self.secret.as_bytes());
        match &self.pin {
            Some(pin) => writer.u8(1).bytes(pin),
            None => writer.u8(0),
        };
        let payload = Zeroizing::new(writer.finish());
        let payload = Zeroizing::new(URL_SAFE_NO_PAD.encode(&*payload));
        write!(f, "{}{JOIN}{}", self.relay_url, *payload)
    }
}

impl FromStr for InvitationLink {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, LinkError> {
        let text = text.trim();
        if text.len() > LINK_BYTES_MAX {
            return Err(LinkError::NotALink);
        }
        let (relay_url, payload) = text.split_once(JOIN).ok_or(LinkError::NotALink)?;
        let relay_url = relay_url.parse()?;
        let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| LinkError::Damaged)?;
        read_payload(relay_url, &Zeroizing::new(payload))
    }
}

fn read_payload(relay_url: RelayUrl, payload: &[u8]) -> Result<InvitationLink, LinkError> {
    let mut reader = Reader::new(payload);
    match reader.u8()? {
        VERSION => {}
        0 => return Err(LinkError::Damaged),
        newer => return Err(LinkError::Newer(newer)),
    }
    let community = CommunityId(reader.array()?);
    let secret = InvitationSecret::from_bytes(reader.array()?);
    let pin = match reader.u8()? {
        0 => None,
        1 => Some(reader.array()?),
        _ => return Err(LinkError::Damaged),
    };
    reader.finish()?;
    Ok(InvitationLink { relay_url, pin, community, secret })
}

impl From<DecodeError> for LinkError {
    fn from(_: DecodeError) -> Self {
        Self::Damaged
    }
}

/// A host name, an IPv4 or a bracketed IPv6 address, with a port or without. Names in other
/// scripts are written in their ASCII form (RFC 5890).
fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) if address.parse::<Ipv6Addr>().is_ok() => {
                return port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
            }
            _ => return false,
        },
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    !host.is_empty() && host.bytes().all(named) && port.is_none_or(is_port)
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn link(pin: Option<[u8; 32]>) -> InvitationLink {
        let secret = InvitationSecret::from_bytes([0xb2; 32]);
        let relay_url = "https://relay.example:8443".parse().unwrap();
        InvitationLink { relay_url, pin, community: CommunityId([0xa1; 32]), secret }
    }

    #[test]
    fn a_link_is_read_back_from_what_it_prints() {
        for pin in [None, Some([0xc3; 32])] {
            let text = link(pin).to_string();
            assert_eq!(text.parse::<InvitationLink>().unwrap(), link(pin));
            let pasted = format!(" {text}\n");
            assert_eq!(pasted.parse::<InvitationLink>().unwrap(), link(pin));
        }
    }

    #[test]
    fn a_link_cut_off_anywhere_is_told_from_another_text() {
        let text = link(Some([0xc3; 32])).to_string();
        let payload = text.find('#').unwrap() + 1;
        for length in 0..text.len() {
            let expected = if length < payload { LinkError::NotALink } else { LinkError::Damaged };
            assert_eq!(text[..length].parse::<InvitationLink>(), Err(expected), "{length}");
        }
        assert_eq!(format!("{text}AAAA").parse::<InvitationLink>(), Err(LinkError::Damaged));
        assert_eq!(
            text.replace("join", "help").parse::<InvitationLink>(),
            Err(LinkError::NotALink)
        );
    }

    #[test]
    fn a_newer_link_asks_for_an_update() {
        let newer = format!("https://relay.example/join#{}", URL_SAFE_NO_PAD.encode([2; 40]));
        assert_eq!(newer.parse::<InvitationLink>(), Err(LinkError::Newer(2)));
        let zero = format!("https://relay.example/join#{}", URL_SAFE_NO_PAD.encode([0; 40]));
        assert_eq!(zero.parse::<InvitationLink>(), Err(LinkError::Damaged));
    }

    #[test]
    fn a_relay_url_has_scheme_host_and_port_only() {
        let good = ["http://10.0.0.2:80", "https://[::1]:443", "https://[fe80::1]", "http://a-b.c"];
        for url in good {
            assert_eq!(url.parse::<RelayUrl>().unwrap().as_str(), url);
        }
        let tidied: RelayUrl = "HTTPS://Relay.Example/".parse().unwrap();
        assert_eq!(tidied.as_str(), "https://relay.example");
        assert!(tidied.is_https());
        let bad = [
            "relay.example",
            "ftp://relay.example",
            "https://",
            "https://:443",
            "https://relay.example/path",
            "https://relay.example?q",
            "https://user@relay.example",
            "https://relay.example:0",
            "https://relay.example:99999",
            "https://relay.example:+1",
            "https://relay .example",
            "https://[::1",
            "https://[::1]x",
        ];
        for url in bad {
            assert_eq!(url.parse::<RelayUrl>(), Err(LinkError::NotALink), "{url}");
        }
    }

    #[test]
    fn a_link_printed_for_debugging_hides_its_secret() {
        let printed = format!("{:?}", link(None));
        assert!(printed.contains("InvitationSecret(secret)") && !printed.contains("178, 178"));
    }
}
