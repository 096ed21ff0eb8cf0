//! The yardstick: hyper with a handler written plainly by hand. `PROTOCOL` is `h1` (the default), `h1-flush` for HTTP/1
//! with `pipeline_flush`, or `h2` for HTTP/2 with prior knowledge.

use bytes::Bytes;
use contract::{BODY_LIMIT, FURTHER, HELLO, Order, User};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

#[derive(Clone, Copy)]
enum Protocol {
    Http1 { pipeline_flush: bool },
    Http2,
}

fn main() {
    let protocol = match std::env::var("PROTOCOL").as_deref() {
        Ok("h2") => Protocol::Http2,
        Ok("h1-flush") => Protocol::Http1 { pipeline_flush: true },
        _ => Protocol::Http1 { pipeline_flush: false },
    };
    contract::run(serve(protocol));
}

async fn serve(protocol: Protocol) -> std::io::Result<()> {
    let listener = contract::listen().await;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let io = TokioIo::new(stream);
        match protocol {
            Protocol::Http1 { pipeline_flush } => {
                let mut builder = http1::Builder::new();
                builder.pipeline_flush(pipeline_flush);
                tokio::spawn(builder.serve_connection(io, service_fn(handle)));
            }
            Protocol::Http2 => {
                let builder = http2::Builder::new(TokioExecutor::new());
                tokio::spawn(builder.serve_connection(io, service_fn(handle)));
            }
        }
    }
}

async fn handle(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(match (request.method(), request.uri().path()) {
        (&Method::GET, "/plaintext") => text(HELLO),
        (&Method::POST, "/echo") => echo(request.into_body()).await,
        (&Method::GET, path) => get(path),
        (&Method::POST, path) => post(path),
        _ => status(StatusCode::METHOD_NOT_ALLOWED),
    })
}

fn get(path: &str) -> Response<Full<Bytes>> {
    if let Some(rest) = path.strip_prefix("/users/") {
        return match rest.split_once('/') {
            None => user(rest),
            Some((_, "posts")) => text(FURTHER),
            Some(_) => status(StatusCode::NOT_FOUND),
        };
    }
    match path {
        "/" | "/about" | "/status" | "/settings" | "/search" | "/products" | "/orders" | "/users" => text(FURTHER),
        _ => {
            let mut segments = path.split('/').skip(1);
            match (segments.next(), segments.next(), segments.next(), segments.next(), segments.next()) {
                (Some("products"), Some(_), None | Some("reviews"), None, None)
                | (Some("orders"), Some(_), None, None, None)
                | (Some("orders"), Some(_), Some("items"), _, None)
                | (Some("teams"), Some(_), Some("members"), _, None) => text(FURTHER),
                _ => status(StatusCode::NOT_FOUND),
            }
        }
    }
}

fn post(path: &str) -> Response<Full<Bytes>> {
    match path {
        "/settings" | "/products" | "/orders" | "/sessions" => text(FURTHER),
        _ => match path.strip_prefix("/products/").and_then(|rest| rest.split_once('/')) {
            Some((_, "reviews")) => text(FURTHER),
            _ => status(StatusCode::NOT_FOUND),
        },
    }
}

fn user(id: &str) -> Response<Full<Bytes>> {
    match id.parse() {
        Ok(id) => json(&User::new(id)),
        Err(_) => status(StatusCode::BAD_REQUEST),
    }
}

async fn echo(body: Incoming) -> Response<Full<Bytes>> {
    let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
        return status(StatusCode::PAYLOAD_TOO_LARGE);
    };
    match serde_json::from_slice::<Order>(&body.to_bytes()) {
        Ok(order) => json(&order),
        Err(_) => status(StatusCode::BAD_REQUEST),
    }
}

fn text(text: &'static str) -> Response<Full<Bytes>> {
    answer(TEXT, Bytes::from_static(text.as_bytes()))
}

fn json(value: &impl serde::Serialize) -> Response<Full<Bytes>> {
    match serde_json::to_vec(value) {
        Ok(body) => answer(JSON, body.into()),
        Err(_) => status(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn answer(content_type: HeaderValue, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
