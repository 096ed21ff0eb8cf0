//! Certificates that change while the server runs.

use std::{fs, os::unix::fs::symlink, time::Duration};

use tsk_http::{Listen, tls};

use super::{
    certificates::{Authority, Folder, Issued},
    client::Peer,
    listening, serving,
};
use crate::running::{Running, patiently};

const OFTEN: Duration = Duration::from_millis(10);
const NEVER: Duration = Duration::ZERO;

struct Site {
    authority: Authority,
    folder: Folder,
    peer: Peer,
}

impl Site {
    fn new() -> Self {
        let authority = Authority::new();
        let peer = Peer::new(&authority);
        Self { authority, folder: Folder::new(), peer }
    }

    fn issue(&self) -> Issued {
        self.authority.issue(&["localhost"])
    }

    fn listen(&self, issued: &Issued, reload_interval: Duration) -> Listen {
        listening(tls::Config { reload_interval, ..self.folder.config("server", issued) })
    }

    /// Whether a new client gets this certificate.
    async fn shows(&self, server: &Running, issued: &Issued) -> bool {
        let client = self.peer.connect(server.address(), "localhost").await;
        client.certificate() == *issued.certificate.der()
    }

    /// Waits until new clients get this certificate.
    async fn wait_for(&self, server: &Running, issued: &Issued) {
        patiently(async { while !self.shows(server, issued).await {} }).await;
    }
}

#[tokio::test]
async fn a_certificate_that_was_renewed_is_shown_to_new_clients() {
    let site = Site::new();
    let (old, new) = (site.issue(), site.issue());
    let server = serving(site.listen(&old, OFTEN)).await;
    let mut client = site.peer.connect(server.address(), "localhost").await;
    assert_eq!(client.get("/").await.text(), "hello");

    site.folder.put("server", &new);
    site.wait_for(&server, &new).await;
    // Who was there before goes on.
    assert_eq!(client.get("/").await.text(), "hello");
    server.stop().await;
}

#[tokio::test]
async fn a_link_that_leads_elsewhere_is_followed() {
    let site = Site::new();
    let (old, new) = (site.issue(), site.issue());
    for (name, issued) in [("1", &old), ("2", &new)] {
        fs::create_dir(site.folder.path(name)).unwrap();
        site.folder.put(&format!("{name}/server"), issued);
    }
    // As Kubernetes mounts a secret: a link to the folder, which is replaced as a whole.
    symlink("1", site.folder.path("data")).unwrap();
    symlink("data/server.pem", site.folder.path("server.pem")).unwrap();
    symlink("data/server.key", site.folder.path("server.key")).unwrap();
    let tls = tls::Config::new(site.folder.path("server.pem"), site.folder.path("server.key"));
    let server = serving(listening(tls::Config { reload_interval: OFTEN, ..tls })).await;
    assert!(site.shows(&server, &old).await);

    symlink("2", site.folder.path("next")).unwrap();
    fs::rename(site.folder.path("next"), site.folder.path("data")).unwrap();
    site.wait_for(&server, &new).await;
    server.stop().await;
}

#[tokio::test]
async fn files_are_read_again_when_it_is_asked_for() {
    let site = Site::new();
    let (old, new) = (site.issue(), site.issue());
    let server = serving(site.listen(&old, NEVER)).await;
    site.folder.put("server", &new);
    assert!(site.shows(&server, &old).await);
    server.reload.as_ref().unwrap().now();
    site.wait_for(&server, &new).await;
    server.stop().await;
}

#[tokio::test]
async fn files_that_are_wrong_change_nothing_and_are_tried_again() {
    let site = Site::new();
    let (old, new) = (site.issue(), site.issue());
    let server = serving(site.listen(&old, OFTEN)).await;
    let (pem, key) = (site.folder.path("server.pem"), site.folder.path("server.key"));

    // The key is written later than its certificate.
    fs::write(&pem, new.certificate.pem()).unwrap();
    for _ in 0..50 {
        assert!(site.shows(&server, &old).await);
    }
    fs::write(&key, new.key.serialize_pem()).unwrap();
    site.wait_for(&server, &new).await;

    // Files that are gone, or cut short.
    fs::remove_file(&pem).unwrap();
    fs::write(&key, "-----BEGIN").unwrap();
    for _ in 0..50 {
        assert!(site.shows(&server, &new).await);
    }
    site.folder.put("server", &old);
    site.wait_for(&server, &old).await;
    server.stop().await;
}

#[tokio::test]
async fn no_request_fails_while_certificates_change() {
    let site = Site::new();
    let pairs = [site.issue(), site.issue()];
    let server = serving(site.listen(&pairs[0], OFTEN)).await;
    let address = server.address();
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let peer = site.peer.clone();
            tokio::spawn(async move {
                let mut kept = peer.connect(address, "localhost").await;
                for _ in 0..100 {
                    assert_eq!(kept.get("/").await.text(), "hello");
                    assert_eq!(peer.connect(address, "localhost").await.get("/").await.text(), "hello");
                }
            })
        })
        .collect();
    let mut round = 0;
    while !clients.iter().all(|client| client.is_finished()) {
        round += 1;
        site.folder.put("server", &pairs[round % 2]);
        server.reload.as_ref().unwrap().now();
        site.wait_for(&server, &pairs[round % 2]).await;
    }
    for client in clients {
        client.await.unwrap();
    }
    assert!(round > 1);
    server.stop().await;
}

#[tokio::test]
async fn an_authority_that_is_no_longer_named_lets_nobody_in() {
    let site = Site::new();
    let (old, new) = (Authority::new(), Authority::new());
    let ada = old.issue(&["ada"]);
    let client_ca = Some(site.folder.write("clients.pem", old.certificate.pem()));
    let tls = site.folder.config("server", &site.issue());
    let server = serving(listening(tls::Config { client_ca, reload_interval: OFTEN, ..tls })).await;
    let peer = Peer::with(&site.authority, &[&rustls::version::TLS12], Some(&ada));
    let mut inside = peer.connect(server.address(), "localhost").await;
    assert_eq!(inside.get("/").await.text(), "hello");

    site.folder.write("clients.pem", new.certificate.pem());
    patiently(async { while peer.shake(server.address(), "localhost").await.is_ok() {} }).await;
    assert_eq!(inside.get("/").await.text(), "hello");
    server.stop().await;
}
