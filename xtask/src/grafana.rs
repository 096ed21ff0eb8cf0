//! `cargo xtask grafana`: the dashboards under docs/dashboards.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::{Error, Usage};
use crate::{install, step};

pub(crate) const HELP: &str = "
The dashboards of a service as it is by default, in both forms that Grafana takes, under docs/dashboards.

Usage: cargo xtask grafana generate    write them
       cargo xtask grafana check       fail where they are not those of today, or name a metric that there is not
       cargo xtask grafana schema      have the compiler of TypeScript hold them against the schema that Grafana publishes
";

/// Where they are.
const FOLDER: &str = "docs/dashboards";

/// The types that they are held against, and the values that follow.
const TYPES: &str = include_str!("grafana/schema.ts");

pub(crate) fn run(args: &[String]) -> Result<(), Error> {
    match args {
        [command] if matches!(command.as_str(), "generate" | "check") => example(command),
        [command] if command == "schema" => schema(),
        _ => Err(Usage("say `generate`, `check` or `schema`".into()).into()),
    }
}

fn example(command: &str) -> Result<(), Error> {
    let example =
        ["run", "-q", "--locked", "-p", "tsk-metrics", "--features", "grafana", "--example", "dashboards"];
    step::run(step::cargo(&example).args(["--", command, FOLDER]))
}

/// A dashboard is a literal in TypeScript, so that a field too many is an error as well.
fn schema() -> Result<(), Error> {
    let folder = install::grafana_schema()?;
    let mut program = String::from(TYPES);
    for (form, type_of) in [("classic", "Classic"), ("v2", "Resource")] {
        for (index, path) in dashboards(form)?.iter().enumerate() {
            let text = fs::read_to_string(path)?;
            writeln!(program, "export const {form}{index}: {type_of} = {text};")?;
        }
    }
    fs::write(folder.join("dashboards.ts"), program)?;
    let options = [
        "--noEmit",
        "--strict",
        "--skipLibCheck",
        "--target",
        "esnext",
        "--module",
        "esnext",
        "--moduleResolution",
        "bundler",
    ];
    let compiler = folder.join("node_modules/.bin/tsc");
    step::run(Command::new(compiler).args(options).arg("dashboards.ts").current_dir(&folder))
}

/// The files of a form, of which there is at least one.
fn dashboards(form: &str) -> Result<Vec<PathBuf>, Error> {
    let folder = format!("{FOLDER}/{form}");
    let mut files: Vec<_> =
        fs::read_dir(&folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.sort();
    if files.is_empty() { Err(format!("there is no dashboard in {folder}").into()) } else { Ok(files) }
}
