//! Replacing a file as a whole.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use rustix::fs::{FlockOperation, flock};

/// A lock that one process has at a time, and the system takes back from one that dies.
pub(super) struct Lock(
    #[expect(dead_code, reason = "it is closed when dropped, which lets go of the lock")] File,
);

impl Lock {
    /// The lock, as soon as nobody else has it.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        Self::by(path, FlockOperation::LockExclusive)
    }

    /// The lock, if nobody else has it.
    pub(super) fn if_free(path: &Path) -> io::Result<Option<Self>> {
        match Self::by(path, FlockOperation::NonBlockingLockExclusive) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            lock => lock.map(Some),
        }
    }

    fn by(path: &Path, operation: FlockOperation) -> io::Result<Self> {
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let options = OpenOptions::new().create(true).write(true).truncate(false).mode(0o600).open(path);
        let file = options.map_err(named)?;
        flock(&file, operation).map_err(|error| named(error.into()))?;
        Ok(Self(file))
    }
}

/// Puts a text in the place of a file: whoever reads finds the one before or the one after, also when the machine stops.
pub(super) fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let fresh = Path::new(&name);
    let written = write(fresh, text).and_then(|()| fs::rename(fresh, path));
    if let Err(error) = written {
        let _ = fs::remove_file(fresh);
        return Err(io::Error::new(error.kind(), format!("{}: {error}", path.display())));
    }
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    // Some file systems cannot; the name is there all the same.
    let _ = File::open(directory.unwrap_or(Path::new("."))).and_then(|directory| directory.sync_all());
    Ok(())
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    // What a process that died has left. Only the holder of the lock is here.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
    file.write_all(text)?;
    file.sync_all()
}
