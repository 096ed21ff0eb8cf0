//! A connection that sends one request, reads its answer, and judges by the rules of HTTP alone how it ended.

#![allow(clippy::unwrap_used)]

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker, ready},
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body::Body as HttpBody;
use tower_service::Service;

use crate::{
    End,
    tests::{Broken, Connection, Event, Log, Script},
};

/// What the client saw of its request, by the rules of HTTP alone.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) end: End,
    pub(crate) status: Option<StatusCode>,
    pub(crate) headers: HeaderMap,
    pub(crate) sent: u64,
}

impl Script {
    /// Sends one request to `service`, and reads the answer as far as the script goes.
    pub(crate) fn run<S, B>(&self, service: S, log: &Log) -> Seen
    where
        S: Service<Request<()>, Response = Response<B>, Error = Broken>,
        B: HttpBody<Data = Bytes>,
    {
        let mut seen = Seen { end: End::Failed, status: None, headers: HeaderMap::new(), sent: 0 };
        let mut caller = Caller { script: self, log, patience: self.patience, wakes: Arc::default() };
        let request = Request::builder().method(&self.method).uri("/").body(()).unwrap();
        let Some(future) = caller.catch(&mut Some(service), |service| service.call(request)) else {
            return seen;
        };
        let response = match caller.poll(&mut Some(Box::pin(future)), |future, cx| future.as_mut().poll(cx)) {
            Ok(Ok(response)) => response,
            Ok(Err(Broken)) => return seen,
            Err(end) => return Seen { end, ..seen },
        };
        let (head, body) = response.into_parts();
        (seen.status, seen.headers) = (Some(head.status), head.headers);
        let content_length =
            seen.headers.get(header::CONTENT_LENGTH).map(|n| n.to_str().unwrap().parse().unwrap());
        let length = body.size_hint().exact().or(content_length);
        let empty = body.is_end_stream() || self.may_not_have_a_body(head.status);
        if !empty {
            seen.end = caller.read(body, length, &mut seen.sent);
        } else {
            seen.end = End::Complete;
            if self.connection == Connection::Http2 && self.method != Method::CONNECT {
                // hyper reads what it should not, and the answer has ended all the same.
                caller.read(body, length, &mut 0);
            }
        }
        seen
    }

    /// RFC 9110 §6.4.1 and §9.3.6.
    fn may_not_have_a_body(&self, status: StatusCode) -> bool {
        self.method == Method::HEAD
            || self.method == Method::CONNECT && status.is_success()
            || [101, 204, 304].contains(&status.as_u16())
    }
}

struct Caller<'a> {
    script: &'a Script,
    log: &'a Log,
    patience: usize,
    wakes: Arc<Wakes>,
}

impl Caller<'_> {
    fn read<B: HttpBody<Data = Bytes>>(&mut self, body: B, length: Option<u64>, sent: &mut u64) -> End {
        let mut body = Some(Box::pin(body));
        let ended =
            |sent| if length.is_some_and(|length| sent < length) { End::Failed } else { End::Complete };
        loop {
            let covered = length.is_some_and(|length| *sent >= length);
            if covered && self.script.connection == Connection::Http1 {
                return End::Complete;
            }
            let frame = self.poll(&mut body, |body, cx| {
                let frame = ready!(body.as_mut().poll_frame(cx));
                Poll::Ready(frame.map(|frame| (frame.map_err(drop), body.is_end_stream())))
            });
            match frame {
                Err(End::Cancelled) if covered => return End::Complete,
                Err(end) => return end,
                Ok(None) => return ended(*sent),
                Ok(Some((Err(()), _))) => return End::Failed,
                Ok(Some((Ok(frame), is_last))) => {
                    *sent += frame.data_ref().map_or(0, |data| data.len() as u64);
                    if is_last || frame.is_trailers() {
                        return ended(*sent);
                    }
                }
            }
        }
    }

    /// Polls until it is ready. `Failed` where it panicked, `Cancelled` where the caller gave up.
    fn poll<T, R>(
        &mut self,
        slot: &mut Option<T>,
        mut poll: impl FnMut(&mut T, &mut Context<'_>) -> Poll<R>,
    ) -> Result<R, End> {
        let waker = Waker::from(Arc::clone(&self.wakes));
        while self.patience > 0 {
            self.patience -= 1;
            let woken = self.wakes.0.load(Ordering::Relaxed);
            let poll = self.catch(slot, |polled| poll(polled, &mut Context::from_waker(&waker)));
            match poll.ok_or(End::Failed)? {
                Poll::Ready(result) => return Ok(result),
                Poll::Pending if woken == self.wakes.0.load(Ordering::Relaxed) => {
                    assert!(self.log.count(Event::Hung) > 0, "nobody will wake the request");
                    return Err(End::Cancelled);
                }
                Poll::Pending => {}
            }
        }
        Err(End::Cancelled)
    }

    /// Runs it; `None` where it panicked.
    fn catch<T, R>(&self, slot: &mut Option<T>, run: impl FnOnce(&mut T) -> R) -> Option<R> {
        let result = catch_unwind(AssertUnwindSafe(|| {
            if !self.script.unwinds {
                return run(slot.as_mut().unwrap());
            }
            let mut held = slot.take().unwrap();
            let result = run(&mut held);
            *slot = Some(held);
            result
        }));
        self.log.push(Event::Returned);
        result.ok()
    }
}

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
