//! Attributes whose keys are known before there is a span.

use super::{LENGTH, bytes, digits, head, message, varint};

/// The field of a `Span` that has its attributes.
const ATTRIBUTES: u32 = 9;
/// What the longest key takes, with what is around it.
const MOST: usize = 48;
/// Before the key: a tag, the length of all, and the tag and the length of the key.
const BEFORE: usize = 4;
/// After it the tag and the length of the value.
const AROUND: usize = BEFORE + 2;

/// The key of an attribute, with what comes before and after it in the wire form: a `KeyValue` whose lengths have one digit, as
/// nearly all have, is written in two pieces. Where it is written the key is a constant, so that what it takes is one as well.
pub(super) struct Key {
    wire: [u8; MOST],
    /// Of the key.
    length: usize,
}

impl Key {
    pub(super) const fn new(key: &str) -> Self {
        assert!(AROUND + key.len() + 2 <= MOST, "there is room for the value's own head");
        let mut wire = [0; MOST];
        (wire[0], wire[2]) = ((ATTRIBUTES << 3 | LENGTH) as u8, 0x0a);
        wire[3] = key.len() as u8;
        let mut at = 0;
        while at < key.len() {
            wire[BEFORE + at] = key.as_bytes()[at];
            at += 1;
        }
        wire[BEFORE + at] = 0x12;
        Self { wire, length: key.len() }
    }

    /// The attribute with a text.
    #[inline(always)]
    pub(super) fn text(&self, out: &mut Vec<u8>, value: &[u8]) {
        let (within, end) = (2 + value.len(), AROUND + self.length);
        let whole = AROUND - 2 + self.length + within;
        if whole >= 0x80 {
            return self.long(out, value);
        }
        let mut wire = self.wire;
        wire[1] = digit(whole);
        wire[end - 1..end + 2].copy_from_slice(&[digit(within), 0x0a, digit(value.len())]);
        out.extend_from_slice(&wire[..end + 2]);
        out.extend_from_slice(value);
    }

    /// The attribute with a number.
    #[inline(always)]
    pub(super) fn number(&self, out: &mut Vec<u8>, value: u16) {
        let (within, end) = (1 + digits(value.into()), AROUND + self.length);
        let mut wire = self.wire;
        wire[1] = digit(AROUND - 2 + self.length + within);
        wire[end - 1..=end].copy_from_slice(&[digit(within), 0x18]);
        out.extend_from_slice(&wire[..=end]);
        varint(out, value.into());
    }

    /// The attribute with a list of one text.
    pub(super) fn list(&self, out: &mut Vec<u8>, value: &[u8]) {
        let text = message(value.len());
        let (array, any) = (message(text), message(message(text)));
        head(out, ATTRIBUTES, message(self.length) + message(any));
        bytes(out, 1, self.name());
        head(out, 2, any);
        head(out, 5, array);
        head(out, 1, text);
        bytes(out, 1, value);
    }

    #[cold]
    fn long(&self, out: &mut Vec<u8>, value: &[u8]) {
        let any = message(value.len());
        head(out, ATTRIBUTES, message(self.length) + message(any));
        bytes(out, 1, self.name());
        head(out, 2, any);
        bytes(out, 1, value);
    }

    fn name(&self) -> &[u8] {
        &self.wire[BEFORE..BEFORE + self.length]
    }
}

/// A length that has one digit.
#[inline(always)]
fn digit(length: usize) -> u8 {
    length.to_le_bytes()[0]
}
