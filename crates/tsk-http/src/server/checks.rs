//! What a request must be before anything serves it.
//!
//! hyper has read it by then: what it takes for a request need not be one that every other server would
//! understand alike, nor one that this server should answer.

use http::{
    Extensions, HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header,
    uri::{Authority, Scheme},
};
use hyper::ext::Protocol;
use tsk_core::{Body, IntoResponse, Problem, problem::Kind};

use super::{authority, framing::LONGEST_LENGTH};
use crate::{connection::Conclusion, repeated::Repeated};

const BAD_REQUEST: Kind =
    Kind { uri: "urn:tsk:problems/bad-request", title: "Malformed request", status: StatusCode::BAD_REQUEST };

/// Why a request is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Connect,
    Trace,
    Target,
    TargetHost,
    NoHost,
    SeveralHosts,
    Host,
    OtherHost,
    CodingRepeated,
    CodingUnknown,
    Expectation,
    TargetLength(u32),
    Fields(u32),
    Length,
}

/// How much of a request there may be besides the bytes of its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    /// The longest path and query, in bytes.
    pub(super) target: u32,
    /// The most header fields.
    pub(super) fields: u32,
}

/// Refuses what may not be served, and gives a request whose target names the host that host.
///
/// `has_body` tells whether a body follows: only then is there anything to say about one. `usual` is what was concluded
/// from the fields of the connection's requests, `last_host` what they had as their host.
#[inline]
pub(super) fn check<B>(
    request: &mut Request<B>,
    has_body: bool,
    bounds: Bounds,
    usual: &Conclusion,
    last_host: &mut Repeated,
) -> Result<(), Refusal> {
    // In HTTP/1, bytes that may not be in a target were refused below hyper.
    let is_usual = request.version() < Version::HTTP_2
        && *request.method() != Method::CONNECT
        && *request.method() != Method::TRACE
        && request.uri().authority().is_none()
        && is_usual_target(request.uri(), bounds)
        && (usual.get().is_some() || are_usual(request.headers(), bounds, usual, last_host));
    if !is_usual {
        check_closely(request, bounds)?;
    }
    if has_body { check_body(request.headers(), is_usual, usual) } else { Ok(()) }
}

/// What is concluded from fields: that they are usual, and that what they say of a body is as well.
const USUAL: u8 = 0;
const USUAL_BODY: u8 = 1;

/// Whether there are not too many fields, and one host, of letters and digits.
fn are_usual(headers: &HeaderMap, bounds: Bounds, usual: &Conclusion, last_host: &mut Repeated) -> bool {
    let are_usual = headers.len() <= bounds.fields as usize && has_usual_host(headers, last_host);
    if are_usual {
        usual.set(USUAL);
    }
    are_usual
}

/// Whether there is one host, of letters and digits.
#[inline]
fn has_usual_host(headers: &HeaderMap, last: &mut Repeated) -> bool {
    if headers.len() > headers.keys_len() {
        // It could be one of those that there are more of.
        return false;
    }
    // Most clients send it first, where nothing must be searched for it (RFC 9110 §7.2).
    let host = match headers.iter().next() {
        Some((name, host)) if *name == header::HOST => Some(host),
        _ => headers.get(header::HOST),
    };
    let Some(host) = host.map(HeaderValue::as_bytes) else { return false };
    last.is(host) || is_usual_host(host, last)
}

#[inline(never)]
fn is_usual_host(host: &[u8], last: &mut Repeated) -> bool {
    let is_usual = authority::is_usual(host);
    if is_usual {
        last.keep(host);
    }
    is_usual
}

#[inline(never)]
fn check_closely<B>(request: &mut Request<B>, bounds: Bounds) -> Result<(), Refusal> {
    // CONNECT is for proxies; TRACE gives back what a script may not see, such as cookies (RFC 9110 §9.3.8).
    match *request.method() {
        Method::CONNECT if is_websocket(request.extensions()) => {
            // What follows takes it for what it would be over HTTP/1.1, where a socket has the same route, the same gates and
            // the same lines in logs.
            *request.method_mut() = Method::GET;
        }
        Method::CONNECT => return Err(Refusal::Connect),
        Method::TRACE => return Err(Refusal::Trace),
        _ => {}
    }
    if request.headers().len() > bounds.fields as usize {
        return Err(Refusal::Fields(bounds.fields));
    }
    let target = request.uri().path_and_query().map_or("", |target| target.as_str());
    if target.len() > bounds.target as usize {
        return Err(Refusal::TargetLength(bounds.target));
    }
    // RFC 9112 §3.2: a path, or the asterisk where OPTIONS is for the server as a whole.
    let is_whole_server = target == "*" && *request.method() == Method::OPTIONS;
    let is_path = target.starts_with('/') && target.is_ascii();
    if !is_path && !is_whole_server {
        return Err(Refusal::Target);
    }
    check_host(request)
}

/// Whether a socket is asked for over HTTP/2 (RFC 8441 §4). No other protocol is spoken there.
fn is_websocket(extensions: &Extensions) -> bool {
    extensions.get::<Protocol>().is_some_and(|protocol| protocol.as_str() == "websocket")
}

/// `is_usual` tells whether the fields are, but for what they say of a body.
#[inline(never)]
fn check_body(headers: &HeaderMap, is_usual: bool, usual: &Conclusion) -> Result<(), Refusal> {
    if usual.get() == Some(USUAL_BODY) {
        return Ok(());
    }
    check_length(headers)?;
    check_codings(headers)?;
    check_expectation(headers)?;
    if is_usual {
        usual.set(USUAL_BODY);
    }
    Ok(())
}

#[inline]
fn is_usual_target(uri: &Uri, bounds: Bounds) -> bool {
    uri.path_and_query().is_some_and(|target| {
        let target = target.as_str();
        target.starts_with('/') && target.len() <= bounds.target as usize
    })
}

/// RFC 9112 §3.2, and RFC 9113 §8.3.1.
fn check_host<B>(request: &mut Request<B>) -> Result<(), Refusal> {
    let is_multiplexed = request.version() == Version::HTTP_2;
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (host, another) = (hosts.next(), hosts.next());
    if another.is_some() {
        return Err(Refusal::SeveralHosts);
    }
    if host.is_some_and(|host| !authority::is_valid(host.as_bytes())) {
        return Err(Refusal::Host);
    }
    let Some(target) = request.uri().authority() else {
        // HTTP/1.0 knows no hosts.
        let may_lack = request.version() < Version::HTTP_11;
        return if host.is_some() || may_lack { Ok(()) } else { Err(Refusal::NoHost) };
    };
    // No other scheme is served here, and one without a scheme is for CONNECT.
    let scheme = request.uri().scheme();
    if !authority::is_valid(target.as_str().as_bytes())
        || (scheme != Some(&Scheme::HTTP) && scheme != Some(&Scheme::HTTPS))
    {
        return Err(Refusal::TargetHost);
    }
    let is_same = |host: &HeaderValue| host.as_bytes().eq_ignore_ascii_case(target.as_str().as_bytes());
    match host {
        Some(host) if is_same(host) => Ok(()),
        Some(_) if is_multiplexed => Err(Refusal::OtherHost),
        None if is_multiplexed => Ok(()),
        // RFC 9112 §3.2.2: it counts instead of what `Host` says.
        _ => {
            let host = as_host(target)?;
            request.headers_mut().insert(header::HOST, host);
            Ok(())
        }
    }
}

fn as_host(target: &Authority) -> Result<HeaderValue, Refusal> {
    HeaderValue::from_str(target.as_str()).map_err(|_| Refusal::TargetHost)
}

/// hyper takes zeros without end in front of a length, which below it are refused where they are seen.
fn check_length(headers: &HeaderMap) -> Result<(), Refusal> {
    let is_long = headers.get(header::CONTENT_LENGTH).is_some_and(|value| value.len() > LONGEST_LENGTH);
    if is_long { Err(Refusal::Length) } else { Ok(()) }
}

/// RFC 9112 §6.1: `chunked`, once. hyper has seen to it that it comes last.
fn check_codings(headers: &HeaderMap) -> Result<(), Refusal> {
    let mut has_chunked = false;
    for value in headers.get_all(header::TRANSFER_ENCODING) {
        for coding in value.as_bytes().split(|byte| *byte == b',') {
            if !coding.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                return Err(Refusal::CodingUnknown);
            }
            if has_chunked {
                return Err(Refusal::CodingRepeated);
            }
            has_chunked = true;
        }
    }
    Ok(())
}

/// RFC 9110 §10.1.1: there is one expectation.
fn check_expectation(headers: &HeaderMap) -> Result<(), Refusal> {
    let is_known = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"100-continue");
    if headers.get_all(header::EXPECT).iter().all(is_known) { Ok(()) } else { Err(Refusal::Expectation) }
}

impl Refusal {
    /// The answer. It never shows what was sent. `allow` is what the path has instead of the method.
    #[cold]
    pub(super) fn answer(self, version: Version, allow: Option<HeaderValue>) -> Response<Body> {
        let bad = |detail| Problem::of(BAD_REQUEST).detail(detail);
        let problem = match self {
            // RFC 9110 §15.5.6: it is known, and not for what is at the path. Where that is not known, §15.6.2.
            Self::Trace if let Some(allow) = allow => {
                Problem::new(StatusCode::METHOD_NOT_ALLOWED).header(header::ALLOW, allow)
            }
            Self::Connect | Self::Trace => {
                Problem::new(StatusCode::NOT_IMPLEMENTED).detail("The server does not have this method.")
            }
            Self::Target => bad("The target is neither a path nor, for `OPTIONS`, an asterisk."),
            Self::TargetHost => bad("The target names no host that there can be."),
            Self::NoHost => bad("The header `Host` is missing."),
            Self::SeveralHosts => bad("There is more than one header `Host`."),
            Self::Host => bad("The header `Host` names no host that there can be."),
            Self::OtherHost => bad("The header `Host` names another host than `:authority`."),
            Self::CodingRepeated => bad("The transfer coding `chunked` is applied more than once."),
            Self::CodingUnknown => {
                let problem = Problem::new(StatusCode::NOT_IMPLEMENTED);
                problem.detail("The server has no transfer coding but `chunked`.")
            }
            Self::TargetLength(limit) => {
                let problem = Problem::new(StatusCode::URI_TOO_LONG);
                problem.detail(format!("Path and query may have {limit} bytes.")).with("limit", limit)
            }
            Self::Fields(limit) => {
                let problem = Problem::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
                problem.detail(format!("There may be {limit} header fields.")).with("limit", limit)
            }
            Self::Length => bad("The header `Content-Length` is longer than any length."),
            Self::Expectation => {
                let problem = Problem::new(StatusCode::EXPECTATION_FAILED);
                problem.detail("The server meets no expectation but `100-continue`.")
            }
        };
        let mut response = problem.into_response();
        // Who wrote such a request may mean another end of it than the server does.
        if version < Version::HTTP_2 {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

#[cfg(test)]
mod tests;
