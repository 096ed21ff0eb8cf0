//! `cargo xtask docs`: the pages that programs write.

use std::fs;

use crate::step;
use crate::{Error, Usage};

pub(crate) const HELP: &str = "
Writes docs/reference/cli.md anew, from what the commands say of themselves.

Usage: cargo xtask docs
";

const PAGE: &str = "docs/reference/cli.md";

pub(crate) fn run(args: &[String]) -> Result<(), Error> {
    if let Some(arg) = args.first() {
        return Err(Usage(format!("`docs` takes no argument, but got `{arg}`")).into());
    }
    let page =
        step::output(&mut step::cargo(&["run", "-q", "--locked", "-p", "tsk-cli", "--", "reference"]))?;
    fs::write(PAGE, page)?;
    println!("{PAGE}");
    Ok(())
}
