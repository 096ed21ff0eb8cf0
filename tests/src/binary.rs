//! The binary under test, built once.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The `tsk` executable, built as these tests are: in the same target directory, with the same profile.
///
/// Cargo tells a test where the executables of its own package are, and of no other; so this asks cargo.
pub fn tsk() -> &'static Path {
    static TSK: OnceLock<PathBuf> = OnceLock::new();
    TSK.get_or_init(build)
}

fn build() -> PathBuf {
    // <target>/<profile>/deps/<this test>
    let test = env::current_exe().expect("a test has a path");
    let profile = test.ancestors().nth(2).expect("a test is in <profile>/deps");
    let target = profile.parent().expect("a profile is in a target directory");
    // The development profile is the one whose folder does not have its name.
    let profile = match profile.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .args(["build", "--locked", "--package", "tsk-cli", "--bin", "tsk", "--message-format", "json"])
        .args(["--profile", profile, "--target-dir"])
        .arg(target)
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo is there: it runs this test");
    assert!(output.status.success(), "cargo cannot build tsk: {}", output.status);
    let messages = String::from_utf8(output.stdout).expect("cargo prints JSON");
    let executable = messages.lines().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        message["executable"].as_str().map(PathBuf::from)
    });
    executable.expect("cargo names what it built")
}
