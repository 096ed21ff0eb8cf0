//! Development commands of the workspace. `cargo xtask help` lists them.
//!
//! One file a command. Each exports `HELP` and `run`; [`COMMANDS`] is the only list of them.

mod bench;
mod ci;
mod docs;
mod fuzz;
mod grafana;
mod install;
mod model;
mod nearest;
mod openapi;
mod peers;
mod schemathesis;
mod soak;
mod step;
mod test;
mod tidy;

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;

/// A command line that means nothing: reported like any error, but with exit code 2.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

struct Command {
    name: &'static str,
    summary: &'static str,
    help: &'static str,
    run: fn(&[String]) -> Result<(), Error>,
}

const COMMANDS: [Command; 12] = [
    Command {
        name: "test",
        summary: "install what the tests need, then run the fast tier",
        help: test::HELP,
        run: test::run,
    },
    Command {
        name: "ci",
        summary: "everything that CI checks beside the tests",
        help: ci::HELP,
        run: ci::run,
    },
    Command {
        name: "tidy",
        summary: "the rules that no compiler holds: layering, sizes, documents",
        help: tidy::HELP,
        run: tidy::run,
    },
    Command {
        name: "docs",
        summary: "write the pages of the reference that programs write",
        help: docs::HELP,
        run: docs::run,
    },
    Command {
        name: "grafana",
        summary: "write or check the dashboards under docs/dashboards",
        help: grafana::HELP,
        run: grafana::run,
    },
    Command {
        name: "soak",
        summary: "a long test of the release binary, by name",
        help: soak::HELP,
        run: soak::run,
    },
    Command {
        name: "fuzz",
        summary: "bytes that nobody thought of, at everything that reads them",
        help: fuzz::HELP,
        run: fuzz::run,
    },
    Command {
        name: "model",
        summary: "what wakes a connection, in every order that threads can run in",
        help: model::HELP,
        run: model::run,
    },
    Command {
        name: "openapi",
        summary: "have the linters and generators of others look at our OpenAPI documents",
        help: openapi::HELP,
        run: openapi::run,
    },
    Command {
        name: "schemathesis",
        summary: "have a service asked what its document allows, and what it does not",
        help: schemathesis::HELP,
        run: schemathesis::run,
    },
    Command {
        name: "bench",
        summary: "measure against the peers and write docs/performance.md",
        help: bench::HELP,
        run: bench::run,
    },
    Command {
        name: "peers",
        summary: "build the servers that the benchmark compares with",
        help: peers::HELP,
        run: peers::run,
    },
];

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
}

fn dispatch(args: &[String]) -> Result<(), Error> {
    let Some((name, rest)) = args.split_first() else {
        print!("{}", overview());
        return Err(Usage("no command given".into()).into());
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print!("{}", overview());
        return Ok(());
    }
    let command = find(name)?;
    if matches!(rest.first().map(String::as_str), Some("--help" | "-h")) {
        println!("{}", command.help.trim());
        return Ok(());
    }
    // Commands name files and start cargo relative to the root, wherever they were typed.
    env::set_current_dir(root())?;
    (command.run)(rest)
}

fn find(name: &str) -> Result<&'static Command, Usage> {
    COMMANDS.iter().find(|command| command.name == name).ok_or_else(|| {
        let names = COMMANDS.iter().map(|command| command.name);
        let hint = match nearest::nearest(name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`cargo xtask help` lists them".into(),
        };
        Usage(format!("no command `{name}`; {hint}"))
    })
}

fn overview() -> String {
    let mut text = String::from(
        "Development commands of the workspace.\n\nUsage: cargo xtask COMMAND [ARGUMENT...]\n\n",
    );
    for command in &COMMANDS {
        text.push_str(&format!("  {:<12} {}\n", command.name, command.summary));
    }
    text.push_str("\n`cargo xtask COMMAND --help` says more about one.\n");
    text
}

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// The target directory in use, however it was chosen: this very program was built into it.
pub(crate) fn target_dir() -> Result<PathBuf, Error> {
    let program = env::current_exe()?;
    let profile = program.parent().and_then(Path::parent);
    Ok(profile.ok_or("this program is not inside a target directory")?.to_path_buf())
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_misspelt_command_names_the_nearest_one() {
        let error = dispatch(&["tets".into()]).unwrap_err();
        assert!(error.is::<Usage>());
        assert_eq!(error.to_string(), "no command `tets`; did you mean `test`?");
    }

    #[test]
    fn a_word_unlike_any_command_points_at_help() {
        let error = dispatch(&["deploy-everything".into()]).unwrap_err();
        assert_eq!(error.to_string(), "no command `deploy-everything`; `cargo xtask help` lists them");
    }

    #[test]
    fn the_overview_names_every_command() {
        let text = overview();
        for command in &COMMANDS {
            assert!(text.contains(&format!("  {} ", command.name)), "{}", command.name);
            assert!(!command.help.trim().is_empty(), "{}", command.name);
        }
    }
}
