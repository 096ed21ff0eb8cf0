//! What a caller is told of a mistake.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::fault::{Fault, Kind, Reason, Segment};

/// Why the configuration cannot be used: one line that names the place, the mistake, and where there is one the remedy.
///
/// ```
/// use tsk::Config;
///
/// let error = Config::loader().text("tsk.toml", "[http]\nlsten = ['127.0.0.1:80']").load::<Config>().unwrap_err();
/// assert_eq!(error.to_string(), "tsk.toml:2:1: unknown key `http.lsten`; did you mean `http.listen`?");
/// assert!(error.is_unknown_key());
/// assert_eq!((error.key(), error.line()), (Some("http.lsten"), Some(2)));
/// ```
pub struct Error(Box<Told>);

struct Told {
    message: String,
    /// Where the place ends in the message, and the reason begins.
    reason: usize,
    key: String,
    path: Vec<Segment>,
    file: Option<PathBuf>,
    position: Option<(usize, usize)>,
    class: Class,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    NotFound,
    Unreadable,
    UnknownKey,
    MissingKey,
    Value,
}

impl Error {
    /// Whether a file that was named does not exist.
    pub fn is_not_found(&self) -> bool {
        self.0.class == Class::NotFound
    }

    /// Whether a file or a variable could not be read at all: no permission, no UTF-8, no TOML.
    pub fn is_unreadable(&self) -> bool {
        self.0.class == Class::Unreadable
    }

    /// Whether something sets a key that does not exist.
    pub fn is_unknown_key(&self) -> bool {
        self.0.class == Class::UnknownKey
    }

    /// Whether nothing sets a key that has no default.
    pub fn is_missing_key(&self) -> bool {
        self.0.class == Class::MissingKey
    }

    /// What is wrong, without the place: the message from behind `tsk.toml:2:1: `.
    pub fn reason(&self) -> &str {
        &self.0.message[self.0.reason..]
    }

    /// The setting, as in `http.listen[0]`, where the mistake concerns one.
    pub fn key(&self) -> Option<&str> {
        Some(self.0.key.as_str()).filter(|key| !key.is_empty())
    }

    /// The way to the setting, from the outermost level in.
    pub(super) fn path(&self) -> impl Iterator<Item = &Segment> {
        self.0.path.iter().rev()
    }

    /// The file that holds the mistake, where a file does.
    pub fn file(&self) -> Option<&Path> {
        self.0.file.as_deref()
    }

    /// The line of the mistake within [`file`](Error::file), from 1.
    pub fn line(&self) -> Option<usize> {
        self.0.position.map(|(line, _)| line)
    }

    /// The column of the mistake within its line, in characters, from 1.
    pub fn column(&self) -> Option<usize> {
        self.0.position.map(|(_, column)| column)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        let reason = Reason(&fault).to_string();
        let message = fault.to_string();
        let origin = fault.origin.as_ref();
        Error(Box::new(Told {
            reason: message.len() - reason.len(),
            message,
            key: fault.key(),
            file: origin.and_then(|origin| origin.path()).map(Path::to_owned),
            position: origin.and_then(|origin| origin.position()).map(|at| (at.line, at.column)),
            class: match &fault.kind {
                Kind::Read(error) if error.kind() == io::ErrorKind::NotFound => Class::NotFound,
                Kind::Read(_) | Kind::Syntax(_) => Class::Unreadable,
                Kind::UnknownKey(_) => Class::UnknownKey,
                Kind::Missing => Class::MissingKey,
                _ => Class::Value,
            },
            path: fault.path,
        }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

// A program's `main` that returns the error prints it with `Debug`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "config::Error({})", self.0.message)
    }
}

impl std::error::Error for Error {}
