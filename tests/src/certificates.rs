//! Certificates, as an authority would issue them.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// An authority whose certificate is in a file of its own. What it issues is for `localhost` and 127.0.0.1.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
    file: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Makes one, and writes its certificate to `<name>.pem` in a folder.
    pub fn new(folder: &Path, name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let file = folder.join(format!("{name}.pem"));
        let certificate = params.self_signed(&key).expect("a certificate");
        fs::write(&file, certificate.pem()).expect("a file of our own");
        Self { folder: folder.to_owned(), file, issuer: Issuer::new(params, key) }
    }

    /// The file with its certificate, as curl wants to have it.
    pub fn file(&self) -> &str {
        self.file.to_str().expect("a temporary folder has a plain name")
    }

    /// Issues a certificate, and writes it and its key to `<name>.pem` and `<name>.key`.
    pub fn issue(&self, name: &str) {
        self.issue_with(name, |_| ());
    }

    /// Issues a certificate that expired long ago.
    pub fn issue_expired(&self, name: &str) {
        self.issue_with(name, |params| params.not_after = rcgen::date_time_ymd(2020, 1, 1));
    }

    fn issue_with(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) {
        let names = ["localhost", "127.0.0.1"].map(str::to_owned);
        let mut params = CertificateParams::new(names).expect("two names");
        params.distinguished_name.push(DnType::CommonName, name);
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        for (extension, text) in [("pem", certificate.pem()), ("key", key.serialize_pem())] {
            let path = self.folder.join(format!("{name}.{extension}"));
            fs::write(path, text).expect("a file of our own");
        }
    }
}
