//! A connection that is asked one thing after the other.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::Failure;
use super::connector::Stream;

type Driver = http1::Connection<TokioIo<Box<dyn Stream>>, Full<Bytes>>;

/// A connection of HTTP/1.1. It moves only while it is asked something: no task of its own drives it.
pub(crate) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    driver: Option<Pin<Box<Driver>>>,
}

/// How much of an answer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Read {
    /// All of it, to be counted.
    Whole,
    /// What tells whether it is one: of a stream of events the head, of anything else at most 1 MiB.
    Sample,
}

const SAMPLE: u64 = 1 << 20;

/// What came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// Of the body.
    pub(crate) bytes: u64,
}

impl Connection {
    pub(super) fn new(sender: http1::SendRequest<Full<Bytes>>, driver: Driver) -> Self {
        Self { sender, driver: Some(Box::pin(driver)) }
    }

    /// Whether it can be asked. What the server has done to it in the meantime is noticed here.
    pub(crate) async fn is_open(&mut self) -> bool {
        let Some(driver) = &mut self.driver else { return false };
        let ended = poll_fn(|cx| Poll::Ready(driver.as_mut().poll(cx).is_ready())).await;
        if ended {
            self.driver = None;
        }
        !ended && !self.sender.is_closed()
    }

    /// Sends a request and reads the answer.
    pub(crate) async fn ask(&mut self, request: Request<Full<Bytes>>, read: Read) -> Result<Answer, Failure> {
        let Self { sender, driver } = self;
        let exchange = exchange(sender, request, read);
        tokio::pin!(exchange);
        if let Some(running) = driver {
            tokio::select! {
                biased;
                answer = &mut exchange => return answer,
                // What has come before the connection ended can still be read.
                _ = running.as_mut() => *driver = None,
            }
        }
        exchange.await
    }
}

async fn exchange(
    sender: &mut http1::SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
    read: Read,
) -> Result<Answer, Failure> {
    sender.ready().await.map_err(|error| Failure::of_hyper(&error).unsent())?;
    let response = sender.try_send_request(request).await.map_err(|mut error| {
        let failure = Failure::of_hyper(error.error());
        if error.take_message().is_some() { failure.unsent() } else { failure }
    })?;
    let status = response.status();
    let mut answer = Answer { status, bytes: 0 };
    if read == Read::Sample && is_event_stream(response.headers()) {
        return Ok(answer);
    }
    let mut body: Incoming = response.into_body();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Failure::of_hyper(&error))?;
        let Some(data) = frame.data_ref() else { continue };
        answer.bytes += data.len() as u64;
        if read == Read::Sample && answer.bytes > SAMPLE {
            break;
        }
    }
    Ok(answer)
}

/// It ends when the client goes.
fn is_event_stream(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).map(|value| value.as_bytes());
    media_type.is_some_and(|value| value.starts_with(b"text/event-stream"))
}
