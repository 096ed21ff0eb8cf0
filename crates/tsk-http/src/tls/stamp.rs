//! How a file is told from what it was.

use std::{fs, os::unix::fs::MetadataExt, path::Path};

/// What changes with a file, be it written, replaced, or reached by another symbolic link. `None` if it is not
/// there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stamp(Option<[i64; 7]>);

impl Stamp {
    pub(super) fn of(path: &Path) -> Self {
        Self(fs::metadata(path).ok().map(|metadata| {
            [
                metadata.dev().cast_signed(),
                metadata.ino().cast_signed(),
                metadata.size().cast_signed(),
                metadata.mtime(),
                metadata.mtime_nsec(),
                metadata.ctime(),
                metadata.ctime_nsec(),
            ]
        }))
    }
}
