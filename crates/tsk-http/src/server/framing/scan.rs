//! Searching, many bytes at a time.

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGH: u64 = ONES << 7;

/// How much compilers look at at once.
const BLOCK: usize = 16;

/// How far behind the end of a line the hyphens are of `content-length` and `transfer-encoding`.
const CONTENT: usize = 8;
const TRANSFER: usize = 9;

/// Whether all that there is are whole heads with nothing in them to be looked at closely: each line ends in CRLF, no
/// field might tell the length of a body, and no byte might be wrong in a target. Most requests are so.
#[inline]
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    // A field about the framing does not fit behind the rest, which is shorter than a name.
    let Some(count) = bytes.len().checked_sub(TRANSFER + 1).filter(|count| *count >= BLOCK) else {
        return false;
    };
    bytes[0] != b'\n'
        && bytes.ends_with(b"\r\n\r\n")
        && !is_odd(&bytes[..count / BLOCK * BLOCK + TRANSFER + 1])
        && !is_odd(&bytes[count - BLOCK..])
        && !bytes[count..].windows(2).any(|pair| is_fault(pair[0], pair[1]))
}

/// Written so that compilers make one instruction of an operation on a block of bytes.
#[inline(never)]
fn is_odd(bytes: &[u8]) -> bool {
    let count = bytes.len() - TRANSFER - 1;
    let [before, this, content, transfer] = [0, 1, 1 + CONTENT, 1 + TRANSFER].map(|at| &bytes[at..][..count]);
    let mut is_odd = false;
    for at in 0..count {
        let is_content = (content[at] == b'-') & (transfer[at] | 0x20 == b'l');
        let is_field = (this[at] == b'\n') & (is_content | (transfer[at] == b'-'));
        is_odd |= is_field | is_fault(before[at], this[at]);
    }
    is_odd
}

#[inline]
fn is_fault(before: u8, this: u8) -> bool {
    ((this == b'\n') & (before != b'\r')) | (this == b'#') | (this >= 0x80)
}

/// Where the first LF is.
#[inline]
pub(super) fn line_end(bytes: &[u8]) -> Option<usize> {
    find(bytes, |word| zeros(word ^ (ONES * b'\n' as u64)))
}

/// Where the first byte is that ends a target, or may not be in one: LF, `#`, or one beyond ASCII.
#[inline]
pub(super) fn target_end(bytes: &[u8]) -> Option<usize> {
    find(bytes, |word| zeros(word ^ (ONES * b'\n' as u64)) | zeros(word ^ (ONES * b'#' as u64)) | word & HIGH)
}

/// Where the first byte is of which `mark` sets the highest bit; those behind it may be marked by mistake.
#[inline]
fn find(bytes: &[u8], mark: impl Fn(u64) -> u64) -> Option<usize> {
    let (words, rest) = bytes.as_chunks();
    for (index, word) in words.iter().enumerate() {
        let marks = mark(u64::from_le_bytes(*word));
        if marks != 0 {
            return Some(index * 8 + (marks.trailing_zeros() / 8) as usize);
        }
    }
    let found = rest.iter().position(|byte| mark((*byte).into()) & 0x80 != 0);
    found.map(|index| words.len() * 8 + index)
}

/// Sets the highest bit of the first byte that is zero, and of none before.
#[inline]
const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGH
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_the_first(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), 8..14_u8, 32..38_u8], 0..40)) {
            prop_assert_eq!(line_end(&bytes), bytes.iter().position(|byte| *byte == b'\n'));
            let ends = |byte: &u8| matches!(byte, b'\n' | b'#' | 0x80..);
            prop_assert_eq!(target_end(&bytes), bytes.iter().position(ends));
        }
    }
}
