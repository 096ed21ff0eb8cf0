//! The `tsk` command: a web server without code, from a directory and an optional `tsk.toml`.
//!
//! ```text
//! tsk web start                      # serves ./public, or a welcome page, on 127.0.0.1:8080
//! tsk web start --port 9000          # elsewhere
//! tsk web start --config site.toml   # as a file says
//! ```
//!
//! It is a library as well, so that another program can be the command: [`main`] is all of it.
//!
//! # Exit codes
//!
//! They are stable: scripts and service managers may rely on them. [`Exit`] lists them.
//!
//! # Modules
//!
//! `args` takes a command line apart before [argh] does, `command` holds a file for each command, `site` is what is
//! served without code, `welcome` the page that is served when there is nothing else, `open_files` makes room for
//! connections, `terminal` decides on colour, and `log` writes what goes wrong later.

mod args;
mod command;
mod error;
mod exit;
mod log;
mod open_files;
mod site;
mod terminal;
mod welcome;

pub use command::main;
pub use exit::Exit;
