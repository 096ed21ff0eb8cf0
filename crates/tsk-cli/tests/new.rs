//! Making an application, and what is made.

#![allow(clippy::unwrap_used)]

mod harness;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use harness::{Server, TSK, complaint, json, success, tsk};
use tempfile::TempDir;

/// `tsk new` where git is found.
fn new(directory: &Path, args: &[&str]) -> Command {
    let mut command = tsk(directory, &["new"]);
    command.args(args).env("PATH", std::env::var_os("PATH").unwrap());
    command
}

/// Cargo, in an application that was made, with what is compiled already.
fn cargo(directory: &Path, args: &[&str]) {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(args).current_dir(directory).env("CARGO_TARGET_DIR", target());
    let output = cargo.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{args:?}\n{}\n{}", text(&output.stdout), text(&output.stderr));
}

fn target() -> PathBuf {
    Path::new(TSK).ancestors().nth(2).unwrap().to_owned()
}

#[test]
fn what_is_made_builds_without_warnings_and_passes_its_own_tests() {
    let directory = TempDir::new().unwrap();
    // A name of some length and with a dash, as the layout of the code should not depend on it.
    success(new(directory.path(), &["my-application-with-a-name"]));
    let made = directory.path().join("my-application-with-a-name");
    cargo(&made, &["fmt", "--check"]);
    cargo(&made, &["test", "--offline", "--quiet"]);
    cargo(&made, &["clippy", "--offline", "--quiet", "--all-targets", "--", "-D", "warnings"]);

    let program = target().join("debug/my-application-with-a-name");
    let mut start = Command::new(&program);
    start.args(["web", "start", "--port", "0"]).current_dir(&made);
    let server = Server::spawn({
        start.env_clear().env("TSK_ADMIN__ENABLED", "false");
        start
    });
    assert!(server.get("/").contains("<title>my-application-with-a-name</title>"));
    assert!(server.get("/tasks").ends_with("\r\n\r\n[]"));
    let mut status = Command::new(program);
    status.args(["web", "status", "--json"]).current_dir(&made).env_clear();
    assert_eq!(json(status)["name"], "my-application-with-a-name");
    assert_eq!(server.signal("TERM"), Some(0));
}

#[test]
fn what_was_made_is_said_and_a_repository_unless_it_is_within_one() {
    let directory = TempDir::new().unwrap();
    let made = json(new(directory.path(), &["shop", "--json"]));
    assert_eq!((&made["name"], &made["git"]), (&"shop".into(), &true.into()));
    for file in made["files"].as_array().unwrap() {
        assert!(directory.path().join("shop").join(file.as_str().unwrap()).is_file(), "{file}");
    }
    let within = json(new(&directory.path().join("shop"), &["inner", "--json"]));
    assert_eq!(within["git"], false);
    let without = json(new(directory.path(), &["plain", "--json", "--no-git"]));
    assert_eq!(without["git"], false);
    assert!(!directory.path().join("plain/.git").exists());
}

#[test]
fn nothing_is_written_over() {
    let directory = TempDir::new().unwrap();
    let path = directory.path();
    fs::create_dir_all(path.join("empty")).unwrap();
    success(new(path, &["empty"]));
    fs::create_dir_all(path.join("full")).unwrap();
    fs::write(path.join("full/mine"), "mine").unwrap();
    assert_eq!(complaint(new(path, &["full"]), 1), "`full` is there and not empty; choose another name");
    assert_eq!(fs::read_dir(path.join("full")).unwrap().count(), 1);
    fs::write(path.join("file"), "").unwrap();
    assert!(complaint(new(path, &["file"]), 1).starts_with("`file` cannot be made: "));
}

#[test]
fn a_name_or_a_checkout_that_is_none_is_refused() {
    let directory = TempDir::new().unwrap();
    for name in ["../shop", "Shop", "tsk", "2shop", "fn"] {
        let line = complaint(new(directory.path(), &[name]), 2);
        assert!(line.starts_with(&format!("`{name}` is no name for an application: ")), "{line}");
    }
    let line = complaint(new(directory.path(), &["shop", "--tsk", "."]), 1);
    assert_eq!(line, "`.` is no checkout of tsk: it has no crates/tsk-cli/Cargo.toml");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}
