//! Certificates: the relay's own, made at its first start, or the admin's.
//!
//! A phone in a basement can't ask an authority. It trusts one certificate by its SHA-256, which
//! it took from the invitation; so the relay's own lives for ten years and is not renewed.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use floorwalk_wire::Timestamp;
use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;

use crate::config::TlsMode;
use crate::error::Error;
use crate::files;

const LIFE: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
const FOLDER: &str = "tls";

/// What a TLS listener needs.
pub(crate) struct Tls {
    pub acceptor: TlsAcceptor,
    /// SHA-256 of the certificate's DER.
    pub pin: [u8; 32],
}

/// Prepares TLS as configured; none when it is off.
///
/// # Errors
/// [`Error::Certificate`] when certificate and key can't be read or do not belong together.
pub(crate) fn load_or_make(
    mode: &TlsMode,
    data: &Path,
    host: IpAddr,
    now: Timestamp,
) -> Result<Option<Tls>, Error> {
    match mode {
        TlsMode::Off => Ok(None),
        TlsMode::Files { cert, key } => load(cert, key).map(Some),
        TlsMode::SelfSigned => {
            let folder = data.join(FOLDER);
            let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
            if !cert.exists() {
                files::make_folder(&folder)?;
                make(&cert, &key, host, now)?;
            }
            load(&cert, &key).map(Some)
        }
    }
}

/// Makes an ECDSA P-256 certificate. The key is written first: a certificate without its key
/// would be taken for a finished one.
fn make(cert: &Path, key: &Path, host: IpAddr, now: Timestamp) -> Result<(), Error> {
    let bad = |error: rcgen::Error| Error::Certificate(error.to_string());
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    if !names.contains(&host.to_string()) && !host.is_unspecified() {
        names.push(host.to_string());
    }
    let mut params = CertificateParams::new(names).map_err(bad)?;
    params.distinguished_name.push(DnType::CommonName, "floorwalk-relay");
    let age = Duration::from_millis(u64::try_from(now.0).unwrap_or(0));
    // A day back, for clients whose clocks are slow.
    let begin = rcgen::date_time_ymd(1970, 1, 1) + age.saturating_sub(Duration::from_secs(86_400));
    params.not_before = begin;
    params.not_after = begin + LIFE;
    let pair = KeyPair::generate().map_err(bad)?;
    let certificate = params.self_signed(&pair).map_err(bad)?;
    files::write_secret(key, pair.serialize_pem().as_bytes())?;
    files::write_public(cert, certificate.pem().as_bytes())
}

fn load(cert: &Path, key: &Path) -> Result<Tls, Error> {
    let bad = |path: &Path, error: &dyn std::fmt::Display| {
        Error::Certificate(format!("{}: {error}", path.display()))
    };
    let chain = CertificateDer::pem_file_iter(cert)
        .and_then(|certificates| certificates.collect::<Result<Vec<_>, _>>())
        .map_err(|error| bad(cert, &error))?;
    let first = chain.first().ok_or_else(|| bad(cert, &"it holds no certificate"))?;
    let pin = Sha256::digest(first.as_ref()).into();
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| bad(key, &error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, secret))
        .map_err(|error| bad(cert, &error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), pin })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_certificate_is_made_once_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let host = IpAddr::from([10, 0, 0, 7]);
        let make = || {
            let tls = load_or_make(&TlsMode::SelfSigned, folder.path(), host, Timestamp(0));
            tls.unwrap().unwrap().pin
        };
        assert_eq!(make(), make());
        assert!(load_or_make(&TlsMode::Off, folder.path(), host, Timestamp(0)).unwrap().is_none());
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let host = IpAddr::from([127, 0, 0, 1]);
        for folder in [&one, &two] {
            load_or_make(&TlsMode::SelfSigned, folder.path(), host, Timestamp(0)).unwrap();
        }
        let cert = one.path().join("tls/cert.pem");
        let files = |key| TlsMode::Files { cert: cert.clone(), key };
        let good = files(one.path().join("tls/key.pem"));
        assert!(load_or_make(&good, one.path(), host, Timestamp(0)).is_ok());
        let bad = files(two.path().join("tls/key.pem"));
        let outcome = load_or_make(&bad, one.path(), host, Timestamp(0));
        assert!(matches!(outcome, Err(Error::Certificate(_))));
    }
}
