//! Answers that are made of values.
//!
//! # Modules, in reading order
//!
//! - `html`, `redirect`, `attachment`, `file`: pages, places elsewhere, what is to be saved, what is on the disk.
//! - `stream`, `channel`: bodies that are made while they are sent, and who makes them.
//! - `sse`, `until_drain`: answers that go on, and how they end with the service.

mod attachment;
mod channel;
mod file;
mod html;
mod redirect;
mod sse;
mod stream;
#[cfg(test)]
mod tests;
mod until_drain;

use std::cell::RefCell;

use bytes::Bytes;
use http::{HeaderValue, Response};
use serde::Serialize;
use tsk_core::{Body, IntoResponse, Problem, respond};

pub use tsk_core::sse::Event;

pub use self::{
    attachment::Attachment,
    channel::{Gone, NotSent, Produced, Receiver, Sender, Unfinished, channel, produce},
    file::FileRequest,
    html::Html,
    redirect::Redirect,
    sse::{IntoEvent, LastEventId, Sse},
    stream::{from_reader, from_stream},
    until_drain::{DrainSlot, Started, UntilDrain},
};
use crate::Json;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

thread_local! {
    // An answer is written here first, so that its body is one allocation of the right size.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// What the scratch buffer of a thread may keep between answers, in bytes.
const SCRATCH_KEPT: usize = 64 * 1024;

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response<Body> {
        json(|buffer| serde_json::to_writer(buffer, &self.0))
    }
}

/// An answer of the JSON that is written.
#[inline]
pub(crate) fn json(write: impl FnOnce(&mut Vec<u8>) -> serde_json::Result<()>) -> Response<Body> {
    match to_bytes(write) {
        Ok(bytes) => respond::response(JSON, bytes.into()),
        Err(error) => Problem::internal(error).into_response(),
    }
}

fn to_bytes(write: impl FnOnce(&mut Vec<u8>) -> serde_json::Result<()>) -> serde_json::Result<Bytes> {
    // A value whose serialisation serialises another one finds the buffer in use.
    let mut buffer = SCRATCH.take();
    buffer.clear();
    let result = write(&mut buffer).map(|()| Bytes::copy_from_slice(&buffer));
    if buffer.capacity() <= SCRATCH_KEPT {
        SCRATCH.set(buffer);
    }
    result
}
