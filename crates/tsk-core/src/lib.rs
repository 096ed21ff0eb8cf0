//! The few words that the tsk crates share.
//!
//! A component crate depends on this one and on no other of ours, so that each can be used alone in an axum,
//! tower or plain hyper service. What a component does to a request is one of two traits: a [`Gate`] may
//! refuse it and never sees its body; an [`Observe`] watches it and never changes it. Both start as a
//! [`Policy`], which is told of every route before the first request, and both are adapted to
//! [`tower_service::Service`] here, once.
//!
//! ```
//! use tsk_core::{Admission, Endpoint, Gate, Head, Never, Operation, Policy, Problem};
//!
//! /// Refuses everybody.
//! struct Closed;
//!
//! impl Policy for Closed {
//!     fn describe(&self, _: &Endpoint, operation: &mut Operation) {
//!         operation.respond(503, "The service is closed.");
//!     }
//! }
//!
//! impl Gate for Closed {
//!     type Ticket = ();
//!     type Wait = Never<()>;
//!
//!     fn admit(&self, _: Head<'_>) -> Admission<(), Never<()>> {
//!         Admission::Refuse(Problem::new(http::StatusCode::SERVICE_UNAVAILABLE).into())
//!     }
//! }
//! ```
//!
//! # Modules, in reading order
//!
//! - [`context`]: what is known of a request; the single extension on it.
//! - [`endpoint`], [`operation`], [`declare`], [`describe`]: what is known of a route, its documentation, how
//!   components add to both, and how handlers say what they take and give.
//! - [`principal`], [`peer`], [`network`], [`proxies`]: who calls, and from where.
//! - [`policy`], [`gate`], [`observe`], [`end`]: what components do to requests.
//! - [`budget`], [`authority`]: what a request may still cost, and what its caller may do.
//! - [`body`], [`problem`], [`respond`], [`asset`], [`sse`]: answers.
//! - [`drain`]: the one shutdown signal.
//! - [`upgrade`]: sockets, for what speaks over one.
//! - [`secret`]: what nobody writes down.
//! - [`insight`], [`client`], [`check`]: what components show of themselves, what they send with, and what they offer to
//!   be asked after.

pub mod asset;
pub mod authority;
pub mod body;
pub mod budget;
pub mod check;
pub mod client;
pub mod context;
pub mod declare;
pub mod describe;
pub mod drain;
pub mod end;
pub mod endpoint;
pub mod gate;
pub mod insight;
pub mod network;
pub mod observe;
pub mod operation;
pub mod peer;
pub mod policy;
pub mod principal;
pub mod problem;
pub mod proxies;
pub mod respond;
pub mod secret;
pub mod sse;
pub mod upgrade;

pub use crate::{
    asset::Asset,
    authority::Authority,
    body::{Body, BoxError},
    budget::Budget,
    check::Check,
    client::HttpClient,
    context::{Head, Params, RequestContext, Scope},
    declare::Declare,
    describe::{DescribeInput, DescribeOptionalInput, DescribeOutput},
    drain::Drain,
    end::{End, Outcome},
    endpoint::{Endpoint, Meta, RouteTable, Version},
    gate::{Admission, Gate, GateLayer, Never, Ticket},
    insight::Insight,
    network::Network,
    observe::{Observe, ObserveLayer},
    operation::Operation,
    peer::Peer,
    policy::{BindError, Policy},
    principal::Principal,
    problem::Problem,
    proxies::Proxies,
    respond::{FromParts, IntoResponse, OptionalFromParts},
    upgrade::Upgrade,
};

#[cfg(test)]
mod tests;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
