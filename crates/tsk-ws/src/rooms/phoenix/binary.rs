//! The binary forms of the official client's serializer: a kind, lengths of a byte each, the names, and the bytes.

use std::borrow::Cow;

use bytes::{BufMut, Bytes, BytesMut};
use data_encoding::BASE64;

use super::{MAX_NAME, Malformed, Message, Payload, event};

const PUSH: u8 = 0;
const REPLY: u8 = 1;
const BROADCAST: u8 = 2;

/// Writes what a server says in one join of a room: it has no `ref`.
pub fn push(join_ref: &str, topic: &str, event: &str, payload: &[u8]) -> Bytes {
    write(PUSH, &[join_ref, topic, event], payload)
}

/// Writes an answer.
pub fn reply(join_ref: &str, reference: &str, topic: &str, status: &str, payload: &[u8]) -> Bytes {
    write(REPLY, &[join_ref, reference, topic, status], payload)
}

/// Writes what everybody in a room is told.
pub fn broadcast(topic: &str, event: &str, payload: &[u8]) -> Bytes {
    write(BROADCAST, &[topic, event], payload)
}

/// The object that stands for bytes where there is text alone.
pub(crate) fn bytes_in_text(bytes: &[u8]) -> String {
    format!(r#"{{"base64":"{}"}}"#, BASE64.encode(bytes))
}

fn write(kind: u8, names: &[&str], payload: &[u8]) -> Bytes {
    let length = names.iter().map(|name| name.len() + 1).sum::<usize>();
    let mut message = BytesMut::with_capacity(1 + length + payload.len());
    message.put_u8(kind);
    for name in names {
        message.put_u8(u8::try_from(shortened(name).len()).expect("it is shortened to what a byte counts"));
    }
    for name in names {
        message.put_slice(shortened(name).as_bytes());
    }
    message.put_slice(payload);
    message.freeze()
}

/// A name of more bytes than can be said is cut: no message that was read has one.
fn shortened(name: &str) -> &str {
    let end = (0..=name.len().min(MAX_NAME)).rev().find(|end| name.is_char_boundary(*end));
    &name[..end.unwrap_or_default()]
}

impl<'a> Message<'a> {
    /// Reads what a client has sent in a binary frame.
    ///
    /// # Errors
    ///
    /// Bytes that are no such message.
    pub fn from_client(frame: &Bytes) -> Result<Self, Malformed> {
        let (kind, rest) = frame.split_first().ok_or(Malformed::Head)?;
        if *kind != PUSH {
            return Err(Malformed::Head);
        }
        let ([join_ref, reference, topic, event], payload) = read(frame, rest)?;
        let (join_ref, reference) = (some(join_ref), some(reference));
        Ok(Self { join_ref, reference, topic: topic.into(), event: event.into(), payload })
    }

    /// Reads what a server has sent in a binary frame. Of an answer the event is `phx_reply`, and its status comes beside the
    /// message.
    ///
    /// # Errors
    ///
    /// Bytes that are no such message.
    pub fn from_server(frame: &Bytes) -> Result<(Self, Option<String>), Malformed> {
        let (kind, rest) = frame.split_first().ok_or(Malformed::Head)?;
        match *kind {
            PUSH => {
                let ([join_ref, topic, event], payload) = read(frame, rest)?;
                let join_ref = some(join_ref);
                let message =
                    Self { join_ref, reference: None, topic: topic.into(), event: event.into(), payload };
                Ok((message, None))
            }
            REPLY => {
                let ([join_ref, reference, topic, status], payload) = read(frame, rest)?;
                let (join_ref, reference) = (some(join_ref), some(reference));
                let message =
                    Self { join_ref, reference, topic: topic.into(), event: event::REPLY.into(), payload };
                Ok((message, Some(status)))
            }
            BROADCAST => {
                let ([topic, event], payload) = read(frame, rest)?;
                let (topic, event) = (topic.into(), event.into());
                Ok((Self { join_ref: None, reference: None, topic, event, payload }, None))
            }
            _ => Err(Malformed::Head),
        }
    }

    /// Writes what a client sends in a binary frame; `None` where the payload is no bytes.
    pub fn to_server(&self) -> Option<Bytes> {
        let Payload::Binary(bytes) = &self.payload else { return None };
        let (join_ref, reference) =
            (self.join_ref.as_deref().unwrap_or(""), self.reference.as_deref().unwrap_or(""));
        Some(write(PUSH, &[join_ref, reference, &self.topic, &self.event], bytes))
    }
}

/// Reads the names after the kind, and what is left.
fn read<const N: usize>(frame: &Bytes, rest: &[u8]) -> Result<([String; N], Payload<'static>), Malformed> {
    let (lengths, mut rest) = rest.split_at_checked(N).ok_or(Malformed::Head)?;
    let mut names = [const { String::new() }; N];
    for (name, length) in names.iter_mut().zip(lengths) {
        let (bytes, behind) = rest.split_at_checked((*length).into()).ok_or(Malformed::Head)?;
        *name = std::str::from_utf8(bytes).map_err(|_| Malformed::Head)?.to_owned();
        rest = behind;
    }
    Ok((names, Payload::Binary(frame.slice_ref(rest))))
}

fn some<'a>(name: String) -> Option<Cow<'a, str>> {
    (!name.is_empty()).then(|| name.into())
}
