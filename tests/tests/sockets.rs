//! The ways to reach the server beside HTTP/1.1 on a TCP port.

use tsk_tests::{Server, Site, curl};

#[test]
fn speaks_http2_to_a_client_that_knows() {
    let site = Site::empty().file("public/digits.txt", "0123456789");
    let server = Server::start(&site);
    let answer = curl(&["--http2-prior-knowledge", "--range", "3-5", &server.url("/digits.txt")]);
    assert_eq!((answer.status, answer.version.as_str(), answer.text()), (206, "2", "345"));
    assert_eq!(curl(&["--http2-prior-knowledge", &server.url("/gone")]).problem()["title"], "Not Found");
}

#[test]
fn answers_a_client_that_offers_http2_in_what_it_asked_in() {
    let site = Site::empty();
    let server = Server::start(&site);
    assert_eq!(curl(&["--http2", &server.url("/")]).status, 200);
}

#[test]
fn listens_on_a_unix_socket_too() {
    let site = Site::empty().file("public/digits.txt", "0123456789");
    let socket = site.path("tsk.sock").display().to_string();
    let config = format!("[http]\nlisten = [\"127.0.0.1:0\", \"unix:{socket}\"]\n");
    let site = site.file("tsk.toml", config);
    let server = Server::start_with(&site, &["--config", "tsk.toml"]);
    for version in ["--http1.1", "--http2-prior-knowledge"] {
        let answer = curl(&[version, "--unix-socket", &socket, "http://localhost/digits.txt"]);
        assert_eq!((answer.status, answer.text()), (200, "0123456789"), "{version}");
    }
    assert_eq!(curl(&[&server.url("/digits.txt")]).text(), "0123456789");

    server.signal("TERM");
    assert!(server.wait().status.success());
    assert!(
        !site.path("tsk.sock").exists(),
        "the socket is removed, so that the next start finds a free path"
    );
}

#[test]
fn serves_another_folder_where_the_configuration_says_so() {
    let site = Site::empty()
        .file("elsewhere/a.txt", "found")
        .file("tsk.toml", "[http]\nlisten = [\"127.0.0.1:0\"]\n\n[site]\nroot = \"elsewhere\"\n");
    let server = Server::start_with(&site, &["--config", "tsk.toml"]);
    assert_eq!(curl(&[&server.url("/a.txt")]).text(), "found");
}
