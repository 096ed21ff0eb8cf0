//! `tsk` as a shell and a service manager run it.

// Each test binary uses some of it.
#![allow(dead_code, clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

pub(crate) const TSK: &str = env!("CARGO_BIN_EXE_tsk");

/// How long anything may take that ought to happen at once.
const DEADLINE: Duration = Duration::from_secs(60);

/// `tsk` in a directory.
pub(crate) fn tsk(directory: &Path, args: &[&str]) -> Command {
    program(Path::new(TSK), directory, args)
}

/// A program with the commands, with nothing in its environment that could change what it does.
pub(crate) fn program(program: &Path, directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(directory).stdin(Stdio::null());
    // Tests run side by side, and there is one port for it.
    command.env_clear().env("TSK_ADMIN__ENABLED", "false");
    command
}

/// An example, which cargo builds with all tests of a package, and not with one.
pub(crate) fn build(example: &str) -> PathBuf {
    let target = Path::new(TSK).ancestors().nth(2).unwrap();
    let profile = if Path::new(TSK).parent().unwrap().ends_with("debug") { "dev" } else { "release" };
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--locked", "--package", "tsk-cli", "--example", example]);
    cargo.args(["--profile", profile, "--target-dir"]).arg(target);
    assert!(cargo.status().unwrap().success());
    Path::new(TSK).with_file_name("examples").join(example)
}

#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn end(mut command: Command) -> Ended {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// What a command says, if it ends with success.
pub(crate) fn success(command: Command) -> String {
    let ended = end(command);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.stdout
}

/// The one JSON value that a command says, if it ends with success.
pub(crate) fn json(command: Command) -> Value {
    serde_json::from_str(&success(command)).unwrap()
}

/// The one line that a command ends with, if it ends with `code` and says nothing else.
pub(crate) fn complaint(command: Command, code: i32) -> String {
    let ended = end(command);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), ""), "{}", ended.stderr);
    let line = ended.stderr.strip_suffix('\n').unwrap();
    assert!(!line.contains('\n'), "{line}");
    line.strip_prefix("tsk: error: ").unwrap().to_owned()
}

/// Waits until something is so.
pub(crate) fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < DEADLINE, "not within {DEADLINE:?}: {what}");
        std::thread::yield_now();
    }
}

/// Sends a signal, named as `kill` does.
pub(crate) fn signal(pid: u32, name: &str) {
    assert!(Command::new("kill").args(["-s", name, &pid.to_string()]).status().unwrap().success());
}

/// A server that runs, and is killed when dropped.
pub(crate) struct Server {
    pub(crate) child: Child,
    /// What it says that it listens on.
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start(directory: &Path, args: &[&str]) -> Server {
        let mut command = tsk(directory, &["web", "start", "--port=0"]);
        command.args(args);
        Server::spawn(command)
    }

    pub(crate) fn spawn(mut command: Command) -> Server {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://").unwrap().to_owned();
        Server { child, address }
    }

    pub(crate) fn get(&self, path: &str) -> String {
        get(&self.address, path)
    }

    pub(crate) fn signal(mut self, name: &str) -> Option<i32> {
        signal(self.child.id(), name);
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All that is answered on a connection of its own.
pub(crate) fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
