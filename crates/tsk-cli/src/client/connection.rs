//! A connection that is asked one thing after the other.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::connector::Stream;
use super::{Failure, Reason};

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
        driven(driver, exchange(sender, request, read)).await
    }

    /// Sends a request and keeps the answer, which has at most that many bytes.
    pub(crate) async fn fetch(
        &mut self,
        request: Request<Full<Bytes>>,
        most: usize,
    ) -> Result<Response<Bytes>, Failure> {
        let Self { sender, driver } = self;
        driven(driver, async {
            let (parts, body) = send(sender, request).await?.into_parts();
            let body = Limited::new(body, most).collect().await.map_err(|error| {
                match error.downcast::<hyper::Error>() {
                    Ok(error) => Failure::of_hyper(&error),
                    Err(_) => Failure::new(
                        Reason::Protocol,
                        format_args!("the answer has more than {} MiB", most >> 20),
                    ),
                }
            })?;
            Ok(Response::from_parts(parts, body.to_bytes()))
        })
        .await
    }
}

/// Moves the connection on while something is done over it.
async fn driven<T>(
    driver: &mut Option<Pin<Box<Driver>>>,
    exchange: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
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

async fn send(
    sender: &mut http1::SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Result<Response<Incoming>, Failure> {
    sender.ready().await.map_err(|error| Failure::of_hyper(&error).unsent())?;
    sender.try_send_request(request).await.map_err(|mut error| {
        let failure = Failure::of_hyper(error.error());
        if error.take_message().is_some() { failure.unsent() } else { failure }
    })
}

async fn exchange(
    sender: &mut http1::SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
    read: Read,
) -> Result<Answer, Failure> {
    let response = send(sender, request).await?;
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
