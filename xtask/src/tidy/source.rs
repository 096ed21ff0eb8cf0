//! The text files of the workspace, read once.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Error;
use crate::step;

/// A text file, by its path from the root.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
}

/// The endings of the files that are ours to keep tidy. Others (images, recorded answers, lock files) are data.
const ENDINGS: [&str; 11] =
    [".rs", ".md", ".toml", ".sh", ".yml", ".yaml", ".html", ".css", ".js", ".mjs", "/run"];

/// Every file that git tracks or would track.
pub(super) fn all() -> Result<Vec<Source>, Error> {
    let listing = step::output(Command::new("git").args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]))?;
    let mut sources = Vec::new();
    for path in listing.split('\0').filter(|path| ENDINGS.iter().any(|ending| path.ends_with(ending))) {
        // A tracked file may be deleted in the work tree.
        if Path::new(path).is_file() {
            sources.push(Source { path: path.into(), text: fs::read_to_string(path)? });
        }
    }
    Ok(sources)
}

impl Source {
    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    pub(super) fn is_markdown(&self) -> bool {
        self.path.ends_with(".md")
    }

    #[cfg(test)]
    pub(super) fn new(path: &str, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }
}
