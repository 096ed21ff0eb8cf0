//! How the server ends when it is told to.

use std::io::{Read, Write};
use std::net::TcpStream;

use tsk_tests::{Server, Site};

/// Longer than a test may take: a server that merely waits for its deadline fails.
const PATIENT: &str = "[http]\nlisten = [\"127.0.0.1:0\"]\ndrain_timeout = \"10m\"\n";

/// Far more than the buffers between server and client hold, so that a client that stops reading stops the server.
const LARGE: u64 = 64 << 20;

#[test]
fn a_signal_ends_an_idle_server_with_success() {
    for signal in ["TERM", "INT"] {
        let site = Site::empty();
        let server = Server::start(&site);
        server.signal(signal);
        let ended = server.wait();
        assert!(ended.status.success(), "SIG{signal}: {ended:?}");
    }
}

#[test]
fn a_request_in_flight_is_finished_first() {
    let site = Site::empty().sparse_file("public/large.bin", LARGE).file("tsk.toml", PATIENT);
    let server = Server::start_with(&site, &[]);
    let mut client = server.connect();
    client.write_all(b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("the server reads");
    let mut answer = [0; 1024].to_vec();
    client.read_exact(&mut answer).expect("the answer begins");
    assert!(answer.starts_with(b"HTTP/1.1 200 "));

    server.signal("TERM");
    server.wait_until_closed();
    client.read_to_end(&mut answer).expect("the answer ends well");
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
    assert_eq!((answer.len() - head) as u64, LARGE);
    let ended = server.wait();
    assert!(ended.status.success(), "{ended:?}");
}

#[test]
fn an_idle_connection_does_not_hold_it_up() {
    let site = Site::empty().file("tsk.toml", PATIENT);
    let server = Server::start_with(&site, &[]);
    let mut silent = server.connect();
    let mut kept_alive = server.connect();
    kept_alive.write_all(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("the server reads");
    read_head(&mut kept_alive);

    server.signal("TERM");
    assert!(server.wait().status.success());
    for client in [&mut silent, &mut kept_alive] {
        // Closed or reset: either way nothing more comes.
        let _ = client.read_to_end(&mut Vec::new()).inspect(|count| assert_eq!(*count, 0));
    }
}

fn read_head(client: &mut TcpStream) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).expect("a head");
        head.push(byte[0]);
    }
}
