//! One connection, from its first byte to its last.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use pin_project_lite::pin_project;
use tower_service::Service;
use tsk_core::BoxError;

use super::{
    edge::Edge,
    pulse::{Command, Pulse},
    stream::Stream,
    strict::Strict,
    sweep::{Limits, Registration},
    tally::Reason,
    transport::Transport,
    upload::RequestBody,
};
use crate::{config::Protocol, connection::Shared};

/// Serves one client until it, or the server, has had enough.
///
/// `shared` is what is known to the service as well. The `protocol`, where it is not known, is told by the
/// first bytes. `held` is what the connection occupies, and gives back with its end.
///
/// It is written as a state machine, because an async function would hold what it is given twice, and there is
/// one of these for every idle client.
pub(super) fn serve<S, B>(
    stream: Stream,
    (service, shared): (S, Arc<Shared>),
    registration: Registration,
    protocol: Option<Protocol>,
    held: impl Send + 'static,
) -> impl Future<Output = ()> + Send + 'static
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let pulse = registration.pulse();
    let transport = Transport::new(stream, Arc::clone(pulse), protocol);
    let edge = Edge::new(service, shared, &registration);
    Serving { state: State::Fresh { parts: Some((transport, edge)) }, registration, held: Some(held) }
}

pin_project! {
    struct Serving<S, A, C, H> {
        #[pin]
        state: State<S, A, C>,
        registration: Registration,
        held: Option<H>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, A, C> {
        Fresh { parts: Option<(Transport, Edge<S>)> },
        Http1 { #[pin] driver: Driver<A> },
        // Most connections are HTTP/1: they should not pay for the size of the other.
        Http2 { driver: Pin<Box<Driver<C>>> },
    }
}

type Http1<S> = http1::UpgradeableConnection<TokioIo<Strict<Transport>>, Edge<S>>;
type Http2<S> = http2::Connection<TokioIo<Transport>, Edge<S>, TokioExecutor>;

impl<S, B, H> Future for Serving<S, Http1<S>, Http2<S>, H>
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
    H: Send + 'static,
{
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        loop {
            match this.state.as_mut().project() {
                // How else a connection ended is the client's affair, or was observed with the request that failed.
                StateProjection::Http1 { driver } => {
                    let pulse = this.registration.pulse();
                    if ready!(driver.poll(cx)).is_err_and(|error| error.is_parse()) {
                        pulse.refuse(Reason::Malformed);
                    }
                    if pulse.is_upgraded()
                        && let Some(held) = this.held.take()
                    {
                        // The socket has the connection now, and occupies what that did.
                        pulse.keep(held);
                    }
                    return Poll::Ready(());
                }
                StateProjection::Http2 { driver } => return driver.as_mut().poll(cx).map(drop),
                StateProjection::Fresh { .. } => {
                    if !ready!(poll_begin(this.state.as_mut(), this.registration, cx)) {
                        return Poll::Ready(());
                    }
                }
            }
        }
    }
}

/// Begins to speak the protocol, once it is told; `false` where it is not going to be. Out of line, as the room that it takes
/// would be taken for each request.
#[inline(never)]
fn poll_begin<S, B>(
    mut state: Pin<&mut State<S, Http1<S>, Http2<S>>>,
    registration: &Registration,
    cx: &mut Context<'_>,
) -> Poll<bool>
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let StateProjection::Fresh { parts } = state.as_mut().project() else { return Poll::Ready(true) };
    let protocol = ready!(parts.as_mut().expect("a protocol is told once").0.poll_protocol(cx));
    let (transport, edge) = parts.take().expect("a protocol is told once");
    let (pulse, limits) = (Arc::clone(registration.pulse()), registration.limits());
    state.set(match protocol {
        Ok(Some(Protocol::H1)) => {
            registration.tally().http1.more();
            let shared = Arc::clone(edge.shared());
            let strict = Strict::new(transport, Arc::clone(&pulse), shared, limits.bounds.target);
            let connection = http1(limits).serve_connection(TokioIo::new(strict), edge);
            State::Http1 { driver: Driver::new(connection.with_upgrades(), pulse) }
        }
        Ok(Some(Protocol::H2)) => {
            registration.tally().http2.more();
            pulse.set_multiplexed();
            let connection = http2(limits).serve_connection(TokioIo::new(transport), edge);
            State::Http2 { driver: Box::pin(Driver::new(connection, pulse)) }
        }
        Ok(None) | Err(_) => return Poll::Ready(false),
    });
    Poll::Ready(true)
}

/// What HTTP/1 reads at once, and what it holds of an answer for a client that does not take it, in bytes: a third of
/// what hyper would. It is as fast, and a download that stalls costs a third.
const MAX_BUFFER: usize = 128 * 1024;

/// How many fields hyper reads without an allocation for each request. Fewer are refused behind it.
const FIELDS: u32 = 100;

fn http1(limits: &Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.max_header_size(limits.head_size as usize).max_buf_size(MAX_BUFFER);
    if limits.bounds.fields > FIELDS {
        builder.max_headers(limits.bounds.fields as usize);
    }
    builder
}

// What is checked to fit at the start is cut to size here.
fn http2(Limits { head_size, h2, .. }: &Limits) -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .enable_connect_protocol()
        .max_header_list_size(*head_size)
        .max_concurrent_streams(h2.max_streams)
        .max_pending_accept_reset_streams(h2.max_pending_resets)
        .max_local_error_reset_streams(h2.max_error_resets)
        .header_table_size(h2.header_table.as_u64() as u32)
        .max_frame_size(h2.max_frame.as_u64() as u32)
        .initial_stream_window_size(h2.stream_window.as_u64() as u32)
        .initial_connection_window_size(h2.connection_window.as_u64() as u32);
    builder
}

/// A connection of hyper's that can be told to finish.
trait Finish: Future<Output = hyper::Result<()>> {
    /// Whether it is HTTP/2, which puts frames together by itself, and says goodbye without an answer.
    const IS_MULTIPLEXED: bool;

    fn finish(self: Pin<&mut Self>);
}

impl<S, B> Finish for Http1<S>
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    const IS_MULTIPLEXED: bool = false;

    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<S, B> Finish for Http2<S>
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    const IS_MULTIPLEXED: bool = true;

    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

pin_project! {
    /// Drives a connection, and passes on what it is asked to do.
    struct Driver<C> {
        #[pin]
        connection: C,
        pulse: Arc<Pulse>,
        // A copy of what is registered with the pulse, to compare with at no cost.
        waker: Option<Waker>,
        finishing: bool,
    }
}

impl<C> Driver<C> {
    fn new(connection: C, pulse: Arc<Pulse>) -> Self {
        Self { connection, pulse, waker: None, finishing: false }
    }
}

impl<C: Finish> Future for Driver<C> {
    type Output = hyper::Result<()>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if !this.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            this.pulse.register(cx.waker());
            *this.waker = Some(cx.waker().clone());
        }
        match this.pulse.command() {
            Command::Serve | Command::Last => {}
            // The answers say it.
            Command::Retire if !C::IS_MULTIPLEXED => {}
            Command::Retire | Command::Finish if *this.finishing => {}
            Command::Retire | Command::Finish => {
                // A request that has come already is one that was begun.
                let polled = poll_and_send(this.connection.as_mut(), this.pulse, cx);
                // What is pipelined behind a request in flight is not seen before that is answered.
                if polled.is_ready() || !(C::IS_MULTIPLEXED || this.pulse.is_dry()) {
                    return polled;
                }
                *this.finishing = true;
                this.connection.as_mut().finish();
            }
            Command::Close => return Poll::Ready(Ok(())),
        }
        poll_and_send(this.connection, this.pulse, cx)
    }
}

/// Polls a connection, once more where it comes to rest with bytes held back.
#[inline]
fn poll_and_send<C: Finish>(
    mut connection: Pin<&mut C>,
    pulse: &Pulse,
    cx: &mut Context<'_>,
) -> Poll<hyper::Result<()>> {
    if C::IS_MULTIPLEXED {
        return connection.poll(cx);
    }
    pulse.allow_holding(true);
    let mut polled = connection.as_mut().poll(cx);
    if polled.is_pending() && pulse.is_holding() {
        // hyper rests after sixteen requests even where it has more of them, whose answers belong together.
        polled = connection.as_mut().poll(cx);
    }
    if polled.is_pending() && !pulse.is_holding() {
        return polled;
    }
    // Nor may bytes be held once the connection is upgraded, as nobody would then see to it.
    pulse.allow_holding(false);
    if polled.is_pending() { connection.poll(cx) } else { polled }
}
