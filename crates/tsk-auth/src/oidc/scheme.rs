//! A provider as the way in which callers prove who they are.

use serde_json::{Value, json};
use tsk_core::{Drain, Head, Operation};

use super::Oidc;
use crate::{Attempt, Scheme, scheme::Running};

/// A caller is known by the session that a login has made, or another of the same sessions.
impl Scheme for Oidc {
    fn attempt(&self, head: Head<'_>) -> Attempt {
        self.0.sessions.attempt(head)
    }

    fn run(&self, drain: Drain) -> Option<Running> {
        Some(Box::pin(Oidc::run(self, drain)))
    }

    fn describe(&self, operation: &mut Operation) {
        self.0.sessions.describe(operation);
    }

    fn document(&self) -> (&str, Value) {
        let url = self.0.settings.discovery_url();
        ("oidc", json!({ "type": "openIdConnect", "openIdConnectUrl": url }))
    }
}
