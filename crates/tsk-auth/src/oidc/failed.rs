//! What a browser shows of a login that came to nothing.

use std::error::Error as _;

use http::{HeaderMap, Response, header};
use tsk_core::{Body, IntoResponse as _, Problem};

use super::OidcError;
use crate::{gate, page};

/// The answer to whoever logs in: a page with a way to begin again where one is asked for, and the problem itself elsewhere.
pub(super) fn answer(problem: Problem, asked: &HeaderMap, login: &str) -> Response<Body> {
    if !gate::accepts_html(asked) {
        return problem.into_response();
    }
    let title = problem.kind().title;
    let told = problem.source().and_then(|source| source.downcast_ref()).map(OidcError::told);
    let mut html = page::begin(title, title);
    html.push_str("<p role=alert>");
    html.push_str(told.unwrap_or("The service cannot log you in at the moment."));
    html.push_str("</p><p><a");
    page::attribute(&mut html, "href", login);
    html.push_str(">Log in again</a></p>");
    page::end(&mut html);
    let (parts, _) = problem.into_response().into_parts();
    let mut response = page::answer(parts.status, html, None);
    // Logs and traces say why.
    *response.extensions_mut() = parts.extensions;
    if let Some(after) = parts.headers.get(header::RETRY_AFTER) {
        response.headers_mut().insert(header::RETRY_AFTER, after.clone());
    }
    response
}
