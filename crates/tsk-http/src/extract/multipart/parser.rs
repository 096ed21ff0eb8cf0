//! Takes form data apart: bytes go in, events come out.
//!
//! It holds what has come and was not asked for yet: a piece of the body, or the header of one part up to its
//! limit. Each byte is looked at a fixed number of times, whatever the pieces are.

use bytes::{Buf, Bytes, BytesMut};
use memchr::memmem::{self, Finder};

use super::head::Head;

/// What a form may have.
#[derive(Debug)]
pub(super) struct Limits {
    pub(super) part: u64,
    pub(super) parts: usize,
    pub(super) head: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { part: 2 << 20, parts: 100, head: 8 << 10 }
    }
}

/// What is found in a form.
#[derive(Debug)]
pub(super) enum Event {
    /// A part begins.
    Part(Head),
    /// The next bytes of the part.
    Data(Bytes),
    /// The part is at its end.
    PartEnd,
    /// The form is at its end.
    End,
}

/// Why a form is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Malformed(&'static str),
    PartTooLarge,
    TooManyParts,
    HeadTooLarge,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Before the first boundary.
    Preamble,
    /// After a boundary, which may have been the last.
    Boundary,
    /// Between a boundary and the empty line after a header.
    Head,
    Data,
    End,
    Failed(Fault),
}

pub(super) struct Parser {
    /// `CRLF "--" boundary` (RFC 2046 §5.1.1).
    delimiter: Finder<'static>,
    buffer: BytesMut,
    state: State,
    limits: Limits,
    /// How far a header was searched for its end.
    searched: usize,
    /// How many parts there have been.
    parts: usize,
    /// How many bytes the part has had.
    size: u64,
}

const BLANK_LINE: &[u8] = b"\r\n\r\n";

impl Parser {
    pub(super) fn new(boundary: &str) -> Self {
        Self {
            delimiter: Finder::new(&format!("\r\n--{boundary}")).into_owned(),
            // The line end that belongs to a boundary is not there before one that begins the body.
            buffer: BytesMut::from(&b"\r\n"[..]),
            state: State::Preamble,
            limits: Limits::default(),
            searched: 0,
            parts: 0,
            size: 0,
        }
    }

    pub(super) fn limits(&mut self) -> &mut Limits {
        &mut self.limits
    }

    /// Takes the next piece of the body.
    pub(super) fn feed(&mut self, piece: &[u8]) {
        self.buffer.extend_from_slice(piece);
    }

    /// Learns that there is no further piece.
    pub(super) fn finish(&mut self) {
        if !matches!(self.state, State::End | State::Failed(_)) {
            self.state = State::Failed(Fault::Malformed("it ends before its last boundary"));
        }
    }

    /// What comes next; `None` if it takes more bytes to say.
    pub(super) fn next(&mut self) -> Result<Option<Event>, Fault> {
        let event = self.advance();
        if let Err(fault) = event {
            self.state = State::Failed(fault);
        }
        event
    }

    fn advance(&mut self) -> Result<Option<Event>, Fault> {
        loop {
            match self.state {
                State::Preamble => match self.delimiter.find(&self.buffer) {
                    Some(at) => self.pass(at),
                    None => {
                        self.buffer.advance(self.buffer.len() - self.begun());
                        return Ok(None);
                    }
                },
                State::Boundary => match self.buffer[..] {
                    [] | [b'-'] => return Ok(None),
                    [b'-', b'-', ..] => self.state = State::End,
                    _ => self.state = State::Head,
                },
                State::Head => return self.head(),
                State::Data => return self.data(),
                State::End => {
                    self.buffer.clear();
                    return Ok(Some(Event::End));
                }
                State::Failed(fault) => return Err(fault),
            }
        }
    }

    fn head(&mut self) -> Result<Option<Event>, Fault> {
        if self.searched == 0 {
            let padding = self.buffer.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            self.buffer.advance(padding);
            if !self.buffer.starts_with(b"\r\n") && !b"\r\n".starts_with(&self.buffer) {
                return Err(Fault::Malformed("a boundary is not alone on its line"));
            }
        }
        // It begins with the line end of the boundary, so that a header without fields ends like any other.
        let end = memmem::find(&self.buffer[self.searched..], BLANK_LINE);
        let end = end.map(|at| self.searched + at + BLANK_LINE.len());
        if end.unwrap_or(self.buffer.len()) > self.limits.head {
            return Err(Fault::HeadTooLarge);
        }
        let Some(end) = end else {
            self.searched = self.buffer.len().saturating_sub(BLANK_LINE.len() - 1);
            return Ok(None);
        };
        (self.searched, self.size) = (0, 0);
        self.parts += 1;
        if self.parts > self.limits.parts {
            return Err(Fault::TooManyParts);
        }
        let head = Head::parse(&self.buffer[2..end]).map_err(Fault::Malformed)?;
        self.buffer.advance(end);
        self.state = State::Data;
        Ok(Some(Event::Part(head)))
    }

    fn data(&mut self) -> Result<Option<Event>, Fault> {
        let length = match self.delimiter.find(&self.buffer) {
            Some(0) => {
                self.pass(0);
                return Ok(Some(Event::PartEnd));
            }
            Some(at) => at,
            None => self.buffer.len() - self.begun(),
        };
        if length == 0 {
            return Ok(None);
        }
        self.size += length as u64;
        if self.size > self.limits.part {
            return Err(Fault::PartTooLarge);
        }
        Ok(Some(Event::Data(self.buffer.split_to(length).freeze())))
    }

    /// Passes the boundary that is there.
    fn pass(&mut self, at: usize) {
        self.buffer.advance(at + self.delimiter.needle().len());
        self.state = State::Boundary;
    }

    /// How many bytes at the end may be the beginning of a boundary.
    fn begun(&self) -> usize {
        let delimiter = self.delimiter.needle();
        let is_begun = |&length: &usize| self.buffer.ends_with(&delimiter[..length]);
        (1..delimiter.len()).rev().find(is_begun).unwrap_or(0)
    }
}
