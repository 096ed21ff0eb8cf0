//! TLS to a server: rustls on ring, as everywhere.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio_rustls::TlsConnector;

use super::{Error, Settings};

/// What makes connections to servers that are verified.
pub(super) fn connector(settings: &Settings) -> Result<TlsConnector, Error> {
    let mut roots = RootCertStore::empty();
    match &settings.authorities {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            for certificate in certificates(path)? {
                roots.add(certificate).map_err(|error| unusable(path, error))?;
            }
        }
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has suites for both versions")
        .with_root_certificates(roots);
    let mut config = match &settings.certificate {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, error))?;
            let shown = certificates(certificate)?;
            builder.with_client_auth_cert(shown, private).map_err(|error| unusable(certificate, error))?
        }
    };
    // A server that would rather speak HTTP/2 is told that this is HTTP/1.1.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// At least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let found = CertificateDer::pem_file_iter(path).map_err(|error| unusable(path, error))?;
    let found = found.collect::<Result<Vec<_>, _>>().map_err(|error| unusable(path, error))?;
    if found.is_empty() { Err(unusable(path, "it has no certificate")) } else { Ok(found) }
}

fn unusable(path: &Path, reason: impl std::fmt::Display) -> Error {
    Error::setting(format!("{}: {reason}; name a PEM file", path.display()))
}
