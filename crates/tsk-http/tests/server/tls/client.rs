//! Clients that speak TLS.

use std::{io, net::SocketAddr, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::certificates::{Authority, Issued};
use crate::{client::Client, running::patiently};

/// A client's side of TLS.
#[derive(Clone)]
pub(crate) struct Peer(Arc<ClientConfig>);

impl Peer {
    /// One that trusts an authority.
    pub(crate) fn new(authority: &Authority) -> Self {
        Self::with(authority, &[&rustls::version::TLS13, &rustls::version::TLS12], None)
    }

    pub(crate) fn with(
        authority: &Authority,
        versions: &[&'static rustls::SupportedProtocolVersion],
        shows: Option<&Issued>,
    ) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(authority.der()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        let config = match shows {
            Some(issued) => {
                let key = PrivateKeyDer::from_pem_slice(issued.key.serialize_pem().as_bytes()).unwrap();
                builder.with_client_auth_cert(vec![issued.certificate.der().clone()], key).unwrap()
            }
            None => builder.with_no_client_auth(),
        };
        Self(Arc::new(config))
    }

    pub(crate) fn offering(mut self, protocols: &[&str]) -> Self {
        let protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec());
        Arc::make_mut(&mut self.0).alpn_protocols = protocols.collect();
        self
    }

    pub(crate) async fn shake(&self, address: SocketAddr, name: &str) -> io::Result<TlsStream<TcpStream>> {
        let socket = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        patiently(TlsConnector::from(Arc::clone(&self.0)).connect(name, socket)).await
    }

    pub(crate) async fn connect(&self, address: SocketAddr, name: &str) -> Client<TlsStream<TcpStream>> {
        Client::new(self.shake(address, name).await.unwrap())
    }
}

impl Client<TlsStream<TcpStream>> {
    /// The certificate that the server shows.
    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
    }
}
