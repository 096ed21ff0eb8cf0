//! Answers that go on for long, and end with the service.

use std::{
    future::{Future, pending},
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Extensions, Response};
use http_body::Frame;
use pin_project_lite::pin_project;
use tsk_core::{Body, BoxError, Drain, IntoResponse, respond::Requirements};

/// An answer whose body ends, as if it were complete, when the service [drains](tsk_core::Drain).
///
/// One that has no end of its own would otherwise hold the shutdown until its deadline. Where no server of ours sends
/// it, as in plain axum, it never ends by itself.
///
/// ```
/// use tsk_http::{answer::{UntilDrain, from_stream, produce}, get};
///
/// let route = get("/clock", || async {
///     UntilDrain(from_stream(produce(|clock| async move {
///         loop {
///             clock.send("tick\n").await?;
///             tokio::time::sleep(std::time::Duration::from_secs(1)).await;
///         }
///     })))
/// });
/// ```
#[derive(Debug, Clone, Copy)]
pub struct UntilDrain<T>(pub T);

impl<T: IntoResponse> IntoResponse for UntilDrain<T> {
    fn into_response(self) -> Response<Body> {
        let (mut parts, body) = self.0.into_response().into_parts();
        let drain = DrainSlot::of(&mut parts.extensions);
        Response::from_parts(parts, Body::new(Ending::new(body, drain.started(), None)))
    }

    fn requires(requirements: &mut Requirements) {
        T::requires(requirements);
    }
}

/// Where an answer learns which drain ends it: among the extensions of the response, for [`Exit`](crate::Exit) to
/// fill, which knows the request.
///
/// A body that has more to do at the drain than to end keeps a clone. Once the body is polled, it is filled or never
/// will be. A handler needs none of this: [`Scope::drain`](tsk_core::Scope::drain) of its
/// [`RequestContext`](tsk_core::RequestContext) is there from the start.
#[derive(Debug, Clone, Default)]
pub struct DrainSlot(Arc<OnceLock<Drain>>);

impl DrainSlot {
    /// That of a response; put there, if there is none.
    pub fn of(extensions: &mut Extensions) -> Self {
        extensions.get_or_insert_default::<Self>().clone()
    }

    /// Says which drain it is. The first to say so is believed.
    pub fn fill(&self, drain: &Drain) {
        let _ = self.0.set(drain.clone());
    }

    /// The drain, if it is known.
    pub fn get(&self) -> Option<&Drain> {
        self.0.get()
    }

    /// Waits for the drain: for ever, where it is not known when it is first waited for.
    pub fn started(&self) -> Started {
        let slot = self.clone();
        Box::pin(async move {
            match slot.get() {
                Some(drain) => drain.started().await,
                None => pending().await,
            }
        })
    }
}

/// The future of [`DrainSlot::started`].
pub type Started = Pin<Box<dyn Future<Output = ()> + Send>>;

pin_project! {
    /// A body that says farewell at the drain, and ends.
    pub(super) struct Ending<B> {
        // Absent once the drain has ended it.
        #[pin]
        body: Option<B>,
        // Absent once it has come.
        drained: Option<Started>,
        left: usize,
        farewell: Option<Bytes>,
    }
}

/// What is ready at the drain was handed over before it, and still goes out; this many pieces of it, because there are
/// bodies that are always ready.
const LEFT: usize = 64;

impl<B> Ending<B> {
    pub(super) fn new(body: B, drained: Started, farewell: Option<Bytes>) -> Self {
        Self { body: Some(body), drained: Some(drained), left: LEFT, farewell }
    }
}

impl<B> http_body::Body for Ending<B>
where
    B: http_body::Body<Data = Bytes, Error = BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut this = self.project();
        let Some(body) = this.body.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        if let Some(drained) = this.drained {
            if drained.as_mut().poll(cx).is_pending() {
                return body.poll_frame(cx);
            }
            *this.drained = None;
        }
        if *this.left > 0
            && let Poll::Ready(frame) = body.poll_frame(cx)
        {
            *this.left -= 1;
            return Poll::Ready(frame);
        }
        this.body.set(None);
        Poll::Ready(this.farewell.take().map(|farewell| Ok(Frame::data(farewell))))
    }
}
