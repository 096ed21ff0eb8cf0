//! A browser without a window.

use std::process::{Command, Stdio};

/// Opens a page in Chromium and returns the document as it stands once everything has loaded and every script has run.
///
/// The browser can reach 127.0.0.1 and nothing else: a page that needs another host is seen to be broken.
pub fn render(url: &str) -> String {
    run(url, &[]).0
}

/// Like [`render`], but also waits for what scripts ask for after that, and gives what the console has been told: each
/// error of a script, and whatever the page was not allowed to do.
pub fn settle(url: &str) -> (String, Vec<String>) {
    // The time of a page that is virtual stands still while an answer is awaited, and otherwise leaps.
    let (document, messages) = run(url, &["--virtual-time-budget=30000", "--enable-logging=stderr"]);
    let told = messages.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    (document, told)
}

/// The document, and what the browser itself says.
fn run(url: &str, further: &[&str]) -> (String, String) {
    let profile = tempfile::tempdir().expect("a temporary folder");
    let output = Command::new("timeout")
        .args(["60", "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        .args(["--no-first-run", "--disable-background-networking", "--disable-component-update"])
        .args([
            "--disable-quic",
            "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(further)
        .args(["--dump-dom", url])
        .stdin(Stdio::null())
        .output()
        .expect("timeout is there");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "chromium: {}: {message}", output.status);
    (String::from_utf8(output.stdout).expect("a document in UTF-8"), message)
}
