//! `cargo xtask ci`: what CI checks beside the tests.

use std::process::Command;

use crate::install;
use crate::step::{self, Steps};
use crate::{Error, Usage, grafana, tidy};

pub(crate) const HELP: &str = "
Checks everything that CI does beside the tests: formatting, clippy, the documentation, the dashboards, `tidy`, and cargo-deny
(licences, bans, sources). A failure does not stop the rest; the summary names what failed.

Usage: cargo xtask ci
";

pub(crate) fn run(args: &[String]) -> Result<(), Error> {
    if let Some(arg) = args.first() {
        return Err(Usage(format!("`ci` takes no argument, but got `{arg}`")).into());
    }
    let mut steps = Steps::default();
    steps.run("format", || step::run(&mut step::cargo(&["fmt", "--all", "--check"])));
    steps.run("clippy", || {
        let lints =
            ["clippy", "--workspace", "--all-targets", "--all-features", "--locked", "--", "-D", "warnings"];
        step::run(&mut step::cargo(&lints))
    });
    steps.run("documentation", || {
        let docs = ["doc", "--workspace", "--all-features", "--no-deps", "--locked"];
        step::run(step::cargo(&docs).env("RUSTDOCFLAGS", "-D warnings"))
    });
    steps.run("dashboards", || grafana::run(&["check".to_owned()]));
    steps.run("tidy", || tidy::run(&[]));
    steps.run("cargo-deny", || {
        let checks = ["--all-features", "--locked", "check", "bans", "licenses", "sources"];
        step::run(Command::new(install::cargo_deny()?).args(checks))
    });
    steps.finish()
}
