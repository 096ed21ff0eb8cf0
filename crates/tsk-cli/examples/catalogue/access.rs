//! Who may change something: an example of a middleware of an application, and of how it documents itself.

use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use serde_json::json;
use tsk::core::Declare;
use tsk::http::Next;
use tsk::prelude::*;

/// What is good enough for an example, and for nothing else.
const KEY: &[u8] = b"open-sesame";
const TOKEN: &[u8] = b"Bearer open-sesame";

/// The routes, for those alone who have the key or the token.
pub(crate) fn demanded(mut routes: Router) -> Router {
    let operation = routes.operation_mut();
    for (name, scheme) in [
        ("key", json!({ "type": "apiKey", "in": "header", "name": "x-api-key", "description": "The key." })),
        ("token", json!({ "type": "http", "scheme": "bearer", "description": "The token." })),
    ] {
        operation.schemes.insert(name.into(), scheme);
        operation.security.push([(name.to_owned(), Vec::new())].into());
    }
    operation.problem(401, "There is no key, or another one.").headers.insert(
        header::WWW_AUTHENTICATE.to_string(),
        json!({ "type": "string", "description": "How to show who one is (RFC 9110 §11.6.1)." }),
    );
    routes.middleware(check)
}

async fn check(request: Request<Body>, next: Next) -> Result<Response<Body>, Problem> {
    if is_known(request.headers()) {
        return Ok(next.run(request).await);
    }
    Err(Problem::new(StatusCode::UNAUTHORIZED)
        .detail("Show the key as `x-api-key`, or the token as `authorization: Bearer …`.")
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")))
}

/// A credential that is wrong is not made up for by another that is right.
fn is_known(headers: &HeaderMap) -> bool {
    let is = |name: &str, right: &[u8]| headers.get(name).map(|value| value.as_bytes() == right);
    match (is("x-api-key", KEY), is("authorization", TOKEN)) {
        (None, None) => false,
        (key, token) => key.unwrap_or(true) && token.unwrap_or(true),
    }
}
