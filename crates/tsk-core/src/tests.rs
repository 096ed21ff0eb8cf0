//! A service and a body that follow a script: what can happen to a request, for the tests of the adapters.

#![allow(clippy::unwrap_used)]

use std::{
    collections::VecDeque,
    panic::resume_unwind,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body::{Body as HttpBody, Frame, SizeHint};
use proptest::{collection::vec, option, prelude::*, sample::select};
use tower_service::Service;

use crate::gate::Tickets;

/// The error of scripted services and bodies.
pub(crate) use std::fmt::Error as Broken;

/// What happens to one request.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub(crate) method: Method,
    /// How often the service's future is pending before it does what it does.
    pub(crate) pending: usize,
    pub(crate) service: Act,
    pub(crate) status: StatusCode,
    pub(crate) content_length: Option<u64>,
    /// What the body does; then it ends.
    pub(crate) body: Vec<Step>,
    pub(crate) hint: Hint,
    /// Whether the body knows that it has given its last frame, as streams do not.
    pub(crate) knows_its_end: bool,
    pub(crate) connection: Connection,
    /// After how many polls the caller gives up.
    pub(crate) patience: usize,
    /// Whether a panic takes the request with it, or is caught around a poll, the request being dropped later.
    pub(crate) unwinds: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Act {
    Answer,
    Upgrade,
    Fail,
    Panic,
    PanicWhenCalled,
    Hang,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Step {
    Pending,
    Data(usize),
    Trailers,
    Fail,
    Panic,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Hint {
    Unknown,
    Honest,
    Exact(u64),
}

/// How a connection reads a body.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Connection {
    /// Stops at the length that the head gave, and drops what may not have a body.
    Http1,
    /// Reads to the end.
    Http2,
}

/// A request that is answered with 200 and a body that ends.
pub(crate) fn answered(body: &[Step]) -> Script {
    Script {
        method: Method::GET,
        pending: 0,
        service: Act::Answer,
        status: StatusCode::OK,
        content_length: None,
        body: body.to_vec(),
        hint: Hint::Unknown,
        knows_its_end: false,
        connection: Connection::Http1,
        patience: usize::MAX,
        unwinds: false,
    }
}

pub(crate) fn scripts() -> impl Strategy<Value = Script> {
    let step = prop_oneof![
        4 => (0..4_usize).prop_map(Step::Data),
        2 => Just(Step::Pending),
        1 => select(vec![Step::Trailers, Step::Fail, Step::Panic]),
    ];
    let hint = prop_oneof![Just(Hint::Unknown), Just(Hint::Honest), (0..8_u64).prop_map(Hint::Exact)];
    let act = prop_oneof![
        6 => Just(Act::Answer),
        3 => select(vec![Act::Upgrade, Act::Fail, Act::Panic, Act::PanicWhenCalled, Act::Hang]),
    ];
    let patience = prop_oneof![2 => Just(usize::MAX), 1 => 0..10_usize];
    let method = select(vec![Method::GET, Method::GET, Method::GET, Method::HEAD, Method::CONNECT]);
    let status = select(vec![200, 200, 200, 204, 304, 404, 500]);
    let head = (method, 0..3_usize, act, status, option::weighted(0.2, 0..8_u64));
    let body = (vec(step, 0..6), hint, any::<bool>());
    let caller = (select(vec![Connection::Http1, Connection::Http2]), patience, any::<bool>());
    (head, body, caller).prop_map(|(head, (body, hint, knows_its_end), (connection, patience, unwinds))| {
        let (method, pending, service, status, content_length) = head;
        let status = if service == Act::Upgrade { 101 } else { status };
        Script {
            status: StatusCode::from_u16(status).unwrap(),
            ..Script {
                method,
                pending,
                service,
                content_length,
                hint,
                knows_its_end,
                connection,
                patience,
                unwinds,
                ..answered(&body)
            }
        }
    })
}

/// What happened, in order. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Log {
    events: Arc<Mutex<Vec<Event>>>,
    socket: Arc<Mutex<Option<Tickets>>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Event {
    /// The service was called.
    Called,
    /// The service runs.
    Polled,
    /// The service is done with the request: it failed, panicked, was dropped, or its body has ended.
    Finished,
    /// It is pending, and nobody will wake it.
    Hung,
    /// A call or a poll returned to the connection, or unwound.
    Returned,
    Began(&'static str),
    Entered(&'static str),
    Left(&'static str),
    Answered(&'static str),
    Ended(&'static str),
    Admitted(&'static str),
    Refused(&'static str),
    Stamped(&'static str),
    Released(&'static str),
}

impl Log {
    pub(crate) fn push(&self, event: Event) {
        self.events.lock().unwrap().push(event);
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap().clone()
    }

    pub(crate) fn count(&self, event: Event) -> usize {
        self.events().iter().filter(|other| **other == event).count()
    }

    /// The names in those events that `select` selects, in order.
    pub(crate) fn names(&self, select: impl Fn(Event) -> Option<&'static str>) -> Vec<&'static str> {
        self.events().into_iter().filter_map(select).collect()
    }

    /// The socket that an upgraded connection became.
    pub(crate) fn socket(&self) -> Option<Tickets> {
        self.socket.lock().unwrap().take()
    }
}

/// The service of a [`Script`].
#[derive(Clone)]
pub(crate) struct Scripted(pub(crate) Script, pub(crate) Log);

impl Service<Request<()>> for Scripted {
    type Response = Response<ScriptedBody>;
    type Error = Broken;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Answering {
        let Self(script, log) = self;
        log.push(Event::Called);
        log.push(Event::Polled);
        if script.service == Act::PanicWhenCalled {
            log.push(Event::Finished);
            resume_unwind(Box::new(Broken));
        }
        Answering {
            pending: script.pending,
            body: Some(ScriptedBody::new(script, log)),
            script: script.clone(),
        }
    }
}

/// The future of a [`Script`].
pub(crate) struct Answering {
    script: Script,
    pending: usize,
    body: Option<ScriptedBody>,
}

impl Future for Answering {
    type Output = Result<Response<ScriptedBody>, Broken>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut body = self.body.take().expect("not polled after it was ready");
        body.log.push(Event::Polled);
        if self.pending > 0 {
            self.pending -= 1;
            self.body = Some(body);
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        match self.script.service {
            Act::Fail => return Poll::Ready(Err(Broken)),
            Act::Hang => {
                body.log.push(Event::Hung);
                self.body = Some(body);
                return Poll::Pending;
            }
            Act::Panic => {
                body.finish();
                resume_unwind(Box::new(Broken))
            }
            _ => {}
        }
        let log = body.log.clone();
        let mut response = Response::new(body);
        *response.status_mut() = self.script.status;
        if let Some(length) = self.script.content_length {
            response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
        }
        if self.script.service == Act::Upgrade {
            let socket = Tickets::default();
            response.extensions_mut().insert(socket.clone());
            *log.socket.lock().unwrap() = Some(socket);
        }
        Poll::Ready(Ok(response))
    }
}

/// The body of a [`Script`].
pub(crate) struct ScriptedBody {
    steps: VecDeque<Step>,
    hint: Hint,
    knows_its_end: bool,
    finished: bool,
    log: Log,
}

impl ScriptedBody {
    fn new(script: &Script, log: &Log) -> Self {
        let steps = script.body.iter().copied().collect();
        let Script { hint, knows_its_end, .. } = *script;
        Self { steps, hint, knows_its_end, finished: false, log: log.clone() }
    }

    fn finish(&mut self) {
        if !std::mem::replace(&mut self.finished, true) {
            self.log.push(Event::Finished);
        }
    }
}

impl HttpBody for ScriptedBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let step = self.steps.pop_front();
        if matches!(step, None | Some(Step::Trailers | Step::Fail | Step::Panic)) || self.is_end_stream() {
            self.finish();
        }
        Poll::Ready(match step {
            None => None,
            Some(Step::Pending) => {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Some(Step::Data(length)) => Some(Ok(Frame::data(Bytes::from(vec![b'x'; length])))),
            Some(Step::Trailers) => Some(Ok(Frame::trailers(HeaderMap::new()))),
            Some(Step::Fail) => Some(Err(Broken)),
            Some(Step::Panic) => resume_unwind(Box::new(Broken)),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.knows_its_end && self.steps.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        match self.hint {
            Hint::Unknown => SizeHint::default(),
            Hint::Honest => SizeHint::with_exact(self.steps.iter().map(Step::length).sum()),
            Hint::Exact(length) => SizeHint::with_exact(length),
        }
    }
}

impl Drop for ScriptedBody {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Step {
    fn length(&self) -> u64 {
        if let Self::Data(length) = self { *length as u64 } else { 0 }
    }
}
