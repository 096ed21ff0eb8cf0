//! What is said in the answers of a version.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{SystemTime, UNIX_EPOCH},
};

use http::{HeaderMap, HeaderName, HeaderValue, Response, header, request::Parts};
use tsk_core::{Body, IntoResponse, Problem, RequestContext, respond::Requirements};

use super::{Scheme, VERSION_ENDED, date::Date, set::Said};
use crate::handler::{Answer, Answering, Erased};

/// `Deprecation` (RFC 9745 §2).
const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
/// `Sunset` (RFC 8594 §3).
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// What is said in the answers of a version, and when it ends.
#[derive(Debug, Default)]
pub(crate) struct Stamp {
    /// Headers of which there may be more.
    added: Vec<(HeaderName, HeaderValue)>,
    /// The header that names the version, which an answer repeats.
    named: Option<(HeaderName, HeaderValue)>,
    /// The version as a parameter of the media type.
    parameter: Option<String>,
    /// The header that selects, for caches.
    vary: Option<HeaderName>,
    ends: Option<SystemTime>,
    /// What those are told who come too late.
    ended: String,
}

impl Stamp {
    pub(super) fn new(said: &Said, scheme: &Scheme, end_at_sunset: bool) -> Result<Self, String> {
        let day = |text: &Option<String>| match text {
            Some(text) => Date::parse(text.as_bytes())
                .map(Some)
                .ok_or_else(|| format!("{text:?} is no day; write one as `2027-03-01`")),
            None => Ok(None),
        };
        let (deprecated, sunset) = (day(&said.deprecated)?, day(&said.sunset)?);
        if let (Some(deprecated), Some(sunset)) = (deprecated, sunset)
            && sunset < deprecated
        {
            return Err("its sunset is before its deprecation (RFC 9745 §4)".into());
        }
        let mut added = Vec::new();
        if let Some(date) = deprecated {
            // A date of structured fields (RFC 9651 §3.3.7).
            let seconds = date.begin().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
            added.push((DEPRECATION, value(&format!("@{seconds}"))?));
        }
        if let Some(date) = sunset {
            added.push((SUNSET, value(&httpdate::fmt_http_date(date.begin()))?));
        }
        if let Some(url) = &said.link {
            let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"".contains(&byte));
            if !is_plain || url.is_empty() {
                return Err(format!("{url:?} is no address to link to"));
            }
            let relations = [(deprecated, "deprecation"), (sunset, "sunset")];
            let relations: Vec<_> = relations.iter().filter(|(date, _)| date.is_some()).collect();
            if relations.is_empty() {
                return Err("it has a link, and is neither deprecated nor has it a sunset".into());
            }
            for (_, relation) in relations {
                added.push((header::LINK, value(&format!("<{url}>; rel=\"{relation}\""))?));
            }
        }
        let name = &said.name;
        let (named, parameter) = match scheme {
            Scheme::Path => (None, None),
            Scheme::MediaType => (None, Some(format!("; version={name}"))),
            Scheme::Header(header) | Scheme::Date(header, _) => (Some((header.clone(), value(name)?)), None),
        };
        let vary = scheme.header().cloned();
        let ends = sunset.filter(|_| end_at_sunset).map(Date::begin);
        let ended = format!("Version `{name}` has ended on {}.", said.sunset.as_deref().unwrap_or_default());
        Ok(Self { added, named, parameter, vary, ends, ended })
    }

    /// Whether there is nothing to say.
    pub(super) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.vary.is_none()
    }

    /// Whether it ends by itself.
    pub(super) fn ends(&self) -> bool {
        self.ends.is_some()
    }

    pub(super) fn has_ended(&self, now: SystemTime) -> bool {
        self.ends.is_some_and(|ends| now >= ends)
    }

    /// Says it in an answer.
    pub(crate) fn apply(&self, response: &mut Response<Body>) {
        if let Some(parameter) = &self.parameter
            && response.status().is_success()
            && let Some(media_type) = response.headers_mut().get_mut(header::CONTENT_TYPE)
            && let Ok(of_version) =
                HeaderValue::from_bytes(&[media_type.as_bytes(), parameter.as_bytes()].concat())
        {
            *media_type = of_version;
        }
        let headers = response.headers_mut();
        for (name, value) in &self.added {
            headers.append(name, value.clone());
        }
        if let Some((name, value)) = &self.named {
            headers.insert(name, value.clone());
        }
        if let Some(name) = &self.vary {
            vary(headers, name);
        }
    }

    /// Says it in the answer to a request that did not get to its route, if that has one.
    pub(crate) fn apply_for(context: &RequestContext, response: &mut Response<Body>) {
        if let Some(stamp) = context.endpoint().meta().get::<Arc<Self>>() {
            stamp.apply(response);
        }
    }
}

fn value(text: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(text).map_err(|_| format!("{text:?} cannot be sent in a header"))
}

/// Tells caches that the answer depends on a header, unless they know (RFC 9110 §12.5.5).
pub(crate) fn vary(headers: &mut HeaderMap, name: &HeaderName) {
    let values = headers.get_all(header::VARY).iter();
    let mut names =
        values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii));
    if !names.any(|each| each == b"*" || each.eq_ignore_ascii_case(name.as_str().as_bytes())) {
        headers.append(header::VARY, name.clone().into());
    }
}

/// A handler whose answers say of which version they are.
pub(crate) struct Stamped {
    inner: Erased,
    stamp: Arc<Stamp>,
    known: Arc<super::Checked>,
}

impl Stamped {
    pub(crate) fn around(inner: Erased, stamp: Arc<Stamp>, known: Arc<super::Checked>) -> Erased {
        Erased::new(Self { inner, stamp, known })
    }
}

impl Answer for Stamped {
    fn answer(&self, parts: Parts, body: Body) -> Answering {
        if self.stamp.ends() && self.stamp.has_ended(SystemTime::now()) {
            let problem = Problem::of(VERSION_ENDED).detail(self.stamp.ended.clone());
            let mut response = problem.with("known", self.known.known()).into_response();
            self.stamp.apply(&mut response);
            return Box::pin(std::future::ready(response));
        }
        let context = RequestContext::get(&parts.extensions).cloned();
        Box::pin(Stamping { answering: self.inner.call(parts, body), context })
    }

    fn requires(&self, requirements: &mut Requirements) {
        self.inner.requires(requirements);
    }
}

/// The stamp is found by the request's context, as a reference to it would be counted by all cores.
struct Stamping {
    answering: Answering,
    context: Option<RequestContext>,
}

impl Future for Stamping {
    type Output = Response<Body>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response<Body>> {
        let mut response = ready!(self.answering.as_mut().poll(cx));
        if let Some(context) = &self.context {
            Stamp::apply_for(context, &mut response);
        }
        Poll::Ready(response)
    }
}
