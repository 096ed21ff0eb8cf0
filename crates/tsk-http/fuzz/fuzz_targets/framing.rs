//! Any bytes, over HTTP/1: what the server serves is what a strict reader sees, and every answer is well-formed.

#![no_main]

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::LazyLock,
    task::{Context, Poll},
};

use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;

use libfuzzer_sys::fuzz_target;
use tower_service::Service;
use tsk_core::Body;
use tsk_http::server::RequestBody;
use tsk_http_fuzz::{answers, reference, server::Running};

/// Answers with what it was asked.
#[derive(Clone)]
struct Echo;

impl Service<Request<RequestBody>> for Echo {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        Box::pin(async {
            let (parts, body) = request.into_parts();
            let mut response = Response::new(Body::empty());
            match body.collect().await {
                Ok(body) => {
                    let echo = echo(parts.method.as_str(), &parts.uri.to_string(), &body.to_bytes());
                    *response.body_mut() = echo.into();
                }
                Err(_) => *response.status_mut() = StatusCode::BAD_REQUEST,
            }
            if parts.method == Method::HEAD {
                response.headers_mut().insert(answers::IS_HEAD, http::HeaderValue::from_static("1"));
            }
            Ok(response)
        })
    }
}

fn echo(method: &str, target: &str, body: &[u8]) -> Vec<u8> {
    [method.as_bytes(), target.as_bytes(), body].join(b" ".as_slice())
}

static SERVER: LazyLock<Running> = LazyLock::new(|| Running::start(|_| Echo));

fuzz_target!(|bytes: &[u8]| {
    // A preface would make it HTTP/2, which is another target.
    if bytes.starts_with(b"PRI") {
        return;
    }
    let answers = answers::read(&SERVER.exchange(bytes));
    let requests = reference::read(bytes);
    for (index, answer) in answers.iter().enumerate().filter(|(_, answer)| answer.status == 200) {
        let request = requests.get(index).expect("what was served is a request");
        if request.target.starts_with('/') && request.method != "HEAD" {
            let expected = echo(&request.method, &request.target, &request.body);
            assert_eq!(answer.body, expected, "{:?}", String::from_utf8_lossy(&answer.body));
        }
    }
});
