//! `cargo xtask docs`: the pages that programs write.

use std::fs;

use crate::step;
use crate::{Error, Usage};

pub(crate) const HELP: &str = "
Writes anew docs/reference/cli.md, from what the commands say of themselves, and docs/reference/metrics.md, from the
catalogue of metrics.

Usage: cargo xtask docs
";

/// Pages, and what cargo runs to have them printed.
const PAGES: [(&str, &[&str]); 2] = [
    ("docs/reference/cli.md", &["-p", "tsk-cli", "--", "reference"]),
    ("docs/reference/metrics.md", &["-p", "tsk-metrics", "--example", "reference"]),
];

pub(crate) fn run(args: &[String]) -> Result<(), Error> {
    if let Some(arg) = args.first() {
        return Err(Usage(format!("`docs` takes no argument, but got `{arg}`")).into());
    }
    for (path, program) in PAGES {
        let page = step::output(step::cargo(&["run", "-q", "--locked"]).args(program))?;
        fs::write(path, page)?;
        println!("{path}");
    }
    Ok(())
}
