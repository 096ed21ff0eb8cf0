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
