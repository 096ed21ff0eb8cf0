//! Conditional requests (RFC 9110 §13).
//!
//! A client that has a state of a resource already can ask for it only if it has changed, and can change it only if
//! nobody else has. [`Preconditions`] are what the request says, [`Validators`] what the server knows of the current
//! state, and [`Preconditions::judge`] weighs one against the other, in the order of §13.2.2.

use std::{convert::Infallible, time::SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use tsk_core::{FromParts, Problem};

mod etag;

use etag::Tags;
pub use etag::{ETag, InvalidETag};

/// The conditions of a request, copied out of it.
///
/// A handler that changes something takes them as an argument, and refuses to overwrite what its client has not seen:
///
/// ```
/// use tsk_http::{ETag, Path, Preconditions, Problem, put};
/// # async fn load(id: u64) -> Article { Article { version: 7 } }
/// # struct Article { version: u64 }
///
/// async fn replace(preconditions: Preconditions, Path(id): Path<u64>, text: String) -> Result<(), Problem> {
///     preconditions.require()?;
///     let article = load(id).await;
///     preconditions.check(Some(&ETag::version(article.version)))?;
///     // From here to the write, the database must see to it that nobody comes in between.
///     Ok(())
/// }
/// # let _ = put("/articles/{id}", replace);
/// ```
///
/// What is malformed is treated as the RFC has it: a date is as if it were not there, and a list of tags matches
/// nothing from where it is malformed.
#[derive(Debug, Default)]
pub struct Preconditions {
    is_read: bool,
    if_match: Option<Tags>,
    if_unmodified_since: Option<SystemTime>,
    if_none_match: Option<Tags>,
    if_modified_since: Option<SystemTime>,
}

/// What is to be done with a conditional request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// What would be done without conditions.
    Proceed,
    /// 304: the client has the current state. GET and HEAD only.
    NotModified,
    /// 412: the state is not the one that the client counts on.
    Failed,
}

impl Preconditions {
    /// Reads them from the head of a request.
    pub fn of(method: &Method, headers: &HeaderMap) -> Self {
        Self {
            is_read: matches!(*method, Method::GET | Method::HEAD),
            if_match: Tags::of(headers, header::IF_MATCH),
            if_unmodified_since: date(headers, header::IF_UNMODIFIED_SINCE),
            if_none_match: Tags::of(headers, header::IF_NONE_MATCH),
            if_modified_since: date(headers, header::IF_MODIFIED_SINCE),
        }
    }

    /// Whether the request has no condition.
    pub fn is_empty(&self) -> bool {
        let Self { is_read: _, if_match, if_unmodified_since, if_none_match, if_modified_since } = self;
        if_match.is_none()
            && if_unmodified_since.is_none()
            && if_none_match.is_none()
            && if_modified_since.is_none()
    }

    /// Weighs them against the current state; `None` where there is none, as before a resource is made.
    pub fn judge(&self, current: Option<&Validators>) -> Verdict {
        let tag = current.and_then(|current| current.etag.as_ref());
        if let Some(tags) = &self.if_match {
            if !(tags.is_any() && current.is_some() || tag.is_some_and(|tag| tags.has_strongly(tag))) {
                return Verdict::Failed;
            }
        } else if is_modified_since(current, self.if_unmodified_since) == Some(true) {
            return Verdict::Failed;
        }
        if let Some(tags) = &self.if_none_match {
            if tags.is_any() && current.is_some() || tag.is_some_and(|tag| tags.has_weakly(tag)) {
                return if self.is_read { Verdict::NotModified } else { Verdict::Failed };
            }
        } else if self.is_read && is_modified_since(current, self.if_modified_since) == Some(false) {
            return Verdict::NotModified;
        }
        Verdict::Proceed
    }

    /// Before something is changed: whether its current state, `None` where there is none, is one that the client
    /// counts on. `If-None-Match: *` thus guards what is made for the first time.
    ///
    /// # Errors
    ///
    /// 412, to be given as the answer.
    pub fn check(&self, current: Option<&ETag>) -> Result<(), Problem> {
        let current = current.map(|tag| Validators { etag: Some(tag.clone()), last_modified: None });
        match self.judge(current.as_ref()) {
            Verdict::Failed => Err(Problem::new(StatusCode::PRECONDITION_FAILED)
                .detail("The resource is not in the state that the request counts on; fetch it again.")),
            Verdict::Proceed | Verdict::NotModified => Ok(()),
        }
    }

    /// Insists that the client says which state it counts on, by `If-Match` or `If-None-Match`.
    ///
    /// # Errors
    ///
    /// 428 (RFC 6585 §3), to be given as the answer.
    pub fn require(&self) -> Result<(), Problem> {
        if self.if_match.is_some() || self.if_none_match.is_some() {
            return Ok(());
        }
        Err(Problem::new(StatusCode::PRECONDITION_REQUIRED)
            .detail("The request must have `if-match` with the `etag` of the state that it was made from."))
    }
}

impl FromParts for Preconditions {
    type Rejection = Infallible;

    fn from_parts(parts: &mut Parts) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.method, &parts.headers))
    }
}

/// What tells one state of a resource from another (RFC 9110 §8.8): what there is of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`.
    pub etag: Option<ETag>,
    /// `Last-Modified`. Only its whole seconds count.
    pub last_modified: Option<SystemTime>,
}

impl Validators {
    /// Those that the head of a response has.
    pub fn of(headers: &HeaderMap) -> Self {
        let etag = only(headers, header::ETAG).and_then(|tag| ETag::try_from(tag).ok());
        Self { etag, last_modified: date(headers, header::LAST_MODIFIED) }
    }

    /// Writes them to the head of a response.
    pub fn write(&self, headers: &mut HeaderMap) {
        if let Some(etag) = &self.etag {
            headers.insert(header::ETAG, etag.into());
        }
        if let Some(modified) = self.last_modified {
            let date = HeaderValue::try_from(httpdate::fmt_http_date(modified));
            headers.insert(header::LAST_MODIFIED, date.expect("a date is valid in a header"));
        }
    }
}

/// `None` where either time is unknown: the condition is then ignored.
fn is_modified_since(current: Option<&Validators>, date: Option<SystemTime>) -> Option<bool> {
    Some(whole_seconds(current?.last_modified?) > whole_seconds(date?))
}

/// What a date of HTTP can say of a time.
fn whole_seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The value of a field that may occur once.
pub(crate) fn only(headers: &HeaderMap, name: HeaderName) -> Option<&HeaderValue> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

pub(crate) fn date(headers: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(only(headers, name)?.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests;
