//! What handlers take.

use schemars::JsonSchema;
use serde_json::{Value, json};
use tsk_core::{
    DescribeInput, DescribeOptionalInput, Operation,
    operation::{Location, Parameter},
};

use super::schema;
use crate::{
    Connection, Extension, Form, Json, Multipart, Path, Query, State, Valid,
    answer::{FileRequest, LastEventId},
    conditional::Preconditions,
};

impl<T: JsonSchema> DescribeInput for Path<T> {
    fn describe_input(operation: &mut Operation, params: &[Box<str>]) {
        let schema = schema::read::<T>();
        let fields = schema::fields(&schema).unwrap_or_default();
        let items = schema::items(&schema).unwrap_or_default();
        for (index, name) in params.iter().enumerate() {
            let by_name = fields.iter().find(|(field, ..)| *field == &**name).map(|(_, schema, _)| schema);
            let value = by_name.or_else(|| items.get(index)).unwrap_or(&schema).clone();
            add(operation, Location::Path, name, value, true);
        }
        operation.problem(400, "The path, or another part of the request, is not what was expected.");
    }
}

impl<T: JsonSchema> DescribeInput for Query<T> {
    fn describe_input(operation: &mut Operation, _: &[Box<str>]) {
        query::<T>(operation, false);
    }
}

impl<T: JsonSchema> DescribeOptionalInput for Query<T> {
    fn describe_optional(operation: &mut Operation, _: &[Box<str>]) {
        query::<T>(operation, true);
    }
}

fn query<T: JsonSchema>(operation: &mut Operation, is_optional: bool) {
    let schema = schema::read::<T>();
    for (name, value, is_required) in schema::fields(&schema).unwrap_or_default() {
        let mut text = schema::as_text(value.clone());
        // An `Option` of a number or a truth value is also read from `name=`, as a browser sends a field that was left empty.
        let is_plain = matches!(text["type"].as_str(), Some("integer" | "number" | "boolean"));
        if let (true, Some(text)) = (is_plain && text != value, text.as_object_mut()) {
            text.insert("allowEmptyValue".into(), true.into());
        }
        add(operation, Location::Query, name, text, is_required && !is_optional);
    }
    operation.problem(400, "The query, or another part of the request, is not what was expected.");
}

impl<T: JsonSchema> DescribeInput for Json<T> {
    fn describe_input(operation: &mut Operation, _: &[Box<str>]) {
        operation.body("application/json", schema::read::<T>(), false);
        structured(operation);
    }
}

impl<T: JsonSchema> DescribeOptionalInput for Json<T> {
    fn describe_optional(operation: &mut Operation, _: &[Box<str>]) {
        operation.body("application/json", schema::read::<T>(), true);
        structured(operation);
    }
}

impl<T: JsonSchema> DescribeInput for Form<T> {
    fn describe_input(operation: &mut Operation, _: &[Box<str>]) {
        operation.body("application/x-www-form-urlencoded", schema::form::<T>(), false);
        structured(operation);
    }
}

impl<T: JsonSchema> DescribeOptionalInput for Form<T> {
    fn describe_optional(operation: &mut Operation, _: &[Box<str>]) {
        operation.body("application/x-www-form-urlencoded", schema::form::<T>(), true);
        structured(operation);
    }
}

/// Which parts the form has, only the handler knows: what the route declares takes its place.
impl DescribeInput for Multipart {
    fn describe_input(operation: &mut Operation, _: &[Box<str>]) {
        operation.body("multipart/form-data", json!({ "type": "object" }), false);
        structured(operation);
    }
}

/// The answers to a body that has a form to be in.
pub(crate) fn structured(operation: &mut Operation) {
    operation.problem(400, "The body, or another part of the request, cannot be read.");
    operation.problem(415, "The body is of another media type.");
    operation.problem(422, "The body can be read, and is not what was expected.");
}

impl<E: DescribeInput> DescribeInput for Valid<E> {
    fn describe_input(operation: &mut Operation, params: &[Box<str>]) {
        E::describe_input(operation, params);
        invalid(operation);
    }
}

impl<E: DescribeOptionalInput> DescribeOptionalInput for Valid<E> {
    fn describe_optional(operation: &mut Operation, params: &[Box<str>]) {
        E::describe_optional(operation, params);
        invalid(operation);
    }
}

fn invalid(operation: &mut Operation) {
    operation.problem(422, "The request can be read, and is not valid; `errors` lists every fault.");
}

#[cfg(feature = "typed-header")]
impl<H: headers::Header> DescribeInput for crate::TypedHeader<H> {
    fn describe_input(operation: &mut Operation, _: &[Box<str>]) {
        add(operation, Location::Header, H::name().as_str(), json!({ "type": "string" }), true);
        operation.problem(400, "A header, or another part of the request, is not what was expected.");
    }
}

#[cfg(feature = "typed-header")]
impl<H: headers::Header> DescribeOptionalInput for crate::TypedHeader<H> {
    fn describe_optional(operation: &mut Operation, _: &[Box<str>]) {
        add(operation, Location::Header, H::name().as_str(), json!({ "type": "string" }), false);
        operation.problem(400, "A header, or another part of the request, is not what was expected.");
    }
}

impl DescribeInput for LastEventId {
    fn describe_input(operation: &mut Operation, _: &[Box<str>]) {
        add(operation, Location::Header, "last-event-id", json!({ "type": "string" }), false);
    }
}

/// Preconditions are for any resource (RFC 9110 §13), and the handler answers those that fail.
impl DescribeInput for Preconditions {
    fn describe_input(operation: &mut Operation, _: &[Box<str>]) {
        for name in ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"] {
            add(operation, Location::Header, name, json!({ "type": "string" }), false);
        }
    }
}

fn add(operation: &mut Operation, location: Location, name: &str, schema: Value, required: bool) {
    let description = schema.get("description").and_then(Value::as_str).map(str::to_owned);
    let parameter = Parameter { name: name.to_owned(), location, required, description, schema };
    operation.parameters.push(parameter);
}

macro_rules! silent {
    ($($(#[$feature:meta])? $type:ty;)+) => {$(
        $(#[$feature])?
        impl DescribeInput for $type {
            fn describe_input(_: &mut Operation, _: &[Box<str>]) {}
        }
    )+};
}
silent! {
    Connection;
    FileRequest;
    #[cfg(feature = "cookies")] crate::Cookies;
}

impl<T> DescribeInput for State<T> {
    fn describe_input(_: &mut Operation, _: &[Box<str>]) {}
}

impl<T> DescribeInput for Extension<T> {
    fn describe_input(_: &mut Operation, _: &[Box<str>]) {}
}
