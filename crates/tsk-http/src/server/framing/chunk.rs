//! Chunks, by the grammar of RFC 9112 §7.1.

use super::{Fault, LF, NUL, Place};

/// A place within a chunk, or between two.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunk {
    /// Before the size.
    #[default]
    Start,
    /// Within the line of the size.
    Line { size: u64, at: InLine },
    /// Behind its CR.
    LineEnd { size: u64 },
    /// Within the data, of which so many bytes are left.
    Data(u64),
    /// Behind the data.
    DataEnd,
    /// Behind the CR there.
    DataEndCr,
}

/// Where in the line of a chunk's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InLine {
    /// Behind so many digits.
    Size(u8),
    /// Behind whitespace that only an extension may follow.
    BeforeSemicolon,
    BeforeName,
    Name,
    /// Behind whitespace that a value, or a further extension, may follow.
    AfterName,
    BeforeValue,
    Value,
    Quoted,
    Escaped,
    AfterQuoted,
}

/// The digits of the largest size.
const DIGITS: u8 = 16;

impl Chunk {
    /// Follows a chunk, from `at` to its end or that of the bytes; gives where that is, and what comes there.
    pub(super) fn follow(mut self, bytes: &[u8], mut at: usize) -> Result<(Place, usize), Fault> {
        while let Some(&byte) = bytes.get(at) {
            self = match self {
                Self::Data(left) => {
                    let count = left.min((bytes.len() - at) as u64);
                    at += count as usize;
                    let left = left - count;
                    self = if left > 0 { Self::Data(left) } else { Self::DataEnd };
                    continue;
                }
                Self::LineEnd { size: 0 } if byte == b'\n' => return Ok((Place::Trailers, at + 1)),
                _ => self.next(byte).ok_or(Fault { at, instead: Some(self.refused()) })?,
            };
            at += 1;
        }
        Ok((Place::Chunk(self), at))
    }

    /// The place behind a byte, where it may stand here.
    fn next(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (Self::Start, _) => {
                let size = digit(byte)?;
                Some(Self::Line { size, at: InLine::Size(1) })
            }
            (Self::Line { size, at: InLine::Size(count @ 1..DIGITS) }, _) if byte.is_ascii_hexdigit() => {
                let size = size << 4 | digit(byte)?;
                Some(Self::Line { size, at: InLine::Size(count + 1) })
            }
            (Self::Line { size, at }, b'\r') if at.may_end() => Some(Self::LineEnd { size }),
            (Self::Line { size, at }, _) => Some(Self::Line { size, at: at.next(byte)? }),
            (Self::LineEnd { size }, b'\n') => Some(Self::Data(size)),
            (Self::DataEnd, b'\r') => Some(Self::DataEndCr),
            (Self::DataEndCr, b'\n') => Some(Self::Start),
            _ => None,
        }
    }

    /// What hyper does not take here.
    fn refused(self) -> u8 {
        if let Self::Line { .. } = self { LF } else { NUL }
    }
}

impl InLine {
    fn may_end(self) -> bool {
        matches!(self, Self::Size(_) | Self::Name | Self::Value | Self::AfterQuoted)
    }

    /// The place behind a byte that does not end the line.
    fn next(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (Self::Escaped, b'\t' | b' '..=b'~' | 0x80..) => Some(Self::Quoted),
            (Self::Quoted, b'\\') => Some(Self::Escaped),
            (Self::Quoted, b'"') => Some(Self::AfterQuoted),
            (Self::Quoted, b'\t' | b' '..=b'~' | 0x80..) => Some(Self::Quoted),
            (Self::Size(_) | Self::BeforeSemicolon | Self::AfterQuoted | Self::Value, b' ' | b'\t') => {
                Some(Self::BeforeSemicolon)
            }
            (Self::BeforeName | Self::BeforeValue | Self::AfterName, b' ' | b'\t') => Some(self),
            (Self::Name, b' ' | b'\t') => Some(Self::AfterName),
            (Self::Name | Self::AfterName, b'=') => Some(Self::BeforeValue),
            (Self::BeforeValue, b'"') => Some(Self::Quoted),
            (Self::BeforeName | Self::Name, _) if is_token(byte) => Some(Self::Name),
            (Self::BeforeValue | Self::Value, _) if is_token(byte) => Some(Self::Value),
            (
                Self::Size(_)
                | Self::BeforeSemicolon
                | Self::Name
                | Self::AfterName
                | Self::Value
                | Self::AfterQuoted,
                b';',
            ) => Some(Self::BeforeName),
            _ => None,
        }
    }
}

fn digit(byte: u8) -> Option<u64> {
    char::from(byte).to_digit(16).map(u64::from)
}

/// Whether it is a `tchar` (RFC 9110 §5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
