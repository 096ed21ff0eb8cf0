//! `cargo xtask schemathesis`: whether a service does what its document says.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::install::{self, VENV};
use crate::step::{self, Steps};
use crate::{Error, Usage};

pub(crate) const HELP: &str = "
Starts the example `catalogue` on a free port and has schemathesis ask it what its documents allow, and what they do not,
with its key and without: all checks that there are, in all phases, and nothing is found. What is needed for that is
installed under the target directory, with pip.

Usage: cargo xtask schemathesis [--examples N] [--seed N]

  --examples N  how many requests to make up for an operation in each phase; 50 by default
  --seed N      which requests to make up; 1 by default, and any other finds others
";

const SCHEMATHESIS: &str = "schemathesis==4.32.5";
const CONFIGURATION: &str = "xtask/openapi/schemathesis.toml";
const DOCUMENTS: [&str; 2] = ["openapi.json", "openapi-3.0.json"];

pub(crate) fn run(args: &[String]) -> Result<(), Error> {
    let options = Options::read(args)?;
    let mut steps = Steps::default();
    let (mut tool, mut service) = (None, None);
    steps.run("tools", || {
        tool = Some(installed()?);
        Ok(())
    });
    steps.run("catalogue", || {
        service = Some(Service::start()?);
        Ok(())
    });
    if let (Some(tool), Some(service)) = (tool, service) {
        for document in DOCUMENTS {
            steps.run(document, || step::run(&mut options.command(&tool, &service.url, document)));
        }
    }
    steps.finish()
}

struct Options {
    examples: u32,
    seed: u32,
}

impl Options {
    fn read(args: &[String]) -> Result<Self, Usage> {
        let mut options = Self { examples: 50, seed: 1 };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let place = match arg.as_str() {
                "--examples" => &mut options.examples,
                "--seed" => &mut options.seed,
                _ => return Err(Usage(format!("`schemathesis` does not know `{arg}`"))),
            };
            let number = args.next().and_then(|number| number.parse().ok());
            *place = number.ok_or_else(|| Usage(format!("`{arg}` takes a number")))?;
        }
        Ok(options)
    }

    fn command(&self, tool: &Path, url: &str, document: &str) -> Command {
        let (examples, seed) = (self.examples.to_string(), self.seed.to_string());
        let mut command = Command::new(tool);
        command.args(["--config-file", CONFIGURATION, "run", &format!("{url}/{document}")]);
        command.args(["--checks=all", "--mode=all", "--phases=examples,coverage,fuzzing,stateful"]);
        command.args(["--max-examples", &examples, "--seed", &seed, "--continue-on-failure", "--no-color"]);
        // What a former run found is asked again otherwise, and each run is to be like another.
        command.args(["--generation-database", "none"]);
        command
    }
}

/// The example, while it runs.
struct Service {
    child: Child,
    url: String,
}

impl Service {
    fn start() -> Result<Self, Error> {
        step::run(&mut step::cargo(&["build", "-q", "--locked", "-p", "tsk-cli", "--example", "catalogue"]))?;
        let target = crate::target_dir()?;
        let state = target.join("schemathesis");
        fs::create_dir_all(&state)?;
        let mut command = Command::new(target.join("debug/examples/catalogue"));
        command.args(["web", "start", "--port=0", "--state-dir"]).arg(state.join("state"));
        command.current_dir(&state).env("TSK_ADMIN__ENABLED", "false").stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let mut line = String::new();
        if let Some(stdout) = &mut child.stdout {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let url = line.trim_end().strip_prefix("listening on ").unwrap_or_default().to_owned();
        let service = Self { child, url };
        if service.url.is_empty() { Err("the example does not serve".into()) } else { Ok(service) }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A schemathesis to run: a pinned one, installed under the target directory.
fn installed() -> Result<PathBuf, Error> {
    let venv = crate::target_dir()?.join("tools").join(SCHEMATHESIS.replace("==", "-"));
    let program = venv.join("bin/schemathesis");
    if program.is_file() {
        return Ok(program);
    }
    install::ensure(&[VENV])?;
    step::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
    let python = venv.join("bin/python");
    step::run(Command::new(python).args(["-m", "pip", "install", "--quiet", SCHEMATHESIS]))?;
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_numbers_or_refused() {
        let read = |args: &[&str]| Options::read(&args.iter().map(ToString::to_string).collect::<Vec<_>>());
        let is = |args: &[&str]| read(args).map(|options| (options.examples, options.seed)).ok();
        assert_eq!(is(&[]), Some((50, 1)));
        assert_eq!(is(&["--seed", "7", "--examples", "3"]), Some((3, 7)));
        for wrong in [&["--seed"][..], &["--seed", "x"], &["all"]] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
