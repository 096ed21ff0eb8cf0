//! What the kernel has in memory, without waiting for a disk.
//!
//! The way to a blocking thread and back costs several times what it takes to open and read a small file that is in the
//! page cache. So whatever can be had at once is, where the request is answered; [`Errno::AGAIN`] says that somebody
//! who may wait has to see to it, whatever the reason: a file that is not in memory, a symbolic link, an error.

use std::{fs::File, io, path::Path};

#[cfg(not(target_os = "linux"))]
use rustix::io::Errno;

#[cfg(target_os = "linux")]
pub(super) use linux::{open, read};

use super::open::Entry;

#[cfg(target_os = "linux")]
mod linux {
    use std::io::IoSliceMut;

    use rustix::{
        fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fstat, openat2},
        io::{Errno, ReadWriteFlags, preadv2},
    };

    use super::*;
    use crate::files::open::FILE;

    /// Since Linux 5.12; before that, and where a sandbox forbids it, nothing can be had at once.
    ///
    /// Without symbolic links on the way, a path of plain names leads below the root, which has none itself. So the
    /// whole path is opened at once, where [`open::below`](super::super::open::below) goes from name to name.
    const CACHED: ResolveFlags = ResolveFlags::CACHED.union(ResolveFlags::NO_SYMLINKS);

    /// Opens the file at `relative`, which has only plain names, below `root`, which has no links.
    pub(in super::super) fn open(root: &Path, relative: &Path) -> io::Result<Entry> {
        // Joining nothing would add a slash.
        let path = if relative.as_os_str().is_empty() { root.to_owned() } else { root.join(relative) };
        let open = |flags: OFlags| openat2(CWD, &path, flags, Mode::empty(), CACHED).map_err(waits);
        // Looked at before it is opened, because to open a device or a pipe can block or have an effect.
        let entry = open(OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC)?;
        match FileType::from_raw_mode(fstat(&entry)?.st_mode) {
            FileType::RegularFile => {}
            FileType::Directory => return Ok(Entry::Directory(entry)),
            FileType::Symlink => return Err(Errno::AGAIN.into()),
            _ => return Err(Errno::NOENT.into()),
        }
        let file = File::from(open(FILE)?);
        let metadata = file.metadata()?;
        if metadata.is_file() { Ok(Entry::File(file, metadata)) } else { Err(Errno::NOENT.into()) }
    }

    /// That there is nothing is known at once, or not at all.
    fn waits(error: Errno) -> Errno {
        if matches!(error, Errno::NOENT | Errno::NOTDIR) { error } else { Errno::AGAIN }
    }

    /// Reads into `piece`, from `offset` in the file; 0 at the end of the file.
    pub(in super::super) fn read(file: &File, piece: &mut [u8], offset: u64) -> io::Result<usize> {
        let read = preadv2(file, &mut [IoSliceMut::new(piece)], offset, ReadWriteFlags::NOWAIT);
        read.map_err(|_| Errno::AGAIN.into())
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn open(_: &Path, _: &Path) -> io::Result<Entry> {
    Err(Errno::AGAIN.into())
}

#[cfg(not(target_os = "linux"))]
pub(super) fn read(_: &File, _: &mut [u8], _: u64) -> io::Result<usize> {
    Err(Errno::AGAIN.into())
}
