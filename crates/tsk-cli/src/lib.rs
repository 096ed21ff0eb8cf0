//! The `tsk` command: a web server without code, from a directory and an optional `tsk.toml`.
//!
//! ```text
//! tsk web start                      # serves ./public, or a welcome page, on 127.0.0.1:8080
//! tsk web start --port 9000          # elsewhere
//! tsk web start --config site.toml   # as a file says
//! ```
//!
//! It is a library as well, for programs that want these commands for themselves: [`run`] gives them to any
//! [`Application`].
//!
//! # Exit codes
//!
//! They are stable: scripts and service managers may rely on them. [`Exit`] lists them.
//!
//! # Modules, in reading order
//!
//! - `args`: a command line, taken apart before [argh] does; `command`: a file for each command;
//!   `reference`: all of them on a page; `completions`: what may follow what is typed;
//!   `template`: the application that `new` makes.
//! - `application`: the program that the commands are about; `stock`, `route`, `site`, `published`, `welcome`:
//!   that of `tsk` itself.
//! - `source`, `settings`, `schema`: where the configuration is, what of it is the commands' own, and what it may hold.
//! - `toml`: files that are written to.
//! - `supervisor`: a server while it runs; `signals`, `facts`, `ready`: what it hears, knows and says; `detach`: one in
//!   the background.
//! - `state`: where a running server is found; `control`: how commands speak to it.
//! - `output`, `terminal`, `exit`, `error`: what is said, and how a command ends.
//! - `log`, `open_files`: what a server needs of its process; `logs`: what reads what it wrote.

mod application;
mod args;
mod check;
mod client;
mod command;
mod completions;
mod control;
mod detach;
mod error;
mod exit;
mod facts;
mod load;
mod log;
mod logs;
mod open_files;
mod output;
mod published;
mod ready;
mod reference;
mod route;
mod running;
mod schema;
mod settings;
mod signals;
mod site;
mod source;
mod state;
mod stock;
mod supervisor;
mod template;
mod terminal;
mod toml;
mod welcome;

pub use application::Application;
pub use command::run;
pub use exit::Exit;
/// What the settings of an application derive their JSON Schema with.
pub use schemars;

// The guide's example is a test as well.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/operating.md")]
struct Operating;
