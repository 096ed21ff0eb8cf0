//! Clients of GraphQL, by those who have written its protocols down.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::otlp::installed;

/// A client of somebody else's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphQlPeer {
    /// The audits of a server, of graphql-http.
    Audit,
    /// The client of graphql-ws.
    Sockets,
    /// The client of graphql-sse.
    Events,
    /// Forms with files, as Node makes them.
    Files,
}

impl GraphQlPeer {
    /// What it says of the server at an address.
    pub fn visit(self, url: &str) -> Value {
        let (tools, peers) = (installed("graphql"), Path::new(env!("CARGO_MANIFEST_DIR")).join("peers"));
        let name = match self {
            Self::Audit => "audit",
            Self::Sockets => "sockets",
            Self::Events => "events",
            Self::Files => "files",
        };
        let mut node = Command::new("node");
        node.arg(peers.join("graphql.mjs")).arg(tools.join("node_modules")).args([name, url]);
        let output = node.stdin(Stdio::null()).output().expect("node can be run");
        let said = String::from_utf8_lossy(&output.stderr);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{self:?}: {said}"))
    }
}
