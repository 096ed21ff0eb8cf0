//! What the person who waits sees, on standard error.

use std::io::IsTerminal;

use super::measured::Measured;

/// A measurement that was taken.
pub(crate) fn step(line: &str) {
    eprintln!("{line}");
}

/// A server under load in a round, of so many.
pub(crate) fn round((round, of): (usize, usize), load: &str, server: &str, measured: &Measured) {
    step(&format!(
        "round {round}/{of}  {load:<34}{server:<22}{:>9.0} requests/s {:>8.2} µs{}",
        measured.requests_per_second,
        measured.cpu_micros,
        measured.remark(),
    ));
}

/// Something that makes the figures doubtful.
pub(crate) fn warn(line: &str) {
    if std::io::stderr().is_terminal() {
        eprintln!("\x1b[33m{line}\x1b[0m");
    } else {
        eprintln!("{line}");
    }
}
