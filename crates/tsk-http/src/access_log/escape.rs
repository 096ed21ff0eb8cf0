//! Text of a client, so that it cannot forge a line.

use std::io::Write as _;

/// The most that is written of one piece of text, in bytes of the request.
pub(super) const MAX_TEXT: usize = 1024;

/// Writes text so that it stays within the quotes of a JSON string, and on its line.
pub(super) fn escaped(bytes: &[u8], line: &mut Vec<u8>) {
    let bytes = &bytes[..bytes.len().min(MAX_TEXT)];
    if is_plain(bytes) {
        line.extend_from_slice(bytes);
    } else {
        escaped_slowly(bytes, line);
    }
}

/// How much is looked at at once.
const BLOCK: usize = 16;

/// Whether there is nothing to escape: no control, no quote, no backslash, nothing beyond ASCII.
fn is_plain(bytes: &[u8]) -> bool {
    // A quote is not plain anyhow.
    is_plain_without(b'"', bytes)
}

/// Whether there is nothing to escape, nothing too long, and no query.
pub(super) fn is_plain_and_no_url(bytes: &[u8]) -> bool {
    bytes.len() <= MAX_TEXT && is_plain_without(b'?', bytes)
}

fn is_plain_without(further: u8, bytes: &[u8]) -> bool {
    let mut marks = [0; BLOCK];
    match bytes.last_chunk() {
        // What is left of the whole blocks is looked at with what is before it.
        Some(last) => {
            bytes.as_chunks().0.iter().for_each(|block| mark(further, block, &mut marks));
            mark(further, last, &mut marks);
        }
        None => {
            let mut block = [b' '; BLOCK];
            block[..bytes.len()].copy_from_slice(bytes);
            mark(further, &block, &mut marks);
        }
    }
    marks.iter().fold(0, |all, mark| all | mark) == 0
}

/// Sets what is not 0 where a byte is not plain, or is the further one.
///
/// Written so that compilers make one instruction of an operation on a block of bytes.
#[inline(always)]
fn mark(further: u8, block: &[u8; BLOCK], marks: &mut [u8; BLOCK]) {
    for at in 0..BLOCK {
        let byte = block[at];
        let is_odd =
            (byte.wrapping_sub(b' ') > b'~' - b' ') | (byte == b'"') | (byte == b'\\') | (byte == further);
        marks[at] |= if is_odd { 0xFF } else { 0 };
    }
}

#[cold]
fn escaped_slowly(bytes: &[u8], line: &mut Vec<u8>) {
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            match char {
                '"' => line.extend_from_slice(b"\\\""),
                '\\' => line.extend_from_slice(b"\\\\"),
                // Control characters, the separators that some readers take for the end of a line, and marks
                // that turn the direction of writing on a terminal.
                char if char.is_control()
                    || matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
                {
                    let _ = write!(line, "\\u{:04x}", u32::from(char));
                }
                char => line.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        if !chunk.invalid().is_empty() {
            line.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_looked_at_in_blocks_is_what_it_is_byte_by_byte(
            text in "[ -~]{0,70}",
            odd in proptest::option::weighted(0.5, (any::<usize>(), any::<u8>())),
        ) {
            let mut bytes = text.into_bytes();
            if let Some((at, byte)) = odd
                && !bytes.is_empty()
            {
                let at = at % bytes.len();
                bytes[at] = byte;
            }
            let plain = |byte: &u8| matches!(byte, b' '..=b'~') && !b"\"\\".contains(byte);
            prop_assert_eq!(is_plain(&bytes), bytes.iter().all(plain));
            prop_assert_eq!(is_plain_and_no_url(&bytes), bytes.iter().all(plain) && !bytes.contains(&b'?'));
        }
    }
}
