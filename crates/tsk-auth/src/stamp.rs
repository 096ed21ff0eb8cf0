//! Whether a file is another by now.

use std::{fs, io, os::unix::fs::MetadataExt as _, path::Path, time::SystemTime};

/// What tells a file from the one that was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    inode: u64,
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    /// That of a file; `None` where there is none.
    pub(crate) fn of(path: &Path) -> io::Result<Option<Self>> {
        match fs::metadata(path) {
            Ok(file) => {
                Ok(Some(Self { inode: file.ino(), length: file.len(), modified: file.modified().ok() }))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
        }
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }
}
