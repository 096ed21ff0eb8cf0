//! Messages as they are sent.

use serde::Serialize;
use serde_json::{Value, value::RawValue};

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Message<'a> {
    ConnectionAck,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<&'a Value>,
    },
    Next {
        id: &'a str,
        payload: &'a RawValue,
    },
    Error {
        id: &'a str,
        payload: &'a RawValue,
    },
    Complete {
        id: &'a str,
    },
}

impl Message<'_> {
    fn text(&self) -> String {
        serde_json::to_string(self).expect("text and JSON are written to memory")
    }
}

pub(super) fn acknowledge() -> String {
    Message::ConnectionAck.text()
}

pub(super) fn pong(payload: Option<&Value>) -> String {
    Message::Pong { payload }.text()
}

/// An answer that is JSON already.
pub(super) fn next(id: &str, answer: Vec<u8>) -> String {
    Message::Next { id, payload: &raw(answer) }.text()
}

/// The errors of an operation that was not run, as a list that is JSON already.
pub(super) fn error(id: &str, errors: Vec<u8>) -> String {
    Message::Error { id, payload: &raw(errors) }.text()
}

pub(super) fn complete(id: &str) -> String {
    Message::Complete { id }.text()
}

fn raw(json: Vec<u8>) -> Box<RawValue> {
    let text = String::from_utf8(json).expect("answers are written in UTF-8");
    RawValue::from_string(text).expect("answers are written as JSON")
}
