#![allow(clippy::unwrap_used)]

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tsk_core::check::Status;

use super::*;

/// A certificate for `localhost`, valid in May and June of 2030.
fn issued() -> CertificateDer<'static> {
    let mut params = CertificateParams::new(vec!["localhost".into()]).unwrap();
    params.not_before = date_time_ymd(2030, 5, 1);
    params.not_after = date_time_ymd(2030, 7, 1);
    let key = KeyPair::generate().unwrap();
    params.self_signed(&key).unwrap().der().clone()
}

fn at(month: u8, day: u8) -> SystemTime {
    humantime::parse_rfc3339(&format!("2030-{month:02}-{day:02}T12:00:00Z")).unwrap()
}

#[test]
fn its_end_is_told_before_it_comes() {
    let certificates = [issued()];
    for (now, status, output) in [
        (at(4, 30), Status::Fail, "there is a certificate that is not valid before 2030-05-01T00:00:00Z"),
        (at(5, 15), Status::Pass, ""),
        (at(6, 11), Status::Warn, "the certificate expires on 2030-07-01T00:00:00Z, in 19 days"),
        (at(6, 29), Status::Fail, "the certificate expires on 2030-07-01T00:00:00Z, in 1 days"),
        (at(7, 3), Status::Fail, "the certificate expired on 2030-07-01T00:00:00Z"),
    ] {
        let finding = judge(&certificates, now, Certificate::WARN_BEFORE, Certificate::FAIL_BEFORE);
        assert_eq!((finding.status, finding.output.as_str()), (status, output));
    }
}

#[tokio::test]
async fn a_file_that_has_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cert.pem");
    assert!(
        Certificate::file(&file)
            .check()
            .await
            .output
            .ends_with("cert.pem: No such file or directory (os error 2)")
    );
    fs::write(&file, "hello").unwrap();
    assert_eq!(Certificate::file(&file).check().await.output, "there is no certificate");
    assert!(
        Certificate::file(folder.path()).check().await.output.ends_with(": it is no file of certificates")
    );
}

/// A server of TLS whose certificate ends on some day, and the file of its authority.
async fn server(folder: &Path, year: i32) -> (u16, PathBuf) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let file = folder.join(format!("{year}.pem"));
    fs::write(&file, authority.pem()).unwrap();
    let mut params = CertificateParams::new(vec!["localhost".into()]).unwrap();
    params.not_after = date_time_ymd(year, 1, 1);
    let key = KeyPair::generate().unwrap();
    let leaf = params.signed_by(&key, &authority).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        while let Ok((stream, _)) = listener.accept().await {
            let _ = acceptor.accept(stream).await;
        }
    });
    (port, file)
}

#[tokio::test]
async fn that_of_a_server_has_to_be_right_and_its_end_is_told_though_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (port, authority) = server(folder.path(), 2990).await;
    let looked = async |port, authority: Option<&Path>| {
        Certificate::server("localhost", port, Tls::new(authority).unwrap()).unwrap().check().await
    };
    let finding = looked(port, Some(&authority)).await;
    assert_eq!((finding.status, finding.output.as_str()), (Status::Pass, ""));
    assert!(finding.observed.is_some_and(|(days, unit)| days > 100_000.0 && unit == "days"));
    let finding = looked(port, None).await;
    assert_eq!(finding.output, "there is no TLS: invalid peer certificate: UnknownIssuer");
    let (port, authority) = server(folder.path(), 2020).await;
    assert_eq!(
        looked(port, Some(&authority)).await.output,
        "the certificate expired on 2020-01-01T00:00:00Z"
    );
}
