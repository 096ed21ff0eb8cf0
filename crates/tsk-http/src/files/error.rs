//! Why a directory is not served.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

/// Why [`Files::new`](super::Files::new) refused a directory. It prints the path and the reason.
#[derive(Debug)]
pub struct Error {
    path: PathBuf,
    reason: io::Error,
}

impl Error {
    pub(super) fn new(path: &Path, reason: io::Error) -> Self {
        Self { path: path.to_owned(), reason }
    }

    /// The path, as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is nothing at the path.
    pub fn is_not_found(&self) -> bool {
        self.reason.kind() == io::ErrorKind::NotFound
    }

    /// Whether there is something at the path that is not a directory.
    pub fn is_not_a_directory(&self) -> bool {
        self.reason.kind() == io::ErrorKind::NotADirectory
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot serve the files of `{}`: {}", self.path.display(), self.reason)
    }
}

// The reason is in the message, so it is no source as well: a chain that is printed would say it twice.
impl std::error::Error for Error {}
