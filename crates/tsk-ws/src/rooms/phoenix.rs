//! Phoenix Channels V2, as the official clients speak it: what goes over a socket, read and written.
//!
//! A message is a JSON array, `[join_ref, ref, topic, event, payload]`, in a text frame; or, where the payload is bytes, a
//! short head and the bytes in a binary one. The head has lengths of a byte each, so the names in a message have at most
//! 255 bytes, in text as well.

mod binary;
mod depth;

use std::{borrow::Cow, fmt};

use bytes::Bytes;
use serde_json::value::RawValue;

pub(crate) use self::binary::bytes_in_text;
pub use self::binary::{broadcast, push, reply};

/// What a client has said on the connection itself, and not in a room.
pub const CONNECTION: &str = "phoenix";

/// The events of the protocol.
pub mod event {
    /// A client asks to be let into a room.
    pub const JOIN: &str = "phx_join";
    /// A client leaves a room.
    pub const LEAVE: &str = "phx_leave";
    /// The answer to a message that has a `ref`.
    pub const REPLY: &str = "phx_reply";
    /// A room is closed to the client, which does not come back by itself.
    pub const CLOSE: &str = "phx_close";
    /// Something went wrong, and the client joins again.
    pub const ERROR: &str = "phx_error";
    /// A client says that it is there, on the topic `phoenix`.
    pub const HEARTBEAT: &str = "heartbeat";
    /// Who is in a room.
    pub const PRESENCE_STATE: &str = "presence_state";
    /// Who came and went.
    pub const PRESENCE_DIFF: &str = "presence_diff";
    /// Something that was said in a room is lost to the client. It is ours, and no client of others' knows it.
    pub const HISTORY_GAP: &str = "history_gap";

    /// Whether an event means something to clients that no other client may say: one that is passed on by this name could
    /// close a room to them, answer in the server's place, or invent who is there.
    pub fn is_reserved(event: &str) -> bool {
        ["phx_", "chan_reply_", "presence_", "history_"].iter().any(|prefix| event.starts_with(prefix))
    }
}

/// The longest `join_ref`, `ref`, topic or event, in bytes.
pub const MAX_NAME: usize = 255;

/// A message, in either direction.
#[derive(Debug, Clone, PartialEq)]
pub struct Message<'a> {
    /// Which of a client's joins of the topic it belongs to.
    pub join_ref: Option<Cow<'a, str>>,
    /// What its answer will say that it answers.
    pub reference: Option<Cow<'a, str>>,
    /// The room.
    pub topic: Cow<'a, str>,
    /// What it is.
    pub event: Cow<'a, str>,
    /// What it says.
    pub payload: Payload<'a>,
}

/// What a message says.
#[derive(Clone)]
pub enum Payload<'a> {
    /// JSON, as it was written.
    Json(Cow<'a, RawValue>),
    /// Bytes.
    Binary(Bytes),
}

impl Payload<'_> {
    /// An empty object.
    pub fn empty() -> Payload<'static> {
        Self::of(&serde_json::Map::new()).expect("an object can be written")
    }

    /// JSON that is text already; `None` where it is none.
    pub fn json(text: impl Into<String>) -> Option<Payload<'static>> {
        RawValue::from_string(text.into()).ok().map(|json| Payload::Json(Cow::Owned(json)))
    }

    /// What serde writes of a value.
    ///
    /// # Errors
    ///
    /// A value that JSON cannot hold, such as a map whose keys are no text.
    pub fn of(value: &impl serde::Serialize) -> Result<Payload<'static>, serde_json::Error> {
        serde_json::value::to_raw_value(value).map(|json| Payload::Json(Cow::Owned(json)))
    }

    /// How long it is, in bytes.
    pub fn len(&self) -> usize {
        match self {
            Self::Json(json) => json.get().len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }

    /// Whether there is nothing: never so of JSON, of which `{}` is the least.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The same, for as long as it is wanted.
    pub fn into_owned(self) -> Payload<'static> {
        match self {
            Self::Json(json) => Payload::Json(Cow::Owned(json.into_owned())),
            Self::Binary(bytes) => Payload::Binary(bytes),
        }
    }
}

impl fmt::Debug for Payload<'_> {
    /// It may hold what nobody but its readers should see, and so shows its kind and its length.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if matches!(self, Self::Json(_)) { "Json" } else { "Binary" };
        write!(f, "{kind}({} bytes)", self.len())
    }
}

impl PartialEq for Payload<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Json(one), Self::Json(other)) => one.get() == other.get(),
            (Self::Binary(one), Self::Binary(other)) => one == other,
            _ => false,
        }
    }
}

/// Why something is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// It is not an array of the five parts.
    Form,
    /// A name in it is longer than [`MAX_NAME`].
    Long,
    /// Its payload nests deeper than [`MAX_DEPTH`].
    Deep,
    /// Its binary head promises more than there is, or is of no kind that is known.
    Head,
}

/// How deep a payload in JSON may nest: it is passed on to others, whose parsers may follow it by recursion.
pub const MAX_DEPTH: usize = 64;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "not `[join_ref, ref, topic, event, payload]` in JSON",
            Self::Long => "a name of more than 255 bytes",
            Self::Deep => "a payload that nests deeper than 64",
            Self::Head => "a binary message without a whole head",
        })
    }
}

impl std::error::Error for Malformed {}

impl<'a> Message<'a> {
    /// Reads what is in a text frame.
    ///
    /// # Errors
    ///
    /// Text that is no such message.
    pub fn from_text(text: &'a str) -> Result<Self, Malformed> {
        if !depth::is_at_most(text, MAX_DEPTH + 1) {
            return Err(Malformed::Deep);
        }
        let (Name(join_ref), Name(reference), topic, event, payload): Parts<'a> =
            serde_json::from_str(text).map_err(|_| Malformed::Form)?;
        let message =
            Self { join_ref, reference, topic: topic.0, event: event.0, payload: Payload::Json(payload.0) };
        message.checked()
    }

    /// Writes what goes into a text frame.
    ///
    /// Of bytes it has a JSON object, `{"base64": "…"}`, for transports that carry text alone.
    pub fn to_text(&self) -> String {
        let join_ref = self.join_ref.as_deref();
        match &self.payload {
            Payload::Json(json) => {
                text(join_ref, self.reference.as_deref(), &self.topic, &self.event, json.get())
            }
            Payload::Binary(_) => {
                text(join_ref, self.reference.as_deref(), &self.topic, &self.event, &self.payload_in_text())
            }
        }
    }

    /// The payload where there is text alone.
    pub(crate) fn payload_in_text(&self) -> Cow<'_, str> {
        match &self.payload {
            Payload::Json(json) => json.get().into(),
            Payload::Binary(bytes) => bytes_in_text(bytes).into(),
        }
    }

    fn checked(self) -> Result<Self, Malformed> {
        let names =
            [self.join_ref.as_deref(), self.reference.as_deref(), Some(&self.topic), Some(&self.event)];
        if names.iter().flatten().any(|name| name.len() > MAX_NAME) { Err(Malformed::Long) } else { Ok(self) }
    }
}

/// Writes a message with a payload of JSON, as it stands, into what goes into a text frame.
pub fn text(
    join_ref: Option<&str>,
    reference: Option<&str>,
    topic: &str,
    event: &str,
    payload: &str,
) -> String {
    let names = join_ref.map_or(4, str::len) + reference.map_or(4, str::len) + topic.len() + event.len();
    let mut text = String::with_capacity(names + payload.len() + 14);
    text.push('[');
    for name in [join_ref, reference, Some(topic), Some(event)] {
        match name {
            None => text.push_str("null"),
            Some(name) => quote(name, &mut text),
        }
        text.push(',');
    }
    text.push_str(payload);
    text.push(']');
    text
}

/// Appends a text as JSON has it.
fn quote(name: &str, text: &mut String) {
    // Nearly every name is as it is in JSON.
    if name.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
        text.push('"');
        text.push_str(name);
        text.push('"');
    } else {
        text.push_str(&serde_json::Value::from(name).to_string());
    }
}

type Parts<'a> = (Name<'a>, Name<'a>, Text<'a>, Text<'a>, Json<'a>);

/// A name that may be missing.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow, deserialize_with = "optional")] Option<Cow<'a, str>>);

#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A payload, borrowed: serde makes a copy of a `Cow` otherwise.
struct Json<'a>(Cow<'a, RawValue>);

impl<'de> serde::Deserialize<'de> for Json<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|json| Self(Cow::Borrowed(json)))
    }
}

fn optional<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    let name: Option<Text<'de>> = serde::Deserialize::deserialize(deserializer)?;
    Ok(name.map(|Text(name)| name))
}

#[cfg(test)]
mod tests;
