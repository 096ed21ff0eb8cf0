//! Searching, many bytes at a time.

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGH: u64 = ONES << 7;

/// How much is looked at at once, and with it the two bytes behind.
const BLOCK: usize = 32;
const WINDOW: usize = BLOCK + 2;

/// Whether all that there is is one whole head with nothing in it to be looked at closely: each line ends in CRLF, only
/// the last is empty, and no byte might be wrong in a target. Most requests come so.
///
/// A CR that no LF follows may pass here, since hyper refuses it wherever it is in a head.
#[inline]
pub(super) fn is_plain_head(bytes: &[u8]) -> bool {
    // Nor is the last line looked at: it is empty, as it should be.
    let lines = &bytes[..bytes.len().saturating_sub(2)];
    let Some(last) = lines.last_chunk() else { return false };
    if !bytes.ends_with(b"\r\n\r\n") || lines[0].min(lines[1]) <= b'\r' {
        return false;
    }
    let mut marks = [0; BLOCK];
    let mut rest = lines;
    while let Some(window) = rest.first_chunk() {
        mark(window, &mut marks);
        rest = &rest[BLOCK..];
    }
    mark(last, &mut marks);
    marks.iter().fold(0, |all, mark| all | mark) & 0x80 == 0
}

/// The length of the first line, where it ends in CRLF, is not empty, and has no byte that might be wrong in a target.
#[inline]
pub(super) fn plain_line(bytes: &[u8]) -> Option<usize> {
    let end = target_end(bytes)?;
    let line = bytes[..=end].strip_suffix(b"\r\n")?;
    line.first().is_some_and(|first| *first > b'\r').then_some(end + 1)
}

/// Whether there is that one line and nothing else.
#[inline]
pub(super) fn is_plain_line(bytes: &[u8]) -> bool {
    let Some(line) = bytes.strip_suffix(b"\r\n") else { return false };
    // No request line is shorter than a word. The last word overlaps the one before it.
    let Some(last) = line.last_chunk() else { return false };
    let words = line.as_chunks().0.iter().chain([last]);
    line[0] > b'\r' && words.fold(0, |all, word| all | target_ends(u64::from_le_bytes(*word))) == 0
}

/// Sets the highest bit where a byte might be wrong in a target, or where the second behind it is an LF that has no CR
/// before it, or in front of that one byte more a control.
///
/// Written so that compilers make one instruction of an operation on a block of bytes.
#[inline(always)]
fn mark(window: &[u8; WINDOW], marks: &mut [u8; BLOCK]) {
    let [first, second, third] = [0, 1, 2].map(|at| &window[at..at + BLOCK]);
    for at in 0..BLOCK {
        let is_end = third[at] == b'\n';
        // The lesser is the CR where it is the second, and the first is neither LF nor another control.
        let is_odd = (is_end & (first[at].min(second[at]) != b'\r')) | (first[at] == b'#');
        marks[at] |= if is_odd { 0xFF } else { first[at] };
    }
}

/// How far behind the byte before a line the hyphens are of `content-length` and `transfer-encoding`.
const CONTENT: usize = 9;
const TRANSFER: usize = 10;

/// Whether all that there is are whole heads that no body follows: each line ends in CRLF, no field might tell the length
/// of a body, and no byte might be wrong in a target. Requests that are pipelined come so.
#[inline(never)]
pub(super) fn are_plain_heads(bytes: &[u8]) -> bool {
    const WINDOW: usize = BLOCK + TRANSFER;
    let Some(last) = bytes.last_chunk::<WINDOW>() else { return false };
    if !bytes.ends_with(b"\r\n\r\n") || bytes[0] == b'\n' {
        return false;
    }
    let mut marks = [0; BLOCK];
    let mut rest = bytes;
    while let Some(window) = rest.first_chunk::<WINDOW>() {
        mark_fields(window, &mut marks);
        rest = &rest[BLOCK..];
    }
    mark_fields(last, &mut marks);
    // A field about the framing does not fit behind the rest, which is shorter than a name.
    let is_fault = |pair: &[u8]| (pair[1] == b'\n' && pair[0] != b'\r') || pair[1] == b'#' || pair[1] >= 0x80;
    marks.iter().fold(0, |all, mark| all | mark) & 0x80 == 0 && !last[BLOCK - 1..].windows(2).any(is_fault)
}

/// Sets the highest bit where a byte might be wrong in a target, or where the next is an LF that has no CR before it, or
/// might have a field about the framing behind it.
#[inline(always)]
fn mark_fields(window: &[u8; BLOCK + TRANSFER], marks: &mut [u8; BLOCK]) {
    let [before, this, content, transfer] = [0, 1, CONTENT, TRANSFER].map(|at| &window[at..at + BLOCK]);
    for at in 0..BLOCK {
        let is_content = (content[at] == b'-') & (transfer[at] | 0x20 == b'l');
        let is_field = is_content | (transfer[at] == b'-');
        let is_odd = ((this[at] == b'\n') & (is_field | (before[at] != b'\r'))) | (before[at] == b'#');
        marks[at] |= if is_odd { 0xFF } else { before[at] };
    }
}

/// Where the first LF is.
#[inline]
pub(super) fn line_end(bytes: &[u8]) -> Option<usize> {
    find(bytes, |word| zeros(word ^ (ONES * b'\n' as u64)))
}

/// Where the first byte is that ends a target, or may not be in one: LF, `#`, or one beyond ASCII.
#[inline]
pub(super) fn target_end(bytes: &[u8]) -> Option<usize> {
    find(bytes, target_ends)
}

/// Sets the highest bit of the first byte that ends a target, or may not be in one, and of none before.
#[inline]
fn target_ends(word: u64) -> u64 {
    zeros(word ^ (ONES * b'\n' as u64)) | zeros(word ^ (ONES * b'#' as u64)) | word & HIGH
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
