//! An authorization server of somebody else's.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use serde_json::{Value, json};
use tsk_auth::oauth::Credentials;

use crate::otlp::installed;

/// oidc-provider, of JavaScript, on a free port of this machine. It ends when dropped.
///
/// It knows two clients, one of which it takes the secret from `Authorization` of, and from the other in the form. Its tokens say
/// nothing.
#[derive(Debug)]
pub struct AuthorizationServer {
    child: Child,
    pipes: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    issuer: String,
}

/// A token of a user.
#[derive(Debug)]
pub struct Given {
    /// The token.
    pub token: String,
    /// What the user has allowed, which can be revoked.
    pub grant: Value,
}

impl AuthorizationServer {
    /// For whom its tokens are.
    pub const AUDIENCE: &str = "urn:stock";

    /// Starts it.
    pub fn start() -> Self {
        let peer = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/authorization.mjs");
        let mut child = Command::new("node")
            .arg(peer)
            .arg(installed("tokens").join("node_modules/oidc-provider"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // It warns of what a test has no need for.
            .stderr(Stdio::null())
            .spawn()
            .expect("`cargo xtask test` installs it");
        let input = child.stdin.take().expect("it is piped");
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        let issuer = read(&mut output)["issuer"].as_str().expect("it says where it is").to_owned();
        Self { child, pipes: Mutex::new((input, output)), issuer }
    }

    /// What it is called, which is where it is.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where tokens are given.
    pub fn token_url(&self) -> String {
        format!("{}/token", self.issuer)
    }

    /// Where it says what a token is good for.
    pub fn introspection_url(&self) -> String {
        format!("{}/token/introspection", self.issuer)
    }

    /// A client of it, in both ways to say who one is. Their secrets have signs in them that mean something elsewhere.
    pub fn clients() -> [Credentials; 2] {
        let client = |name| Credentials::new(name, Self::secret(name)).expect("neither is empty");
        [client("by basic"), client("by post").in_form()]
    }

    /// The secret of a client.
    pub fn secret(client: &str) -> String {
        format!("secret of {client}: 100% + more")
    }

    /// Has a user, `ada`, give a client a token of that kind, `AccessToken` or `RefreshToken`, for so many seconds.
    pub fn give(&self, kind: &str, seconds: u64) -> Given {
        let given = self.ask(&json!({ "command": "give", "kind": kind, "seconds": seconds }));
        Given { token: given["token"].as_str().expect("a token").to_owned(), grant: given["grant"].clone() }
    }

    /// Has the user take back what was given.
    pub fn revoke(&self, given: &Given) {
        self.ask(&json!({ "command": "revoke", "grant": given.grant }));
    }

    fn ask(&self, command: &Value) -> Value {
        let mut pipes = self.pipes.lock().expect("no other test has failed with it");
        writeln!(pipes.0, "{command}").expect("it reads");
        read(&mut pipes.1)
    }
}

fn read(output: &mut BufReader<ChildStdout>) -> Value {
    let mut line = String::new();
    output.read_line(&mut line).expect("it writes text");
    serde_json::from_str(&line).unwrap_or_else(|_| panic!("it has ended: {line:?}"))
}

impl Drop for AuthorizationServer {
    fn drop(&mut self) {
        // If it has ended already, all the better.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
