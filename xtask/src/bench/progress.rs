//! What the person who waits sees, on standard error.

use std::io::IsTerminal;

/// A measurement that was taken.
pub(crate) fn step(line: &str) {
    eprintln!("{line}");
}

/// Something that makes the figures doubtful.
pub(crate) fn warn(line: &str) {
    if std::io::stderr().is_terminal() {
        eprintln!("\x1b[33m{line}\x1b[0m");
    } else {
        eprintln!("{line}");
    }
}
