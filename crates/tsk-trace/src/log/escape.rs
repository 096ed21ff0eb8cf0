//! Text that was written by a stranger, in a line for people.

use std::fmt;

/// Writes text so that it stays on its line, and changes nothing about the terminal.
pub(super) fn escaped(text: &str, writer: &mut dyn fmt::Write) -> fmt::Result {
    for char in text.chars() {
        // Control characters, the separators that some readers take for the end of a line, and marks that turn the direction
        // of writing.
        if char.is_control() || matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            write!(writer, "\\u{{{:x}}}", u32::from(char))?;
        } else {
            writer.write_char(char)?;
        }
    }
    Ok(())
}
