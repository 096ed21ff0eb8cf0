//! `cargo xtask schemathesis`: whether a service does what its document says.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::install::{self, VENV};
use crate::step::{self, Steps};
use crate::{Error, Usage};

pub(crate) const HELP: &str = "
Starts the examples `catalogue` and `versioned` on free ports and has schemathesis ask them what their documents allow, and
what they do not, with a key and without, for each version of an API and each way to name it: all checks that there are, in
all phases, and nothing is found. The example `books` is asked by GraphQL what its schema allows. What is needed for that is
installed under the target directory, with pip.

Usage: cargo xtask schemathesis [--examples N] [--seed N] [--only EXAMPLE]

  --examples N    how many requests to make up for an operation in each phase; 50 by default
  --seed N        which requests to make up; 1 by default, and any other finds others
  --only EXAMPLE  one of the examples alone
";

const SCHEMATHESIS: &str = "schemathesis==4.32.5";

/// A service as it is started, and what it is held against.
struct Subject {
    example: &'static str,
    /// How requests name a version of its API, as its environment has it.
    versions: Option<&'static str>,
    /// Its documents, each with what a request for it has in `accept`: OpenAPI 3.1 §4.8.12.2.1 has no other place for that
    /// than the media types of the answers, where it is not looked for.
    documents: &'static [(&'static str, Option<&'static str>)],
    /// Whom it lets in.
    configuration: Option<&'static str>,
    /// What else its environment has.
    variables: &'static [(&'static str, &'static str)],
}

const OF_VERSIONS: &[(&str, Option<&str>)] =
    &[("openapi/v1.json", None), ("openapi-3.0/v2.json", None), ("openapi.json", None)];
const BY_MEDIA_TYPE: &[(&str, Option<&str>)] = &[
    ("openapi/v1.json", Some("application/json; version=v1")),
    ("openapi-3.0/v2.json", Some("application/json; version=v2")),
    ("openapi.json", Some("application/json; version=v3")),
];

const SUBJECTS: [Subject; 5] = [
    Subject {
        example: "catalogue",
        versions: None,
        documents: &[("openapi.json", None), ("openapi-3.0.json", None)],
        configuration: Some("xtask/openapi/schemathesis.toml"),
        variables: &[],
    },
    Subject::versioned("path", OF_VERSIONS),
    Subject::versioned("header", OF_VERSIONS),
    Subject::versioned("media-type", BY_MEDIA_TYPE),
    Subject {
        example: "books",
        versions: None,
        documents: &[("graphql", None)],
        configuration: None,
        // The schema is what it is asked by, and a list of a million, which is in it, is not to be refused for what it costs.
        variables: &[("TSK_GRAPHQL__INTROSPECTION", "true"), ("TSK_GRAPHQL__LIMITS__COST", "1000000000000")],
    },
];

impl Subject {
    const fn versioned(by: &'static str, documents: &'static [(&'static str, Option<&'static str>)]) -> Self {
        Self { example: "versioned", versions: Some(by), documents, configuration: None, variables: &[] }
    }
}

pub(crate) fn run(args: &[String]) -> Result<(), Error> {
    let options = Options::read(args)?;
    let mut steps = Steps::default();
    let mut tool = None;
    steps.run("tools", || {
        tool = Some(installed()?);
        Ok(())
    });
    let Some(tool) = tool else { return steps.finish() };
    for subject in SUBJECTS.iter().filter(|subject| options.only.is_none_or(|only| only == subject.example)) {
        let name = match subject.versions {
            Some(by) => format!("{} by {by}", subject.example),
            None => subject.example.to_owned(),
        };
        let mut service = None;
        steps.run(&name, || {
            service = Some(Service::start(subject)?);
            Ok(())
        });
        let Some(service) = service else { continue };
        for (document, accept) in subject.documents {
            steps.run(&format!("{name}: {document}"), || {
                let mut command = options.command(&tool, subject.configuration);
                command.arg(format!("{}/{document}", service.url));
                command.args(
                    accept.iter().flat_map(|accept| ["--header".to_owned(), format!("Accept: {accept}")]),
                );
                step::run(&mut command)
            });
        }
    }
    steps.finish()
}

struct Options {
    examples: u32,
    seed: u32,
    only: Option<&'static str>,
}

impl Options {
    fn read(args: &[String]) -> Result<Self, Usage> {
        let mut options = Self { examples: 50, seed: 1, only: None };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let place = match arg.as_str() {
                "--examples" => &mut options.examples,
                "--seed" => &mut options.seed,
                "--only" => {
                    let example = SUBJECTS
                        .iter()
                        .map(|subject| subject.example)
                        .find(|name| args.as_slice().first().is_some_and(|arg| arg == name));
                    options.only = Some(
                        example.ok_or_else(|| Usage("`--only` takes the name of an example".to_owned()))?,
                    );
                    args.next();
                    continue;
                }
                _ => return Err(Usage(format!("`schemathesis` does not know `{arg}`"))),
            };
            let number = args.next().and_then(|number| number.parse().ok());
            *place = number.ok_or_else(|| Usage(format!("`{arg}` takes a number")))?;
        }
        Ok(options)
    }

    fn command(&self, tool: &Path, configuration: Option<&str>) -> Command {
        let (examples, seed) = (self.examples.to_string(), self.seed.to_string());
        let mut command = Command::new(tool);
        command.args(configuration.iter().flat_map(|file| ["--config-file", file])).arg("run");
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
    fn start(subject: &Subject) -> Result<Self, Error> {
        let build = ["build", "-q", "--locked", "-p", "tsk-cli", "--example", subject.example];
        step::run(&mut step::cargo(&build))?;
        let target = crate::target_dir()?;
        let state = target.join("schemathesis");
        fs::create_dir_all(&state)?;
        let mut command = Command::new(target.join("debug/examples").join(subject.example));
        command.args(["web", "start", "--port=0", "--state-dir"]).arg(state.join("state"));
        command.current_dir(&state).env("TSK_ADMIN__ENABLED", "false").stdout(Stdio::piped());
        command
            .envs(subject.versions.map(|by| ("TSK_API__VERSIONS", by)))
            .envs(subject.variables.iter().copied());
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
        let only = read(&["--only", "books", "--seed", "7"]).map(|options| (options.only, options.seed));
        assert_eq!(only.ok(), Some((Some("books"), 7)));
        for wrong in [&["--seed"][..], &["--seed", "x"], &["all"], &["--only", "none"], &["--only"]] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
