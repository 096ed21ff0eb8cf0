//! Why a command did not do what was asked.

use std::fmt;
use std::io;

use tsk::http::config::Socket;

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

    /// A server cannot start: what is wrong, and what to do about it.
    pub(crate) fn start(error: &tsk::Error) -> Error {
        if error.is_config() {
            return Error::configuration(error);
        }
        let error = match error.http() {
            Some(error) if !error.is_routes() => error,
            _ => return Error::failure(error),
        };
        // What is left is a setting that contradicts itself.
        let Some(address) = error.address() else { return Error::configuration(error) };
        let reason = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
        let is_tcp = matches!(address, Socket::Tcp { .. });
        let advice = match reason.map(io::Error::kind) {
            Some(io::ErrorKind::AddrInUse) if is_tcp => {
                "the address is in use by another program; pass --port, or stop it"
            }
            Some(io::ErrorKind::AddrInUse) => {
                "the address is in use by another program; name another in http.listen, or stop it"
            }
            Some(io::ErrorKind::AddrNotAvailable) => "this machine does not have the address; pass --host",
            Some(io::ErrorKind::PermissionDenied) if is_tcp => {
                "permission denied; pass --port with a port above 1023, or run as a user who may"
            }
            _ => return Error::failure(error),
        };
        Error::failure(format_args!("cannot listen on {address}: {advice}"))
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
