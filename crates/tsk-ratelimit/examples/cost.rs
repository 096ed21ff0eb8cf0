//! What a limit costs a request: `cost limited 4000`, `cost adaptive 4000`, and so on.
//!
//! Under `valgrind --tool=callgrind`, the difference of two lengths is the cost of a request:
//!
//! - `bare`: of one that nobody limits;
//! - `limited`: of one with a limit of addresses;
//! - `connected`: of the same over a connection whose address is known, as `tsk` serves it;
//! - `untold`: of that where no answer says how much is left: the work of the limit alone;
//! - `adaptive`: of the same where the limit adapts;
//! - `refused` and `refused-adaptive`: of ones that are refused.
//!
//! Without valgrind, it tells nanoseconds a request.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    net::SocketAddr,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Instant,
};

use http::{Request, Response, Uri};
use tower_layer::Layer as _;
use tower_service::Service;
use tsk_core::{
    Admission, Body, Gate as _, GateLayer, Head, Params, Peer, RequestContext, RouteTable, Scope, Ticket as _,
};
use tsk_ratelimit::{Headers, Limits, Rule, Store, baseline::Settings, gate::ImmediateGate};

#[derive(Clone)]
struct Answers;

impl Service<Request<Body>> for Answers {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        ready(Ok(Response::new(Body::from("hello"))))
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let mode = args.next().unwrap_or_else(|| "limited".into());
    let requests: u32 = args.next().and_then(|count| count.parse().ok()).unwrap_or(1_000_000);
    let limit = if mode.starts_with("refused") { 1 } else { u32::MAX / 16 };
    let rule = Rule::per_hour(limit);
    let rule = if mode.ends_with("adaptive") { rule.adaptive(Settings::default()) } else { rule };
    let headers = if mode == "untold" { Headers::Never } else { Headers::Always };
    let limits = Limits::new(Store::memory(1 << 20, Instant::now())).rule(rule).headers(headers);
    let (before, _) = limits.gates().expect("the rule can be kept");
    match &*mode {
        "bare" => measure(&mode, requests, Answers),
        "connected" | "untold" => {
            let gate = before.immediate().expect("no request waits").on(peer());
            measure(&mode, requests, Immediate(gate));
        }
        _ => measure(&mode, requests, GateLayer::new(before).layer(Answers)),
    }
}

/// [`Answers`] behind a gate that is asked where it stands.
struct Immediate(ImmediateGate);

impl Service<Request<Body>> for Immediate {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let head = Head::new(&request).expect("requests have a context");
        let mut answer = Response::new(Body::from("hello"));
        match self.0.admit(head) {
            Admission::Pass(ticket) => ticket.stamp(answer.headers_mut()),
            Admission::Refuse(refusal) => answer = refusal,
            Admission::Wait(wait) => match wait.never {},
        }
        ready(Ok(answer))
    }
}

fn peer() -> Peer {
    SocketAddr::from(([192, 0, 2, 1], 4711)).into()
}

fn measure<S, R>(mode: &str, requests: u32, mut service: S)
where
    S: Service<Request<Body>, Response = Response<R>, Error = Infallible>,
{
    let scope = Arc::new(Scope::new(Arc::new(RouteTable::default()), peer()));
    let mut cx = Context::from_waker(Waker::noop());
    let begun = Instant::now();
    let mut answered = 0;
    for _ in 0..requests {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = Uri::from_static("/users/42/orders");
        RequestContext::attach(request.extensions_mut(), &scope, 0, Params::default());
        let answer = pin!(service.call(request)).poll(&mut cx);
        if let Poll::Ready(Ok(response)) = answer {
            answered += u32::from(response.status().is_success());
        }
    }
    let nanoseconds = begun.elapsed().as_nanos() / u128::from(requests.max(1));
    println!("{mode}: {answered} of {requests} were answered, {nanoseconds} ns each");
}
