//! As much of an answer over HTTP/1.1 as a client needs that knows what it will be told.

use std::io::BufRead;

/// Reads one answer; whether it is the last, or `None` where there is not a whole one.
pub(super) fn read(reader: &mut impl BufRead) -> Option<bool> {
    let (mut length, mut is_last, mut line) = (0, false, String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().ok()?;
        }
        is_last |= line == "connection: close";
        if line.is_empty() {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length]).ok()?;
    Some(is_last)
}
