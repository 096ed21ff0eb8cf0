//! Text that is made from what a client sent.

use std::fmt::{self, Display, Write};

/// Writes one step of a JSON pointer: `~` and `/` are escaped (RFC 6901 §3).
pub(super) struct Escaped<'a>(pub(super) &'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            match character {
                '~' => self.0.push_str("~0"),
                '/' => self.0.push_str("~1"),
                other => self.0.push(other),
            }
        }
        Ok(())
    }
}

/// The longest pointer of at most `limit` bytes to a value that holds the one which `pointer` leads to.
pub(super) fn shortened(pointer: &str, limit: usize) -> &str {
    let Some(within) = pointer.as_bytes().get(..=limit) else { return pointer };
    let end = within.iter().rposition(|&byte| byte == b'/').unwrap_or_default();
    pointer.get(..end).unwrap_or_default()
}

/// What a message of a parser may have, in bytes: it can repeat whatever the client sent.
const EXCERPT: usize = 256;

/// The text of a message, short and on one line: control characters are escaped, and what is too long is cut.
pub(crate) fn excerpt(message: impl Display) -> String {
    let mut excerpt = Excerpt(String::new());
    if write!(excerpt, "{message}").is_err() {
        excerpt.0.push('…');
    }
    excerpt.0
}

struct Excerpt(String);

impl Write for Excerpt {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if self.0.len() + character.len_utf8() > EXCERPT {
                return Err(fmt::Error);
            }
            if character.is_control() {
                self.0.extend(character.escape_default());
            } else {
                self.0.push(character);
            }
        }
        Ok(())
    }
}
