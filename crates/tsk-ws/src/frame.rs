//! Frames as they are sent.

use bytes::Bytes;
use tungstenite::protocol::frame::{
    FrameHeader,
    coding::{Control, Data, OpCode},
};

use crate::{CloseFrame, Message};

/// The longest reason that a close frame has room for, in bytes.
const MAX_REASON: usize = 123;

/// The header of a whole message, or of a control frame.
pub(crate) fn header(opcode: OpCode, is_deflated: bool, mask: Option<[u8; 4]>) -> FrameHeader {
    FrameHeader { opcode, rsv1: is_deflated, mask, ..FrameHeader::default() }
}

/// The longest header of a frame: one with a length of 64 bits and a mask.
pub(crate) const MAX_HEADER: usize = 14;

/// A frame as it is to be sent: its header, and its payload where it is.
#[derive(Debug, Clone)]
pub(crate) struct Framed {
    header: [u8; MAX_HEADER],
    header_length: u8,
    payload: Bytes,
}

impl Framed {
    /// A frame whose payload is as it is to be sent.
    pub(crate) fn new(header: &FrameHeader, payload: Bytes) -> Self {
        let mut bytes = [0; MAX_HEADER];
        let mut rest = &mut bytes[..];
        header.format(payload.len() as u64, &mut rest).expect("there is room for the longest header");
        let header_length = (MAX_HEADER - rest.len()) as u8;
        Self { header: bytes, header_length, payload }
    }

    /// A frame that has been written, header and all, because others are sent it as well.
    pub(crate) fn shared(framed: Bytes) -> Self {
        Self { header: [0; MAX_HEADER], header_length: 0, payload: framed }
    }

    /// What comes in front of [`payload`](Self::payload): nothing where it is there.
    pub(crate) fn header(&self) -> &[u8] {
        &self.header[..usize::from(self.header_length)]
    }

    pub(crate) fn payload(&self) -> &Bytes {
        &self.payload
    }

    pub(crate) fn into_payload(self) -> Bytes {
        self.payload
    }

    /// How many bytes it is in all.
    pub(crate) fn len(&self) -> usize {
        usize::from(self.header_length) + self.payload.len()
    }
}

/// Writes a header in front of a payload of so many bytes.
pub(crate) fn write(header: &FrameHeader, length: usize, into: &mut Vec<u8>) {
    header.format(length as u64, into).expect("a vector takes what is written to it");
}

pub(crate) const PING: OpCode = OpCode::Control(Control::Ping);
pub(crate) const PONG: OpCode = OpCode::Control(Control::Pong);
pub(crate) const CLOSE: OpCode = OpCode::Control(Control::Close);

/// What a message is, and its payload.
pub(crate) fn parts(message: Message) -> (OpCode, Bytes) {
    match message {
        Message::Text(text) => (OpCode::Data(Data::Text), text.into()),
        Message::Binary(bytes) => (OpCode::Data(Data::Binary), bytes),
        Message::Close(frame) => (CLOSE, close(frame.as_ref())),
    }
}

/// The payload of a close frame. A reason that is too long is cut.
pub(crate) fn close(frame: Option<&CloseFrame>) -> Bytes {
    let Some(CloseFrame { code, reason }) = frame else { return Bytes::new() };
    let mut length = reason.len().min(MAX_REASON);
    while !reason.is_char_boundary(length) {
        length -= 1;
    }
    [&u16::from(*code).to_be_bytes(), &reason.as_bytes()[..length]].concat().into()
}
