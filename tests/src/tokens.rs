//! Others that issue and verify tokens.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::otlp::installed;

/// Another implementation of JSON Web Tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenPeer {
    /// PyJWT, of Python.
    PyJwt,
    /// jose, of JavaScript.
    Jose,
}

impl TokenPeer {
    /// Both.
    pub const ALL: [Self; 2] = [Self::PyJwt, Self::Jose];

    /// A `token` of every algorithm, each with its `key` as a JWK.
    pub fn issue(self) -> Vec<Value> {
        self.list("issue")
    }

    /// Tokens that are not to be believed, most of them signed with 64 zeros.
    pub fn forge(self) -> Vec<Value> {
        self.list("forge")
    }

    /// What a token says, verified with a set of keys.
    pub fn verify(self, jwks: &Value, token: &str) -> Value {
        self.run("verify", &json!({ "jwks": jwks, "token": token }).to_string())
    }

    fn list(self, command: &str) -> Vec<Value> {
        self.run(command, "").as_array().cloned().expect("a list")
    }

    fn run(self, command: &str, input: &str) -> Value {
        let (tools, peers) = (installed("tokens"), Path::new(env!("CARGO_MANIFEST_DIR")).join("peers"));
        let mut program = match self {
            Self::PyJwt => Command::new(tools.join("bin/python")),
            Self::Jose => Command::new("node"),
        };
        match self {
            Self::PyJwt => program.arg(peers.join("tokens.py")),
            Self::Jose => program.arg(peers.join("tokens.mjs")).arg(tools.join("node_modules/jose")),
        };
        let program =
            program.arg(command).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = program.spawn().expect("`cargo xtask test` installs it");
        child.stdin.take().expect("it is piped").write_all(input.as_bytes()).expect("it reads all");
        let output = child.wait_with_output().expect("a child can be waited for");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{self:?} {command}: {said}");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{self:?} {command}: {said}"))
    }
}
