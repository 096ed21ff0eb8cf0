//! From bytes to messages: RFC 6455 §5, as a plain state machine.

use std::io::Cursor;

use bytes::Bytes;
use tungstenite::protocol::frame::{
    FrameHeader,
    coding::{Control, Data, OpCode},
};

use crate::{
    CloseCode, CloseFrame, Message, Role, Utf8Bytes,
    config::Limits,
    deflate::{Agreement, Inflater},
    error::Fault,
    frame::MAX_HEADER,
    mask,
    partial::{Partial, Sort},
};

/// The longest payload of a control frame (RFC 6455 §5.5).
const MAX_CONTROL: u64 = 125;

/// Takes what comes, cut anywhere, and gives what it means. It holds what has come of the present message, and of a header.
#[derive(Debug)]
pub(crate) struct Decoder {
    role: Role,
    header: [u8; MAX_HEADER],
    header_length: u8,
    frame: Option<Frame>,
    control: Vec<u8>,
    message: Option<Partial>,
    /// Where messages may be compressed.
    agreement: Option<Agreement>,
    /// What inflates messages that refer to earlier ones, between two of them.
    inflater: Option<Inflater>,
}

/// A frame of which a part is still to come.
#[derive(Debug)]
struct Frame {
    opcode: OpCode,
    is_final: bool,
    left: u64,
    mask: [u8; 4],
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    Message(Message),
    Ping(Bytes),
    Pong(Bytes),
    Close(Option<CloseFrame>),
}

impl Decoder {
    pub(crate) fn new(role: Role, agreement: Option<Agreement>) -> Self {
        Self {
            role,
            header: [0; MAX_HEADER],
            header_length: 0,
            frame: None,
            control: Vec::new(),
            message: None,
            agreement,
            inflater: None,
        }
    }

    /// Reads on, up to the end of the first thing that means something, and leaves the rest in `input`. `None` where more has
    /// to come.
    ///
    /// After a fault there is nothing more to read.
    pub(crate) fn decode(&mut self, input: &mut &[u8], limits: &Limits) -> Result<Option<Event>, Fault> {
        loop {
            if self.frame.is_none() {
                let Some((header, length)) = self.read_header(input)? else { return Ok(None) };
                self.begin(&header, length, limits)?;
            }
            let Some(frame) = &mut self.frame else { return Ok(None) };
            let length = usize::try_from(frame.left).unwrap_or(usize::MAX).min(input.len());
            let (piece, rest) = input.split_at(length);
            *input = rest;
            frame.left -= length as u64;
            let key = frame.mask;
            frame.mask = mask::advance(key, length);
            let is_whole = frame.left == 0;
            let is_control = matches!(frame.opcode, OpCode::Control(_));
            if is_control {
                let at = self.control.len();
                self.control.extend_from_slice(piece);
                mask::apply(&mut self.control[at..], key);
            } else {
                let is_last = is_whole && frame.is_final;
                let message = self.message.as_mut().expect("a data frame belongs to a message");
                message.extend(piece, key, is_last, limits)?;
            }
            if !is_whole {
                return Ok(None);
            }
            let frame = self.frame.take().expect("it is the frame that has just been read");
            match frame.opcode {
                OpCode::Control(control) => return self.finish_control(control).map(Some),
                OpCode::Data(_) if frame.is_final => {
                    let message = self.message.take().expect("a data frame belongs to a message");
                    let (message, inflater) = message.finish(limits)?;
                    self.inflater = inflater.or(self.inflater.take());
                    return Ok(Some(Event::Message(message)));
                }
                OpCode::Data(_) => {}
            }
        }
    }

    fn read_header(&mut self, input: &mut &[u8]) -> Result<Option<(FrameHeader, u64)>, Fault> {
        let before = usize::from(self.header_length);
        if before == 0 {
            let mut cursor = Cursor::new(*input);
            if let Some(parsed) = parse(&mut cursor)? {
                *input = &input[cursor.position() as usize..];
                return Ok(Some(parsed));
            }
        }
        let taken = input.len().min(MAX_HEADER - before);
        self.header[before..before + taken].copy_from_slice(&input[..taken]);
        let mut cursor = Cursor::new(&self.header[..before + taken]);
        let Some(parsed) = parse(&mut cursor)? else {
            self.header_length += taken as u8;
            *input = &input[taken..];
            return Ok(None);
        };
        *input = &input[cursor.position() as usize - before..];
        self.header_length = 0;
        Ok(Some(parsed))
    }

    fn begin(&mut self, header: &FrameHeader, length: u64, limits: &Limits) -> Result<(), Fault> {
        let FrameHeader { is_final, rsv1, rsv2, rsv3, opcode, mask } = *header;
        // The first frame of a message says whether it is compressed (RFC 7692 §6).
        let may_deflate =
            self.agreement.is_some() && matches!(opcode, OpCode::Data(Data::Text | Data::Binary));
        if (rsv1 && !may_deflate) || rsv2 || rsv3 {
            return Err(Fault::protocol("a reserved bit is set"));
        }
        if length >> 63 != 0 {
            return Err(Fault::protocol("a length has its highest bit set"));
        }
        match (self.role, mask) {
            (Role::Server, None) => return Err(Fault::protocol("a frame of a client is not masked")),
            (Role::Client, Some(_)) => return Err(Fault::protocol("a frame of a server is masked")),
            _ => {}
        }
        match opcode {
            OpCode::Control(_) if !is_final => return Err(Fault::protocol("a control frame is fragmented")),
            OpCode::Control(_) if length > MAX_CONTROL => {
                return Err(Fault::protocol("a control frame is longer than 125 bytes"));
            }
            OpCode::Control(_) => self.control.reserve_exact(length as usize),
            OpCode::Data(_) if length > limits.frame => return Err(Fault::size("a frame is too large")),
            OpCode::Data(Data::Continue) => {
                let Some(message) = &mut self.message else {
                    return Err(Fault::protocol("a message is continued that was not begun"));
                };
                message.next_frame(length, limits)?;
            }
            OpCode::Data(data) => {
                if self.message.is_some() {
                    return Err(Fault::protocol("a message begins within another"));
                }
                let sort = if data == Data::Text { Sort::Text } else { Sort::Binary };
                let inflater = rsv1.then(|| self.inflater());
                self.message = Some(Partial::begin(sort, inflater, length, limits)?);
            }
        }
        self.frame = Some(Frame { opcode, is_final, left: length, mask: mask.unwrap_or_default() });
        Ok(())
    }

    fn inflater(&mut self) -> Inflater {
        let is_own = self.agreement.is_some_and(|agreement| agreement.theirs);
        self.inflater.take().unwrap_or_else(|| Inflater::new(is_own))
    }

    fn finish_control(&mut self, control: Control) -> Result<Event, Fault> {
        let payload = std::mem::take(&mut self.control);
        Ok(match control {
            Control::Ping => Event::Ping(payload.into()),
            Control::Pong => Event::Pong(payload.into()),
            Control::Close | Control::Reserved(_) => Event::Close(close_frame(payload)?),
        })
    }
}

/// A header, in the shortest form that there is of it (RFC 6455 §5.2).
fn parse(cursor: &mut Cursor<&[u8]>) -> Result<Option<(FrameHeader, u64)>, Fault> {
    let parsed = FrameHeader::parse(cursor).map_err(|_| Fault::protocol("an opcode is reserved"))?;
    if let Some((header, length)) = &parsed
        && header.len(*length) as u64 != cursor.position()
    {
        return Err(Fault::protocol("a length is not written in its shortest form"));
    }
    Ok(parsed)
}

/// What a close frame says (RFC 6455 §5.5.1).
fn close_frame(payload: Vec<u8>) -> Result<Option<CloseFrame>, Fault> {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return if payload.is_empty() { Ok(None) } else { Err(Fault::protocol("a close code has one byte")) };
    };
    let code = u16::from_be_bytes(*code);
    if !is_sendable(code) {
        return Err(Fault::protocol("a close code may not be sent"));
    }
    let reason = str::from_utf8(reason).map_err(|_| Fault::invalid("a reason to close is no UTF-8"))?;
    Ok(Some(CloseFrame { code: CloseCode::from(code), reason: Utf8Bytes::from(reason) }))
}

/// Whether a code may be in a frame: those that are registered for it, and those for libraries and applications (RFC 6455
/// §7.4).
pub(crate) fn is_sendable(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

#[cfg(test)]
mod tests;
