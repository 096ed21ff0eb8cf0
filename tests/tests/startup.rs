//! A start that cannot work ends at once, with one line that says what is wrong.

use std::net::TcpListener;

use tsk_tests::{Ended, Site, run};

/// Runs `tsk web start` and returns the one line that it ends with.
fn complaint(site: &Site, args: &[&str]) -> String {
    let Ended { status, lines } = run(site.folder(), ["web", "start"].iter().chain(args));
    assert!(status.code().is_some_and(|code| code != 0), "{args:?}: {status}: {lines:#?}");
    let [line] = lines.as_slice() else { panic!("{args:?} is answered with {lines:#?}") };
    assert!(!line.contains("panicked"), "{line}");
    line.clone()
}

fn assert_says(line: &str, parts: &[&str]) {
    for part in parts {
        assert!(line.contains(part), "no `{part}` in: {line}");
    }
}

#[test]
fn a_busy_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let line = complaint(&Site::empty(), &["--port", &port]);
    assert_says(&line, &["127.0.0.1", &port, "in use"]);
}

#[test]
fn an_address_of_another_machine_is_named() {
    let line = complaint(&Site::empty(), &["--host", "192.0.2.1", "--port", "0"]);
    assert_says(&line, &["192.0.2.1"]);
}

#[test]
fn a_missing_folder_is_named() {
    let site = Site::empty().file("tsk.toml", "[site]\nroot = \"nowhere\"\n");
    let line = complaint(&site, &["--port", "0", "--config", "tsk.toml"]);
    assert_says(&line, &["nowhere"]);
}

#[test]
fn a_missing_configuration_is_named() {
    let line = complaint(&Site::empty(), &["--config", "other.toml"]);
    assert_says(&line, &["other.toml"]);
}

#[test]
fn a_misspelt_key_is_named_with_its_place_and_the_nearest_one() {
    let site =
        Site::empty().file("tsk.toml", "[site]\nroot = \".\"\n\n[http]\nlissten = [\"127.0.0.1:0\"]\n");
    let line = complaint(&site, &["--config", "tsk.toml"]);
    assert_says(&line, &["tsk.toml", "5", "lissten", "listen"]);
}

#[test]
fn a_value_of_the_wrong_type_is_named_with_its_place() {
    let site = Site::empty().file("tsk.toml", "[http]\nlisten = 8080\n");
    let line = complaint(&site, &["--config", "tsk.toml"]);
    assert_says(&line, &["tsk.toml", "2", "listen"]);
}

#[test]
fn a_port_that_is_none_is_named() {
    let line = complaint(&Site::empty(), &["--port", "eighty"]);
    assert_says(&line, &["--port", "eighty"]);
}
