//! What is known of a request by the time of its answer.

use std::{
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Waker},
};

use http::{Extensions, HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body as _;
use tsk_core::{Body, IntoResponse, Problem, RequestContext};

use super::{
    CompressLayer, Settings,
    body::{self, Compressed, SLICE, Unsent},
    negotiable,
    pool::Lease,
};
use crate::{
    Connection,
    accept::{AcceptEncoding, Coding},
    connection::Conclusion,
    layer::{
        content::Content,
        filter::{Filter, Refusal},
    },
    repeated::Repeated,
};

/// The last `Accept-Encoding` of the connection, and what it came to: clients send the same with every request, and to
/// read it again would cost more than all else that is done for a small answer.
#[derive(Debug, Default)]
pub(super) struct Memo {
    last: Mutex<Remembered>,
    /// Where a request counts on no state: 0 for no coding, or which of those on offer it is, the first being 1.
    concluded: Conclusion,
}

#[derive(Debug, Default)]
struct Remembered {
    text: Repeated,
    coding: Option<Coding>,
}

/// What the request has to say of the coding of its answer.
#[derive(Debug)]
pub struct Wish {
    coding: Option<Coding>,
    is_head: bool,
    /// The client may have the content already, and a layer further out see that it is not sent again.
    has_copy: bool,
    /// The tag of that copy is a weak one.
    is_weak: bool,
}

impl Filter for CompressLayer {
    /// `None` where the answer stays as it is.
    type State = Option<Wish>;

    #[inline]
    fn begin<B>(&self, request: &mut Request<B>, wish: &mut Self::State) -> Result<(), Refusal> {
        // What follows the answer to CONNECT is not content.
        if self.settings.codings.is_empty()
            || *request.method() == Method::CONNECT
            || self.is_exempt(request.extensions())
        {
            return Ok(());
        }
        let is_head = *request.method() == Method::HEAD;
        if let Some(place) = self.memo.concluded.get() {
            let coding = self.settings.codings.get(usize::from(place).wrapping_sub(1)).copied();
            *wish = Some(Wish { coding, is_head, has_copy: false, is_weak: false });
            return Ok(());
        }
        let fields = Fields::of(request.headers());
        let coding = self.memo.choose(&fields, request.headers(), &self.settings.codings);
        if fields.if_match.is_none() && fields.if_none_match.is_none() {
            let place = self.settings.codings.iter().position(|offered| Some(*offered) == coding);
            self.memo.concluded.set(place.map_or(0, |place| place as u8 + 1));
        }
        // Who counts on a state gets the bytes that its tag is of: the encoded ones have no strong tag.
        let coding = coding.filter(|_| fields.if_match.is_none());
        let copy = coding.and(fields.if_none_match);
        *wish = Some(Wish {
            coding,
            is_head,
            has_copy: copy.is_some(),
            is_weak: copy.is_some_and(|tags| tags.as_bytes().windows(2).any(|two| two == b"W/")),
        });
        Ok(())
    }

    #[inline]
    fn end(&self, wish: &mut Self::State, response: &mut Response<Body>) {
        let Some(wish) = wish else { return };
        if self.settings.is_negotiable(response) {
            wish.negotiate(&self.settings, response);
        } else if response.status() == StatusCode::NOT_MODIFIED {
            // It has the `Vary` of the answer that it stands for (RFC 9110 §15.4.5), which cannot be told here.
            negotiable::vary(response.headers_mut());
            if wish.is_weak {
                // A client whose copy is an encoded one is told of that one, not of the content as it was before.
                negotiable::weaken(response.headers_mut());
            }
        } else if response.status() == StatusCode::PARTIAL_CONTENT {
            // RFC 9110 §15.3.7.
            negotiable::vary(response.headers_mut());
        }
    }
}

/// The fields of a request that matter here, the first of each name.
#[derive(Debug, Default)]
struct Fields<'a> {
    accept_encoding: Option<&'a HeaderValue>,
    if_match: Option<&'a HeaderValue>,
    if_none_match: Option<&'a HeaderValue>,
}

impl<'a> Fields<'a> {
    /// One pass over the names costs less than to look up any of the three.
    #[inline]
    fn of(headers: &'a HeaderMap) -> Self {
        let mut fields = Self::default();
        for (name, value) in headers {
            let field = if *name == header::ACCEPT_ENCODING {
                &mut fields.accept_encoding
            } else if *name == header::IF_NONE_MATCH {
                &mut fields.if_none_match
            } else if *name == header::IF_MATCH {
                &mut fields.if_match
            } else {
                continue;
            };
            field.get_or_insert(value);
        }
        fields
    }
}

/// A clone is for another connection, and remembers nothing.
impl Clone for Memo {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Memo {
    pub(super) fn on(connection: &Connection) -> Self {
        Self { concluded: Conclusion::new(connection.shared()), ..Self::default() }
    }

    #[inline]
    fn choose(&self, fields: &Fields<'_>, headers: &HeaderMap, codings: &[Coding]) -> Option<Coding> {
        let text = fields.accept_encoding?.as_bytes();
        // Where no name is repeated, this one is not.
        let is_only = headers.keys_len() == headers.len();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if is_only && last.text.is(text) {
            return last.coding;
        }
        let coding = AcceptEncoding::of(headers).choose(codings.iter().copied());
        if is_only && last.text.keep(text) {
            last.coding = coding;
        }
        coding
    }
}

impl CompressLayer {
    /// Whether the route declared that its answers stay as they are. Where none did, it does not matter which it is.
    #[inline]
    fn is_exempt(&self, extensions: &Extensions) -> bool {
        if self.exempt.is_empty() {
            return false;
        }
        let index = RequestContext::get(extensions).map(|context| context.endpoint().index());
        index.is_some_and(|index| self.exempt.get(index) == Some(&true))
    }
}

impl Wish {
    /// Gives the answer in the coding that the client likes best.
    fn negotiate(&self, settings: &Arc<Settings>, response: &mut Response<Body>) {
        negotiable::vary(response.headers_mut());
        let Some(coding) = self.coding else { return };
        if self.is_head {
            *response.body_mut() = Body::new(Unsent);
            negotiable::encoded(response.headers_mut(), coding);
            return;
        }
        let mut source = std::mem::take(response.body_mut());
        let length = source.size_hint().exact();
        if !self.has_copy && length.is_some_and(|length| length <= SLICE as u64) {
            // One that is not there yet is asked again by who sends it, and wakes that one.
            match Content::of(source, &mut Context::from_waker(Waker::noop())) {
                Content::Whole(content) => {
                    match body::whole(settings, coding, &content) {
                        Some(encoded) => {
                            negotiable::encoded(response.headers_mut(), coding);
                            *response.body_mut() = encoded.into();
                        }
                        None => *response.body_mut() = content.into(),
                    }
                    return;
                }
                Content::Stream(body) => source = body,
            }
        }
        match Lease::new(settings, coding, length) {
            Ok(lease) => {
                *response.body_mut() = Body::new(Compressed::new(source, lease));
                negotiable::encoded(response.headers_mut(), coding);
            }
            // Without memory for an encoder there is none for an answer.
            Err(error) => *response = Problem::internal(error).into_response(),
        }
    }
}
