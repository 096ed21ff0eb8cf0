//! What is said of files that cannot be used.

use std::path::Path;

use tsk_http::{
    Config, Listen, Server,
    config::Socket,
    tls::{self, Certificate, ClientAuth},
};

use super::{
    certificates::{Authority, Folder},
    listening,
};
use crate::running::config;

/// What a server says that does not start.
async fn refusal(listen: Listen) -> String {
    let plain = Listen::tcp("127.0.0.1", 0);
    let error = Server::bind(&Config { listen: vec![plain, listen], ..config() }).await.unwrap_err();
    assert!(!error.is_listen());
    error.to_string()
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_named_with_its_setting() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let good = folder.config("good", &authority.issue(&["localhost"]));
    let (_, other_key) = folder.put("other", &authority.issue(&["localhost"]));
    let empty = folder.write("empty.pem", "nothing here\n");
    let broken = folder.write("broken.pem", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n");
    let no_der = folder.write("der.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let bad_key = folder.write("bad.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    let encrypted = folder.write(
        "encrypted.key",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let legacy = folder.write(
        "legacy.key",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n",
    );
    let long = folder.write("long.pem", " ".repeat((1 << 20) + 1));
    let missing = folder.path("missing.pem");

    let certificate = |path: &Path| tls::Config { certificate: path.to_owned(), ..good.clone() };
    let key = |path: &Path| tls::Config { key: path.to_owned(), ..good.clone() };
    let ca = |path: &Path| tls::Config { client_ca: Some(path.to_owned()), ..good.clone() };
    let other = Certificate { certificate: good.certificate.clone(), key: missing.clone() };

    for (tls, setting, file, reason) in [
        (certificate(&missing), "certificate", &missing, "cannot be read: No such file"),
        (certificate(&empty), "certificate", &empty, "has no certificate"),
        (certificate(&broken), "certificate", &broken, "is no PEM file"),
        (certificate(&no_der), "certificate", &no_der, "cannot be understood"),
        (certificate(&long), "certificate", &long, "is longer than"),
        (certificate(folder.as_ref()), "certificate", &folder.as_ref().to_owned(), "is not a file"),
        (certificate(&good.key), "certificate", &good.key, "has no certificate"),
        (key(&missing), "key", &missing, "cannot be read: No such file"),
        (key(&good.certificate), "key", &good.certificate, "has no private key"),
        (key(&encrypted), "key", &encrypted, "is encrypted"),
        (key(&legacy), "key", &legacy, "is encrypted"),
        (key(&bad_key), "key", &bad_key, "cannot be used"),
        (key(&other_key), "key", &other_key, "is not that of the first certificate"),
        (ca(&missing), "client_ca", &missing, "cannot be read: No such file"),
        (ca(&no_der), "client_ca", &no_der, "can be no authority"),
        (tls::Config { others: vec![other], ..good.clone() }, "others[0].key", &missing, "cannot be read"),
    ] {
        let said = refusal(listening(tls)).await;
        assert!(said.starts_with(&format!("`http.listen[1].tls.{setting}`: ")), "{said}");
        assert!(said.contains(&format!("`{}`", file.display())) && said.contains(reason), "{said}");
        assert!(!said.contains('\n'), "{said}");
    }
}

#[tokio::test]
async fn settings_that_contradict_each_other_are_refused() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let good = folder.config("good", &authority.issue(&["localhost"]));

    let auth = tls::Config { client_auth: Some(ClientAuth::Required), ..good.clone() };
    let said = refusal(listening(auth)).await;
    assert!(said.starts_with("`http.listen[1].tls.client_auth`: "), "{said}");

    let never = tls::Config { handshake_timeout: std::time::Duration::ZERO, ..good.clone() };
    let said = refusal(listening(never)).await;
    assert!(said.starts_with("`http.listen[1].tls.handshake_timeout` is zero"), "{said}");

    let unix = Listen { address: Socket::Unix(folder.path("socket")), ..listening(good) };
    let said = refusal(unix).await;
    assert!(said.starts_with("`http.listen[1].tls` is for TCP addresses"), "{said}");
    assert!(!folder.path("socket").exists());
}
