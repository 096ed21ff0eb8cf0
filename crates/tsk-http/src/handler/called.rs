//! The calls of functions whose arguments have to be read.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::Response;
use pin_project_lite::pin_project;
use tsk_core::{Body, IntoResponse};

use super::Rejected;

pin_project! {
    /// The last argument of a function that is being read, and the others, which wait for it.
    ///
    /// Of an `async` block with an `.await` the compiler keeps what it has captured in one place and what it waits for in
    /// another: such blocks in each other are twice as large with each, and what they are made into is moved as often.
    #[project = ReadingProjection]
    pub(super) enum Reading<L, J> {
        Last { #[pin] last: L, join: Option<J> },
        // One of the others could not be read.
        Rejected { rejection: Option<Rejected> },
    }
}

impl<L, J> Reading<L, J> {
    /// Waits for the last argument, and has it joined to the others.
    #[inline]
    pub(super) fn new(read: Result<(L, J), Rejected>) -> Self {
        match read {
            Ok((last, join)) => Self::Last { last, join: Some(join) },
            Err(rejection) => Self::Rejected { rejection: Some(rejection) },
        }
    }
}

impl<L, J, T, R, A> Future for Reading<L, J>
where
    L: Future<Output = Result<T, R>>,
    R: IntoResponse,
    J: FnOnce(T) -> A,
{
    type Output = Result<A, Rejected>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match self.project() {
            ReadingProjection::Last { last, join } => match ready!(last.poll(cx)) {
                Ok(last) => Ok(join.take().expect("arguments are read once")(last)),
                Err(rejection) => Err(rejected(rejection)),
            },
            ReadingProjection::Rejected { rejection } => {
                Err(rejection.take().expect("arguments are read once"))
            }
        })
    }
}

#[cold]
pub(super) fn rejected(rejection: impl IntoResponse) -> Rejected {
    Box::new(rejection.into_response())
}

pin_project! {
    /// The call of a function: its arguments are read, and then it runs, in the same place.
    #[project = CalledProjection]
    pub(crate) enum Called<R, C, F> {
        Reading { #[pin] arguments: R, call: Option<C> },
        Running { #[pin] future: F },
    }
}

impl<R, C, F> Called<R, C, F> {
    /// Calls a function with its arguments, once they are read.
    #[inline]
    pub(crate) fn new(arguments: R, call: C) -> Self {
        Self::Reading { arguments, call: Some(call) }
    }
}

impl<R, C, F, A> Future for Called<R, C, F>
where
    R: Future<Output = Result<A, Rejected>>,
    C: FnOnce(A) -> F,
    F: Future<Output: IntoResponse>,
{
    type Output = Response<Body>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response<Body>> {
        loop {
            let future = match self.as_mut().project() {
                CalledProjection::Reading { arguments, call } => match ready!(arguments.poll(cx)) {
                    Ok(arguments) => call.take().expect("a function is called once")(arguments),
                    Err(rejection) => return Poll::Ready(*rejection),
                },
                CalledProjection::Running { future } => {
                    return future.poll(cx).map(IntoResponse::into_response);
                }
            };
            self.set(Self::Running { future });
        }
    }
}

#[cfg(test)]
mod tests;
