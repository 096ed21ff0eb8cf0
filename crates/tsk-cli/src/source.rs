//! Where a command finds the configuration: what its options `--config` and `--env` say.

use std::path::PathBuf;

use tsk::Config;
use tsk::config::Loader;

/// What the options of a command say of the configuration.
#[derive(Debug, Clone, Default)]
pub(crate) struct Source {
    /// `--config`
    pub(crate) file: Option<PathBuf>,
    /// `--env`
    pub(crate) overlay: Option<String>,
}

impl Source {
    pub(crate) fn loader(&self) -> Loader {
        let mut loader = Config::loader();
        if let Some(file) = &self.file {
            loader = loader.file(file);
        }
        if let Some(overlay) = &self.overlay {
            loader = loader.overlay(overlay);
        }
        loader
    }
}
