//! Searching, eight bytes at a time: lines are too short for what searches faster to gain anything.

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGH: u64 = ONES << 7;

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
