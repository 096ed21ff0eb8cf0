//! Policies that may refuse a request.

use std::{
    any::Any,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use http::{HeaderMap, Response, StatusCode};

use crate::{Body, Head, Policy};

mod service;

pub use service::{GateLayer, Gated, GatedBody, GatedFuture, admitted};

/// May refuse a request, and never sees its body: authentication, rate limits, load shedding.
///
/// [`GateLayer`] adapts a gate to tower. See the [crate documentation](crate) for an example.
pub trait Gate: Policy {
    /// What an admitted request holds until its response body has ended.
    type Ticket: Ticket;

    /// The decision that has to be waited for; [`Never`] for a gate that always knows at once.
    type Wait: Future<Output = Result<Self::Ticket, Response<Body>>> + Send + 'static;

    /// Decides on a request. What it learns of the caller it writes to the context.
    fn admit(&self, head: Head<'_>) -> Admission<Self::Ticket, Self::Wait>;
}

/// What a gate answers.
#[derive(Debug)]
pub enum Admission<T, W> {
    /// The request goes on, and holds the ticket.
    Pass(T),
    /// The request ends here with this response, which need not be an error: a redirect to a login page is a
    /// refusal too.
    Refuse(Response<Body>),
    /// The request waits for the decision.
    Wait(W),
}

/// What an admitted request holds, such as a permit. It is dropped when the response body has ended, or moves
/// into the socket that the connection becomes.
pub trait Ticket: Send + 'static {
    /// Whether it has to be held for so long. One that is done once it has stamped the response need not.
    const HELD: bool = true;

    /// Adds headers to the response, refusals excepted: those carry their own.
    fn stamp(&self, _headers: &mut HeaderMap) {}

    /// Learns how the request was answered, before the headers are added: for a gate that goes by what became of earlier requests.
    #[inline]
    fn answered(&self, _status: StatusCode) {}
}

impl Ticket for () {
    const HELD: bool = false;
}

impl<T: Ticket> Ticket for Option<T> {
    const HELD: bool = T::HELD;

    fn stamp(&self, headers: &mut HeaderMap) {
        if let Some(ticket) = self {
            ticket.stamp(headers);
        }
    }

    #[inline]
    fn answered(&self, status: StatusCode) {
        if let Some(ticket) = self {
            ticket.answered(status);
        }
    }
}

impl<G: Gate> Gate for Arc<G> {
    type Ticket = G::Ticket;
    type Wait = G::Wait;

    #[inline]
    fn admit(&self, head: Head<'_>) -> Admission<Self::Ticket, Self::Wait> {
        (**self).admit(head)
    }
}

/// The wait of a gate that never waits: it cannot be made.
#[derive(Debug)]
pub struct Never<T> {
    /// What there is none of, so that whoever matches it need say nothing.
    pub never: std::convert::Infallible,
    ticket: PhantomData<fn() -> T>,
}

impl<T> Future for Never<T> {
    type Output = Result<T, Response<Body>>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        match self.never {}
    }
}

/// The tickets of a connection that is being upgraded.
///
/// Whoever answers an upgrade keeps one clone for as long as the socket lives, and puts another into the
/// extensions of the response; the gates on the way out find it there and hand their tickets over.
///
/// ```
/// use tsk_core::gate::Tickets;
///
/// let socket = Tickets::default();
/// let mut response = http::Response::new(());
/// response.extensions_mut().insert(socket.clone());
/// // … the response passes the gates; when the socket closes, the tickets are released:
/// drop(response);
/// drop(socket);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Tickets(Arc<Mutex<Vec<Box<dyn Any + Send>>>>);

impl Tickets {
    /// Keeps a ticket until the last clone is dropped.
    pub fn keep(&self, ticket: impl Send + 'static) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(ticket));
    }
}

#[cfg(test)]
mod tests;
