//! The tower service.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body::Body as HttpBody;
use pin_project_lite::pin_project;
use tower_service::Service;
use tsk_core::{Body, BoxError, RequestContext};

use super::{
    CompressLayer, Settings,
    body::{self, Compressed, SLICE, Unsent},
    negotiable,
    pool::Lease,
};
use crate::{
    accept::{AcceptEncoding, Coding},
    layer::content::Content,
};

/// A service whose answers are compressed.
#[derive(Debug, Clone)]
pub struct Compress<S> {
    inner: S,
    settings: Arc<Settings>,
    exempt: Arc<[bool]>,
    memo: Memo,
}

/// The last `Accept-Encoding` of the connection, and what it came to: clients send the same with every request, and to
/// read it again would cost more than all else that is done for a small answer.
#[derive(Debug, Clone, Copy)]
struct Memo {
    text: [u8; 46],
    length: u8,
    coding: Option<Coding>,
}

/// What the request has to say of the coding of its answer.
struct Wish {
    settings: Arc<Settings>,
    coding: Option<Coding>,
    is_head: bool,
    /// The client may have the content already, and a layer further out see that it is not sent again.
    has_copy: bool,
    /// The tag of that copy is a weak one.
    is_weak: bool,
}

impl<S> Compress<S> {
    pub(super) fn new(inner: S, layer: &CompressLayer) -> Self {
        Self {
            inner,
            settings: Arc::clone(&layer.settings),
            exempt: Arc::clone(&layer.exempt),
            memo: Memo::NOTHING,
        }
    }

    #[inline]
    fn wish<B>(&mut self, request: &Request<B>) -> Option<Wish> {
        let is_exempt = || {
            let index = RequestContext::get(request.extensions())?.endpoint().index();
            self.exempt.get(index).copied()
        };
        // What follows the answer to CONNECT is not content.
        if self.settings.codings.is_empty()
            || *request.method() == Method::CONNECT
            || is_exempt() == Some(true)
        {
            return None;
        }
        let headers = request.headers();
        let coding = self.memo.choose(headers, &self.settings.codings);
        // Who counts on a state gets the bytes that its tag is of: the encoded ones have no strong tag.
        let coding = coding.filter(|_| !headers.contains_key(header::IF_MATCH));
        let copy = coding.and_then(|_| headers.get(header::IF_NONE_MATCH));
        Some(Wish {
            settings: Arc::clone(&self.settings),
            coding,
            is_head: *request.method() == Method::HEAD,
            has_copy: copy.is_some(),
            is_weak: copy.is_some_and(|tags| tags.as_bytes().windows(2).any(|two| two == b"W/")),
        })
    }
}

impl Memo {
    /// Of a header without a value, which no coding is.
    const NOTHING: Self = Self { text: [0; 46], length: 0, coding: None };

    #[inline]
    fn choose(&mut self, headers: &HeaderMap, codings: &[Coding]) -> Option<Coding> {
        let mut values = headers.get_all(header::ACCEPT_ENCODING).iter();
        let text = values.next()?.as_bytes();
        let is_only = values.next().is_none();
        if is_only && text == &self.text[..usize::from(self.length)] {
            return self.coding;
        }
        let coding = AcceptEncoding::of(headers).choose(codings.iter().copied());
        if is_only && text.len() <= self.text.len() {
            self.text[..text.len()].copy_from_slice(text);
            self.length = text.len() as u8;
            self.coding = coding;
        }
        coding
    }
}

impl<S, B, R> Service<Request<B>> for Compress<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = CompressFuture<S::Future>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, request: Request<B>) -> Self::Future {
        let wish = self.wish(&request);
        CompressFuture { inner: self.inner.call(request), wish }
    }
}

pin_project! {
    /// The answer of a service whose answers are compressed.
    #[must_use = "futures do nothing unless polled"]
    pub struct CompressFuture<F> {
        #[pin]
        inner: F,
        wish: Option<Wish>,
    }
}

impl<F, R, E> Future for CompressFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<BoxError>,
{
    type Output = Result<Response<Body>, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.inner.poll(cx))?.map(Body::new);
        Poll::Ready(Ok(match this.wish.take() {
            Some(wish) if wish.settings.is_negotiable(&response) => wish.negotiate(response, cx),
            Some(wish) if wish.is_weak && response.status() == StatusCode::NOT_MODIFIED => {
                wish.not_modified(response)
            }
            _ => response,
        }))
    }
}

impl<F> fmt::Debug for CompressFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CompressFuture")
    }
}

impl Wish {
    /// Gives the answer in the coding that the client likes best.
    fn negotiate(self, mut response: Response<Body>, cx: &mut Context<'_>) -> Response<Body> {
        negotiable::vary(response.headers_mut());
        let Some(coding) = self.coding else { return response };
        if self.is_head {
            *response.body_mut() = Body::new(Unsent);
            negotiable::encoded(response.headers_mut(), coding);
            return response;
        }
        let mut source = std::mem::take(response.body_mut());
        let length = source.size_hint().exact();
        if !self.has_copy && length.is_some_and(|length| length <= SLICE as u64) {
            match Content::of(source, cx) {
                Content::Whole(content) => {
                    match body::whole(&self.settings, coding, &content) {
                        Some(encoded) => {
                            negotiable::encoded(response.headers_mut(), coding);
                            *response.body_mut() = encoded.into();
                        }
                        None => *response.body_mut() = content.into(),
                    }
                    return response;
                }
                Content::Stream(body) => source = body,
            }
        }
        match Lease::new(&self.settings, coding, length) {
            Ok(lease) => {
                *response.body_mut() = Body::new(Compressed::new(source, lease));
                negotiable::encoded(response.headers_mut(), coding);
                response
            }
            // Without memory for an encoder there is none for an answer.
            Err(error) => tsk_core::Problem::internal(error).into(),
        }
    }

    /// A client whose copy is an encoded one is told of that one, not of the content as it was before.
    fn not_modified(self, mut response: Response<Body>) -> Response<Body> {
        negotiable::weaken(response.headers_mut());
        response
    }
}
