//! Where requests begin and end in the bytes of an HTTP/1 connection, to the letter.
//!
//! hyper reads lines that end in LF alone, cuts fragments off targets, takes bytes beyond ASCII there, and lets all sorts of things pass for a
//! chunk's size and extensions. Who reads them otherwise, in front of the server, sees other requests than it does.

use chunk::Chunk;
use fields::Fields;

mod chunk;
mod fields;
mod scan;

/// Follows requests as their bytes come.
///
/// It looks at no more than it must: the ends of lines, the target, the two fields that tell the body's length,
/// and the chunks. What else there is to refuse, hyper does.
#[derive(Debug)]
pub(super) struct Framing {
    /// The longest request line that hyper is given whole.
    longest: u32,
    place: Place,
    /// The line whose end has not come. Boxed, because lines mostly come whole, and there is a place for one for every idle
    /// client.
    line: Option<Box<Line>>,
    /// What follows the head.
    body: Body,
    fields: Fields,
    /// See [`number`](Self::number).
    number: u64,
}

/// What the next byte belongs to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The request line, or empty lines before it.
    #[default]
    Start,
    /// Fields, or the empty line behind them.
    Fields,
    /// A body that has so many bytes left.
    Length(u64),
    Chunk(Chunk),
    /// Fields behind the last chunk.
    Trailers,
    /// What follows a head that hyper was given: it knows.
    Handed,
    /// Nothing: the request was refused.
    Spoiled,
}

/// What a head says that follows it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    #[default]
    None,
    Length(u64),
    Chunked,
}

/// What a line came to so far, where it did not come at once.
#[derive(Debug)]
struct Line {
    /// How many bytes of it there were, one at least, and the first of them.
    count: usize,
    first: [u8; LONGEST],
    ends_in_cr: bool,
}

/// The longest `Content-Length` that is read, name and all.
const LONGEST: usize = 64;

/// The longest value of it, zeros in front of the number and all.
pub(super) const LONGEST_LENGTH: usize = LONGEST - "content-length:".len();

/// What hyper takes nowhere but in the data of a body.
const NUL: u8 = b'\0';
/// What hyper does not take within the line of a chunk's size, where it takes NUL.
const LF: u8 = b'\n';

/// How much longer than its target a request line may be before it is cut: what is left is still refused for its target.
const AROUND_TARGET: u32 = 1024;

/// A byte that is refused, and what to have hyper read in its place: nothing where the request line was cut there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fault {
    at: usize,
    instead: Option<u8>,
}

impl Framing {
    /// Nothing has come. A target may have so many bytes.
    pub(super) fn new(target: u32) -> Self {
        let longest = target.saturating_add(AROUND_TARGET);
        Self {
            longest,
            place: Place::default(),
            line: None,
            body: Body::default(),
            fields: Fields::default(),
            number: 0,
        }
    }

    /// Looks at further bytes, and gives how many of them hyper is to read.
    ///
    /// The first that breaks a rule is replaced by one that hyper refuses in its place, so that it answers, and
    /// closes the connection, as it does for every malformed request. A request line without end is cut, for
    /// its target to be refused behind hyper, which could but say that the head is too large.
    #[inline]
    pub(super) fn follow(&mut self, bytes: &mut [u8]) -> usize {
        self.number = 0;
        let is_between = self.place == Place::Start && self.line.is_none();
        if !is_between {
            return self.follow_closely(bytes);
        }
        if let Some(again) = self.fields.follow(bytes) {
            self.number = again.number;
            self.place = Body::Length(again.left).place();
            return bytes.len();
        }
        if scan::is_plain_head(bytes) {
            self.place = Place::Handed;
        } else if !scan::are_plain_heads(bytes) {
            let kept = self.follow_closely(bytes);
            if self.is_spoiled() {
                return kept;
            }
        }
        self.number = self.fields.keep(bytes);
        bytes.len()
    }

    /// The number of the fields of the requests that hyper was given last: where two have the same, every byte of them
    /// is, but for the digits of a body's length. Zero where nobody has compared them.
    #[inline]
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    #[inline(never)]
    fn follow_closely(&mut self, bytes: &mut [u8]) -> usize {
        let Err(Fault { at, instead }) = self.check(bytes) else { return bytes.len() };
        self.place = Place::Spoiled;
        let Some(instead) = instead else { return at };
        bytes[at] = instead;
        bytes.len()
    }

    /// Whether it is to be [told](Self::settle) what follows before it looks at further bytes.
    ///
    /// Of a head that came as one read, and with nothing behind it, no more is looked at than its ends of lines. hyper
    /// has read it by the time it asks for more.
    #[inline]
    pub(super) fn is_handed(&self) -> bool {
        self.place == Place::Handed
    }

    /// Takes what follows the head that hyper was given, `None` where it refused that.
    #[inline]
    pub(super) fn settle(&mut self, body: Option<Body>) {
        self.place = body.map_or(Place::Spoiled, Body::place);
    }

    /// Whether no request has been begun that is not whole.
    pub(super) fn is_between(&self) -> bool {
        self.place == Place::Start
    }

    /// Whether a request was refused. What follows must not be read: it could as well be part of that request.
    #[inline]
    pub(super) fn is_spoiled(&self) -> bool {
        self.place == Place::Spoiled
    }

    #[inline]
    fn check(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let mut at = 0;
        while at < bytes.len() {
            match self.place {
                Place::Start | Place::Fields | Place::Trailers => at = self.check_line(bytes, at)?,
                Place::Length(left) => {
                    let count = left.min((bytes.len() - at) as u64);
                    at += count as usize;
                    self.place = if left > count { Place::Length(left - count) } else { Place::Start };
                }
                Place::Chunk(chunk) => (self.place, at) = chunk.follow(bytes, at)?,
                Place::Handed | Place::Spoiled => return Ok(()),
            }
        }
        Ok(())
    }

    /// Reads to the end of a line, or of the bytes, and gives where that is.
    #[inline]
    fn check_line(&mut self, bytes: &[u8], at: usize) -> Result<usize, Fault> {
        let rest = &bytes[at..];
        let end = if self.place == Place::Start { scan::target_end(rest) } else { scan::line_end(rest) };
        let piece = &rest[..end.unwrap_or(rest.len())];
        let longest = self.longest as usize;
        let before = self.line.as_ref().map_or(0, |line| line.count);
        if self.place == Place::Start && before + piece.len() > longest {
            return Err(Fault { at: at + longest - before, instead: None });
        }
        let Some(end) = end else {
            self.line.get_or_insert_default().push(piece);
            return Ok(bytes.len());
        };
        let fault = Fault { at: at + end, instead: Some(NUL) };
        if rest[end] != LF {
            return Err(fault);
        }
        if let Some(mut line) = self.line.take() {
            line.push(piece);
            let count = line.ends_in_cr.then_some(line.count - 1).ok_or(fault)?;
            self.end_line(&line.first[..count.min(LONGEST)], count).ok_or(fault)?;
        } else {
            let line = piece.strip_suffix(b"\r").ok_or(fault)?;
            self.end_line(line, line.len()).ok_or(fault)?;
        }
        Ok(at + end + 1)
    }

    /// Takes a whole line of so many bytes, of which there are the first at least; `None` where it is refused.
    #[inline]
    fn end_line(&mut self, line: &[u8], count: usize) -> Option<()> {
        match (self.place, line) {
            // Empty lines may come before a request (RFC 9112 §2.2).
            (Place::Start, []) => {}
            (Place::Start, _) => self.place = Place::Fields,
            (Place::Fields, []) => self.place = std::mem::take(&mut self.body).place(),
            // `content-length` and `transfer-encoding`, or nearly.
            (
                Place::Fields,
                [b'c' | b'C', _, _, _, _, _, _, b'-', ..] | [b't' | b'T', _, _, _, _, _, _, _, b'-', ..],
            ) => return self.take_field(line, count),
            (Place::Trailers, []) => self.place = Place::Start,
            _ => {}
        }
        Some(())
    }

    /// RFC 9112 §6.3: the coding, where there is one, counts more than the length.
    ///
    /// hyper refuses lengths that are no numbers or differ, and codings that do not end in `chunked`.
    #[inline(never)]
    fn take_field(&mut self, line: &[u8], count: usize) -> Option<()> {
        if strip_name(line, b"transfer-encoding:").is_some() {
            self.body = Body::Chunked;
        } else if let Some(value) = strip_name(line, b"content-length:")
            && self.body != Body::Chunked
        {
            if count > LONGEST {
                return None;
            }
            let digits = value.trim_ascii().iter();
            let length = digits.fold(0_u64, |length, digit| {
                length.wrapping_mul(10).wrapping_add(digit.wrapping_sub(b'0').into())
            });
            self.body = Body::Length(length);
        }
        Some(())
    }
}

impl Body {
    /// Where it begins, or what comes instead.
    #[inline]
    fn place(self) -> Place {
        match self {
            Self::None | Self::Length(0) => Place::Start,
            Self::Length(length) => Place::Length(length),
            Self::Chunked => Place::Chunk(Chunk::default()),
        }
    }
}

#[inline]
fn strip_name<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, value) = line.split_at_checked(name.len())?;
    start.eq_ignore_ascii_case(name).then_some(value)
}

impl Default for Line {
    fn default() -> Self {
        Self { count: 0, first: [0; LONGEST], ends_in_cr: false }
    }
}

impl Line {
    fn push(&mut self, piece: &[u8]) {
        if let Some(room) = self.first.get_mut(self.count..) {
            let kept = piece.len().min(room.len());
            room[..kept].copy_from_slice(&piece[..kept]);
        }
        if let Some(last) = piece.last() {
            self.ends_in_cr = *last == b'\r';
        }
        self.count = self.count.saturating_add(piece.len());
    }
}

#[cfg(test)]
mod tests;
