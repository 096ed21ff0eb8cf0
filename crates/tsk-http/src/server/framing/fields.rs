//! The fields of a request, which most clients send again with the next.

use super::{LONGEST, scan, strip_name};

/// The longest fields that are remembered, in bytes. There are some for every idle client.
const ROOM: usize = 1024;

/// How many heads in a row may have other fields than those before, until no more are remembered: what a client never
/// says again costs more to remember than it is worth.
const PATIENCE: u8 = 8;

/// Shorter than this, in bytes, are most request lines. What is longer is mostly several requests, of which it is found out late
/// that they are not one.
const LINE: usize = 512;

/// The longest length of a body that may stand where another was, in digits. No such number is too large for its type.
const DIGITS: usize = 19;

/// The fields of the last heads of which nothing was refused: of one without a body, and of one that told the length of
/// its own.
#[derive(Debug, Default)]
pub(super) struct Fields {
    without_body: Remembered,
    /// Boxed, because most clients send no bodies, and there is a place for one for every idle client.
    with_length: Option<Box<Remembered>>,
    /// How often they were others. No connection has so many requests that a number comes again.
    numbers: u64,
    /// How many were others since some came again.
    others: u8,
}

/// Fields that may come again.
#[derive(Debug, Default)]
struct Remembered {
    /// From behind the request line to the empty line, and with it, without the digits of the length; empty where they
    /// are not remembered.
    bytes: Vec<u8>,
    /// Where the digits are; at the end where there are none.
    digits: usize,
    number: u64,
}

/// Requests of which each has the same fields as one before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Again {
    /// A number for those fields, which no others have.
    pub(super) number: u64,
    /// How many bytes of the last body are to come.
    pub(super) left: u64,
}

impl Fields {
    /// Follows bytes that begin with a request, where all that is in them are requests with the same fields again, and
    /// request lines with nothing to be looked at closely. Then there is nothing in them to be refused.
    #[inline]
    pub(super) fn follow(&mut self, bytes: &[u8]) -> Option<Again> {
        let again = if self.without_body.are_of_one(bytes) {
            Again { number: self.without_body.number, left: 0 }
        } else {
            self.again(bytes)?
        };
        self.others = 0;
        Some(again)
    }

    #[inline(never)]
    fn again(&self, bytes: &[u8]) -> Option<Again> {
        let (mut rest, mut first) = (bytes, None);
        loop {
            let fields = &rest[scan::plain_line(rest)?..];
            let with_length = || self.with_length.as_deref()?.strip(fields);
            let (number, length, behind) = self.without_body.strip(fields).or_else(with_length)?;
            if *first.get_or_insert(number) != number {
                return None;
            }
            match length.checked_sub(behind.len() as u64) {
                Some(left) => return Some(Again { number, left }),
                None => rest = &behind[length as usize..],
            }
        }
    }

    /// Remembers the fields of the first of some requests of which nothing is to be refused. Gives their number, or zero
    /// where they are not remembered, or others are behind them.
    #[inline]
    pub(super) fn keep(&mut self, bytes: &[u8]) -> u64 {
        if self.others < PATIENCE {
            self.others += 1;
            return self.replace(bytes);
        }
        self.without_body = Remembered::default();
        self.with_length = None;
        0
    }

    #[inline(never)]
    fn replace(&mut self, bytes: &[u8]) -> u64 {
        let Some((before, after)) = fields(bytes) else { return 0 };
        self.numbers += 1;
        let known = if after.is_empty() {
            &mut self.without_body
        } else {
            &mut **self.with_length.get_or_insert_default()
        };
        known.bytes.clear();
        if before.len() + after.len() <= ROOM {
            known.bytes.extend_from_slice(before);
            known.bytes.extend_from_slice(after);
        }
        known.digits = before.len();
        known.number = self.numbers;
        self.again(bytes).map_or(0, |again| again.number)
    }
}

impl Remembered {
    /// Whether there is one request with these fields, and without a body: mostly so.
    #[inline]
    fn are_of_one(&self, bytes: &[u8]) -> bool {
        let may_be_one = bytes.len() < self.bytes.len() + LINE && !self.bytes.is_empty();
        may_be_one && bytes.strip_suffix(&*self.bytes).is_some_and(scan::is_plain_line)
    }

    /// The number of the fields, the length of the body, and what is behind the fields; `None` where they are others.
    #[inline]
    fn strip<'a>(&self, bytes: &'a [u8]) -> Option<(u64, u64, &'a [u8])> {
        if self.bytes.is_empty() {
            return None;
        }
        let (before, after) = self.bytes.split_at(self.digits);
        let rest = bytes.strip_prefix(before)?;
        if after.is_empty() {
            return Some((self.number, 0, rest));
        }
        let count = rest.iter().take(DIGITS).take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = rest.split_at(count);
        let behind = rest.strip_prefix(after).filter(|_| count > 0)?;
        let length = digits.iter().fold(0, |length, digit| length * 10 + u64::from(digit - b'0'));
        Some((self.number, length, behind))
    }
}

/// The fields of the first head, up to the digits of the body's length and behind them: nothing where none is told.
///
/// `None` where they should not be remembered: the head is not whole, or tells where its body ends in another way than
/// by one plain number.
fn fields(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let fields = &bytes[scan::plain_line(bytes)?..];
    let (mut at, mut digits) = (0, None);
    loop {
        let end = at + scan::line_end(&fields[at..])?;
        let line = fields[at..end].strip_suffix(b"\r")?;
        at = end + 1;
        if line.is_empty() {
            let (start, end) = digits.unwrap_or((at, at));
            return Some((&fields[..start], &fields[end..at]));
        }
        if strip_name(line, b"transfer-encoding:").is_some() {
            return None;
        }
        if let Some(value) = strip_name(line, b"content-length:") {
            let number = value.trim_ascii_start();
            let is_plain = (1..=DIGITS).contains(&number.len()) && number.iter().all(u8::is_ascii_digit);
            // With all the digits that there may be it must still be a line that is read whole.
            if !is_plain || line.len() - number.len() + DIGITS > LONGEST || digits.is_some() {
                return None;
            }
            let behind = end - "\r".len();
            digits = Some((behind - number.len(), behind));
        }
    }
}
