//! Opening what is below the root, and nothing else.

use std::{
    ffi::OsStr,
    fs::{File, Metadata},
    io,
    os::fd::OwnedFd,
    path::Path,
};

use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags, open, openat, statat},
    io::Errno,
};

use super::cached;

/// What a path below the root leads to.
#[derive(Debug)]
pub(super) enum Entry {
    /// A regular file, open for reading.
    File(File, Metadata),
    Directory(OwnedFd),
}

/// Whether the disk may be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// On a thread that others need: what would take time is [`Errno::AGAIN`].
    No,
    Yes,
}

/// Opens the file at `relative`, which has only plain names, below `root`, which has no links.
///
/// A symbolic link is followed only if what it resolves to is below the root. In that case the path that was checked
/// is opened, not the link, and without following any: whoever swaps a name for a link in between gains nothing.
pub(super) fn below(root: &Path, relative: &Path, wait: Wait) -> io::Result<Entry> {
    if wait == Wait::No {
        return cached::open(root, relative);
    }
    if let Some(entry) = walk(root, relative)? {
        return Ok(entry);
    }
    // An error here may be about the world outside, which is nobody's business.
    let resolved = root.join(relative).canonicalize().map_err(|_| Errno::NOENT)?;
    let inside = resolved.strip_prefix(root).map_err(|_| Errno::NOENT)?;
    Ok(walk(root, inside)?.ok_or(Errno::NOENT)?)
}

/// Whether it takes somebody who may wait.
pub(super) fn would_wait(error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::AGAIN)
}

/// Whether there is nothing to be served at a path, as far as a client is told.
pub(super) fn is_missing(error: &io::Error) -> bool {
    match Errno::from_io_error(error) {
        Some(errno) => {
            matches!(errno, Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NAMETOOLONG | Errno::ILSEQ)
        }
        None => error.kind() == io::ErrorKind::NotFound,
    }
}

/// Goes from name to name, each relative to the directory before it; `None` where one is a symbolic link.
fn walk(root: &Path, relative: &Path) -> io::Result<Option<Entry>> {
    let mut directory = open(root, DIRECTORY, Mode::empty())?;
    let mut names = relative.iter().peekable();
    while let Some(name) = names.next() {
        let is_last = names.peek().is_none();
        // Asked before it is opened, because to open a device or a pipe can block or have an effect.
        let stat = statat(&directory, name, AtFlags::SYMLINK_NOFOLLOW)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Symlink => return Ok(None),
            FileType::Directory => directory = enter(&directory, name)?,
            FileType::RegularFile if is_last => return read(&directory, name).map(Some),
            _ => return Err(Errno::NOENT.into()),
        }
    }
    Ok(Some(Entry::Directory(directory)))
}

/// Opens what was a directory a moment ago; should it be a link by now, that is an error.
fn enter(directory: &OwnedFd, name: &OsStr) -> io::Result<OwnedFd> {
    Ok(openat(directory, name, DIRECTORY.union(OFlags::NOFOLLOW), Mode::empty())?)
}

/// Opens what was a regular file a moment ago; should it be something else by now, that is an error.
fn read(directory: &OwnedFd, name: &OsStr) -> io::Result<Entry> {
    let file = File::from(openat(directory, name, FILE, Mode::empty())?);
    let metadata = file.metadata()?;
    if metadata.is_file() { Ok(Entry::File(file, metadata)) } else { Err(Errno::NOENT.into()) }
}

/// Without waiting for a writer, should the file have become a pipe.
pub(super) const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

/// To go through a directory takes no right to read it, where the system can tell the two apart.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::symlink;

    use rustix::fs::{CWD, mknodat};

    use super::*;

    #[test]
    fn what_changed_after_it_was_checked_is_not_opened() {
        let root = tempfile::tempdir().unwrap();
        let path = |name: &str| root.path().join(name);
        std::fs::create_dir(path("directory")).unwrap();
        std::fs::write(path("file"), "x").unwrap();
        symlink("directory", path("link-to-directory")).unwrap();
        symlink("file", path("link-to-file")).unwrap();
        mknodat(CWD, path("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();

        let root = open(root.path(), DIRECTORY, Mode::empty()).unwrap();
        let enters = |name: &str| enter(&root, name.as_ref()).is_ok();
        assert!(enters("directory"));
        assert!(!enters("link-to-directory") && !enters("file") && !enters("pipe") && !enters("gone"));
        let reads = |name: &str| read(&root, name.as_ref()).is_ok();
        assert!(reads("file"));
        assert!(!reads("link-to-file") && !reads("directory") && !reads("pipe") && !reads("gone"));
    }
}
