//! A folder as a user would have it.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A temporary folder in which `tsk` is started. Removed when dropped.
#[derive(Debug)]
pub struct Site(TempDir);

impl Site {
    /// A folder with nothing in it.
    pub fn empty() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// Writes a file, with the folders above it.
    #[must_use]
    pub fn file(self, path: &str, contents: impl AsRef<[u8]>) -> Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder of our own");
        fs::write(path, contents).expect("a file of our own");
        self
    }

    /// Makes a file of zeros that takes no room on the disk.
    #[must_use]
    pub fn sparse_file(self, path: &str, length: u64) -> Self {
        let site = self.file(path, "");
        let file = fs::File::options().write(true).open(site.path(path)).expect("a file of our own");
        file.set_len(length).expect("a file may be sparse");
        site
    }

    /// A path within the folder.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder().join(path)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.0.path()
    }
}
