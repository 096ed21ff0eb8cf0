//! Whether what the server serves answers: a request to each route that can be asked without knowing more of it.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, Request};
use http_body_util::Full;
use serde::Serialize;
use tsk::core::{Endpoint, RouteTable, operation::Location};

use super::Check;
use crate::client::{Answer, Connector, Failure, Read, Reason};

/// A route that was asked, or why it was not.
#[derive(Debug, Serialize)]
pub(crate) struct Asked {
    method: String,
    path: String,
    status: Option<u16>,
    /// From the request to the end of the answer.
    latency_seconds: Option<f64>,
    #[serde(flatten)]
    pub(crate) check: Check,
}

/// Asks each route in turn, with these headers, and waits for each answer as long as `timeout`. Where files are served
/// beside the routes, the first page is asked as well.
pub(crate) async fn check(
    routes: &RouteTable,
    has_site: bool,
    connector: &Connector,
    headers: &HeaderMap,
    timeout: Duration,
) -> Vec<Asked> {
    let mut asked = Vec::new();
    for endpoint in routes.iter() {
        let path = endpoint.template();
        asked.push(match method(endpoint) {
            Ok(method) => ask(&method, path, connector, &with_fixed(headers, endpoint), timeout).await,
            Err(reason) => Asked {
                method: endpoint.method().map_or("*", Method::as_str).to_owned(),
                path: path.to_owned(),
                status: None,
                latency_seconds: None,
                check: Check::skip(endpoint, reason),
            },
        });
    }
    if has_site && !routes.iter().any(|endpoint| endpoint.template() == "/") {
        asked.push(ask(&Method::GET, "/", connector, headers, timeout).await);
    }
    asked
}

/// These headers, and those that have one value alone for a route, such as the one that names its version.
fn with_fixed(headers: &HeaderMap, endpoint: &Endpoint) -> HeaderMap {
    let mut headers = headers.clone();
    for parameter in endpoint.operation().parameters.iter().filter(|each| each.location == Location::Header) {
        let value = parameter.schema.get("const").and_then(|value| value.as_str());
        if let (Ok(name), Some(Ok(value))) = (HeaderName::try_from(&parameter.name), value.map(str::parse)) {
            headers.entry(name).or_insert(value);
        }
    }
    headers
}

/// The method that a route is asked with, or why it is not.
fn method(endpoint: &Endpoint) -> Result<Method, &'static str> {
    match endpoint.method() {
        _ if !endpoint.params().is_empty() => Err("not asked: its path has parameters"),
        Some(method) if *method != Method::GET && *method != Method::HEAD => {
            Err("not asked: the method may change something")
        }
        method => Ok(method.cloned().unwrap_or(Method::GET)),
    }
}

async fn ask(
    method: &Method,
    path: &str,
    connector: &Connector,
    headers: &HeaderMap,
    timeout: Duration,
) -> Asked {
    // As declared, but for the braces that stand for themselves.
    let path = path.replace("{{", "{").replace("}}", "}");
    let request = Request::builder().method(method).uri(connector.target().path(&path));
    let begun = Instant::now();
    let answer = match request.body(Full::<Bytes>::default()) {
        Ok(mut request) => {
            request.headers_mut().clone_from(headers);
            let asked = async { connector.connect().await?.ask(request, Read::Sample).await };
            let late = |_| {
                let message = format!("no answer within {}", humantime::format_duration(timeout));
                Err(Failure::new(Reason::Timeout, message))
            };
            tokio::time::timeout(timeout, asked).await.unwrap_or_else(late)
        }
        Err(error) => Err(Failure::new(Reason::Protocol, format_args!("the path cannot be asked: {error}"))),
    };
    let took = begun.elapsed();
    Asked {
        method: method.to_string(),
        status: answer.as_ref().ok().map(|answer| answer.status.as_u16()),
        latency_seconds: answer.as_ref().ok().map(|_| took.as_secs_f64()),
        check: judge(&format!("{method} {path}"), &answer, took),
        path,
    }
}

fn judge(subject: &str, answer: &Result<Answer, Failure>, took: Duration) -> Check {
    let status = match answer {
        Ok(answer) => answer.status,
        Err(failure) => return Check::fail(subject, failure, "see the log of the server"),
    };
    let message = format!("{} in {:.1} ms", status.as_u16(), took.as_secs_f64() * 1e3);
    if status.is_server_error() {
        Check::fail(subject, message, "see the log of the server")
    } else if status.is_client_error() {
        let advice = match status.as_u16() {
            401 | 403 => "pass --header with what lets the test in",
            404 => "there is nothing: see whether there should be",
            _ => "see whether it should be asked otherwise",
        };
        Check::warn(subject, message, advice)
    } else {
        Check::ok(subject, message)
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::super::Verdict;
    use super::*;

    #[test]
    fn what_may_change_something_or_needs_to_know_more_is_not_asked() {
        let asked = |name: Option<Method>, template: &str| method(&Endpoint::new(name, template));
        assert_eq!(asked(Some(Method::GET), "/a"), Ok(Method::GET));
        assert_eq!(asked(Some(Method::HEAD), "/a"), Ok(Method::HEAD));
        assert_eq!(asked(None, "/a"), Ok(Method::GET));
        assert!(asked(Some(Method::POST), "/a").is_err());
        assert!(asked(Some(Method::GET), "/a/{id}").is_err());
        assert!(asked(None, "/{*rest}").is_err());
    }

    #[test]
    fn an_answer_is_judged_by_its_status() {
        for (status, verdict) in [
            (StatusCode::OK, Verdict::Ok),
            (StatusCode::FOUND, Verdict::Ok),
            (StatusCode::NOT_FOUND, Verdict::Warn),
            (StatusCode::INTERNAL_SERVER_ERROR, Verdict::Fail),
        ] {
            let answer = Ok(Answer { status, bytes: 0 });
            assert_eq!(judge("GET /", &answer, Duration::ZERO).verdict, verdict, "{status}");
        }
        let none = Err(Failure::new(Reason::Closed, "gone"));
        assert_eq!(judge("GET /", &none, Duration::ZERO).verdict, Verdict::Fail);
    }
}
