//! `tsk new`: makes an application.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use argh::{ArgsInfo, FromArgs};
use serde::Serialize;

use crate::error::Error;
use crate::output::Output;
use crate::{Application, Exit, template, terminal};

/// Makes a directory with an application that has everything on: it builds, and passes its own tests.
#[derive(FromArgs, ArgsInfo)]
#[argh(
    subcommand,
    name = "new",
    help_triggers("-h", "--help", "help"),
    example = "{command_name} shop\n{command_name} shop --tsk ~/src/tsk",
    note = "The crates are not on crates.io: the application depends on a checkout, by its path.",
    error_code(0, "made"),
    error_code(1, "could not be made: something is there, or there is no checkout"),
    error_code(2, "the command line is wrong, the name among it")
)]
pub(super) struct New {
    /// what the application and its directory are called
    #[argh(positional)]
    name: String,

    /// checkout of tsk to depend on (the one that this program was built from)
    #[argh(option, arg_name = "directory")]
    tsk: Option<PathBuf>,

    /// make no repository of it
    #[argh(switch)]
    no_git: bool,

    /// say in JSON what was made
    #[argh(switch)]
    json: bool,
}

/// What was made.
#[derive(Serialize)]
struct Made {
    name: String,
    directory: String,
    files: Vec<String>,
    /// The checkout that it depends on.
    tsk: String,
    /// Whether it is a repository of its own now.
    git: bool,
}

impl New {
    pub(super) fn run(self, application: &Application) -> Result<Exit, Error> {
        if let Some(reason) = template::wrong(&self.name) {
            return Err(Error::usage(format_args!(
                "`{}` is no name for an application: {reason}",
                self.name
            )));
        }
        let checkout = self.checkout()?;
        let directory = Path::new(&self.name);
        let cannot =
            |error: io::Error| Error::failure(format_args!("`{}` cannot be made: {error}", self.name));
        match fs::read_dir(directory).map(|mut entries| entries.next().is_none()) {
            Ok(true) => {}
            Ok(false) => {
                return Err(Error::failure(format_args!(
                    "`{}` is there and not empty; choose another name",
                    self.name
                )));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir(directory).map_err(cannot)?;
            }
            Err(error) => return Err(cannot(error)),
        }
        let files = template::files(&self.name, &checkout).map_err(|reason| {
            Error::failure(format_args!(
                "a manifest cannot name the checkout `{}`: {reason}",
                checkout.display()
            ))
        })?;
        template::write(directory, &files, &checkout).map_err(cannot)?;
        let git = !self.no_git && init(application, directory);
        let made = Made {
            directory: directory.canonicalize().map_err(cannot)?.display().to_string(),
            name: self.name,
            files: files.into_iter().map(|(path, _)| path).collect(),
            tsk: checkout.display().to_string(),
            git,
        };
        Output::json(self.json).report(&made);
        Ok(Exit::Success)
    }

    fn checkout(&self) -> Result<PathBuf, Error> {
        let is_one = |path: &Path| path.join("crates/tsk-cli/Cargo.toml").is_file();
        match &self.tsk {
            Some(path) => match path.canonicalize() {
                Ok(whole) if is_one(&whole) => Ok(whole),
                _ => Err(Error::failure(format_args!(
                    "`{}` is no checkout of tsk: it has no crates/tsk-cli/Cargo.toml",
                    path.display()
                ))),
            },
            None => {
                let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize();
                built_from.ok().filter(|path| is_one(path)).ok_or_else(|| {
                    Error::failure("the checkout that this program was built from is gone; pass --tsk with the path of one")
                })
            }
        }
    }
}

/// Makes a repository of a directory that is not within one. That there is no git is no failure.
fn init(application: &Application, directory: &Path) -> bool {
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.arg("-C").arg(directory).args(args);
        git.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()
    };
    match git(&["rev-parse", "--is-inside-work-tree"]) {
        Ok(within) if within.success() => false,
        Ok(_) => git(&["init", "--quiet"]).is_ok_and(|status| status.success()),
        Err(_) => {
            terminal::note(application.name, "there is no git, so that this is no repository");
            false
        }
    }
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "made `{0}`, an application that depends on the checkout in {1}\n\n  cd {0}\n  cargo test\n  cargo run -- web start",
            self.name, self.tsk
        )
    }
}
