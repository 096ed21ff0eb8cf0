//! The program: all commands, for the service that the library beside it is.

use std::process::ExitCode;

use my_app::app;

use tsk_cli::Application;

fn main() -> ExitCode {
    let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    tsk_cli::run(Application::with_settings(name, version, app))
}
