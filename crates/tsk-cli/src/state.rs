//! The state directory: where a command finds the server that another has started.

use std::env;
use std::path::{Path, PathBuf};

/// The variable that names it where no option does.
pub(crate) const VARIABLE: &str = "TSK_STATE_DIR";

/// Where it is if nobody says otherwise: below the directory in which commands are given.
const DEFAULT: &str = ".tsk";

/// The state directory.
///
/// It is no setting of the configuration: a command must find the server also while the file is being mended.
#[derive(Debug, Clone)]
pub(crate) struct State {
    directory: PathBuf,
    /// Whether somebody asked for this very directory.
    is_chosen: bool,
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

    /// The directory of the server's logs.
    pub(crate) fn logs(&self) -> PathBuf {
        self.directory.join("log")
    }
}
