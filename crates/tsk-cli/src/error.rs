//! Why a command did not do what was asked.

use std::fmt;

use crate::Exit;

/// One line that says what was wrong and what to do, and the exit code that goes with it.
#[derive(Debug)]
pub(crate) struct Error {
    pub(crate) exit: Exit,
    message: String,
}

impl Error {
    /// The command line is wrong.
    pub(crate) fn usage(message: impl fmt::Display) -> Error {
        Error::new(Exit::Usage, message)
    }

    /// The configuration is wrong.
    pub(crate) fn configuration(message: impl fmt::Display) -> Error {
        Error::new(Exit::Configuration, message)
    }

    /// All is right, and it did not work.
    pub(crate) fn failure(message: impl fmt::Display) -> Error {
        Error::new(Exit::Failure, message)
    }

    /// There is no server to do it with.
    pub(crate) fn not_running(message: impl fmt::Display) -> Error {
        Error::new(Exit::NotRunning, message)
    }

    pub(crate) fn new(exit: Exit, message: impl fmt::Display) -> Error {
        Error { exit, message: message.to_string() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A path or an argument may hold anything; a script reads one line.
        for c in self.message.chars() {
            if c.is_control() { write!(f, "{}", c.escape_default())? } else { fmt::Write::write_char(f, c)? }
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
