//! The end of certificates.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use humantime::format_rfc3339_seconds;
use rustls::{
    DigitallySignedStruct, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::ring,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tsk_core::{
    Check,
    check::{Checking, Finding},
};
use webpki::{EndEntityCert, KeyUsage};

use super::blocking::Blocking;
use crate::tls::{self, Tls};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// How long a certificate is still valid: of a file, or of a server. That of a server has to be right in every other way, too.
pub struct Certificate {
    place: Place,
    warn_before: Duration,
    fail_before: Duration,
    blocking: Blocking,
}

enum Place {
    /// A PEM file, of which every certificate counts.
    File(PathBuf),
    Server {
        host: String,
        port: u16,
        name: ServerName<'static>,
        verifier: Arc<WebPkiServerVerifier>,
    },
}

impl Certificate {
    /// From so long before its end on there is a warning, by default.
    pub const WARN_BEFORE: Duration = Duration::from_secs(21 * 24 * 3600);
    /// From so long before its end on it is a failure, by default.
    pub const FAIL_BEFORE: Duration = Duration::from_secs(3 * 24 * 3600);

    fn at(place: Place) -> Self {
        let (warn_before, fail_before) = (Self::WARN_BEFORE, Self::FAIL_BEFORE);
        Self { place, warn_before, fail_before, blocking: Blocking::default() }
    }

    /// The certificates of a PEM file.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::at(Place::File(path.into()))
    }

    /// The certificate that a server of TLS shows.
    ///
    /// # Errors
    ///
    /// A host that is no name, in a line.
    pub fn server(host: impl Into<String>, port: u16, tls: Tls) -> Result<Self, String> {
        let host = host.into();
        let (name, verifier) = (tls::name(&host)?, tls.verifier()?);
        Ok(Self::at(Place::Server { host, port, name, verifier }))
    }

    /// From how long before its end on there is a warning, and a failure.
    pub fn before(mut self, warn: Duration, fail: Duration) -> Self {
        (self.warn_before, self.fail_before) = (warn, fail);
        self
    }

    fn finding(&self, certificates: &[CertificateDer<'_>], now: SystemTime) -> Finding {
        judge(certificates, now, self.warn_before, self.fail_before)
    }
}

/// What the one that ends first means.
fn judge(certificates: &[CertificateDer<'_>], now: SystemTime, warn: Duration, fail: Duration) -> Finding {
    let mut first: Option<SystemTime> = None;
    for certificate in certificates {
        let Some((from, until)) = validity(certificate) else {
            return Finding::fail("there is a certificate that cannot be understood");
        };
        if from > now {
            return Finding::fail(format!(
                "there is a certificate that is not valid before {}",
                format_rfc3339_seconds(from)
            ));
        }
        first = Some(first.map_or(until, |first| first.min(until)));
    }
    let Some(until) = first else { return Finding::fail("there is no certificate") };
    let Ok(left) = until.duration_since(now) else {
        return Finding::fail(format!("the certificate expired on {}", format_rfc3339_seconds(until)))
            .observed(0.0, "days");
    };
    let days = left.as_secs() / DAY.as_secs();
    let output = format!("the certificate expires on {}, in {days} days", format_rfc3339_seconds(until));
    let finding = if left < fail {
        Finding::fail(output)
    } else if left < warn {
        Finding::warn(output)
    } else {
        Finding::pass()
    };
    finding.observed(days as f64, "days")
}

/// From when and until when a certificate is valid.
///
/// Webpki tells the two in the errors of a verification at a time that is before, or after, any certificate's. It looks
/// at the dates before it searches an issuer, of which there is none here.
fn validity(certificate: &CertificateDer<'_>) -> Option<(SystemTime, SystemTime)> {
    let certificate = EndEntityCert::try_from(certificate).ok()?;
    let at = |time: Duration| {
        let time = UnixTime::since_unix_epoch(time);
        let algorithms = ring::default_provider().signature_verification_algorithms.all;
        certificate.verify_for_usage(algorithms, &[], &[], time, KeyUsage::server_auth(), None, None).err()
    };
    let time = |time: UnixTime| SystemTime::UNIX_EPOCH + Duration::from_secs(time.as_secs());
    let from = match at(Duration::ZERO)? {
        webpki::Error::CertNotValidYet { not_before, .. } => time(not_before),
        // It was valid from before the epoch.
        _ => SystemTime::UNIX_EPOCH,
    };
    match at(Duration::from_secs(u64::MAX))? {
        webpki::Error::CertExpired { not_after, .. } => Some((from, time(not_after))),
        _ => None,
    }
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let at = |reason: &dyn fmt::Display| format!("{}: {reason}", path.display());
    let metadata = path.metadata().map_err(|error| at(&error))?;
    if !metadata.is_file() || metadata.len() > 1 << 20 {
        return Err(at(&"it is no file of certificates"));
    }
    let bytes = fs::read(path).map_err(|error| at(&error))?;
    CertificateDer::pem_slice_iter(&bytes).collect::<Result<_, _>>().map_err(|error| at(&error))
}

impl Check for Certificate {
    fn check(&self) -> Checking<'_> {
        match &self.place {
            Place::File(path) => {
                let (path, warn, fail) = (path.clone(), self.warn_before, self.fail_before);
                Box::pin(self.blocking.run(move || match read(&path) {
                    Ok(certificates) => judge(&certificates, SystemTime::now(), warn, fail),
                    Err(error) => Finding::fail(error),
                }))
            }
            Place::Server { host, port, name, verifier } => Box::pin(async move {
                let stream = match TcpStream::connect((&**host, *port)).await {
                    Ok(stream) => stream,
                    Err(error) => return Finding::fail(format!("there is no connection: {error}")),
                };
                let seen = Arc::new(Seen { verifier: Arc::clone(verifier), leaf: Mutex::new(None) });
                let connector = TlsConnector::from(Arc::new(Tls::config(Arc::clone(&seen) as _)));
                let connected = tls::connect(&connector, name.clone(), stream).await;
                let leaf = seen.leaf.lock().unwrap_or_else(PoisonError::into_inner).take();
                match (connected, leaf) {
                    (Ok(_), Some(leaf)) => self.finding(&[leaf], SystemTime::now()),
                    (Ok(_), None) => Finding::fail("the server shows no certificate"),
                    // When it has ended says more than that it was refused.
                    (Err(error), leaf) => match leaf.map(|leaf| self.finding(&[leaf], SystemTime::now())) {
                        Some(finding) if finding.status == tsk_core::check::Status::Fail => finding,
                        _ => Finding::fail(error),
                    },
                }
            }),
        }
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::File(path) => write!(f, "Certificate({})", path.display()),
            Place::Server { host, port, .. } => write!(f, "Certificate({host}:{port})"),
        }
    }
}

/// Verifies as ever, and keeps what the server showed.
#[derive(Debug)]
struct Seen {
    verifier: Arc<WebPkiServerVerifier>,
    leaf: Mutex<Option<CertificateDer<'static>>>,
}

impl ServerCertVerifier for Seen {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.leaf.lock().unwrap_or_else(PoisonError::into_inner) = Some(leaf.clone().into_owned());
        self.verifier.verify_server_cert(leaf, others, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests;
