#![allow(clippy::unwrap_used)]

use std::{
    pin::pin,
    sync::{Arc, Mutex},
    task::Waker,
};

use http::{HeaderMap, StatusCode, Version};
use http_body::{Body as _, Frame};
use tower_layer::Layer as _;
use tsk_core::{
    Admission, Head, IntoResponse as _, ObserveLayer, Outcome, Peer, Policy, RequestContext, Ticket,
    observe::Answer,
};

use super::*;
use crate::{Dispatch, Entry, ExitLayer, Router, Routes, get};

type Log = Arc<Mutex<Vec<String>>>;

/// Notes what it sees, and whether somebody is within.
#[derive(Clone)]
struct Watcher(Log);

impl Watcher {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }
}

impl Policy for Watcher {}

impl Observe for Watcher {
    type State = Option<Self>;

    fn begin(&self, state: &mut Option<Self>, head: &Head<'_>) {
        self.note(format!("{} {}", head.method, head.context.endpoint().template()));
        *state = Some(self.clone());
    }

    fn enter(&self, state: &mut Option<Self>) {
        state.as_ref().unwrap().note("enter");
    }

    fn leave(&self, state: &mut Option<Self>) {
        state.as_ref().unwrap().note("leave");
    }

    fn answered(&self, _: &mut Option<Self>, answer: Answer<'_>) {
        self.note(format!("{} {:?} {:?}", answer.status, answer.length, answer.headers.get("x-passed")));
    }

    fn ended(&self, _: &mut Option<Self>, _: &RequestContext, outcome: &Outcome) {
        self.note(format!("{:?} {:?} {}", outcome.end, outcome.status, outcome.sent));
    }
}

/// Decides by what a request says, at once or after a while.
#[derive(Clone)]
struct Door;

struct Pass;

impl Ticket for Pass {
    const HELD: bool = false;

    fn stamp(&self, headers: &mut HeaderMap) {
        headers.insert("x-passed", "yes".parse().unwrap());
    }
}

impl Policy for Door {}

impl Gate for Door {
    type Ticket = Pass;
    type Wait = Pin<Box<dyn Future<Output = Result<Pass, Response<Body>>> + Send>>;

    fn admit(&self, head: Head<'_>) -> Admission<Pass, Self::Wait> {
        match head.uri.query().unwrap_or_default() {
            "" => Admission::Pass(Pass),
            "refuse" => Admission::Refuse(StatusCode::FORBIDDEN.into_response()),
            "panic" => std::panic::resume_unwind(Box::new("the gate")),
            _ => Admission::Wait(Box::pin(async {
                tokio::task::yield_now().await;
                Ok(Pass)
            })),
        }
    }
}

/// A body that does not know its length, the last piece first.
struct Pieces(Vec<&'static str>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop().map(|piece| Ok(Frame::data(piece.into()))))
    }
}

fn routes() -> Routes {
    let panics = || async { if true { std::panic::resume_unwind(Box::new("the handler")) } else { "" } };
    let late = || async {
        tokio::task::yield_now().await;
        "hello"
    };
    let streamed = || async { Body::new(Pieces(vec!["llo", "he"])) };
    let routes = Router::new()
        .route(get("/", || async { "hello" }))
        .route(get("/late", late))
        .route(get("/never", || async { std::future::pending::<&str>().await }))
        .route(get("/empty", || async {}))
        .route(get("/stream", streamed))
        .route(get("/panic", panics));
    routes.build().unwrap()
}

/// What is seen of a request whose client polls so often, and the status and the length that it got: of the one service, or of its parts.
fn ask(is_one: bool, request: Request<Body>, patience: usize) -> (Vec<String>, Option<(u16, usize)>) {
    let (log, routes) = (Log::default(), routes());
    let watcher = Some(Arc::new(Watcher(Arc::clone(&log))));
    let gated = Dispatch::new(routes.clone(), 0).gated(Some(ExitLayer::new(None)), Some(Door), ());
    let got = if is_one {
        let arrival = Arrival::new(routes, Peer::Local);
        read(gated.observed(watcher, arrival), request, patience)
    } else {
        read(Entry::new(ObserveLayer::new(watcher).layer(gated), routes, Peer::Local), request, patience)
    };
    let log = log.lock().unwrap().clone();
    (log, got)
}

fn read<S, R>(mut service: S, request: Request<Body>, mut patience: usize) -> Option<(u16, usize)>
where
    S: Service<Request<Body>, Response = Response<R>, Error = Infallible>,
    R: http_body::Body<Data = Bytes, Error = BoxError>,
{
    let mut cx = Context::from_waker(Waker::noop());
    let mut is_patient = move || {
        let is_left = patience > 0;
        patience = patience.saturating_sub(1);
        is_left
    };
    let response = {
        let mut future = pin!(service.call(request));
        loop {
            if !is_patient() {
                return None;
            }
            if let Poll::Ready(response) = future.as_mut().poll(&mut cx) {
                break response.unwrap();
            }
        }
    };
    let (status, mut length) = (response.status().as_u16(), 0);
    let mut body = pin!(response.into_body());
    while !body.is_end_stream() && is_patient() {
        match body.as_mut().poll_frame(&mut cx) {
            Poll::Ready(Some(frame)) => length += frame.unwrap().into_data().unwrap().len(),
            Poll::Ready(None) => break,
            Poll::Pending => {}
        }
    }
    Some((status, length))
}

fn request(method: &str, target: &str, version: Version) -> Request<Body> {
    Request::builder().method(method).uri(target).version(version).body(Body::empty()).unwrap()
}

/// Who leaves early has seen an answer in one piece end over HTTP/1 alone, as the parts do not know of it.
fn every_patience() -> impl Iterator<Item = (Version, usize)> {
    let patient = (6..8).map(|patience| (Version::HTTP_11, patience));
    (0..8).map(|patience| (Version::HTTP_2, patience)).chain(patient)
}

#[test]
fn its_requests_are_seen_and_answered_as_those_of_its_parts() {
    let targets = ["/", "/late", "/never", "/empty", "/stream", "/panic", "/nowhere"];
    for target in targets {
        for says in ["", "?refuse", "?panic", "?wait"] {
            for method in ["GET", "HEAD", "POST"] {
                for (version, patience) in every_patience() {
                    let target = format!("{target}{says}");
                    let ask = |is_one| ask(is_one, request(method, &target, version), patience);
                    assert_eq!(
                        ask(true),
                        ask(false),
                        "{method} {target} by {version:?} with {patience} polls"
                    );
                }
            }
        }
    }
}

#[test]
fn a_request_is_seen_from_its_route_to_the_end_of_its_answer() {
    let (log, got) = ask(true, request("GET", "/late?wait", Version::HTTP_11), 9);
    assert_eq!(got.unwrap(), (200, 5));
    let polls = ["enter", "leave"].repeat(4);
    assert_eq!(log[0], "GET /late");
    assert_eq!(log[1..9], polls);
    assert_eq!(log[9..], ["200 OK Some(5) Some(\"yes\")", "Complete Some(200) 5"]);
}

#[test]
fn a_request_whose_client_leaves_is_cancelled_once() {
    for (target, patience, told) in [
        ("/never", 0, "Cancelled None 0"),
        ("/never", 2, "Cancelled None 0"),
        ("/stream", 1, "Cancelled Some(200) 0"),
        ("/stream", 2, "Cancelled Some(200) 2"),
        ("/stream", 9, "Complete Some(200) 5"),
    ] {
        let (log, _) = ask(true, request("GET", target, Version::HTTP_11), patience);
        let ends: Vec<_> = log.iter().filter(|note| note.contains("led ") || note.contains("ete ")).collect();
        assert_eq!(ends, [told], "{target} with {patience} polls");
    }
}

#[test]
fn an_answer_in_one_piece_is_sent_once_a_connection_of_http_1_has_its_head() {
    for (version, told) in [
        (Version::HTTP_10, "Complete Some(200) 5"),
        (Version::HTTP_11, "Complete Some(200) 5"),
        (Version::HTTP_2, "Cancelled Some(200) 0"),
    ] {
        let (log, got) = ask(true, request("GET", "/", version), 1);
        assert_eq!(got, Some((200, 0)), "the head");
        assert_eq!(log.last().unwrap(), told, "{version:?}");
    }
}
