//! The official client of Phoenix Channels.

use std::path::Path;
use std::process::{Command, Output};

use crate::otlp::installed;

/// Has it do in rooms what `peers/rooms.mjs` says, by `sockets` or by `polls`, and gives what it printed.
///
/// # Panics
///
/// Where it finds something that should not be.
pub fn phoenix(transport: &str, url: &str) -> String {
    client("rooms.mjs", &[transport, url])
}

/// Has it show a token, as `peers/rooms_token.mjs` says, and gives what it printed.
///
/// # Panics
///
/// Where it cannot be run.
pub fn phoenix_with_token(transport: &str, url: &str, token: &str) -> String {
    client("rooms_token.mjs", &[transport, url, token])
}

fn client(script: &str, args: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(script);
    let modules = installed("sockets").join("node_modules");
    let output = Command::new("timeout")
        .args(["60", "node"])
        .arg(script)
        .args([modules.join("phoenix"), modules.join("ws")])
        .args(args)
        .output();
    let Output { status, stdout, stderr } = output.expect("`cargo xtask test` installs it");
    assert!(status.success(), "{args:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8_lossy(&stdout).trim_end().to_owned()
}

/// The official client, as a page loads it.
pub fn phoenix_script() -> Vec<u8> {
    let file = installed("sockets").join("node_modules/phoenix/priv/static/phoenix.min.js");
    std::fs::read(file).expect("`cargo xtask test` installs it")
}
