//! Entity tags for answers that have none.

use std::{future::poll_fn, task::Poll};

use http::{Method, Request, Response, StatusCode, header};
use http_body::Body as _;
use tsk_core::Body;

use crate::{ETag, layer::content::Content, middleware::Next};

/// The most that is hashed for a tag, in bytes: a tenth of a millisecond's work.
const MOST: u64 = 1 << 20;

/// A middleware that gives answers a strong `ETag` of their content, so that who has them already gets a 304 from
/// [`ConditionalLayer`](super::ConditionalLayer).
///
/// It is for routes and groups whose content stays the same for a while, and has no version that the handler knows:
///
/// ```
/// use tsk_http::{Router, get, layer::conditional::tag_content};
///
/// let routes = Router::new().route(get("/terms", || async { "All of them." })).middleware(tag_content);
/// ```
///
/// An answer is given one if it is a 200 to GET or HEAD, has none, and its content is in memory, in at most 1 MiB.
pub async fn tag_content(request: Request<Body>, next: Next) -> Response<Body> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = next.run(request).await;
    let is_short = response.body().size_hint().exact().is_some_and(|length| (1..=MOST).contains(&length));
    if !is_read
        || !is_short
        || response.status() != StatusCode::OK
        || response.headers().contains_key(header::ETAG)
    {
        return response;
    }
    let mut body = std::mem::take(response.body_mut());
    let content = poll_fn(|cx| Poll::Ready(Content::of(std::mem::take(&mut body), cx))).await;
    *response.body_mut() = match content {
        Content::Whole(content) => {
            response.headers_mut().insert(header::ETAG, (&ETag::of(&content)).into());
            content.into()
        }
        Content::Stream(body) => body,
    };
    response
}
