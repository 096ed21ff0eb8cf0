//! GraphQL for juniper schemas, over HTTP to the letter of its specification, and safe on the open internet.
//!
//! [`GraphQl`] is a tower service. A document is parsed, held against limits, found valid and planned once, and kept to be run
//! again. Whatever it asks for is bounded before it is looked at more closely.
//!
//! ```
//! use juniper::{EmptyMutation, EmptySubscription, RootNode, graphql_object};
//! use tsk_graphql::{Fault, GraphQl};
//!
//! struct Query;
//!
//! #[graphql_object]
//! impl Query {
//!     fn user(id: juniper::ID) -> Result<String, Fault> {
//!         match &*id {
//!             "1" => Ok("Ada".into()),
//!             _ => Err(Fault::new("NOT_FOUND", "There is no such user.")),
//!         }
//!     }
//! }
//!
//! let schema = RootNode::new(Query, EmptyMutation::<()>::new(), EmptySubscription::<()>::new());
//! let graphql = GraphQl::new(schema);
//! # let _ = graphql;
//! ```
//!
//! # Features
//!
//! - `schema`: JSON Schema of the settings.
//!
//! # Modules, in reading order
//!
//! - [`GraphQl`], [`Config`], [`Documents`], [`Files`], [`Limits`], [`Sockets`]: a schema that is served.
//! - [`Fault`]: what resolvers say when they cannot answer.
//! - [`List`]: lists of objects, answered in half the time of a `Vec`.
//! - [`Loader`], [`Batch`]: loading many things at once that resolvers ask for one by one.
//! - [`Costs`], [`Cost`]: what fields cost.
//! - [`sdl`]: schemas in their own language, as contracts.
//! - [`Trusted`]: documents that are known before anybody asks.
//! - [`Upload`], [`Uploads`], [`File`]: files that come with an operation.
//! - [`Explorer`]: the page on which developers ask a schema, and read it.

mod answers;
mod config;
mod cost;
mod document;
mod documents;
mod engine;
mod error;
mod explorer;
mod fault;
mod files;
mod form;
mod graphql;
mod insight;
mod limits;
mod list;
mod loader;
mod measured;
mod names;
mod negotiate;
mod operation;
mod operations;
mod outlet;
mod request;
mod schema;
pub mod sdl;
mod service;
mod size;
mod span;
mod sse;
mod told;
mod trusted;
mod uploads;
mod write;
mod ws;

pub use crate::{
    config::{Config, Documents, Files, Limits, Sockets},
    cost::{Cost, Costs},
    error::Error,
    explorer::Explorer,
    fault::Fault,
    graphql::GraphQl,
    list::List,
    loader::{Batch, Loader},
    trusted::Trusted,
    uploads::{File, Upload, Uploads},
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
