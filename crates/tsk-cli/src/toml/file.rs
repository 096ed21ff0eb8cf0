//! A file that is either as it was or as it is to be, whatever happens in between.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::process;

/// Makes a file that does not exist.
///
/// # Errors
///
/// If it exists, or cannot be written.
pub(crate) fn create(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}

/// Puts `new` in the place of what a file holds, which must be `old` still, or makes the file. Its mode and owner stay, and
/// a symbolic link stays one.
///
/// # Errors
///
/// If the file cannot be replaced; it is as it was then.
pub(crate) fn replace(path: &Path, old: Option<&str>, new: &str) -> io::Result<()> {
    let target = target(path)?;
    let before = match fs::metadata(&target) {
        Ok(metadata) if metadata.is_file() => Some(metadata),
        Ok(_) => return Err(io::Error::other("it is no file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let (temporary, mut file) = beside(&target, before.is_some())?;
    let replaced = (|| {
        file.write_all(new.as_bytes())?;
        if let Some(before) = &before {
            let ours = file.metadata()?;
            if (ours.uid(), ours.gid()) != (before.uid(), before.gid()) {
                fchown(&file, Some(before.uid()), Some(before.gid()))?;
            }
            file.set_permissions(Permissions::from_mode(before.mode() & 0o7777))?;
        }
        file.sync_all()?;
        if let Some(old) = old
            && fs::read_to_string(&target)? != old
        {
            return Err(io::Error::other("somebody else has changed it meanwhile; try again"));
        }
        fs::rename(&temporary, &target)
    })();
    if replaced.is_err() {
        let _ = fs::remove_file(&temporary);
        return replaced;
    }
    // The name is on disk once the directory is. That it is not would be no reason to say that nothing was done.
    let _ = File::open(directory(&target)).and_then(|directory| directory.sync_all());
    Ok(())
}

/// Where a file really is, also if it is not there yet.
fn target(path: &Path) -> io::Result<PathBuf> {
    /// As many as Linux follows.
    const MAX_LINKS: usize = 40;
    let mut target = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&target) {
            Ok(link) => target = directory(&target).join(link),
            // No link: a file, or nothing.
            Err(_) => return Ok(target),
        }
    }
    Err(io::Error::other("it is a symbolic link that leads nowhere"))
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A new file in the directory of `target`, because only within a file system can one file take the name of another.
fn beside(target: &Path, is_private: bool) -> io::Result<(PathBuf, File)> {
    const MAX_TRIES: u32 = 16;
    let name = target.file_name().ok_or_else(|| io::Error::other("it is no file"))?.to_string_lossy();
    let mode = if is_private { 0o600 } else { 0o666 };
    let mut taken = io::Error::other("there is no free name beside it");
    for number in 0..MAX_TRIES {
        let temporary = directory(target).join(format!(".{name}.{}-{number}", process::id()));
        match OpenOptions::new().write(true).create_new(true).mode(mode).open(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = error,
            Err(error) => return Err(error),
        }
    }
    Err(taken)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn replaces_what_a_link_leads_to_and_keeps_its_mode() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("real.toml");
        let link = directory.path().join("tsk.toml");
        symlink("real.toml", &link).unwrap();
        replace(&link, None, "a").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "a");
        fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        replace(&link, Some("a"), "b").unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "b");
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o640);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "nothing is left behind");
    }

    #[test]
    fn leaves_alone_what_somebody_else_has_changed() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("tsk.toml");
        fs::write(&file, "theirs").unwrap();
        let refused = replace(&file, Some("before"), "ours").unwrap_err();
        assert!(refused.to_string().contains("somebody else"), "{refused}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "theirs");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert!(replace(directory.path(), None, "").is_err());
    }

    #[test]
    fn makes_no_file_where_one_is() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("tsk.toml");
        create(&file, "a").unwrap();
        assert_eq!(create(&file, "b").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&file).unwrap(), "a");
    }
}
