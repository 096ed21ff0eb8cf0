//! `cargo xtask tidy`: the rules that no compiler holds.

mod edges;
mod links;
mod manifests;
mod problems;
mod sizes;
mod source;
mod text;
mod threats;
mod trees;

use crate::{Error, Usage};

pub(crate) const HELP: &str = "
Checks what no compiler does:
  - of our own crates a component depends on tsk-core only, dev-dependencies included;
  - a Rust file has at most 400 lines (a warning past 300), tsk-core at most 3,000;
  - each crate has a description, a README or documentation in lib.rs, and a changelog;
  - each relative link in a Markdown file leads to a file;
  - each problem type in the code has its page in docs/problems, and each page its type;
  - each test that docs/threat-model.md names is there;
  - no stub and no trailing whitespace;
  - what each crate pulls in stays within its bar.

Usage: cargo xtask tidy [--crates]

  --crates  name the crates that each of ours pulls in
";

/// What the rules found.
#[derive(Debug, Default)]
struct Report {
    failures: Vec<String>,
    warnings: Vec<String>,
}

pub(crate) fn run(args: &[String]) -> Result<(), Error> {
    let name_crates = match args {
        [] => false,
        [flag] if flag == "--crates" => true,
        _ => return Err(Usage("`tidy` takes `--crates` or nothing".into()).into()),
    };
    let mut report = Report::default();
    let sources = source::all()?;
    sizes::check(&sources, &mut report);
    manifests::check(&sources, &mut report);
    links::check(&sources, &mut report);
    problems::check(&sources, &mut report);
    text::check(&sources, &mut report);
    threats::check(&sources, &mut report);
    edges::check(&mut report)?;
    trees::check(name_crates, &mut report)?;
    report.finish()
}

impl Report {
    fn fail(&mut self, message: impl Into<String>) {
        self.failures.push(message.into());
    }

    fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(message.into());
    }

    fn finish(self) -> Result<(), Error> {
        for warning in &self.warnings {
            println!("warning: {warning}");
        }
        for failure in &self.failures {
            println!("FAILED: {failure}");
        }
        match self.failures.len() {
            0 => Ok(()),
            1 => Err("1 rule broken".into()),
            count => Err(format!("{count} rules broken").into()),
        }
    }
}
