//! What is said, encoded once for all who are told.

use std::{ops::Range, sync::Arc};

use bytes::Bytes;

use super::{
    history::{Gap, Position},
    phoenix::{self, Message, Payload, event},
    topic::Topic,
};
use crate::{Message as Frame, Prepared};

/// What the server says to one client or to many.
#[derive(Debug, Clone)]
pub(crate) struct Packet(Arc<Said>);

#[derive(Debug)]
struct Said {
    frame: Prepared,
    is_binary: bool,
    event: Box<str>,
    /// Where the payload is in that of the frame.
    payload: Range<usize>,
    position: Option<Position>,
}

/// As it goes over a socket.
impl AsRef<Prepared> for Packet {
    fn as_ref(&self) -> &Prepared {
        &self.0.frame
    }
}

/// The status of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Ok,
    Error,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
        }
    }
}

impl Packet {
    /// What everybody in a room is told. Where the room keeps what is said, `position` is where this is in it.
    pub(crate) fn broadcast(
        topic: &Topic,
        event: &str,
        payload: &Payload<'_>,
        position: Option<Position>,
    ) -> Self {
        match payload {
            Payload::Json(json) => {
                // The official client hands `ref` on to whoever listens, and compares it with numbers alone.
                let reference = position.map(|position| format!("@{}", position.offset));
                Self::text(None, reference.as_deref(), topic.as_str(), event, json.get(), position)
            }
            Payload::Binary(bytes) => {
                let frame = phoenix::broadcast(topic.as_str(), event, bytes);
                Self::binary(frame, event, bytes.len(), position)
            }
        }
    }

    /// What one client is told in a room that it has joined.
    pub(crate) fn push(join_ref: Option<&str>, topic: &str, event: &str, payload: &str) -> Self {
        Self::text(join_ref, None, topic, event, payload, None)
    }

    /// That a client is in a room no more.
    pub(crate) fn close(join_ref: Option<&str>, topic: &Topic) -> Self {
        Self::text(join_ref, join_ref, topic.as_str(), event::CLOSE, "{}", None)
    }

    /// An answer.
    pub(crate) fn reply(
        join_ref: Option<&str>,
        reference: &str,
        topic: &str,
        status: Status,
        response: &Payload<'_>,
    ) -> Self {
        let status = status.name();
        match response {
            Payload::Json(json) => {
                let payload = format!(r#"{{"status":"{status}","response":{}}}"#, json.get());
                Self::text(join_ref, Some(reference), topic, event::REPLY, &payload, None)
            }
            Payload::Binary(bytes) => {
                let frame = phoenix::reply(join_ref.unwrap_or(""), reference, topic, status, bytes);
                Self::binary(frame, event::REPLY, bytes.len(), None)
            }
        }
    }

    /// That something was missed.
    pub(crate) fn gap(topic: &Topic, position: Position, gap: Gap) -> Self {
        let (epoch, Gap { from, to }) = (position.epoch, gap);
        let from = from.map_or_else(|| "null".to_owned(), |from| from.to_string());
        let payload = format!(r#"{{"epoch":"{epoch}","from":{from},"to":{to}}}"#);
        let reference = format!("@{to}");
        let position = Position { offset: to, ..position };
        Self::text(None, Some(&reference), topic.as_str(), event::HISTORY_GAP, &payload, Some(position))
    }

    fn text(
        join_ref: Option<&str>,
        reference: Option<&str>,
        topic: &str,
        event: &str,
        payload: &str,
        position: Option<Position>,
    ) -> Self {
        let text = phoenix::text(join_ref, reference, topic, event, payload);
        let end = text.len() - 1;
        let payload = end - payload.len()..end;
        let frame = Prepared::new(Frame::text(text));
        Self(Arc::new(Said { frame, is_binary: false, event: event.into(), payload, position }))
    }

    fn binary(frame: Bytes, event: &str, payload: usize, position: Option<Position>) -> Self {
        let payload = frame.len() - payload..frame.len();
        let frame = Prepared::new(Frame::binary(frame));
        Self(Arc::new(Said { frame, is_binary: true, event: event.into(), payload, position }))
    }

    /// How long it is, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.0.frame.payload().len()
    }

    /// As it goes where there is text alone.
    pub(crate) fn to_text(&self) -> String {
        let payload = self.0.frame.payload();
        if !self.0.is_binary {
            return String::from_utf8_lossy(payload).into_owned();
        }
        let frame = Bytes::copy_from_slice(payload);
        let (message, status) = Message::from_server(&frame).expect("it was written so");
        match status {
            None => message.to_text(),
            Some(status) => {
                let response = message.payload_in_text();
                let payload = format!(r#"{{"status":"{status}","response":{response}}}"#);
                let (join_ref, reference) = (message.join_ref.as_deref(), message.reference.as_deref());
                phoenix::text(join_ref, reference, &message.topic, &message.event, &payload)
            }
        }
    }

    /// As an event of an event stream (WHATWG HTML, §9.2): its name is that of the event, and its data the payload.
    pub(crate) fn to_event(&self) -> String {
        let payload = &self.0.frame.payload()[self.0.payload.clone()];
        let data = match self.0.is_binary {
            true => phoenix::bytes_in_text(payload),
            false => String::from_utf8_lossy(payload).into_owned(),
        };
        let mut text = String::with_capacity(data.len() + self.0.event.len() + 64);
        if let Some(position) = self.0.position {
            text.push_str(&format!("id: {position}\n"));
        }
        // Whoever says something may not end the line: what is behind it would be another field.
        text.push_str(&format!("event: {}\n", self.0.event.replace(['\r', '\n'], " ")));
        for line in data.split(['\r', '\n']) {
            text.push_str(&format!("data: {line}\n"));
        }
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::rooms::history::Epoch;

    fn topic() -> Topic {
        Topic::new("chat:1").unwrap()
    }

    fn position(offset: u64) -> Position {
        Position { epoch: Epoch(1), offset }
    }

    #[test]
    fn what_is_said_is_the_same_over_every_transport() {
        let payload = Payload::json(r#"{"text":"hello"}"#).unwrap();
        let packet = Packet::broadcast(&topic(), "said", &payload, Some(position(7)));
        assert_eq!(packet.as_ref().payload(), br#"[null,"@7","chat:1","said",{"text":"hello"}]"#);
        assert_eq!(packet.to_text(), r#"[null,"@7","chat:1","said",{"text":"hello"}]"#);
        let event = "id: 0000000000000001-7\nevent: said\ndata: {\"text\":\"hello\"}\n\n";
        assert_eq!(packet.to_event(), event);

        let bytes = Payload::Binary(Bytes::from_static(b"\x00\xff"));
        let packet = Packet::broadcast(&topic(), "said", &bytes, None);
        assert_eq!(packet.to_text(), r#"[null,null,"chat:1","said",{"base64":"AP8="}]"#);
        assert_eq!(packet.to_event(), "event: said\ndata: {\"base64\":\"AP8=\"}\n\n");
        let packet = Packet::reply(Some("1"), "2", "chat:1", Status::Ok, &bytes);
        assert_eq!(
            packet.to_text(),
            r#"["1","2","chat:1","phx_reply",{"status":"ok","response":{"base64":"AP8="}}]"#
        );
    }

    #[test]
    fn nobody_writes_another_event_into_a_stream() {
        let payload = Payload::json("{\"a\":\r\n1}").unwrap();
        let packet = Packet::broadcast(&topic(), "said\ndata: x", &payload, None);
        assert_eq!(packet.to_event(), "event: said data: x\ndata: {\"a\":\ndata: \ndata: 1}\n\n");
    }
}
