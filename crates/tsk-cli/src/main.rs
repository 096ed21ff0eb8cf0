//! The `tsk` command; the library beside it is what it does.

use std::process::ExitCode;

fn main() -> ExitCode {
    tsk_cli::run(tsk_cli::Application::stock())
}
