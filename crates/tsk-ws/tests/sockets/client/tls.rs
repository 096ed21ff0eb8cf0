//! Servers that prove who they are.

use std::{path::PathBuf, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;
use tsk_ws::client::{Connector, Error, Request, Settings};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for a name, and its key, as PEM.
fn issue(authority: &Authority, name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.into()]).unwrap().signed_by(&key, authority).unwrap();
    (certificate.pem(), key.serialize_pem())
}

/// Serves one connection, to a client that this authority has issued a certificate to, if one is named. It gives the port.
async fn serve(authority: &Authority, name: &str, of_clients: Option<&Authority>) -> u16 {
    let (certificate, key) = issue(authority, name);
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match of_clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(authority.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let config =
        builder.with_single_cert(chain, PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await else { return };
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let Ok(byte) = stream.read_u8().await else { return };
            head.push(byte);
        }
        let head = String::from_utf8(head).unwrap();
        let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
        let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        let _ = stream.read_u8().await;
    });
    port
}

/// Files, which are removed with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("tsk-ws-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn connect(port: u16, settings: Settings) -> Result<(), Error> {
    let request = Request::new(&format!("wss://localhost:{port}/")).unwrap();
    Connector::new(settings)?.connect(&request).await.map(drop)
}

#[tokio::test]
async fn a_server_is_believed_by_its_authority_and_its_name() {
    let folder = Folder::new("believed");
    let authority = authority();
    let mut trusting = Settings::default();
    trusting.authorities = Some(folder.file("authority.pem", &authority.pem()));
    connect(serve(&authority, "localhost", None).await, trusting.clone()).await.unwrap();
    let port = serve(&authority, "localhost", None).await;
    assert!(connect(port, Settings::default()).await.unwrap_err().is_tls(), "its authority is unknown");
    let port = serve(&authority, "other.test", None).await;
    assert!(connect(port, trusting).await.unwrap_err().is_tls(), "it has another name");
}

#[tokio::test]
async fn a_certificate_is_shown_to_a_server_that_asks_for_one() {
    let folder = Folder::new("shown");
    let (authority, of_clients) = (authority(), authority());
    let mut settings = Settings::default();
    settings.authorities = Some(folder.file("authority.pem", &authority.pem()));
    let port = serve(&authority, "localhost", Some(&of_clients)).await;
    assert!(connect(port, settings.clone()).await.is_err(), "it shows none");
    let (certificate, key) = issue(&of_clients, "client.test");
    settings.certificate = Some((folder.file("client.pem", &certificate), folder.file("client.key", &key)));
    let port = serve(&authority, "localhost", Some(&of_clients)).await;
    connect(port, settings).await.unwrap();
}

#[test]
fn files_that_are_none_are_named() {
    let folder = Folder::new("files");
    let mut settings = Settings::default();
    settings.authorities = Some(folder.file("empty.pem", ""));
    let error = Connector::new(settings.clone()).unwrap_err();
    assert!(
        error.is_setting() && error.to_string().ends_with("it has no certificate; name a PEM file"),
        "{error}"
    );
    settings.authorities = Some("/nowhere/authority.pem".into());
    assert!(Connector::new(settings).unwrap_err().to_string().starts_with("/nowhere/authority.pem: "));
}
