//! `cargo xtask test`: the fast tier.

use crate::Error;
use crate::install::{
    self, ALERTMANAGER, CHROMIUM, CURL, FISH, HAPROXY, NGINX, OPENMETRICS, OPENSSL, POSTGRES, PROMETHEUS,
    Program, REDIS, ZSH,
};
use crate::step::{self, Steps};

pub(crate) const HELP: &str = "
Installs what the tests need, then runs every test of the workspace: unit, integration, end-to-end, documentation.
As root it installs missing Debian packages; otherwise it says what to install and stops.

Usage: cargo xtask test [ARGUMENT...]

A failure does not stop the rest. Arguments go to `cargo test`: `-p tsk-core` for one crate, `range` for tests whose
name has the word, `-- --nocapture` for what they print.
";

/// What the tests run beside our own.
const PROGRAMS: [Program; 12] = [
    CURL,
    OPENSSL,
    CHROMIUM,
    NGINX,
    HAPROXY,
    POSTGRES,
    REDIS,
    PROMETHEUS,
    OPENMETRICS,
    ALERTMANAGER,
    FISH,
    ZSH,
];

pub(crate) fn run(args: &[String]) -> Result<(), Error> {
    let mut steps = Steps::default();
    if steps.run("programs", || install::ensure(&PROGRAMS))
        && steps.run("collectors", || install::collectors().map(drop))
        && steps.run("peers", || install::token_peers().and_then(|_| install::socket_peers()).map(drop))
    {
        steps.run("cargo test", || {
            step::run(step::cargo(&["test", "--locked", "--no-fail-fast"]).args(selection(args)).args(args))
        });
    }
    steps.finish()
}

/// The whole workspace, unless the arguments name packages: with both, cargo would run everything.
fn selection(args: &[String]) -> Option<&'static str> {
    let ours = args.iter().take_while(|arg| *arg != "--");
    let named = |arg: &String| arg.starts_with("-p") || arg.starts_with("--package");
    (!ours.into_iter().any(named)).then_some("--workspace")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_tested_unless_a_package_is_named() {
        let select = |line: &str| selection(&line.split_whitespace().map(String::from).collect::<Vec<_>>());
        assert_eq!(select(""), Some("--workspace"));
        assert_eq!(select("range -- --nocapture -p"), Some("--workspace"));
        assert_eq!(select("-p tsk-core"), None);
        assert_eq!(select("--package=tsk-core range"), None);
    }
}
