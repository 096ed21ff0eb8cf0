//! The page that is served when there is nothing else to serve.

use http::{HeaderName, HeaderValue, header};
use tsk::auth::access::DeclareAccess as _;
use tsk::http::{Body, IntoResponse, Router, get};

const PAGE: &str = include_str!("welcome.html");

/// The page holds all that it shows: nothing else may be loaded into it.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/// The page at `/`, and nothing anywhere else. It tells nothing of the service, and so anybody may see it.
pub(crate) fn routes() -> Router {
    Router::new().route(get("/", page).public())
}

async fn page() -> impl IntoResponse {
    (HEADERS, Body::from(PAGE))
}

const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    // It is gone as soon as there is something to serve.
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];
