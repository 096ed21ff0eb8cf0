//! `tsk graphql diff`: two schemas beside each other.

use std::fmt;
use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};
use serde::Serialize;
use tsk::graphql::sdl::{self, Change};

use super::{read, wrong};
use crate::Exit;
use crate::error::Error;
use crate::output::Output;

/// Says what is different between two schemas, and what of it breaks clients.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "diff",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} before.graphql after.graphql",
    note = "Order and descriptions make no difference.",
    error_code(0, "nothing breaks a client"),
    error_code(1, "a schema cannot be read"),
    error_code(2, "the command line is wrong"),
    error_code(4, "something breaks clients")
)]
pub(super) struct Diff {
    #[argh(positional, arg_name = "before")]
    before: PathBuf,

    #[argh(positional, arg_name = "after")]
    after: PathBuf,

    /// as JSON, and errors
    #[argh(switch)]
    json: bool,
}

impl Diff {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let (before, after) = (read(&self.before)?, read(&self.after)?);
        // Which of the two is at fault, is told by reading each beside itself.
        for (path, text) in [(&self.before, &before), (&self.after, &after)] {
            sdl::diff(text, text).map_err(|error| wrong(path, &error))?;
        }
        let changes = sdl::diff(&before, &after).map_err(|error| wrong(&self.after, &error))?;
        let report = Changes::of(&changes);
        Output::json(self.json).report(&report);
        Ok(if changes.iter().any(|change| change.is_breaking) { Exit::Unfit } else { Exit::Success })
    }
}

/// What is different.
#[derive(Serialize)]
pub(super) struct Changes {
    changes: Vec<One>,
}

#[derive(Serialize)]
struct One {
    breaking: bool,
    text: String,
}

impl Changes {
    pub(super) fn of(changes: &[Change]) -> Self {
        let one = |change: &Change| One { breaking: change.is_breaking, text: change.text.clone() };
        Self { changes: changes.iter().map(one).collect() }
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.changes.is_empty() {
            return f.write_str("no difference");
        }
        for (at, One { breaking, text }) in self.changes.iter().enumerate() {
            let end = if at > 0 { "\n" } else { "" };
            write!(f, "{end}{}  {text}", if *breaking { "breaks" } else { "      " })?;
        }
        Ok(())
    }
}
