//! Identifiers of requests.

use std::fmt;

use bytes::Bytes;
use http::HeaderValue;

/// Identifies a request in logs, traces and answers: 128 random bits as 32 hexadecimal digits, or what a
/// trusted proxy sent.
///
/// It is no secret: it is not made by a cryptographic generator.
#[derive(Clone)]
pub struct RequestId(Text);

/// One that was made here is in place, as every request of a service with an access log has one.
#[derive(Clone)]
enum Text {
    Made([u8; DIGITS]),
    Adopted(Bytes),
}

impl RequestId {
    /// The longest identifier that is accepted from outside, in bytes.
    pub const MAX_LEN: usize = 128;

    /// A new, random identifier.
    #[expect(clippy::new_without_default, reason = "two defaults would differ")]
    #[inline]
    pub fn new() -> Self {
        let mut digits = [0; DIGITS];
        let (one, other) = (fastrand::u64(..), fastrand::u64(..));
        // In what order they stand is no matter where all are random.
        let numbers = [one & LOW, one >> 4 & LOW, other & LOW, other >> 4 & LOW];
        for (eight, numbers) in digits.as_chunks_mut().0.iter_mut().zip(numbers) {
            *eight = hexadecimal(numbers).to_ne_bytes();
        }
        Self(Text::Made(digits))
    }

    /// Adopts an identifier from outside: 1 to [`MAX_LEN`](Self::MAX_LEN) letters, digits, or characters of
    /// `-_.:/+=@`. `None` for anything else, which could forge log lines.
    pub fn adopt(value: &HeaderValue) -> Option<Self> {
        let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=@".contains(byte);
        let bytes = value.as_bytes();
        // Copied, because a clone would keep the connection's whole read buffer alive.
        let is_allowed = (1..=Self::MAX_LEN).contains(&bytes.len()) && bytes.iter().all(allowed);
        is_allowed.then(|| Self(Text::Adopted(Bytes::copy_from_slice(bytes))))
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        str::from_utf8(self.as_bytes()).expect("an identifier is ASCII")
    }

    /// The identifier as bytes, all of them ASCII.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Text::Made(digits) => digits,
            Text::Adopted(bytes) => bytes,
        }
    }

    /// The identifier as a header value.
    #[inline]
    pub fn to_header(&self) -> HeaderValue {
        HeaderValue::from_bytes(self.as_bytes()).expect("an identifier is valid in a header")
    }
}

impl PartialEq for RequestId {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for RequestId {}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({})", self.as_str())
    }
}

const DIGITS: usize = 32;

/// A word whose bytes are 1, and one whose bytes are the largest digit.
const ONES: u64 = u64::MAX / 0xFF;
const LOW: u64 = ONES * 0xF;

/// The digits of a word, each byte of which is a number below 16: all eight at once.
#[inline]
fn hexadecimal(numbers: u64) -> u64 {
    let letters = (numbers + ONES * 6) >> 4 & ONES;
    numbers + ONES * u64::from(b'0') + letters * u64::from(b'a' - b'0' - 10)
}
