//! A `List` answers as a `Vec` does, in random documents; and what is different about it.

#![allow(clippy::unwrap_used)]

mod differential;
mod documents;
mod hollow;
mod once;
mod schema;
