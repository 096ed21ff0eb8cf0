//! The log of a server, as it is written and as it is read.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const TSK: &str = env!("CARGO_BIN_EXE_tsk");

/// Far beyond what anything here takes.
const DEADLINE: Duration = Duration::from_secs(30);

/// Each request from another origin is one line of the log; a file has some ten of them.
const CONFIGURATION: &str = r#"
[http.cors]
origins = ["https://a.example"]

[log]
level = "info,tsk_http=debug"
max_size = "2kB"
"#;

fn tsk(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(TSK);
    command.args(args).current_dir(directory).stdin(Stdio::null()).env_clear();
    command
}

/// What `logs` shows, which must succeed.
fn logs(directory: &Path, args: &[&str]) -> Vec<String> {
    let output = tsk(directory, &["web", "logs"]).args(args).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn complaint(directory: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = tsk(directory, &["web", "logs"]).args(args).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// A process that is killed when dropped.
struct Running(Child);

impl Running {
    fn signal(&mut self, name: &str) -> Option<i32> {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
        self.0.wait().unwrap().code()
    }

    fn lines(&mut self) -> Lines<BufReader<ChildStdout>> {
        BufReader::new(self.0.stdout.take().unwrap()).lines()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Server {
    process: Running,
    address: String,
}

impl Server {
    fn start(directory: &Path) -> Server {
        let mut command = tsk(directory, &["web", "start", "--port", "0"]);
        let mut process = Running(command.stdout(Stdio::piped()).spawn().unwrap());
        let line = process.lines().next().unwrap().unwrap();
        Server { process, address: line.strip_prefix("listening on http://").unwrap().to_owned() }
    }

    /// Asks so that each number is in a line of the log.
    fn ask(&self, numbers: std::ops::Range<u32>) {
        let mut stream = BufReader::new(TcpStream::connect(&self.address).unwrap());
        for number in numbers {
            write!(
                stream.get_mut(),
                "OPTIONS / HTTP/1.1\r\nhost: a\r\norigin: https://b{number}.example\r\naccess-control-request-method: GET\r\n\r\n"
            )
            .unwrap();
            let mut line = String::new();
            while line != "\r\n" {
                line.clear();
                assert!(stream.read_line(&mut line).unwrap() > 0);
            }
        }
    }
}

/// The numbers in lines, in their order.
fn numbers(lines: &[String]) -> Vec<u32> {
    lines.iter().filter_map(|line| line.split("https://b").nth(1)?.split('.').next()?.parse().ok()).collect()
}

/// Waits for what another process is about to do.
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < DEADLINE, "{what}");
        std::thread::yield_now();
    }
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn configured(text: &str) -> TempDir {
    let directory = TempDir::new().unwrap();
    fs::write(directory.path().join("tsk.toml"), text).unwrap();
    directory
}

#[test]
fn what_a_server_logs_is_shown_in_order_across_files_and_starts() {
    let directory = configured(CONFIGURATION);
    let path = directory.path();
    let mut server = Server::start(path);
    server.ask(0..30);
    assert_eq!(server.process.signal("INT"), Some(0));
    assert_eq!(
        numbers(&logs(path, &["-n", "all"])),
        (0..30).collect::<Vec<_>>(),
        "all of it, once it has ended"
    );
    let mut server = Server::start(path);
    server.ask(30..60);
    wait_until("old files are compressed", || {
        let names = names(&path.join(".tsk/log"));
        names.len() > 3 && names.iter().all(|name| name == "tsk.log" || name.ends_with(".gz"))
    });
    assert_eq!(server.process.signal("INT"), Some(0));
    assert_eq!(numbers(&logs(path, &["-n", "all"])), (0..60).collect::<Vec<_>>());
    let refused = &["-n", "10", "--grep", "refused"];
    assert_eq!(numbers(&logs(path, refused)), (50..60).collect::<Vec<_>>());
    assert_eq!(numbers(&logs(path, &["--grep", r"b1\d\.example", "-n", "3"])), [17, 18, 19]);
    assert_eq!(numbers(&logs(path, &["--since", "1h", "--level", "debug"])), (0..60).collect::<Vec<_>>());
    assert!(logs(path, &["--level", "warn"]).is_empty());
    for line in logs(path, &["--json", "-n", "all"]) {
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
    }
}

#[test]
fn following_survives_rotation_and_ends_with_success() {
    let directory = configured(CONFIGURATION);
    let mut follow = tsk(directory.path(), &["web", "logs", "-f", "-g", "refused"]);
    let mut follow = Running(follow.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    let mut note = String::new();
    BufReader::new(follow.0.stderr.take().unwrap()).read_line(&mut note).unwrap();
    assert!(note.contains("waiting for `.tsk/log/tsk.log`"), "{note}");
    let server = Server::start(directory.path());
    server.ask(0..50);
    let lines: Vec<_> = follow.lines().take(50).map(Result::unwrap).collect();
    assert_eq!(numbers(&lines), (0..50).collect::<Vec<_>>());
    assert!(names(&directory.path().join(".tsk/log")).len() > 2, "it was put away meanwhile");
    assert_eq!(follow.signal("INT"), Some(0));
}

#[test]
fn following_ends_when_nobody_reads_on() {
    let directory = configured(CONFIGURATION);
    let _server = Server::start(directory.path());
    let mut follow = tsk(directory.path(), &["web", "logs", "-f"]);
    let mut follow = Running(follow.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    drop(follow.0.stdout.take());
    assert_eq!(follow.0.wait().unwrap().code(), Some(0));
}

#[test]
fn a_server_that_is_killed_leaves_a_log_that_goes_on() {
    let directory = configured(CONFIGURATION);
    let path = directory.path();
    let mut server = Server::start(path);
    server.ask(0..20);
    wait_until("it is written", || numbers(&logs(path, &["-n", "all"])).len() == 20);
    server.process.signal("KILL");
    // As if it had been killed in the middle of a line, and of compressing a file.
    let log = path.join(".tsk/log");
    let mut file = fs::OpenOptions::new().append(true).open(log.join("tsk.log")).unwrap();
    file.write_all(b"{\"half").unwrap();
    fs::write(log.join("tsk.log.20200101T000000Z.gz.tmp"), "half").unwrap();
    let mut server = Server::start(path);
    server.ask(20..40);
    wait_until("what is half is gone", || names(&log).iter().all(|name| !name.ends_with(".tmp")));
    server.process.signal("INT");
    assert_eq!(numbers(&logs(path, &["-n", "all"])), (0..40).collect::<Vec<_>>());
}

#[test]
fn the_access_log_rotates_where_it_lies_in_the_same_directory() {
    let directory = configured(
        "[http.access_log]\nto = '.tsk/log/access.log'\n[log]\nmax_size = '1kB'\nlevel = 'info,tsk_http=debug'\n",
    );
    let path = directory.path();
    let mut server = Server::start(path);
    let mut asked = 0;
    wait_until("old files are compressed", || {
        server.ask(asked..asked + 5);
        asked += 5;
        names(&path.join(".tsk/log"))
            .iter()
            .any(|name| name.starts_with("access.log.") && name.ends_with(".gz"))
    });
    server.process.signal("INT");
    let lines = logs(path, &["--access", "-n", "all"]);
    assert_eq!(lines.len(), asked as usize);
    assert!(lines[0].contains(" OPTIONS / "), "{}", lines[0]);
}

#[test]
fn a_log_that_cannot_be_written_stops_nothing_and_is_told_of_once() {
    let directory = configured(CONFIGURATION);
    fs::create_dir(directory.path().join(".tsk")).unwrap();
    // A file where the directory should be, which also root cannot write in.
    fs::write(directory.path().join(".tsk/log"), "").unwrap();
    let mut command = tsk(directory.path(), &["web", "start", "--port", "0"]);
    let mut process = Running(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    let line = process.lines().next().unwrap().unwrap();
    let mut server =
        Server { process, address: line.strip_prefix("listening on http://").unwrap().to_owned() };
    server.ask(0..20);
    assert_eq!(server.process.signal("INT"), Some(0));
    let mut stderr = String::new();
    server.process.0.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(stderr.matches("the log cannot be written").count(), 1, "{stderr}");
}

#[test]
fn what_is_not_there_is_said_in_a_line() {
    let directory = TempDir::new().unwrap();
    assert_eq!(
        complaint(directory.path(), &[]),
        (
            Some(1),
            "tsk: error: there is no log: `.tsk/log/tsk.log` does not exist; start the server, or pass --state-dir\n"
                .to_owned()
        )
    );
    let (code, line) = complaint(directory.path(), &["--access"]);
    assert_eq!(code, Some(1));
    assert!(line.contains("the access log is off; set http.access_log.to"), "{line}");
    assert_eq!(complaint(directory.path(), &["--access", "--level", "warn"]).0, Some(2));
    for args in [["--level", "loud"], ["--grep", "("], ["--since", "soon"], ["-n", "few"]] {
        assert_eq!(complaint(directory.path(), &args).0, Some(2), "{args:?}");
    }
}

#[test]
fn the_log_is_found_while_the_configuration_is_being_mended() {
    let directory = configured(CONFIGURATION);
    Server::start(directory.path()).process.signal("INT");
    fs::create_dir_all(directory.path().join(".tsk/log")).unwrap();
    fs::write(directory.path().join(".tsk/log/tsk.log"), "a line\n").unwrap();
    fs::write(directory.path().join("tsk.toml"), "[lgo]").unwrap();
    assert_eq!(logs(directory.path(), &[]), ["a line"]);
}

#[test]
fn hostile_lines_are_harmless_and_levels_have_colour_on_a_terminal() {
    let directory = TempDir::new().unwrap();
    fs::create_dir_all(directory.path().join(".tsk/log")).unwrap();
    let line =
        "{\"timestamp\":\"2026-11-26T21:12:00Z\",\"level\":\"ERROR\",\"message\":\"\\u001b[2J\"}\n\x1b[2J\n";
    fs::write(directory.path().join(".tsk/log/tsk.log"), line).unwrap();
    // `script` runs a command on a terminal of its own.
    let mut script = Command::new("script");
    script.args(["-qec", &format!("{TSK} web logs"), "/dev/null"]).current_dir(directory.path());
    let output = script.env_clear().env("TERM", "xterm").stdin(Stdio::null()).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("\x1b[1;31mERROR\x1b[0m"), "{shown:?}");
    assert!(!shown.contains("\x1b[2J"), "{shown:?}");
    assert_eq!(logs(directory.path(), &[]), ["2026-11-26T21:12:00Z ERROR \\u{1b}[2J", "\\u{1b}[2J"]);
}
