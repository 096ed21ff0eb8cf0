//! From files to what rustls takes.

use std::{path::Path, sync::Arc};

use rustls::{
    RootCertStore, ServerConfig,
    crypto::{CryptoProvider, ring::Ticketer},
    pki_types::UnixTime,
    server::{NoServerSessionStorage, WebPkiClientVerifier, danger::ClientCertVerifier},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};

use super::{Certificate, ClientAuth, Config, Version, certificate, pem, resolver::Resolver};
use crate::config::Protocol;

/// What keeps a listener from its certificates: which setting is at fault, and why.
pub(super) type Fault = (String, String);

/// Reads all files of a listener.
pub(super) fn build(
    config: &Config,
    protocols: &[Protocol],
    provider: &Arc<CryptoProvider>,
) -> Result<ServerConfig, Fault> {
    let resolver = resolver(config, provider)?;
    let verifier = match &config.client_ca {
        Some(path) => {
            let verifier = verifier(path, config.client_auth, provider);
            Some(verifier.map_err(|wrong| ("client_ca".to_owned(), wrong))?)
        }
        None => None,
    };
    let asks_clients = verifier.is_some();

    let versions: &[_] = match config.min_version {
        Version::V1_2 => &[&TLS13, &TLS12],
        Version::V1_3 => &[&TLS13],
    };
    let builder = ServerConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(versions)
        .expect("ring has suites for both versions");
    let builder = match verifier {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    };
    let mut server = builder.with_cert_resolver(Arc::new(resolver));
    let spoken = [Protocol::H2, Protocol::H1].into_iter().filter(|protocol| protocols.contains(protocol));
    server.alpn_protocols = spoken.map(|protocol| alpn(protocol).to_vec()).collect();
    if asks_clients {
        // A session that is resumed is not checked again: a client would come in with a certificate that has
        // expired since, or whose authority is no longer named.
        server.session_storage = Arc::new(NoServerSessionStorage {});
        server.send_tls13_tickets = 0;
    } else if let Ok(ticketer) = Ticketer::new() {
        // Sessions are kept by the clients, under a key that is changed every six hours.
        server.ticketer = ticketer;
    }
    Ok(server)
}

fn resolver(config: &Config, provider: &CryptoProvider) -> Result<Resolver, Fault> {
    let default = certified(&config.certificate, &config.key, provider)
        .map_err(|(setting, wrong)| (setting.to_owned(), wrong))?;
    let mut others = Vec::new();
    for (index, Certificate { certificate, key }) in config.others.iter().enumerate() {
        let other = certified(certificate, key, provider);
        others.push(other.map_err(|(setting, wrong)| (format!("others[{index}].{setting}"), wrong))?);
    }
    Ok(Resolver::new(default, others))
}

/// Reads a certificate and its key, and warns of what does not keep them from being used.
fn certified(
    certificate: &Path,
    key: &Path,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, certificate::Fault> {
    let certified = certificate::load(certificate, key, provider)?;
    if let Some(expiry) = certificate::expiry(&certified.cert[0], UnixTime::now()) {
        let file = certificate.display();
        tracing::warn!(%file, "the certificate {expiry}, so that clients refuse it; renew it");
    }
    if pem::is_public(key) {
        let file = key.display();
        tracing::warn!(%file, "every user of this machine can read the private key; take that away: chmod o-r");
    }
    Ok(certified)
}

fn verifier(
    path: &Path,
    auth: Option<ClientAuth>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let mut roots = RootCertStore::empty();
    let file = path.display();
    for certificate in pem::certificates(path)? {
        let added = roots.add(certificate);
        added.map_err(|error| format!("`{file}` has a certificate that can be no authority: {error}"))?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    let builder = match auth {
        Some(ClientAuth::Optional) => builder.allow_unauthenticated(),
        Some(ClientAuth::Required) | None => builder,
    };
    builder.build().map_err(|error| format!("`{file}` cannot be used: {error}"))
}

/// The name of a protocol in the handshake (RFC 7301, RFC 9113 §3.1).
fn alpn(protocol: Protocol) -> &'static [u8] {
    match protocol {
        Protocol::H1 => b"http/1.1",
        Protocol::H2 => b"h2",
    }
}
