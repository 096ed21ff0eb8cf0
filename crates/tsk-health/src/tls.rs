//! TLS to what is checked: rustls on ring, as everywhere.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

/// What is believed of a server.
#[derive(Debug, Clone)]
pub struct Tls(Arc<RootCertStore>);

impl Tls {
    /// The authorities of a PEM file, or those that browsers trust.
    ///
    /// # Errors
    ///
    /// A file that cannot be used, in a line that names it.
    pub fn new(authorities: Option<&Path>) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        let Some(path) = authorities else {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            return Ok(Self(Arc::new(roots)));
        };
        let unusable =
            |reason: &dyn std::fmt::Display| format!("{}: {reason}; name a PEM file", path.display());
        let found = CertificateDer::pem_file_iter(path).map_err(|error| unusable(&error))?;
        for certificate in found {
            let certificate = certificate.map_err(|error| unusable(&error))?;
            roots.add(certificate).map_err(|error| unusable(&error))?;
        }
        if roots.is_empty() { Err(unusable(&"it has no certificate")) } else { Ok(Self(Arc::new(roots))) }
    }

    pub(crate) fn verifier(&self) -> Result<Arc<WebPkiServerVerifier>, String> {
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::clone(&self.0), provider).build();
        verifier.map_err(|error| error.to_string())
    }

    pub(crate) fn config(verifier: Arc<dyn ServerCertVerifier>) -> ClientConfig {
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has suites for both versions")
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth()
    }

    /// What makes connections to servers that are verified.
    #[cfg(any(feature = "postgres", feature = "redis"))]
    pub(crate) fn connector(&self) -> Result<TlsConnector, String> {
        Ok(TlsConnector::from(Arc::new(Self::config(self.verifier()?))))
    }
}

pub(crate) fn name(host: &str) -> Result<ServerName<'static>, String> {
    ServerName::try_from(host.to_owned()).map_err(|_| format!("{host:?} is no name of a server"))
}

pub(crate) async fn connect(
    connector: &TlsConnector,
    name: ServerName<'static>,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, String> {
    connector.connect(name, stream).await.map_err(|error| format!("there is no TLS: {error}"))
}
