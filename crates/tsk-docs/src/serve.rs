//! The tower service that gives the documents to clients.

use std::{
    borrow::Cow,
    convert::Infallible,
    fmt,
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
};

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use tsk_core::{Body, IntoResponse, Problem};

use crate::{Document, document::Text};

/// Serves the documents of a service: GET and HEAD of
///
/// - `/openapi.json`: OpenAPI 3.1;
/// - `/openapi-3.0.json`: OpenAPI 3.0;
/// - `/docs.md`: the Markdown reference;
/// - `/openapi/v1.json`, `/openapi-3.0/v1.json`, `/docs/v1.md`, for each version of the API by its name, where it has
///   versions: the former are then about the newest;
/// - `/docs`, and what is below it: the page on which people try the operations out. It makes no request to another host
///   but those that the document names as servers, and is served under a content security policy that forbids any other.
///
/// Each has an entity tag, and a client that has it already is told so with 304 (RFC 9110 §15.4.5). Any other path is
/// answered with 404, another method with 405.
///
/// It can be mounted below any prefix, for each path of [`paths`](Self::paths) or as a whole: what it links to is
/// relative.
#[derive(Clone)]
pub struct Serve(Arc<Vec<Resource>>);

/// What is served at one path.
pub(crate) struct Resource {
    pub(crate) path: Cow<'static, str>,
    pub(crate) media_type: HeaderValue,
    pub(crate) content: Content,
    /// Headers of its own.
    pub(crate) headers: Vec<(header::HeaderName, HeaderValue)>,
    /// Whether it is compressed with gzip.
    pub(crate) gzip: bool,
}

/// What an answer is made of.
pub(crate) enum Content {
    Made(Text),
    /// One of the documents that are made when they are first asked for.
    Later(Document, fn(&Document) -> &Text),
    /// The same of a version, by its name.
    OfVersion(Document, String, fn(&Document) -> &Text),
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const MARKDOWN: HeaderValue = HeaderValue::from_static("text/markdown; charset=utf-8");
/// A document may change with the next deployment, and there is its tag to ask with.
pub(crate) const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");

impl Serve {
    /// Serves these documents.
    pub fn new(document: &Document) -> Self {
        let document_at = |path: &str, media_type, content| Resource {
            path: path.to_owned().into(),
            media_type,
            content,
            headers: vec![(header::CACHE_CONTROL, NO_CACHE)],
            gzip: false,
        };
        let mut resources = vec![
            document_at("/openapi.json", JSON, Content::Made(document.openapi.clone())),
            document_at("/openapi-3.0.json", JSON, Content::Later(document.clone(), Document::older)),
            document_at("/docs.md", MARKDOWN, Content::Later(document.clone(), Document::reference)),
        ];
        for name in document.versions() {
            let of = |made| Content::OfVersion(document.clone(), name.to_owned(), made);
            resources.extend([
                document_at(&format!("/openapi/{name}.json"), JSON, of(|document| &document.openapi)),
                document_at(&format!("/openapi-3.0/{name}.json"), JSON, of(Document::older)),
                document_at(&format!("/docs/{name}.md"), MARKDOWN, of(Document::reference)),
            ]);
        }
        #[cfg(feature = "page")]
        resources.extend(crate::page::resources(document));
        resources.shrink_to_fit();
        Self(Arc::new(resources))
    }

    /// Every path that it answers, for a router that wants them one by one.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|resource| &*resource.path)
    }

    /// The answer to a request, by its parts.
    pub fn answer(&self, method: &Method, path: &str, headers: &HeaderMap) -> Response<Body> {
        let Some(resource) = self.0.iter().find(|resource| resource.path == path) else {
            return Problem::new(StatusCode::NOT_FOUND).into_response();
        };
        if method != Method::GET && method != Method::HEAD {
            let allow = HeaderValue::from_static("GET, HEAD");
            return Problem::new(StatusCode::METHOD_NOT_ALLOWED).header(header::ALLOW, allow).into_response();
        }
        let mut response = resource.answer(headers);
        if method == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        response
    }
}

impl Resource {
    fn answer(&self, request: &HeaderMap) -> Response<Body> {
        let text = match &self.content {
            Content::Made(text) => text,
            Content::Later(document, made) => made(document),
            Content::OfVersion(document, name, made) => made(document.version(name).unwrap_or(document)),
        };
        let known = request.get_all(header::IF_NONE_MATCH).iter().any(|tags| matches(tags, &text.etag));
        let mut response = Response::new(Body::empty());
        let plain = self.gzip && !takes_gzip(request);
        let headers = response.headers_mut();
        headers.extend(self.headers.iter().cloned());
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if self.gzip {
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        // What is compressed and what is not are two representations: the tag is that of the compressed one.
        if !plain {
            headers.insert(header::ETAG, text.etag.clone());
            if known {
                *response.status_mut() = StatusCode::NOT_MODIFIED;
                return response;
            }
        }
        headers.insert(header::CONTENT_TYPE, self.media_type.clone());
        let bytes = if plain { inflated(&text.bytes) } else { text.bytes.clone() };
        if self.gzip && !plain {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        headers.insert(header::CONTENT_LENGTH, bytes.len().into());
        *response.body_mut() = bytes.into();
        response
    }
}

/// Whether one of the tags is this one, by the weak comparison of `If-None-Match` (RFC 9110 §13.1.2).
fn matches(tags: &HeaderValue, etag: &HeaderValue) -> bool {
    let (Ok(tags), Ok(etag)) = (tags.to_str(), etag.to_str()) else { return false };
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// Whether the client names gzip, or any coding, without refusing it (RFC 9110 §12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut any = None;
    for coding in accepted.flat_map(|value| value.split(',')) {
        let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = parameters.trim().strip_prefix("q=").and_then(|q| q.trim().parse::<f32>().ok());
        let takes = weight.is_none_or(|weight| weight > 0.0);
        match name.trim() {
            name if name.eq_ignore_ascii_case("gzip") => return takes,
            "*" => any = Some(takes),
            _ => {}
        }
    }
    any.unwrap_or(false)
}

#[cfg(feature = "page")]
fn inflated(gzip: &[u8]) -> bytes::Bytes {
    use std::io::Read;

    let mut plain = Vec::new();
    let read = flate2::read::GzDecoder::new(gzip).read_to_end(&mut plain);
    read.expect("the asset was compressed when this crate was built, and a test inflates each");
    plain.into()
}

#[cfg(not(feature = "page"))]
fn inflated(gzip: &[u8]) -> bytes::Bytes {
    bytes::Bytes::copy_from_slice(gzip)
}

impl<B> tower_service::Service<Request<B>> for Serve {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.answer(request.method(), request.uri().path(), request.headers())))
    }
}

impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.paths()).finish()
    }
}

#[cfg(test)]
mod tests;
