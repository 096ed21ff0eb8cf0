//! The head of a request, as gates and observers see it.

use std::net::IpAddr;

use http::{Extensions, HeaderMap, Method, Request, Uri, Version, request::Parts};

use super::RequestContext;

/// The head of a request, as gates and observers see it: to read, not to change.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Head<'a> {
    /// The method.
    pub method: &'a Method,
    /// The target.
    pub uri: &'a Uri,
    /// The protocol version.
    pub version: Version,
    /// The header fields.
    pub headers: &'a HeaderMap,
    /// What others have attached to the request.
    pub extensions: &'a Extensions,
    /// What is known of the request.
    pub context: &'a RequestContext,
}

impl<'a> Head<'a> {
    /// A view of a request; `None` where it has no context.
    #[inline]
    pub fn new<B>(request: &'a Request<B>) -> Option<Self> {
        Some(Self::with(request, RequestContext::get(request.extensions())?))
    }

    /// A view of the parts of a request, with a context that is at hand.
    pub fn of(parts: &'a Parts, context: &'a RequestContext) -> Self {
        let Parts { method, uri, version, headers, extensions, .. } = parts;
        Self { method, uri, version: *version, headers, extensions, context }
    }

    /// The address of the client, as [`RequestContext::client`] says.
    #[inline]
    pub fn client(&self) -> Option<IpAddr> {
        self.context.client(self.headers)
    }

    /// A view of a request, with a context that is at hand.
    #[inline]
    pub fn with<B>(request: &'a Request<B>, context: &'a RequestContext) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            version: request.version(),
            headers: request.headers(),
            extensions: request.extensions(),
            context,
        }
    }
}
