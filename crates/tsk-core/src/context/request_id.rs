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
pub struct RequestId(HeaderValue);

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
        let digits = BLOCK.try_with(cut).unwrap_or_else(|_| random_block().split_to(DIGITS));
        Self(HeaderValue::from_maybe_shared(digits).expect("digits are valid in a header"))
    }

    /// Adopts an identifier from outside: 1 to [`MAX_LEN`](Self::MAX_LEN) letters, digits, or characters of
    /// `-_.:/+=@`. `None` for anything else, which could forge log lines.
    pub fn adopt(value: &HeaderValue) -> Option<Self> {
        let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=@".contains(byte);
        let bytes = value.as_bytes();
        // Copied, because a clone would keep the connection's whole read buffer alive.
        let own = || HeaderValue::from_bytes(bytes).ok().map(Self);
        if (1..=Self::MAX_LEN).contains(&bytes.len()) && bytes.iter().all(allowed) { own() } else { None }
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The identifier as a header value, without copying it.
    #[inline]
    pub fn to_header(&self) -> HeaderValue {
        self.0.clone()
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
    let mut block = BytesMut::zeroed(BLOCK_IDS * DIGITS);
    for (digits, byte) in block.as_chunks_mut::<2>().0.iter_mut().zip(random_bytes()) {
        *digits = PAIRS[usize::from(byte)];
    }
    block.freeze()
}

fn random_bytes() -> [u8; BLOCK_IDS * DIGITS / 2] {
    let mut bytes = [0; BLOCK_IDS * DIGITS / 2];
    fastrand::fill(&mut bytes);
    bytes
}

/// The two digits of each byte.
const PAIRS: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    pairs
};
