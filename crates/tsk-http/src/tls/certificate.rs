//! A certificate chain with its key, ready to be shown.

use std::path::Path;

use rustls::{
    Error as TlsError, InconsistentKeys,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, UnixTime},
    sign::CertifiedKey,
};
use webpki::{EndEntityCert, KeyUsage};

use super::pem;

/// What keeps a certificate from being used: which of the two settings is at fault, and why.
pub(super) type Fault = (&'static str, String);

/// Reads a certificate chain and its key, and sees that they belong together.
pub(super) fn load(certificate: &Path, key: &Path, provider: &CryptoProvider) -> Result<CertifiedKey, Fault> {
    let chain = pem::certificates(certificate).map_err(|wrong| ("certificate", wrong))?;
    let parsed = EndEntityCert::try_from(&chain[0]).map(drop);
    let private = pem::key(key).map_err(|wrong| ("key", wrong))?;
    let (certificate, key) = (certificate.display(), key.display());
    parsed.map_err(|error| {
        let what = "its first certificate cannot be understood";
        ("certificate", format!("`{certificate}`: {what}: {error}; put that of the server first"))
    })?;
    CertifiedKey::from_der(chain, private, provider).map_err(|error| {
        let wrong = match error {
            TlsError::InconsistentKeys(InconsistentKeys::KeyMismatch) => format!(
                "the key in `{key}` is not that of the first certificate in `{certificate}`; name the two that \
                 were made together, and put the certificate of the server first in its file"
            ),
            error => format!(
                "the key in `{key}` cannot be used: {error}; RSA of 2048 bits or more, ECDSA on P-256 or P-384, \
                 and Ed25519 can"
            ),
        };
        ("key", wrong)
    })
}

/// The names that a certificate is issued to, in lower case.
pub(super) fn names(certificate: &CertificateDer<'_>) -> Vec<String> {
    let parsed = EndEntityCert::try_from(certificate);
    parsed.map_or_else(
        |_| Vec::new(),
        |certificate| certificate.valid_dns_names().map(str::to_ascii_lowercase).collect(),
    )
}

/// What is the matter with the time for which a certificate is valid, if something is.
pub(super) fn expiry(certificate: &CertificateDer<'_>, now: UnixTime) -> Option<&'static str> {
    // It is looked at before an issuer is searched for, of which there is none here.
    let certificate = EndEntityCert::try_from(certificate).ok()?;
    let path = certificate.verify_for_usage(&[], &[], &[], now, KeyUsage::server_auth(), None, None);
    match path.err()? {
        webpki::Error::CertExpired { .. } => Some("has expired"),
        webpki::Error::CertNotValidYet { .. } => Some("is not valid yet"),
        _ => None,
    }
}
