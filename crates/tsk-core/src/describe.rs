//! Handlers that document themselves: what they take and what they give.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Extensions, HeaderMap, Method, Uri, Version};
use serde_json::{Value, json};

use crate::{Body, Budget, Operation, Peer, Problem, RequestContext, operation::Answer};

/// Adds to an operation what a handler says of itself; the second argument has the names of the path parameters, in the
/// order of the path.
pub type Describe = fn(&mut Operation, &[Box<str>]);

/// An argument of a handler that says what it reads, for the documentation of the route.
///
/// What is read from the client adds parameters or a body, and the answers to those that cannot be read. What is not,
/// such as shared state, adds nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what it reads from a request",
    label = "this argument does not implement `DescribeInput`",
    note = "`.api(..)` documents a route by its handler: what is read into a `T`, as by `Json<T>` and `Query<T>`, needs `#[derive(JsonSchema)]` on it",
    note = "`.route(..)` takes any handler, and documents nothing"
)]
pub trait DescribeInput {
    /// Adds it. `params` are the names of the path parameters, in the order of the path.
    fn describe_input(operation: &mut Operation, params: &[Box<str>]);
}

/// An argument that a request may lack, and that says so.
#[diagnostic::on_unimplemented(
    message = "`Option<{Self}>` does not say what it reads from a request",
    label = "`{Self}` does not implement `DescribeOptionalInput`"
)]
pub trait DescribeOptionalInput {
    /// As [`DescribeInput::describe_input`].
    fn describe_optional(operation: &mut Operation, params: &[Box<str>]);
}

/// An answer of a handler that says what it is, for the documentation of the route.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what it answers",
    label = "this answer does not implement `DescribeOutput`",
    note = "`.api(..)` documents a route by its handler: its answer has a type that says the status and the content, such as `Json<T>` with `#[derive(JsonSchema)]` on `T`, `Status<201, Json<T>>`, or a `Result` of these",
    note = "`.route(..)` takes any handler, and documents nothing"
)]
pub trait DescribeOutput {
    /// Adds it.
    fn describe_output(operation: &mut Operation);
}

macro_rules! silent {
    ($($type:ty)+) => {$(
        impl DescribeInput for $type {
            fn describe_input(_: &mut Operation, _: &[Box<str>]) {}
        }
    )+};
}
silent!(Method Uri Version HeaderMap Extensions RequestContext Peer Budget);

impl DescribeInput for () {
    fn describe_input(_: &mut Operation, _: &[Box<str>]) {}
}

impl<T: DescribeOptionalInput> DescribeInput for Option<T> {
    fn describe_input(operation: &mut Operation, params: &[Box<str>]) {
        T::describe_optional(operation, params);
    }
}

/// The handler answers those itself who have it in a wrong form, so that nothing is said of an answer.
impl<T: DescribeInput, E> DescribeInput for Result<T, E> {
    fn describe_input(operation: &mut Operation, params: &[Box<str>]) {
        let mut own = Operation::default();
        T::describe_input(&mut own, params);
        own.responses.clear();
        operation.absorb(own);
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<$($name: DescribeInput),+> DescribeInput for ($($name,)+) {
            fn describe_input(operation: &mut Operation, params: &[Box<str>]) {
                $($name::describe_input(operation, params);)+
            }
        }
    };
}
tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);

impl DescribeOutput for Infallible {
    fn describe_output(_: &mut Operation) {}
}

/// Nothing, with 200.
impl DescribeOutput for () {
    fn describe_output(operation: &mut Operation) {
        operation.respond(200, "Done.");
    }
}

fn text() -> (&'static str, Value) {
    ("text/plain", json!({ "type": "string" }))
}

fn binary() -> (&'static str, Value) {
    ("application/octet-stream", json!({ "type": "string", "format": "binary" }))
}

macro_rules! raw {
    ($($trait:ident for $type:ty: $content:ident;)+) => {$(raw!(@ $trait $type, $content);)+};
    (@ DescribeInput $type:ty, $content:ident) => {
        impl DescribeInput for $type {
            fn describe_input(operation: &mut Operation, _: &[Box<str>]) {
                let (media_type, schema) = $content();
                operation.body(media_type, schema, true);
            }
        }
    };
    (@ DescribeOutput $type:ty, $content:ident) => {
        impl DescribeOutput for $type {
            fn describe_output(operation: &mut Operation) {
                let (media_type, schema) = $content();
                operation.respond(200, "Done.").content.media.insert(media_type.into(), schema);
            }
        }
    };
}
raw! {
    DescribeInput for String: text;
    DescribeInput for Bytes: binary;
    DescribeInput for Body: binary;
    DescribeOutput for &'static str: text;
    DescribeOutput for String: text;
    DescribeOutput for Bytes: binary;
    DescribeOutput for Vec<u8>: binary;
}

/// A problem: which ones there are, only the handler knows. All others than those that are declared are a «default» answer.
impl DescribeOutput for Problem {
    fn describe_output(operation: &mut Operation) {
        operation
            .fallback
            .get_or_insert_with(|| Answer::problem("Something is wrong, and the problem says what."));
    }
}

impl<T: DescribeOutput, E: DescribeOutput> DescribeOutput for Result<T, E> {
    fn describe_output(operation: &mut Operation) {
        T::describe_output(operation);
        E::describe_output(operation);
    }
}

/// What headers there are, the type does not say.
impl<H, T: DescribeOutput, const N: usize> DescribeOutput for ([H; N], T) {
    fn describe_output(operation: &mut Operation) {
        T::describe_output(operation);
    }
}

#[cfg(test)]
mod tests;
