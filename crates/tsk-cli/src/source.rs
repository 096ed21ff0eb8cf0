//! Where a command finds the configuration: what its options `--config` and `--env` say.

use std::path::PathBuf;

use tsk::Config;
use tsk::config::Loader;

/// What the options of a command say of the configuration.
#[derive(Debug, Clone, Default)]
pub(crate) struct Source {
    /// `--config`
    pub(crate) file: Option<PathBuf>,
}

impl Source {
    pub(crate) fn loader(&self) -> Loader {
        match &self.file {
            Some(file) => Config::loader().file(file),
            None => Config::loader(),
        }
    }
}
