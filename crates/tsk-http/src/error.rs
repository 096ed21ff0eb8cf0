//! Why a server does not start.

use std::{fmt, io};

use tsk_core::BindError;

use crate::config::{Socket, SocketError};

/// Why a server does not start.
#[derive(Debug)]
pub struct Error(Kind);

#[derive(Debug)]
enum Kind {
    Listen { address: Socket, source: io::Error },
    Address(SocketError),
    Config(String),
    Routes(BindError),
}

impl Error {
    pub(crate) fn listen(address: &Socket, source: io::Error) -> Self {
        Self(Kind::Listen { address: address.clone(), source })
    }

    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self(Kind::Config(message.into()))
    }

    /// Whether an address could not be listened on.
    pub fn is_listen(&self) -> bool {
        matches!(self.0, Kind::Listen { .. })
    }

    /// Whether an address could not be listened on because somebody else does.
    pub fn is_address_in_use(&self) -> bool {
        matches!(&self.0, Kind::Listen { source, .. } if source.kind() == io::ErrorKind::AddrInUse)
    }

    /// The address that could not be listened on.
    pub fn address(&self) -> Option<&Socket> {
        match &self.0 {
            Kind::Listen { address, .. } => Some(address),
            _ => None,
        }
    }

    /// The setting that is at fault, as in `http.listen[0].tls`, if one is.
    pub fn key(&self) -> Option<&str> {
        match &self.0 {
            // Whatever is wrong with a setting begins with it.
            Kind::Config(message) => Some(message.strip_prefix('`')?.split_once('`')?.0),
            _ => None,
        }
    }

    /// Whether the routes contradict each other, or lack something.
    pub fn is_routes(&self) -> bool {
        matches!(self.0, Kind::Routes(_))
    }
}

impl From<BindError> for Error {
    fn from(error: BindError) -> Self {
        Self(Kind::Routes(error))
    }
}

impl From<SocketError> for Error {
    fn from(error: SocketError) -> Self {
        Self(Kind::Address(error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Listen { address, source } if source.kind() == io::ErrorKind::AddrInUse => {
                write!(f, "cannot listen on {address}: another program does")
            }
            Kind::Listen { address, source } => write!(f, "cannot listen on {address}: {source}"),
            Kind::Address(error) => error.fmt(f),
            Kind::Config(message) => f.write_str(message),
            Kind::Routes(error) => write!(f, "the routes cannot be served: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Listen { source, .. } => Some(source),
            Kind::Address(error) => Some(error),
            Kind::Config(_) => None,
            Kind::Routes(error) => Some(error),
        }
    }
}
