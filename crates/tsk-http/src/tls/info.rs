//! What a handshake has agreed on.

use rustls::{ProtocolVersion, ServerConnection, pki_types::CertificateDer};

use crate::config::Protocol;

/// What a handshake has agreed on.
#[derive(Debug)]
pub struct Info {
    version: &'static str,
    cipher_suite: Box<str>,
    server_name: Option<Box<str>>,
    protocol: Option<Box<str>>,
    peer_certificates: Vec<CertificateDer<'static>>,
}

impl Info {
    pub(crate) fn of(session: &ServerConnection) -> Self {
        let text = |name: &[u8]| String::from_utf8_lossy(name).into();
        Self {
            version: match session.protocol_version() {
                Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
                _ => "TLSv1.3",
            },
            cipher_suite: session
                .negotiated_cipher_suite()
                .and_then(|suite| suite.suite().as_str())
                // rustls has names of its own for those of TLS 1.3.
                .map_or_else(Box::default, |name| name.replacen("TLS13_", "TLS_", 1).into()),
            server_name: session.server_name().map(Into::into),
            protocol: session.alpn_protocol().map(text),
            peer_certificates: session
                .peer_certificates()
                .map(|chain| chain.iter().map(|certificate| certificate.clone().into_owned()).collect())
                .unwrap_or_default(),
        }
    }

    /// The version of HTTP that was agreed on.
    pub(crate) fn http(&self) -> Option<Protocol> {
        match self.protocol()? {
            "h2" => Some(Protocol::H2),
            _ => Some(Protocol::H1),
        }
    }

    /// The version: `TLSv1.3` or `TLSv1.2`.
    pub fn version(&self) -> &'static str {
        self.version
    }

    /// The cipher suite, by its name in the IANA registry, as in `TLS_AES_256_GCM_SHA384`.
    pub fn cipher_suite(&self) -> &str {
        &self.cipher_suite
    }

    /// The name that the client asked for (RFC 6066 §3), in lower case. It need not be one of the server's.
    pub fn server_name(&self) -> Option<&str> {
        self.server_name.as_deref()
    }

    /// The protocol that was agreed on (RFC 7301): `h2` or `http/1.1`; `None` for a client that offers none.
    pub fn protocol(&self) -> Option<&str> {
        self.protocol.as_deref()
    }

    /// The certificate of the client, followed by those that it sent along, each in DER. None, unless the
    /// listener asks for them; what is there was verified.
    pub fn peer_certificates(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.peer_certificates.iter().map(AsRef::as_ref)
    }
}
