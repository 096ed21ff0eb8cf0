//! Who is at the other end of a socket.

use std::time::SystemTime;

use http::request::Parts;
use serde_json::Value;
use tsk_core::RequestContext;

use super::protocol::Close;

/// Looks at what a client says of who it is: the member `Authorization` of the payload of `connection_init`, as a browser can
/// send no header with a handshake. It is what the header would have been.
///
/// Who has said so in the handshake may say so again, and is nobody else for it.
///
/// # Errors
///
/// It is not believed, or nobody here could believe it.
pub(super) async fn authenticate(parts: &Parts, payload: Option<&Value>) -> Result<(), Close> {
    let names = ["Authorization", "authorization"];
    let Some(proof) = payload.and_then(|payload| names.iter().find_map(|name| payload.get(*name))) else {
        return Ok(());
    };
    let context = RequestContext::get(&parts.extensions).ok_or_else(Close::forbidden)?;
    let authority = context.scope().authority().cloned().ok_or_else(Close::forbidden)?;
    let proof = proof.as_str().ok_or_else(Close::forbidden)?;
    let caller = authority.authenticate(proof).await.map_err(|_| Close::forbidden())?;
    let known = context.principal();
    match known {
        None => {
            caller.mark(context);
            Ok(())
        }
        Some(known) if known.id() == caller.principal().id() && known.kind() == caller.principal().kind() => {
            Ok(())
        }
        Some(_) => Err(Close::forbidden()),
    }
}

/// How long it is until the proof of who is asking holds no longer.
pub(super) fn left(parts: &Parts) -> Option<std::time::Duration> {
    let expiry = RequestContext::get(&parts.extensions)?.principal()?.expiry()?;
    Some(expiry.duration_since(SystemTime::now()).unwrap_or_default())
}

/// The head of the request, for an operation on its socket.
pub(super) fn head(parts: &Parts) -> Parts {
    parts.clone()
}
