//! `tsk web config init`: a file to begin with.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use argh::{ArgsInfo, FromArgs};
use serde::Serialize;

use super::DEFAULT_FILE;
use crate::error::Error;
use crate::output::Output;
use crate::toml::{file, template};
use crate::{Application, Exit};

/// Writes a file with every setting at its default, commented out and explained.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "init",
    help_triggers("-h", "--help", "help"),
    example = "{command_name}\n{command_name} site.toml\n{command_name} --force",
    error_code(0, "written"),
    error_code(1, "there is such a file already, or it cannot be written")
)]
pub(super) struct Init {
    /// where to write it (./tsk.toml)
    #[argh(positional, arg_name = "file")]
    path: Option<PathBuf>,

    /// replace the file if there is one
    #[argh(switch)]
    force: bool,

    /// as JSON
    #[argh(switch)]
    json: bool,
}

impl Init {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        let path = self.path.unwrap_or_else(|| DEFAULT_FILE.into());
        let text = template::of(&application.schema(), application.name);
        let written = if self.force { file::replace(&path, None, &text) } else { file::create(&path, &text) };
        written.map_err(|error| cannot_write(&path, &error))?;
        Output::json(self.json).report(&Written { file: path.display().to_string() });
        Ok(Exit::Success)
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Error {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::AlreadyExists => Error::failure(format_args!(
            "{path} exists already; pass --force to replace it, or name another file"
        )),
        _ => Error::failure(format_args!("cannot write {path}: {error}")),
    }
}

#[derive(Serialize)]
struct Written {
    file: String,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wrote {}: every setting at its default, commented out", self.file)
    }
}
