//! Answers, written straight to bytes.

use juniper::{DefaultScalarValue, ExecutionError, Value};
use serde::Serialize;

use crate::{schema::Found, told::Told};

type Errors<'a> = &'a [ExecutionError<DefaultScalarValue>];

/// What an answer says beside what was found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beside<'a> {
    /// What finds the request in the logs; only answers with errors have it.
    pub(crate) request_id: &'a str,
    /// What was estimated, and what it was, where it is told.
    pub(crate) cost: Option<(u64, u64)>,
}

/// The answer to a request that was run (GraphQL §7.1): errors come first, so that nobody overlooks them.
pub(crate) fn found(out: &mut Vec<u8>, (data, errors): &Found, beside: Beside<'_>) {
    out.push(b'{');
    if !errors.is_empty() {
        write_errors(out, errors);
        out.push(b',');
    }
    out.extend(b"\"data\":");
    value(out, data);
    extensions(out, !errors.is_empty(), beside);
    out.push(b'}');
}

/// The answer to a request that was not run: it has no `data`.
pub(crate) fn told(out: &mut Vec<u8>, all: &[Told], request_id: &str) {
    out.extend(b"{\"errors\":");
    list(out, all);
    extensions(out, true, Beside { request_id, cost: None });
    out.push(b'}');
}

/// What is told, as a list.
pub(crate) fn list(out: &mut Vec<u8>, all: &[Told]) {
    out.push(b'[');
    for (at, told) in all.iter().enumerate() {
        comma(out, at);
        out.extend(b"{\"message\":");
        json(out, &told.message);
        locations(out, told.locations.iter().copied());
        out.extend(b",\"extensions\":{\"code\":");
        json(out, told.code.name());
        if let Some(limit) = told.limit {
            out.extend(b",\"limit\":");
            json(out, limit);
        }
        out.extend(b"}}");
    }
    out.push(b']');
}

/// An error is told as it is if it has a code: whoever gave it one meant it for clients. Any other says what is wrong inside.
pub(crate) fn is_told(error: &ExecutionError<DefaultScalarValue>) -> bool {
    let Value::Object(extensions) = error.error().extensions() else { return false };
    matches!(extensions.get_field_value("code"), Some(Value::Scalar(DefaultScalarValue::String(_))))
}

fn write_errors(out: &mut Vec<u8>, errors: Errors<'_>) {
    out.extend(b"\"errors\":[");
    for (at, error) in errors.iter().enumerate() {
        comma(out, at);
        let is_told = is_told(error);
        out.extend(b"{\"message\":");
        json(out, if is_told { error.error().message() } else { "Something is wrong on our side." });
        let position = error.location();
        locations(out, [(position.line() + 1, position.column() + 1)].into_iter());
        out.extend(b",\"path\":");
        json(out, error.path());
        out.extend(b",\"extensions\":");
        match is_told {
            true => value(out, error.error().extensions()),
            false => out.extend(b"{\"code\":\"INTERNAL\"}"),
        }
        out.push(b'}');
    }
    out.push(b']');
}

fn locations(out: &mut Vec<u8>, locations: impl ExactSizeIterator<Item = (usize, usize)>) {
    if locations.len() == 0 {
        return;
    }
    out.extend(b",\"locations\":[");
    for (at, (line, column)) in locations.enumerate() {
        comma(out, at);
        out.extend(b"{\"line\":");
        out.extend(itoa::Buffer::new().format(line).as_bytes());
        out.extend(b",\"column\":");
        out.extend(itoa::Buffer::new().format(column).as_bytes());
        out.push(b'}');
    }
    out.push(b']');
}

fn extensions(out: &mut Vec<u8>, has_errors: bool, beside: Beside<'_>) {
    if !has_errors && beside.cost.is_none() {
        return;
    }
    out.extend(b",\"extensions\":{");
    if has_errors {
        out.extend(b"\"requestId\":");
        json(out, beside.request_id);
    }
    if let Some((estimated, actual)) = beside.cost {
        comma(out, usize::from(has_errors));
        out.extend(b"\"cost\":{\"estimated\":");
        out.extend(itoa::Buffer::new().format(estimated).as_bytes());
        out.extend(b",\"actual\":");
        out.extend(itoa::Buffer::new().format(actual).as_bytes());
        out.push(b'}');
    }
    out.push(b'}');
}

/// A value as JSON.
fn value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend(b"null"),
        Value::Scalar(DefaultScalarValue::Int(number)) => {
            out.extend(itoa::Buffer::new().format(*number).as_bytes())
        }
        // A number that is none is null in JSON.
        Value::Scalar(DefaultScalarValue::Float(number)) => json(out, number),
        Value::Scalar(DefaultScalarValue::String(text)) => json(out, text.as_str()),
        Value::Scalar(DefaultScalarValue::Boolean(true)) => out.extend(b"true"),
        Value::Scalar(DefaultScalarValue::Boolean(false)) => out.extend(b"false"),
        Value::List(values) => {
            out.push(b'[');
            for (at, inner) in values.iter().enumerate() {
                comma(out, at);
                self::value(out, inner);
            }
            out.push(b']');
        }
        Value::Object(object) => {
            out.push(b'{');
            for (at, (name, inner)) in object.iter().enumerate() {
                comma(out, at);
                // Names have letters, digits and underscores (GraphQL §2.1.9): nothing to escape.
                out.push(b'"');
                out.extend(name.as_bytes());
                out.extend(b"\":");
                self::value(out, inner);
            }
            out.push(b'}');
        }
    }
}

fn comma(out: &mut Vec<u8>, at: usize) {
    if at > 0 {
        out.push(b',');
    }
}

fn json(out: &mut Vec<u8>, value: impl Serialize) {
    serde_json::to_writer(out, &value).expect("text and numbers are written to memory");
}
