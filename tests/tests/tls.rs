//! TLS, as clients see it that are not ours: curl and OpenSSL.

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use tsk_tests::{Authority, DEADLINE, Server, Site, curl};

/// A site with a certificate, and the authority that clients have to trust.
fn site(more: &str) -> (Site, Authority) {
    let site = Site::empty().file("public/digits.txt", "0123456789").file(
        "tsk.toml",
        format!(
            "[[http.listen]]\naddress = \"127.0.0.1:0\"\n\
             [http.listen.tls]\ncertificate = \"server.pem\"\nkey = \"server.key\"\n{more}\n"
        ),
    );
    let authority = Authority::new(site.folder(), "authority");
    authority.issue("server");
    (site, authority)
}

/// What curl says when it gets no answer, with its exit code.
fn refusal(args: &[&str]) -> (i32, String) {
    let output = Command::new("curl")
        .args(["--disable", "--silent", "--show-error", "--noproxy", "*"])
        .args(args)
        .output()
        .expect("`cargo xtask test` installs curl");
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// OpenSSL's client, which sends `input` once hands are shaken, and ends when the server does.
fn s_client(server: &Server, args: &[&str], input: &str) -> Output {
    let mut client = Command::new("openssl")
        .args(["s_client", "-connect", &server.address().to_string(), "-servername", "localhost"])
        .args(["-ign_eof"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("`cargo xtask test` installs openssl");
    // It may have ended already, refused.
    let _ = client.stdin.take().expect("a pipe").write_all(input.as_bytes());
    client.wait_with_output().expect("it ends")
}

const REQUEST: &str = "GET /digits.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn speaks_both_versions_of_http_to_who_trusts_the_authority() {
    let (site, authority) = site("");
    let server = Server::start_with(&site, &[]);
    assert!(server.url("/").starts_with("https://"));
    for (option, version) in [("--http1.1", "1.1"), ("--http2", "2"), ("--no-alpn", "1.1")] {
        let answer =
            curl(&[option, "--cacert", authority.file(), "--range", "3-5", &server.url("/digits.txt")]);
        assert_eq!((answer.status, answer.version.as_str(), answer.text()), (206, version, "345"));
        assert!(answer.header("strict-transport-security").is_some());
    }
    let stranger = Authority::new(site.folder(), "stranger");
    let (code, said) = refusal(&["--cacert", stranger.file(), &server.url("/")]);
    assert_eq!(code, 60, "{said}");

    server.signal("TERM");
    assert!(server.wait().status.success());
}

#[test]
fn a_client_that_forgets_the_s_is_told() {
    let (site, _) = site("");
    let server = Server::start_with(&site, &[]);
    let answer = curl(&[&server.url("/").replace("https", "http")]);
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("https://"), "{}", answer.text());
}

#[test]
fn a_certificate_that_has_expired_is_shown_with_a_warning() {
    let (site, authority) = site("");
    authority.issue_expired("server");
    let server = Server::start_with(&site, &[]);
    let (code, said) = refusal(&["--cacert", authority.file(), &server.url("/")]);
    assert!(code == 60 && said.contains("expired"), "{code}: {said}");
    server.signal("TERM");
    let lines = server.wait().lines;
    let warning = lines.iter().find(|line| line.contains("expired")).expect("a warning");
    assert!(warning.contains("WARN") && warning.contains("server.pem"), "{warning}");
}

#[test]
fn a_client_has_to_show_a_certificate_where_that_is_asked() {
    let (site, authority) = site("client_ca = \"clients.pem\"");
    let clients = Authority::new(site.folder(), "clients");
    clients.issue("ada");
    clients.issue_expired("bob");
    authority.issue("eve");
    let server = Server::start_with(&site, &[]);
    let file = |name: &str| site.path(name).display().to_string();
    let shows = |name: &str| [file(&format!("{name}.pem")), file(&format!("{name}.key"))];
    let [certificate, key] = shows("ada");
    let url = server.url("/digits.txt");
    for version in ["--http1.1", "--http2"] {
        let answer =
            curl(&[version, "--cacert", authority.file(), "--cert", &certificate, "--key", &key, &url]);
        assert_eq!(answer.text(), "0123456789");
    }
    assert_ne!(refusal(&["--cacert", authority.file(), &url]).0, 0);
    for name in ["bob", "eve"] {
        let [certificate, key] = shows(name);
        let (code, said) =
            refusal(&["--cacert", authority.file(), "--cert", &certificate, "--key", &key, &url]);
        assert_ne!(code, 0, "{name}: {said}");
    }
}

#[test]
fn speaks_the_versions_of_tls_that_are_sound() {
    let (site, authority) = site("");
    let server = Server::start_with(&site, &[]);
    let old = ["-cipher", "DEFAULT@SECLEVEL=0"];
    for (version, spoken) in
        [("-tls1", None), ("-tls1_1", None), ("-tls1_2", Some("TLSv1.2")), ("-tls1_3", Some("TLSv1.3"))]
    {
        let args = [&[version, "-CAfile", authority.file(), "-verify_return_error"], &old[..]].concat();
        let output = s_client(&server, &args, REQUEST);
        let said = text(&output);
        match spoken {
            Some(name) => {
                assert!(output.status.success() && said.contains(name), "{said}");
                assert!(said.contains("0123456789") && said.contains("Verify return code: 0"), "{said}");
                // The end is announced, so that it is told from a connection that was cut.
                assert!(!said.contains("unexpected eof"), "{said}");
            }
            None => assert!(!output.status.success() && said.contains("SSL alert number"), "{said}"),
        }
    }
}

#[test]
fn speaks_no_cipher_without_forward_secrecy_or_authentication() {
    let (site, _) = site("");
    let server = Server::start_with(&site, &[]);
    for cipher in
        ["AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA", "NULL", "aNULL"]
    {
        let output = s_client(&server, &["-tls1_2", "-cipher", &format!("{cipher}:@SECLEVEL=0")], REQUEST);
        let said = text(&output);
        assert!(!output.status.success() && !said.contains("0123456789"), "{cipher}: {said}");
    }
}

#[test]
fn agrees_on_a_protocol_in_the_handshake() {
    let (site, _) = site("");
    let server = Server::start_with(&site, &[]);
    for (offered, agreed) in [("h2,http/1.1", "h2"), ("http/1.1,h2", "h2"), ("http/1.1", "http/1.1")] {
        let said = text(&s_client(&server, &["-alpn", offered], "Q\n"));
        assert!(said.contains(&format!("ALPN protocol: {agreed}")), "{said}");
    }
    let said = text(&s_client(&server, &["-alpn", "spdy/3"], ""));
    assert!(said.contains("no application protocol"), "{said}");
}

#[test]
fn a_session_is_resumed() {
    let (site, authority) = site("");
    let server = Server::start_with(&site, &[]);
    let session = site.path("session").display().to_string();
    for version in ["-tls1_2", "-tls1_3"] {
        let first = text(&s_client(&server, &[version, "-sess_out", &session], REQUEST));
        assert!(first.contains("New, TLSv1."), "{first}");
        let again = ["-sess_in", &session, "-CAfile", authority.file()];
        let second = text(&s_client(&server, &[&[version][..], &again].concat(), REQUEST));
        assert!(second.contains("Reused, TLSv1.") && second.contains("0123456789"), "{second}");
    }
}

#[test]
fn nobody_renegotiates() {
    let (site, authority) = site("");
    let server = Server::start_with(&site, &[]);
    // "R" alone on a line has OpenSSL's client ask for it.
    let mut client = Command::new("openssl")
        .args(["s_client", "-connect", &server.address().to_string(), "-tls1_2"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("`cargo xtask test` installs openssl");
    let mut input = client.stdin.take().expect("a pipe");
    input.write_all(b"R\n").expect("it reads");
    let output = client.wait_with_output().expect("it ends");
    let said = text(&output);
    assert!(said.contains("RENEGOTIATING") && said.contains("no renegotiation"), "{said}");
    drop(input);
    assert_eq!(curl(&["--cacert", authority.file(), &server.url("/digits.txt")]).text(), "0123456789");
}

#[test]
fn garbage_ends_its_own_connection_alone() {
    let (site, authority) = site("handshake_timeout = \"500ms\"");
    let server = Server::start_with(&site, &[]);
    let records: [&[u8]; 6] = [
        b"",
        b"\x00",
        b"\x16\x03\x01\xff\xff",
        b"\x16\x03\x01\x00\x05hello",
        b"\x17\x03\x03\x00\x02hi",
        b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10",
    ];
    for record in records {
        let mut client = server.connect();
        client.write_all(record).expect("the server reads");
        let mut rest = Vec::new();
        // Closed with an alert, or reset.
        let _ = client.read_to_end(&mut rest);
        assert!(rest.is_empty() || rest[0] == 21, "{rest:?}");
    }
    assert_eq!(curl(&["--cacert", authority.file(), &server.url("/digits.txt")]).text(), "0123456789");
}

#[test]
fn a_signal_has_the_files_read_again() {
    let (site, old) = site("reload_interval = \"0s\"");
    let server = Server::start_with(&site, &[]);
    let url = server.url("/digits.txt");
    assert_eq!(curl(&["--cacert", old.file(), &url]).text(), "0123456789");

    let new = Authority::new(site.folder(), "new");
    new.issue("server");
    assert_eq!(curl(&["--cacert", old.file(), &url]).text(), "0123456789");
    server.signal("HUP");
    let deadline = Instant::now() + DEADLINE;
    while refusal(&["--output", "/dev/null", "--cacert", new.file(), &url]).0 != 0 {
        assert!(Instant::now() < deadline, "the new certificate is never shown");
    }
    assert_eq!(refusal(&["--cacert", old.file(), &url]).0, 60);

    // One that cannot be used changes nothing, and the log says why.
    fs::write(site.path("server.key"), "").expect("a file of our own");
    server.signal("HUP");
    assert_eq!(curl(&["--cacert", new.file(), &url]).text(), "0123456789");
    let mut server = server;
    let said = server.line(|line| line.contains("stays as it was").then(|| line.to_owned()));
    assert!(said.contains("`http.listen[0].tls.key`: `server.key` has no private key"), "{said}");
    assert_eq!(curl(&["--cacert", new.file(), &url]).text(), "0123456789");
    server.signal("TERM");
    assert!(server.wait().status.success());
}

#[test]
fn files_that_cannot_be_used_keep_it_from_starting() {
    let (site, _) = site("");
    fs::remove_file(site.path("server.key")).expect("it is there");
    let ended = tsk_tests::run(site.folder(), ["web", "start"]);
    assert_eq!(ended.status.code(), Some(78));
    let said = ended.lines.join("\n");
    assert!(said.contains("`http.listen[0].tls.key`: `server.key` cannot be read: No such file"), "{said}");
}
