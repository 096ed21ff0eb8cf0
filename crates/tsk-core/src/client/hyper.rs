//! The client on hyper and rustls.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client as Pool, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::time::timeout;

use super::{ClientError, HttpClient, Kind, Sending};

/// What a [`Client`] can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How long a connection, its TLS among it, may take. Default: 5 s.
    pub connect_timeout: Duration,
    /// How long an exchange may take, from its start to the end of the answer. Default: 10 s.
    pub timeout: Duration,
    /// Bytes of an answer's body that are read at most. Default: 1 MiB.
    pub max_body: usize,
    /// A PEM file of the authorities that are believed. Default: those that browsers trust.
    pub authorities: Option<PathBuf>,
    /// PEM files of a certificate, with its chain, and of its key, to be shown to a server that asks for one.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            max_body: 1024 * 1024,
            authorities: None,
            certificate: None,
        }
    }
}

/// A client of HTTP/1.1, over TLS where the scheme is `https`. Cloning it shares its connections.
///
/// Connections are kept for the next request. It follows no redirects and asks no proxy. To be used on a tokio runtime,
/// on which it spawns a task for each connection.
#[derive(Debug, Clone)]
pub struct Client {
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
    timeout: Duration,
    max_body: usize,
}

impl Client {
    /// A client.
    ///
    /// # Errors
    ///
    /// Files of certificates and keys that cannot be used.
    pub fn new(settings: &Settings) -> Result<Self, ClientError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(settings.connect_timeout));
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls(settings)?).https_or_http();
        let pool = Pool::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(4)
            .http1_max_buf_size(64 * 1024)
            .build(connector.enable_http1().wrap_connector(tcp));
        Ok(Self { pool, timeout: settings.timeout, max_body: settings.max_body })
    }
}

impl HttpClient for Client {
    fn send(&self, request: Request<Bytes>) -> Sending {
        let sending = self.pool.request(request.map(Full::new));
        let (limit, max_body) = (self.timeout, self.max_body);
        Box::pin(async move {
            let exchange = async {
                let response = sending.await.map_err(|error| {
                    let kind = if error.is_connect() { Kind::Connect } else { Kind::Exchange };
                    ClientError::new(kind, error)
                })?;
                let (head, body) = response.into_parts();
                let body = Limited::new(body, max_body).collect().await.map_err(|error| {
                    if error.is::<LengthLimitError>() {
                        ClientError::too_large()
                    } else {
                        ClientError::exchange(error)
                    }
                })?;
                Ok(http::Response::from_parts(head, body.to_bytes()))
            };
            timeout(limit, exchange).await.unwrap_or_else(|_| Err(ClientError::timeout()))
        })
    }
}

fn tls(settings: &Settings) -> Result<ClientConfig, ClientError> {
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
    let Some((certificate, key)) = &settings.certificate else { return Ok(builder.with_no_client_auth()) };
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, error))?;
    builder
        .with_client_auth_cert(certificates(certificate)?, private)
        .map_err(|error| unusable(certificate, error))
}

/// At least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ClientError> {
    let found = CertificateDer::pem_file_iter(path).map_err(|error| unusable(path, error))?;
    let found = found.collect::<Result<Vec<_>, _>>().map_err(|error| unusable(path, error))?;
    if found.is_empty() { Err(unusable(path, "it has no certificate")) } else { Ok(found) }
}

fn unusable(path: &Path, reason: impl std::fmt::Display) -> ClientError {
    ClientError::new(Kind::Settings, format!("{}: {reason}; name a PEM file", path.display()))
}

#[cfg(test)]
mod tests;
