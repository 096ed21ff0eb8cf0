//! A browser without a window.

use std::process::{Command, Stdio};

/// Opens a page in Chromium and returns the document as it stands once everything has loaded and every script has run.
///
/// The browser can reach 127.0.0.1 and nothing else: a page that needs another host is seen to be broken.
pub fn render(url: &str) -> String {
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
        .args(["--dump-dom", url])
        .stdin(Stdio::null())
        .output()
        .expect("timeout is there");
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "chromium: {}: {message}", output.status);
    String::from_utf8(output.stdout).expect("a document in UTF-8")
}
