//! What is looked at before any server is.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::harness::complaint;
use super::{Server, ended, report, test, tsk, verdict};

#[test]
fn a_wrong_configuration_ends_it_with_its_place() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("tsk.toml"), "[http]\nlsten = []").unwrap();
    let line = "tsk.toml:2:1: unknown key `http.lsten`; did you mean `http.listen`?";
    assert_eq!(complaint(test(directory.path(), &[]), 78), line);
    fs::write(directory.path().join("tsk.toml"), "[http]\nlsten = []\nbacklog = 'x'").unwrap();
    let line = format!("{line}; and 1 more, which `tsk web config validate` lists");
    assert_eq!(complaint(test(directory.path(), &[]), 78), line);
}

#[test]
fn a_setting_that_cannot_be_is_named() {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("tsk.toml"), "[http]\nmax_connections = 0").unwrap();
    let text = ended(test(directory.path(), &[]), 4);
    assert!(text.contains("fail  http            `http.max_connections` is 0"), "{text}");
}

#[test]
fn a_port_that_another_program_has_is_named() {
    let directory = TempDir::new().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = test(directory.path(), &[]);
    command.env("TSK_HTTP__LISTEN", &address);
    let text = ended(command, 4);
    assert!(text.contains(&format!("{address} is in use by another program; stop it, or")), "{text}");
}

#[test]
fn a_server_of_another_state_directory_is_asked_and_told_apart() {
    let directory = TempDir::new().unwrap();
    let server = Server::start(tsk(directory.path(), &["web", "start", "--state-dir=other"]));
    let mut command = test(directory.path(), &[]);
    command.env("TSK_HTTP__LISTEN", server.address.strip_prefix("http://").unwrap());
    let text = ended(command, 0);
    assert!(text.contains("warn  http.listen[0]"), "{text}");
    assert!(text.contains("ok    GET /"), "{text}");
}

/// A certificate for `localhost` and its key, valid within these days of the year.
fn certificate(directory: &Path, from: (i32, u8, u8), until: (i32, u8, u8)) {
    let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    parameters.not_before = rcgen::date_time_ymd(from.0, from.1, from.2);
    parameters.not_after = rcgen::date_time_ymd(until.0, until.1, until.2);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = parameters.self_signed(&key).unwrap();
    fs::write(directory.join("cert.pem"), certificate.pem()).unwrap();
    fs::write(directory.join("key.pem"), key.serialize_pem()).unwrap();
    assert!(
        Command::new("chmod").args(["600", "key.pem"]).current_dir(directory).status().unwrap().success()
    );
    let listen = "tls = { certificate = 'cert.pem', key = 'key.pem' }";
    let text = format!("[[http.listen]]\naddress = '127.0.0.1:0'\n{listen}\n");
    fs::write(directory.join("tsk.toml"), text).unwrap();
}

/// The command with the addresses of the file, and not of the environment.
fn of_the_file(mut command: Command) -> Command {
    command.env_remove("TSK_HTTP__LISTEN");
    command
}

#[test]
fn a_certificate_is_looked_at_before_clients_do() {
    let directory = TempDir::new().unwrap();
    let looked = |code| ended(of_the_file(test(directory.path(), &[])), code);

    certificate(directory.path(), (2020, 1, 1), (2120, 6, 1));
    let text = looked(0);
    assert!(text.contains("cert.pem is valid until 2120-06-01 for localhost\n"), "{text}");

    certificate(directory.path(), (2020, 1, 1), (2021, 1, 1));
    let text = looked(4);
    assert!(text.contains("cert.pem: the certificate expired on 2021-01-01, "), "{text}");

    certificate(directory.path(), (2120, 1, 1), (2121, 1, 1));
    let text = looked(4);
    assert!(text.contains("cert.pem: the certificate is not valid before 2120-01-01, in "), "{text}");

    let other = rcgen::KeyPair::generate().unwrap();
    fs::write(directory.path().join("key.pem"), other.serialize_pem()).unwrap();
    let text = looked(4);
    assert!(text.contains("the key in `key.pem` is not that of the first certificate"), "{text}");
}

#[test]
fn our_own_server_is_believed_and_another_by_its_certificate() {
    let directory = TempDir::new().unwrap();
    certificate(directory.path(), (2020, 1, 1), (2120, 6, 1));
    let server = Server::start(of_the_file(tsk(directory.path(), &["web", "start"])));
    let text =
        ended(of_the_file(test(directory.path(), &["--rate=50", "--duration=100ms", "--errors=0"])), 0);
    assert!(text.contains(&format!("ok    server  {}, process", server.address)), "{text}");
    assert!(text.contains("statuses    200: 5\n"), "{text}");

    let by_name = server.address.replace("127.0.0.1", "localhost");
    let found = report(directory.path(), &["--url", &by_name], 4);
    assert_eq!(verdict(&found, "server").0, "fail");
    report(directory.path(), &["--url", &by_name, "--ca", "cert.pem"], 0);
    report(directory.path(), &["--url", &server.address, "--ca", "cert.pem"], 4);
    report(directory.path(), &["--url", &server.address, "--insecure"], 0);
}
