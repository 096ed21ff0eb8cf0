//! curl, as somebody would type it.

use std::fs;
use std::process::Command;

/// The last answer that curl got.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The version it was answered in, as curl writes it: `1.1`, `2`.
    pub version: String,
    /// The body, as sent.
    pub body: Vec<u8>,
    headers: Vec<(String, String)>,
}

/// Runs curl with options and a URL last, and returns the answer. Panics when there is none.
pub fn curl(args: &[&str]) -> Answer {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (head, body) = (folder.path().join("head"), folder.path().join("body"));
    // No --fail: a refusal is an answer. curl writes no body file when there is no body.
    let output = Command::new("curl")
        .args(["--disable", "--silent", "--show-error", "--noproxy", "*", "--max-time", "60"])
        .args(["--write-out", "%{http_code} %{http_version}"])
        .arg("--dump-header")
        .arg(&head)
        .arg("--output")
        .arg(&body)
        .args(args)
        .output()
        .expect("`cargo xtask test` installs curl");
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "curl {args:?}: {}: {message}", output.status);

    let summary = String::from_utf8(output.stdout).expect("curl writes a summary");
    let (status, version) = summary.split_once(' ').expect("two words");
    let head = fs::read_to_string(head).expect("curl wrote the head");
    // After interim answers comes the head that counts.
    let last = head.trim_end().rsplit("\r\n\r\n").next().unwrap_or_default();
    let headers = last.lines().skip(1).filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    });
    Answer {
        status: status.parse().expect("a status code"),
        version: version.to_owned(),
        headers: headers.collect(),
        body: fs::read(body).unwrap_or_default(),
    }
}

impl Answer {
    /// The value of a header that was sent once. Panics when it was sent twice.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values =
            self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let first = values.next();
        assert_eq!(values.next(), None, "two headers `{name}`");
        first
    }

    /// The body, which must be UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body in UTF-8")
    }

    /// The body as a problem. Panics when it is not one that says its own status.
    pub fn problem(&self) -> serde_json::Value {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem: serde_json::Value = serde_json::from_slice(&self.body).expect("a problem in JSON");
        assert_eq!(problem["status"], self.status, "{problem}");
        problem
    }
}
