//! As much of an answer over HTTP/1.1 as a client needs that knows what it will be told.

use std::io::BufRead;

/// What a client looks at.
pub(super) struct Answer {
    pub(super) status: u16,
    /// Whether it has a `retry-after`.
    pub(super) says_when: bool,
    /// Whether the connection ends with it.
    pub(super) is_last: bool,
}

/// Reads one answer; whether it is the last, or `None` where there is not a whole one.
pub(super) fn read(reader: &mut impl BufRead) -> Option<bool> {
    read_head(reader).map(|answer| answer.is_last)
}

/// Reads one answer; `None` where there is not a whole one.
pub(super) fn read_head(reader: &mut impl BufRead) -> Option<Answer> {
    read_to("GET", reader)
}

/// Reads the answer to a request of this method; `None` where there is not a whole one.
pub(super) fn read_to(method: &str, reader: &mut impl BufRead) -> Option<Answer> {
    let (mut length, mut line) = (0, String::new());
    let mut answer = Answer { status: 0, says_when: false, is_last: false };
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().ok()?;
        }
        if answer.status == 0 {
            answer.status = line.split(' ').nth(1)?.parse().ok()?;
        }
        answer.is_last |= line == "connection: close";
        answer.says_when |= line.starts_with("retry-after: ");
        if line.is_empty() {
            break;
        }
    }
    // RFC 9112 §6.3: the answer to HEAD says how long it would be, and ends with its head.
    if method != "HEAD" {
        reader.read_exact(&mut vec![0; length]).ok()?;
    }
    Some(answer)
}
