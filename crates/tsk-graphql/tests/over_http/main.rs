//! What a client of GraphQL over HTTP sees.

#![allow(clippy::unwrap_used)]

mod accept;
mod attacks;
mod batches;
mod bodies;
mod client;
mod costs;
mod differential;
mod errors;
mod events;
mod explorer;
mod insight;
mod library;
mod methods;
mod persisted;
mod remembered;
mod settings;
mod sockets;
mod uploads;
