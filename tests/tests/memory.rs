//! What a client can make the server hold.

use std::io::{self, Write};

use tsk_tests::{Server, Site};

const FILE: u64 = 256 << 20;
/// A quarter of the file: a server that holds it has long passed this when another client has it.
const LIMIT: u64 = FILE / 4;

fn get(connection: &str) -> String {
    format!("GET /large.bin HTTP/1.1\r\nHost: localhost\r\nConnection: {connection}\r\n\r\n")
}

/// Downloads the whole file, while others that are given do not read, and returns the peak memory.
fn download(server: &Server) -> u64 {
    let mut client = server.connect();
    client.write_all(get("close").as_bytes()).expect("the server reads");
    let received = io::copy(&mut client, &mut io::sink()).expect("the server sends to the end");
    assert!(received > FILE);
    server.peak_memory()
}

#[test]
fn a_client_that_does_not_read_is_not_read_ahead_for() {
    let site = Site::empty().sparse_file("public/large.bin", FILE);
    let server = Server::start(&site);
    let mut idle = server.connect();
    idle.write_all(get("keep-alive").as_bytes()).expect("the server reads");
    let peak = download(&server);
    assert!(peak < LIMIT, "{peak} bytes");
}

#[test]
fn requests_pipelined_without_reading_do_not_pile_up_answers() {
    let site =
        Site::empty().sparse_file("public/large.bin", FILE).sparse_file("public/medium.bin", FILE / 256);
    let server = Server::start(&site);
    let mut idle = server.connect();
    let medium = get("keep-alive").replace("large", "medium");
    idle.write_all(medium.repeat(256).as_bytes()).expect("so little waits with the kernel, if not read");
    let peak = download(&server);
    assert!(peak < LIMIT, "{peak} bytes");
}
