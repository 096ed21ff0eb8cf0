//! Identifiers of requests.

use std::{cell::RefCell, fmt};

use bytes::{Bytes, BytesMut};
use http::HeaderValue;

/// Identifies a request in logs, traces and answers: 128 random bits as 32 hexadecimal digits, or what a
/// trusted proxy sent.
///
/// It is no secret: it is not made by a cryptographic generator. Random identifiers are cut from blocks of 2 KiB,
/// so who remembers one for long should remember its text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestId(Bytes);

impl RequestId {
    /// The longest identifier that is accepted from outside, in bytes.
    pub const MAX_LEN: usize = 128;

    /// A new, random identifier.
    #[expect(clippy::new_without_default, reason = "two defaults would differ")]
    pub fn new() -> Self {
        let cut = |block: &RefCell<Bytes>| {
            let mut block = block.borrow_mut();
            if block.is_empty() {
                *block = random_block();
            }
            block.split_to(DIGITS)
        };
        // A thread that exits has no block any more.
        Self(BLOCK.try_with(cut).unwrap_or_else(|_| random_block().split_to(DIGITS)))
    }

    /// Adopts an identifier from outside: 1 to [`MAX_LEN`](Self::MAX_LEN) letters, digits, or characters of
    /// `-_.:/+=@`. `None` for anything else, which could forge log lines.
    pub fn adopt(value: &HeaderValue) -> Option<Self> {
        let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=@".contains(byte);
        let bytes = value.as_bytes();
        // Copied, because a clone would keep the connection's whole read buffer alive.
        let is_allowed = (1..=Self::MAX_LEN).contains(&bytes.len()) && bytes.iter().all(allowed);
        is_allowed.then(|| Self(Bytes::copy_from_slice(bytes)))
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("an identifier is ASCII")
    }

    /// The identifier as bytes, all of them ASCII.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The identifier as a header value, without copying it.
    #[inline]
    pub fn to_header(&self) -> HeaderValue {
        HeaderValue::from_maybe_shared(self.0.clone()).expect("an identifier is valid in a header")
    }
}

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
const BLOCK_IDS: usize = 64;

thread_local! {
    // Identifiers are cut from a block, so that one costs no allocation.
    static BLOCK: RefCell<Bytes> = const { RefCell::new(Bytes::new()) };
}

fn random_block() -> Bytes {
    let mut random = [0; BLOCK_IDS * DIGITS / 2];
    fastrand::fill(&mut random);
    let mut block = BytesMut::zeroed(BLOCK_IDS * DIGITS);
    for (digits, bytes) in block.as_chunks_mut().0.iter_mut().zip(random.as_chunks().0) {
        write_digits(bytes, digits);
    }
    block.freeze()
}

/// Writes the two digits of each byte.
///
/// Written so that compilers make one instruction of an operation on all of them.
#[inline(always)]
fn write_digits(bytes: &[u8; DIGITS / 2], digits: &mut [u8; DIGITS]) {
    for at in 0..bytes.len() {
        digits[2 * at] = digit(bytes[at] >> 4);
        digits[2 * at + 1] = digit(bytes[at] & 15);
    }
}

#[inline(always)]
fn digit(value: u8) -> u8 {
    value + if value < 10 { b'0' } else { b'a' - 10 }
}
