//! How a caller proves who it is.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use http::HeaderValue;
use serde_json::Value;
use tsk_core::{Drain, Head, Operation, Problem};

use crate::Identity;

/// One way in which callers prove who they are: by a token, a key, a session.
///
/// ```
/// use std::sync::Arc;
/// use http::HeaderValue;
/// use serde_json::{Value, json};
/// use tsk_auth::{Attempt, Identity, Scheme};
/// use tsk_core::{Head, Principal, Problem, principal::Kind};
///
/// /// Another service, whose certificate a proxy has looked at.
/// struct Mesh;
///
/// impl Scheme for Mesh {
///     fn attempt(&self, head: Head<'_>) -> Attempt {
///         match head.headers.get("x-mesh-service").map(HeaderValue::to_str) {
///             None => Attempt::Absent,
///             Some(Ok(name)) => Attempt::Known(Arc::new(Identity::new(Principal::new(name, Kind::Service)))),
///             Some(Err(_)) => Attempt::Refused(Problem::new(http::StatusCode::BAD_REQUEST)),
///         }
///     }
///
///     fn document(&self) -> (&str, Value) {
///         ("mesh", json!({ "type": "mutualTLS" }))
///     }
/// }
/// ```
pub trait Scheme: Send + Sync + 'static {
    /// Looks for a proof on the request, and at it.
    fn attempt(&self, head: Head<'_>) -> Attempt;

    /// What it does besides, until the service drains: fetching keys, say. Default: nothing.
    fn run(&self, drain: Drain) -> Option<Running> {
        let _ = drain;
        None
    }

    /// Looks at a proof that did not come with a request, but later on a socket: what would stand in `Authorization`. Default:
    /// it is none of this kind.
    fn verify(&self, proof: &str) -> Attempt {
        let _ = proof;
        Attempt::Absent
    }

    /// What `WWW-Authenticate` says to those who have brought no proof. Default: nothing, as for cookies.
    fn challenge(&self) -> Option<HeaderValue> {
        None
    }

    /// What `WWW-Authenticate` says to those who may not, of whom it is known who they are: which permissions they lack.
    /// Default: nothing.
    fn insufficient(&self, permissions: &[&str]) -> Option<HeaderValue> {
        let _ = permissions;
        None
    }

    /// Adds to the documentation of a route what else it may answer. Default: nothing.
    fn describe(&self, operation: &mut Operation) {
        let _ = operation;
    }

    /// The name of the scheme in the documentation, and its Security Scheme Object (OpenAPI 3.1 §4.8.27).
    fn document(&self) -> (&str, Value);
}

/// What came of looking.
pub enum Attempt {
    /// There is no proof of this kind.
    Absent,
    /// It is known who is calling.
    Known(Arc<Identity>),
    /// There is a proof, and it is not believed. This is the answer, unless everybody may use the route.
    Refused(Problem),
    /// Somebody has to be asked.
    Wait(Asking),
}

/// What a scheme does besides.
pub type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The answer of whoever is asked. A problem of the kind [`UNAUTHENTICATED`](crate::problem::UNAUTHENTICATED) is that there turns
/// out to be no proof: it is answered as [`Attempt::Absent`] is, with the challenges of all schemes or where to log in.
pub type Asking = Pin<Box<dyn Future<Output = Result<Arc<Identity>, Problem>> + Send>>;

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("Absent"),
            Self::Known(identity) => f.debug_tuple("Known").field(identity).finish(),
            Self::Refused(problem) => f.debug_tuple("Refused").field(problem).finish(),
            Self::Wait(_) => f.write_str("Wait(..)"),
        }
    }
}
