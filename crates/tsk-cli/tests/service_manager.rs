//! What a service manager is told: sd_notify(3).

#![allow(clippy::unwrap_used)]

mod harness;

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use harness::{Server, signal, tsk};
use tempfile::TempDir;

#[test]
fn it_is_told_when_the_server_serves_reloads_and_stops() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("notify.sock");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let told = || {
        let mut message = [0; 1000];
        let length = manager.recv(&mut message).unwrap();
        String::from_utf8(message[..length].to_vec()).unwrap()
    };
    let mut command = tsk(directory.path(), &["web", "start", "--port=0"]);
    command.env("NOTIFY_SOCKET", &path);
    let server = Server::spawn(command);
    assert_eq!(told().trim_end(), "READY=1");

    signal(server.child.id(), "HUP");
    // systemd 253 and later want the time with it (systemd.service(5), `Type=notify-reload`).
    let reloading = told();
    assert!(reloading.contains("RELOADING=1\n") && reloading.contains("MONOTONIC_USEC="), "{reloading}");
    assert_eq!(told().trim_end(), "READY=1");

    assert_eq!(server.signal("TERM"), Some(0));
    assert_eq!(told().trim_end(), "STOPPING=1");
}
