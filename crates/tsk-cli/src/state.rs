//! The state directory: where a command finds the server that another has started.

use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// The variable that names it where no option does.
pub(crate) const VARIABLE: &str = "TSK_STATE_DIR";

/// Where it is if nobody says otherwise: below the directory in which commands are given.
const DEFAULT: &str = ".tsk";

/// How often to try to take what seems to be taken, and how long to wait in between.
const TRIES: u32 = 10;
const MOMENT: Duration = Duration::from_millis(10);

/// The state directory.
///
/// It is no setting of the configuration: a command must find the server also while the file is being mended.
#[derive(Debug, Clone)]
pub(crate) struct State {
    directory: PathBuf,
    /// Whether somebody asked for this very directory.
    is_chosen: bool,
}

/// The server of a state directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    /// One runs. It may not have written its process yet.
    Running(Option<u32>),
    /// There was one, and it did not stop by itself: it was killed, or it crashed.
    Gone(u32),
    /// There is none.
    None,
}

impl State {
    /// The directory that the option `--state-dir` names, or else the variable, or else `.tsk`.
    pub(crate) fn new(option: Option<PathBuf>) -> Self {
        let variable = || env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
        let chosen = option.or_else(variable);
        let is_chosen = chosen.is_some();
        Self { directory: chosen.unwrap_or_else(|| DEFAULT.into()), is_chosen }
    }

    /// The directory.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether somebody asked for this very directory, so that it is no good to do without.
    pub(crate) fn is_chosen(&self) -> bool {
        self.is_chosen
    }

    /// The directory of the server's logs.
    pub(crate) fn logs(&self) -> PathBuf {
        self.directory.join("log")
    }

    /// The socket by which commands speak to the server.
    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.join("control.sock")
    }

    /// Takes the directory for a server, and makes it if need be; for the user alone, as what is in it is.
    pub(crate) fn take(&self) -> Result<Taken, TakeError> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.directory).map_err(TakeError::Unusable)?;
        let path = self.pid_file();
        let mut tries = TRIES;
        loop {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(&path)
                .map_err(TakeError::Unusable)?;
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {}
                // Whoever looks whether a server runs holds the lock for a moment.
                Err(Errno::WOULDBLOCK) if tries > 0 => {
                    tries -= 1;
                    thread::sleep(MOMENT);
                    continue;
                }
                Err(Errno::WOULDBLOCK) => return Err(TakeError::Running(pid(&mut file))),
                Err(error) => return Err(TakeError::Unusable(error.into())),
            }
            // Whoever held the lock before has removed the file with it: then this one is no longer the one.
            if !is_at(&file, &path) {
                continue;
            }
            let before = pid(&mut file);
            write_pid(&mut file).map_err(TakeError::Unusable)?;
            return Ok(Taken { file, path, before });
        }
    }

    /// Whether a server runs.
    pub(crate) fn server(&self) -> io::Result<Server> {
        let mut file = match File::open(self.pid_file()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Server::None),
            Err(error) => return Err(error),
        };
        match flock(&file, FlockOperation::NonBlockingLockShared) {
            Ok(()) => Ok(pid(&mut file).map_or(Server::None, Server::Gone)),
            Err(Errno::WOULDBLOCK) => Ok(Server::Running(pid(&mut file))),
            Err(error) => Err(error.into()),
        }
    }

    fn pid_file(&self) -> PathBuf {
        self.directory.join("tsk.pid")
    }
}

/// A state directory that is a server's own, until it is dropped or the process ends, however it does.
///
/// What says so is the lock on the file. A process that is killed leaves the file behind and loses the lock, so
/// nobody is taken for it because it got the same number.
#[derive(Debug)]
pub(crate) struct Taken {
    file: File,
    path: PathBuf,
    before: Option<u32>,
}

impl Taken {
    /// The process that had the directory before, and did not stop by itself.
    pub(crate) fn before(&self) -> Option<u32> {
        self.before
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        // While the lock is held, so that a file that is there without one was left by somebody who was killed.
        if is_at(&self.file, &self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Why a state directory cannot be taken.
#[derive(Debug)]
pub(crate) enum TakeError {
    /// A server has it.
    Running(Option<u32>),
    /// It cannot be written to.
    Unusable(io::Error),
}

fn is_at(file: &File, path: &Path) -> bool {
    let at = |metadata: &fs::Metadata| (metadata.dev(), metadata.ino());
    matches!((file.metadata(), path.metadata()), (Ok(one), Ok(other)) if at(&one) == at(&other))
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn state() -> (tempfile::TempDir, State) {
        let folder = tempfile::tempdir().unwrap();
        let state = State::new(Some(folder.path().join("a/b")));
        (folder, state)
    }

    #[test]
    fn one_server_at_a_time_has_it_and_others_learn_which() {
        let (_folder, state) = state();
        assert_eq!(state.server().unwrap(), Server::None);
        let taken = state.take().unwrap();
        let own = Some(std::process::id());
        assert_eq!(taken.before(), None);
        assert_eq!(state.server().unwrap(), Server::Running(own));
        assert!(matches!(state.take(), Err(TakeError::Running(pid)) if pid == own));
        drop(taken);
        assert_eq!(state.server().unwrap(), Server::None);
        assert!(!state.pid_file().exists());
    }

    #[test]
    fn one_that_was_killed_is_told_from_one_that_stopped() {
        let (_folder, state) = state();
        drop(state.take().unwrap());
        // A process that is killed leaves this.
        fs::write(state.pid_file(), "4711\n").unwrap();
        assert_eq!(state.server().unwrap(), Server::Gone(4711));
        let taken = state.take().unwrap();
        assert_eq!(taken.before(), Some(4711));
        assert_eq!(state.server().unwrap(), Server::Running(Some(std::process::id())));
    }

    #[test]
    fn what_is_in_it_is_for_the_user_alone() {
        let (_folder, state) = state();
        let _taken = state.take().unwrap();
        let mode = |path: &Path| path.metadata().unwrap().mode() & 0o777;
        assert_eq!((mode(state.directory()), mode(&state.pid_file())), (0o700, 0o600));
    }

    #[test]
    fn a_file_with_anything_else_in_it_does_no_harm() {
        let (_folder, state) = state();
        drop(state.take().unwrap());
        for text in ["", "what?", "99999999999999999999999999999999999999999999"] {
            fs::write(state.pid_file(), text).unwrap();
            assert_eq!(state.server().unwrap(), Server::None, "{text}");
        }
    }
}
