//! The tower service that gives the documents to clients.

use std::{
    borrow::Cow,
    convert::Infallible,
    fmt,
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
};

#[cfg(feature = "page")]
use http::header;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use tsk_core::{Asset, Body, IntoResponse, Problem};

use crate::Document;

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
    pub(crate) content: Content,
}

/// What an answer is made of.
pub(crate) enum Content {
    Made(Asset),
    /// One of the documents that are made when they are first asked for.
    Later(Document, fn(&Document) -> &Asset),
    /// The same of a version, by its name.
    OfVersion(Document, String, fn(&Document) -> &Asset),
    /// A file that is stored compressed, and inflated for who takes no gzip.
    #[cfg(feature = "page")]
    Compressed(Asset, &'static crate::page::Vendored),
}

impl Serve {
    /// Serves these documents.
    pub fn new(document: &Document) -> Self {
        let document_at = |path: &str, content| Resource { path: path.to_owned().into(), content };
        let mut resources = vec![
            document_at("/openapi.json", Content::Made(document.openapi.clone())),
            document_at("/openapi-3.0.json", Content::Later(document.clone(), Document::older)),
            document_at("/docs.md", Content::Later(document.clone(), Document::reference)),
        ];
        for name in document.versions() {
            let of = |made| Content::OfVersion(document.clone(), name.to_owned(), made);
            resources.extend([
                document_at(&format!("/openapi/{name}.json"), of(|document| &document.openapi)),
                document_at(&format!("/openapi-3.0/{name}.json"), of(Document::older)),
                document_at(&format!("/docs/{name}.md"), of(Document::reference)),
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
        match &resource.content {
            Content::Made(asset) => asset.answer(method, headers),
            Content::Later(document, made) => made(document).answer(method, headers),
            Content::OfVersion(document, name, made) => {
                made(document.version(name).unwrap_or(document)).answer(method, headers)
            }
            #[cfg(feature = "page")]
            Content::Compressed(asset, _) if takes_gzip(headers) => asset.answer(method, headers),
            #[cfg(feature = "page")]
            Content::Compressed(_, stored) => stored.inflated().answer(method, headers),
        }
    }
}

/// Whether the client names gzip, or any coding, without refusing it (RFC 9110 §12.5.3).
#[cfg(feature = "page")]
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
