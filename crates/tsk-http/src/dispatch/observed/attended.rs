//! A request that is observed, in one box with the body of its answer.

use std::{
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, Version};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tsk_core::{
    Body, BoxError, Gate, Observe, RequestContext,
    observe::{Watch, Within},
};

use super::{Asked, Polled, Shared};
use crate::layer::filter::Filter;

/// A request that is observed, if anybody does; what is asked for it, and the body of its answer once there is one.
///
/// What a dropped request held is gone by the time that its end is told, so that of the watch comes last.
pub(super) struct Attended<W: Observe, O: Filter, G: Gate, I: Filter> {
    asked: Asked<O, G, I>,
    body: Body,
    /// Whether a body that is in memory in one piece is taken with the head.
    takes_pieces: bool,
    by: By<W, O, G, I>,
}

/// What asks, and what is kept of that, while whoever observes it is within.
type Entered<'a, W, O, G, I> =
    (&'a Shared<W, O, G, I>, &'a mut Asked<O, G, I>, Option<Within<'a, Arc<Shared<W, O, G, I>>>>);

/// Who attends to a request.
enum By<W: Observe, O: Filter, G: Gate, I: Filter> {
    Observer(Watch<Arc<Shared<W, O, G, I>>>),
    Nobody(Arc<Shared<W, O, G, I>>),
}

/// The state of an observer is never pinned, and what is asked is not either.
impl<W: Observe, O: Filter, G: Gate, I: Filter> Unpin for Attended<W, O, G, I> {}

impl<W: Observe, O: Filter, G: Gate, I: Filter> Attended<W, O, G, I> {
    /// A request has arrived, and nothing is asked for it yet. It has a context where anybody observes it.
    #[inline]
    pub(super) fn begin<B>(
        shared: &Arc<Shared<W, O, G, I>>,
        request: &Request<B>,
        context: Option<RequestContext>,
    ) -> Pin<Box<Self>> {
        let takes_pieces = request.version() <= Version::HTTP_11;
        let shared = Arc::clone(shared);
        // It is large: it is made where it stays, and not moved there. Said twice, because what the two give is moved otherwise.
        let place = Box::new_uninit();
        let mut attended = match context {
            Some(context) => {
                let by = By::Observer(Watch::new(shared, request, context));
                Box::write(place, Self { asked: Asked::default(), body: Body::empty(), takes_pieces, by })
            }
            None => {
                let by = By::Nobody(shared);
                Box::write(place, Self { asked: Asked::default(), body: Body::empty(), takes_pieces, by })
            }
        };
        if let By::Observer(watch) = &mut attended.by {
            watch.begin(request);
        }
        Box::into_pin(attended)
    }

    /// Something is about to be asked. Gives what asks, and where it keeps what belongs to that.
    #[inline]
    pub(super) fn enter(&mut self) -> Entered<'_, W, O, G, I> {
        let Self { asked, by, .. } = self;
        match by {
            By::Observer(watch) => {
                let (shared, within) = watch.enter();
                (shared, asked, Some(within))
            }
            By::Nobody(shared) => (shared, asked, None),
        }
    }

    /// What was asked has not panicked.
    #[inline]
    pub(super) fn leave(&mut self) {
        if let By::Observer(watch) = &mut self.by {
            watch.leave();
        }
    }

    #[inline]
    pub(super) fn poll_into(&mut self, polled: &mut Polled, cx: &mut Context<'_>) {
        {
            let (shared, asked, _entered) = self.enter();
            shared.gated.poll_into(asked, polled, cx);
        }
        self.leave();
    }

    /// There is an answer, whose body this is from then on, if it has one to watch. The answer is not moved for it, and nothing is
    /// allocated.
    #[inline]
    pub(super) fn attend(mut self: Pin<Box<Self>>, response: &mut Response<Body>) {
        let Self { by: By::Observer(watch), takes_pieces, body, .. } = &mut *self else { return };
        watch.answered(response);
        if !watch.goes_on() {
            return;
        }
        match response.body().piece() {
            Some(piece) if *takes_pieces => watch.sent(piece.len() as u64),
            _ => {
                mem::swap(body, response.body_mut());
                *response.body_mut() = Body::boxed(self);
            }
        }
    }
}

impl<W: Observe, O: Filter, G: Gate, I: Filter> HttpBody for Attended<W, O, G, I> {
    type Data = Bytes;
    type Error = BoxError;

    #[inline]
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Self { body, by, .. } = &mut *self;
        match by {
            By::Observer(watch) => watch.poll_frame(Pin::new(body), cx),
            By::Nobody(_) => Pin::new(body).poll_frame(cx),
        }
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
