//! Others that open WebSockets.

use std::path::Path;
use std::process::{Command, Output};

use crate::otlp::installed;

/// Another implementation of WebSockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketPeer {
    /// `websockets`, of Python.
    Websockets,
    /// `ws`, of JavaScript.
    Ws,
}

impl SocketPeer {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Websockets, Self::Ws];

    /// Has it do what `peers/sockets` says of a command, at a URL, and gives what it printed.
    ///
    /// # Panics
    ///
    /// Where it finds something that should not be.
    pub fn run(self, command: &str, url: &str) -> String {
        let (tools, peers) = (installed("sockets"), Path::new(env!("CARGO_MANIFEST_DIR")).join("peers"));
        let mut program = match self {
            Self::Websockets => Command::new(tools.join("bin/python")),
            Self::Ws => Command::new("node"),
        };
        match self {
            Self::Websockets => program.arg(peers.join("sockets.py")),
            Self::Ws => program.arg(peers.join("sockets.mjs")).arg(tools.join("node_modules/ws/wrapper.mjs")),
        };
        let output = program.args([command, url]).output();
        let Output { status, stdout, stderr } = output.expect("`cargo xtask test` installs it");
        assert!(status.success(), "{self:?} {command}: {}", String::from_utf8_lossy(&stderr));
        String::from_utf8_lossy(&stdout).trim_end().to_owned()
    }
}
