//! Where a version is among those of its API.

use std::{
    cell::RefCell,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Extensions, Response, request::Parts};
use tsk_core::{Body, RequestContext, Version, respond::Requirements};

use crate::handler::{Answer, Answering};

/// A version, and those before it.
#[derive(Debug, Clone)]
pub struct Position(Of);

#[derive(Debug, Clone)]
enum Of {
    /// That of a request.
    Request(RequestContext),
    /// That of a route that is being documented.
    Route(Arc<[Version]>, usize),
}

thread_local! {
    /// That of the handler that this thread is running: an answer is made of its value alone, and does not know the
    /// request.
    static CURRENT: RefCell<Option<Position>> = const { RefCell::new(None) };
}

impl Position {
    /// That of a request, if its route is of a version.
    pub(super) fn of(extensions: &Extensions) -> Option<Self> {
        let context = RequestContext::get(extensions)?;
        context.endpoint().version()?;
        Some(Self(Of::Request(context.clone())))
    }

    /// Of one of these.
    pub(crate) fn among(versions: Arc<[Version]>, version: usize) -> Self {
        Self(Of::Route(versions, version))
    }

    /// Whether a version is this one, or before it.
    pub(super) fn has(&self, version: &str) -> bool {
        match &self.0 {
            Of::Request(context) => {
                let is_last = |each: &Version| context.endpoint().version() == Some(&*each.name);
                for each in context.scope().routes().versions() {
                    if *each.name == *version {
                        return true;
                    }
                    if is_last(each) {
                        return false;
                    }
                }
                false
            }
            Of::Route(versions, last) => versions.iter().take(last + 1).any(|each| *each.name == *version),
        }
    }

    /// That of whoever runs on this thread.
    pub(super) fn current() -> Option<Self> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Does something as one who is of this version.
    pub(crate) fn run<T>(self, work: impl FnOnce() -> T) -> T {
        let mut position = Some(self);
        let _entered = Entered::new(&mut position);
        work()
    }
}

/// As long as it lives, the position is that of this thread; then it is where it was, and so is the one before.
struct Entered<'a>(&'a mut Option<Position>);

impl<'a> Entered<'a> {
    fn new(position: &'a mut Option<Position>) -> Self {
        CURRENT.with_borrow_mut(|current| std::mem::swap(current, position));
        Self(position)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        CURRENT.with_borrow_mut(|current| std::mem::swap(current, self.0));
    }
}

/// A handler whose answers are made in the form of a version.
pub(crate) struct Positioned<A>(pub(crate) A);

impl<A: Answer> Answer for Positioned<A> {
    fn answer(&self, parts: Parts, body: Body) -> Answering {
        let position = Position::of(&parts.extensions);
        Box::pin(Answers { answering: self.0.answer(parts, body), position })
    }

    fn requires(&self, requirements: &mut Requirements) {
        self.0.requires(requirements);
    }
}

struct Answers {
    answering: Answering,
    position: Option<Position>,
}

impl Future for Answers {
    type Output = Response<Body>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response<Body>> {
        let this = self.get_mut();
        let _entered = Entered::new(&mut this.position);
        this.answering.as_mut().poll(cx)
    }
}
