//! Documentation of an API, made of the routes that serve it.
//!
//! What a route takes and gives is an [`Operation`](tsk_core::Operation): plain data that anyone can supply. Of all of
//! them and of a few words about the whole, [`Docs`] makes a document in OpenAPI 3.1, the same in 3.0, and a reference in
//! Markdown. [`Serve`] is a tower service that gives them to clients, with a page on which people try the operations
//! out.
//!
//! ```
//! use tsk_core::{Endpoint, Meta, Operation, RouteTable};
//! use tsk_docs::{Docs, Info};
//!
//! let mut operation = Operation::default();
//! operation.summary = Some("List the orders".into());
//! operation.respond(200, "Every order.");
//! let route = Endpoint::new(Some(http::Method::GET), "/orders").declared(operation, Meta::default());
//!
//! let document = Docs::new(Info::new("Orders", "1.0.0")).document(RouteTable::new([route]));
//! assert!(document.openapi().starts_with(r#"{"openapi":"3.1.0","info":{"title":"Orders""#));
//! assert!(document.openapi_3_0().starts_with(r#"{"openapi":"3.0.3","info":{"title":"Orders""#));
//! let service = tsk_docs::Serve::new(&document); // `/openapi.json`, `/docs`, ...
//! # let _ = service;
//! ```
//!
//! # Features
//!
//! - `page`, by default: the interactive page at `/docs`, which is Swagger UI, out of this crate.
//! - `check`: `check`, which an application's test calls, finds what is wrong with what operations say.
//!
//! # Modules, in reading order
//!
//! - [`info`], [`docs`]: what is said once, and the documents that are made.
//! - [`document`]: documents, made once.
//! - [`serve`]: what gives them to clients.
//! - [`table`]: the routes, for a terminal.
//! - [`mod@example`]: values that fit a schema.
//! - `check`, with the feature of that name.

#[cfg(any(test, feature = "check"))]
pub mod check;
pub mod docs;
pub mod document;
pub mod example;
pub mod info;
mod markdown;
mod openapi;
mod operations;
mod ordered;
#[cfg(feature = "page")]
mod page;
mod schema;
pub mod serve;
pub mod table;

#[cfg(any(test, feature = "check"))]
pub use crate::check::{Mistake, check};
pub use crate::{
    docs::Docs, document::Document, example::example, info::Info, serve::Serve, table::route_table,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/openapi.md")]
struct Guide;
