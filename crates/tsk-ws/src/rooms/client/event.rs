//! What a client hears.

use serde::de::DeserializeOwned;

use super::{Changes, Error};
use crate::rooms::{
    history::Position,
    phoenix::{Payload, bytes_in_text},
};

/// What happens in a room.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// Something is said.
    Message(Message),
    /// Something was said that is not heard here, and never will be.
    Gap(Gap),
    /// Who is there has changed.
    Presence(Changes),
    /// The connection is lost. It is made again.
    Interrupted,
    /// The room is joined again. What was missed comes next, or a [`Gap`](Self::Gap) in front of what is known of it.
    Rejoined(Joined),
    /// The room was left by the server's will, or it lets us in no more. It is the last event.
    Closed(Error),
}

/// Something that is said in a room.
#[derive(Debug, Clone)]
pub struct Message {
    pub(super) event: Box<str>,
    pub(super) payload: Payload<'static>,
    pub(super) position: Option<Position>,
}

/// Messages that are lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gap {
    /// The offset of the first of them; `None` where that cannot be told.
    pub from: Option<u64>,
    /// The offset of the last of them; `None` where that cannot be told, as in a room that keeps no history.
    pub to: Option<u64>,
}

impl Gap {
    pub(super) const UNKNOWN: Self = Self { from: None, to: None };

    /// This, and one that comes behind it.
    pub(super) fn and(self, next: Self) -> Self {
        // Where the next does not know its beginning, it is of another epoch, in which this one means nothing.
        Self { from: self.from.filter(|_| next.from.is_some()), to: next.to }
    }
}

/// The server's answer to a join.
#[derive(Debug, Clone)]
pub struct Joined {
    pub(super) response: Payload<'static>,
    pub(super) position: Option<Position>,
}

/// The server's answer to a push.
#[derive(Debug, Clone)]
pub struct Reply {
    pub(super) response: Payload<'static>,
}

impl Message {
    /// What it is called.
    pub fn event(&self) -> &str {
        &self.event
    }

    /// What it says.
    pub fn payload(&self) -> &Payload<'static> {
        &self.payload
    }

    /// Where it is in the history of the room; `None` where the room keeps none.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// Reads what it says.
    ///
    /// # Errors
    ///
    /// It says something else.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        read(&self.payload)
    }

    /// Reads it as one of an enum, whose variants are called as the events are:
    ///
    /// ```
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "snake_case")]
    /// enum Chat {
    ///     Said { text: String },
    ///     Renamed { from: String, to: String },
    /// }
    ///
    /// fn show(message: &tsk_ws::rooms::client::Message) -> Result<String, serde_json::Error> {
    ///     Ok(match message.typed()? {
    ///         Chat::Said { text } => text,
    ///         Chat::Renamed { from, to } => format!("{from} is {to} now"),
    ///     })
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// There is no such variant, or it says something else.
    pub fn typed<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        let name = serde_json::Value::from(&*self.event);
        match &self.payload {
            Payload::Json(json) => serde_json::from_str(&format!("{{{name}:{}}}", json.get())),
            Payload::Binary(bytes) => serde_json::from_str(&format!("{{{name}:{}}}", bytes_in_text(bytes))),
        }
    }

    /// How much it takes to keep, in bytes.
    pub(super) fn weight(&self) -> usize {
        size_of::<Event>() + self.event.len() + self.payload.len()
    }
}

impl Joined {
    /// What the application says to who joins, and `history`.
    pub fn response(&self) -> &Payload<'static> {
        &self.response
    }

    /// Up to where the room is heard; `None` where it keeps no history.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// Reads what the application says.
    ///
    /// # Errors
    ///
    /// It says something else.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        read(&self.response)
    }
}

/// What a server of ours says to who pushes.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Place {
    offset: Option<u64>,
    duplicate: bool,
}

impl Reply {
    /// What the server says.
    pub fn response(&self) -> &Payload<'static> {
        &self.response
    }

    /// The offset at which it was said, in a room that keeps its history.
    pub fn offset(&self) -> Option<u64> {
        self.place().offset
    }

    /// Whether it had been said before: it was sent again because the first answer was lost.
    pub fn is_duplicate(&self) -> bool {
        self.place().duplicate
    }

    /// Reads what the server says.
    ///
    /// # Errors
    ///
    /// It says something else.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        read(&self.response)
    }

    fn place(&self) -> Place {
        read(&self.response).unwrap_or_default()
    }
}

/// Bytes are read as the object that stands for them where there is text alone.
fn read<T: DeserializeOwned>(payload: &Payload<'_>) -> Result<T, serde_json::Error> {
    match payload {
        Payload::Json(json) => serde_json::from_str(json.get()),
        Payload::Binary(bytes) => serde_json::from_str(&bytes_in_text(bytes)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_message_is_read_by_what_it_is_called() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Chat {
            Said { text: String },
            Bytes { base64: String },
        }
        let message = |event: &str, payload| Message { event: event.into(), payload, position: None };
        let said = message("said", Payload::json(r#"{"text":"hi","more":1}"#).unwrap());
        assert_eq!(said.typed::<Chat>().unwrap(), Chat::Said { text: "hi".into() });
        let bytes = message("bytes", Payload::Binary(bytes::Bytes::from_static(b"\0")));
        assert_eq!(bytes.typed::<Chat>().unwrap(), Chat::Bytes { base64: "AA==".into() });
        let other = message("a\":1,\"said", Payload::json("{}").unwrap());
        assert!(other.typed::<Chat>().is_err(), "a name is a name");
    }

    #[test]
    fn gaps_that_follow_are_one() {
        let gap = |from, to| Gap { from, to: Some(to) };
        assert_eq!(gap(Some(1), 3).and(gap(Some(4), 4)), gap(Some(1), 4));
        assert_eq!(gap(Some(7), 9).and(gap(None, 2)), gap(None, 2), "of another epoch");
        assert_eq!(gap(None, 2).and(gap(Some(3), 5)), gap(None, 5));
        assert_eq!(gap(Some(1), 3).and(Gap::UNKNOWN), Gap::UNKNOWN);
    }
}
