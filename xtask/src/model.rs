//! `cargo xtask model`: every order in which threads can meet.

use crate::step::{self, Steps};
use crate::{Error, Usage};

pub(crate) const HELP: &str = "
Runs what wakes the tasks of a connection under loom, which tries every order that its threads can run in, and fails
where a wake is lost. Built by itself, in target/model, as loom takes the place of the standard library's locks.

Usage: cargo xtask model
";

pub(crate) fn run(args: &[String]) -> Result<(), Error> {
    if let Some(arg) = args.first() {
        return Err(Usage(format!("`model` takes no argument, but got `{arg}`")).into());
    }
    let mut steps = Steps::default();
    steps.run("model", || {
        let folder = crate::target_dir()?.join("model");
        let tests = ["test", "--locked", "-p", "tsk-http", "--lib", "server::model::"];
        step::run(step::cargo(&tests).env("RUSTFLAGS", "--cfg tsk_model").env("CARGO_TARGET_DIR", folder))
    });
    steps.finish()
}
