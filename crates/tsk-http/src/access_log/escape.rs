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
    let (blocks, rest) = bytes.as_chunks();
    let mut last = [b' '; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    let mut marks = [0; BLOCK];
    for block in blocks {
        mark(block, &mut marks);
    }
    mark(&last, &mut marks);
    marks.iter().fold(0, |all, mark| all | mark) == 0
}

/// Sets what is not 0 where a byte is to be escaped.
///
/// Written so that compilers make one instruction of an operation on a block of bytes.
#[inline(always)]
fn mark(block: &[u8; BLOCK], marks: &mut [u8; BLOCK]) {
    for at in 0..BLOCK {
        let byte = block[at];
        let is_odd = (byte.wrapping_sub(b' ') > b'~' - b' ') | (byte == b'"') | (byte == b'\\');
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
