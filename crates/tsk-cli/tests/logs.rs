//! The log of a server, as it is written and as it is read.

#![allow(clippy::unwrap_used)]

mod harness;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use harness::{Server, TSK, complaint, end, signal, success, tsk, wait_for};
use tempfile::TempDir;

/// Each request from another origin is one line of the log; a file has some ten of them.
const CONFIGURATION: &str = r#"
[http.cors]
origins = ["https://a.example"]

[log]
level = "info,tsk_http=debug"
max_size = "2kB"
"#;

/// What `logs` shows, which must succeed.
fn logs(directory: &Path, args: &[&str]) -> Vec<String> {
    let mut command = tsk(directory, &["web", "logs"]);
    command.args(args);
    success(command).lines().map(str::to_owned).collect()
}

/// What it says in place of that.
fn refusal(directory: &Path, args: &[&str], code: i32) -> String {
    let mut command = tsk(directory, &["web", "logs"]);
    command.args(args);
    complaint(command, code)
}

/// `logs --follow`, which is killed when dropped.
struct Follow(Child);

impl Follow {
    fn start(directory: &Path, args: &[&str]) -> Follow {
        let mut command = tsk(directory, &["web", "logs", "-f"]);
        Follow(command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks so that each number is in a line of the log.
fn ask(server: &Server, numbers: std::ops::Range<u32>) {
    let mut stream = BufReader::new(TcpStream::connect(&server.address).unwrap());
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

/// The numbers in lines, in their order.
fn numbers(lines: &[String]) -> Vec<u32> {
    lines.iter().filter_map(|line| line.split("https://b").nth(1)?.split('.').next()?.parse().ok()).collect()
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
    let server = Server::start(path, &[]);
    ask(&server, 0..30);
    assert_eq!(server.signal("INT"), Some(0));
    assert_eq!(
        numbers(&logs(path, &["-n", "all"])),
        (0..30).collect::<Vec<_>>(),
        "all of it, once it has ended"
    );
    let server = Server::start(path, &[]);
    ask(&server, 30..60);
    wait_for("old files are compressed", || {
        let names = names(&path.join(".tsk/log"));
        names.len() > 3 && names.iter().all(|name| name == "tsk.log" || name.ends_with(".gz"))
    });
    assert_eq!(server.signal("INT"), Some(0));
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
fn a_server_says_what_becomes_of_it() {
    let directory = configured("");
    let path = directory.path();
    let server = Server::start(path, &[]);
    // It is found as soon as there is a server; what is in it takes a moment.
    logs(path, &[]);
    success(tsk(path, &["web", "reload"]));
    fs::write(path.join("tsk.toml"), "[htp]").unwrap();
    complaint(tsk(path, &["web", "reload"]), 78);
    let address = server.address.clone();
    assert_eq!(server.signal("TERM"), Some(0));
    let lines = logs(path, &[]);
    let has = |at: usize, text: &str| assert!(lines[at].contains(text), "{text}: {lines:?}");
    has(0, &format!(" INFO tsk_cli::supervisor: serving name=tsk version={}", env!("CARGO_PKG_VERSION")));
    has(0, &format!("listeners=http://{address}"));
    has(1, " INFO tsk_cli::supervisor: the configuration was read again");
    has(2, "ERROR tsk_cli::supervisor: the configuration stays as it was: tsk.toml:1:2: unknown key `htp`");
    has(3, "told to stop");
    has(4, "stopped abandoned=0");
    assert_eq!(lines.len(), 5);
}

#[test]
fn following_survives_rotation_and_ends_with_success() {
    let directory = configured(CONFIGURATION);
    let mut follow = Follow::start(directory.path(), &["-g", "refused"]);
    let mut note = String::new();
    BufReader::new(follow.0.stderr.take().unwrap()).read_line(&mut note).unwrap();
    assert!(note.contains("waiting for `.tsk/log/tsk.log`"), "{note}");
    let server = Server::start(directory.path(), &[]);
    ask(&server, 0..50);
    let lines = BufReader::new(follow.0.stdout.take().unwrap()).lines();
    let lines: Vec<_> = lines.take(50).map(Result::unwrap).collect();
    assert_eq!(numbers(&lines), (0..50).collect::<Vec<_>>());
    assert!(names(&directory.path().join(".tsk/log")).len() > 2, "it was put away meanwhile");
    signal(follow.0.id(), "INT");
    assert_eq!(follow.0.wait().unwrap().code(), Some(0));
}

#[test]
fn following_ends_when_nobody_reads_on() {
    let directory = configured(CONFIGURATION);
    let _server = Server::start(directory.path(), &[]);
    let mut follow = Follow::start(directory.path(), &[]);
    drop(follow.0.stdout.take());
    assert_eq!(follow.0.wait().unwrap().code(), Some(0));
}

#[test]
fn a_server_that_is_killed_leaves_a_log_that_goes_on() {
    let directory = configured(CONFIGURATION);
    let path = directory.path();
    let server = Server::start(path, &[]);
    ask(&server, 0..20);
    wait_for("it is written", || numbers(&logs(path, &["-n", "all"])).len() == 20);
    server.signal("KILL");
    // As if it had been killed in the middle of a line, and of compressing a file.
    let log = path.join(".tsk/log");
    let mut file = fs::OpenOptions::new().append(true).open(log.join("tsk.log")).unwrap();
    file.write_all(b"{\"half").unwrap();
    fs::write(log.join("tsk.log.20200101T000000Z.gz.tmp"), "half").unwrap();
    let server = Server::start(path, &[]);
    ask(&server, 20..40);
    wait_for("what is half is gone", || names(&log).iter().all(|name| !name.ends_with(".tmp")));
    server.signal("INT");
    assert_eq!(numbers(&logs(path, &["-n", "all"])), (0..40).collect::<Vec<_>>());
}

#[test]
fn the_access_log_rotates_where_it_lies_in_the_same_directory() {
    let directory = configured(
        "[http.access_log]\nto = '.tsk/log/access.log'\n[log]\nmax_size = '1kB'\nlevel = 'info,tsk_http=debug'\n",
    );
    let path = directory.path();
    let server = Server::start(path, &[]);
    let mut asked = 0;
    wait_for("old files are compressed", || {
        ask(&server, asked..asked + 5);
        asked += 5;
        names(&path.join(".tsk/log"))
            .iter()
            .any(|name| name.starts_with("access.log.") && name.ends_with(".gz"))
    });
    server.signal("INT");
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
    command.stderr(Stdio::piped());
    let mut server = Server::spawn(command);
    let mut errors = server.child.stderr.take().unwrap();
    ask(&server, 0..20);
    assert_eq!(server.signal("INT"), Some(0));
    let mut stderr = String::new();
    errors.read_to_string(&mut stderr).unwrap();
    assert_eq!(stderr.matches("the log cannot be written").count(), 1, "{stderr}");
}

#[test]
fn a_line_that_has_no_room_is_missing_as_a_whole_and_told_of_when_there_is_room() {
    let directory = configured(&CONFIGURATION.replace("2kB", "1MB"));
    // As on a disk that is full: the line that no longer fits is written in part, and those after it not at all.
    let start = format!("trap '' XFSZ; exec prlimit --fsize=3000:unlimited {TSK} web start --port 0");
    let mut command = Command::new("sh");
    command.args(["-c", &start]).current_dir(directory.path()).stdin(Stdio::null()).stderr(Stdio::piped());
    command.env("TSK_ADMIN__ENABLED", "false");
    let mut server = Server::spawn(command);
    ask(&server, 0..40);
    let mut note = String::new();
    BufReader::new(server.child.stderr.take().unwrap()).read_line(&mut note).unwrap();
    assert!(note.contains("the log cannot be written"), "{note}");
    let raise = ["--fsize=unlimited", "--pid", &server.child.id().to_string()].map(str::to_owned);
    assert!(Command::new("prlimit").args(raise).status().unwrap().success());
    ask(&server, 40..50);
    assert_eq!(server.signal("INT"), Some(0));
    let text = fs::read_to_string(directory.path().join(".tsk/log/tsk.log")).unwrap();
    let lines: Vec<_> = text.lines().map(str::to_owned).collect();
    let parsed = lines.iter().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let lost: u64 = parsed.filter_map(|line| line["count"].as_u64()).sum();
    let there = numbers(&lines);
    assert!(lost > 0 && there.is_sorted_by(|a, b| a < b) && there.ends_with(&[48, 49]), "{there:?}");
    assert_eq!(there.len() as u64 + lost, 50);
}

#[test]
fn what_is_not_there_is_said_in_a_line() {
    let directory = TempDir::new().unwrap();
    let refusal = |args: &[&str], code| refusal(directory.path(), args, code);
    assert_eq!(
        refusal(&[], 1),
        "there is no log: `.tsk/log/tsk.log` does not exist; start the server, or pass --state-dir"
    );
    assert_eq!(
        refusal(&["--access"], 1),
        "the access log is off; set http.access_log.to to the path of a file"
    );
    for args in
        [["--level", "loud"], ["--grep", "("], ["--since", "soon"], ["-n", "few"], ["--access", "-lwarn"]]
    {
        refusal(&args, 2);
    }
}

#[test]
fn the_log_is_found_while_the_configuration_is_being_mended() {
    let directory = configured(CONFIGURATION);
    Server::start(directory.path(), &[]).signal("INT");
    fs::write(directory.path().join("tsk.toml"), "[lgo]").unwrap();
    assert_eq!(logs(directory.path(), &["-g", "told to stop"]).len(), 1);
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
    script.env_clear().env("TERM", "xterm").stdin(Stdio::null());
    let shown = end(script).stdout;
    assert!(shown.contains("\x1b[1;31mERROR\x1b[0m"), "{shown:?}");
    assert!(!shown.contains("\x1b[2J"), "{shown:?}");
    assert_eq!(logs(directory.path(), &[]), ["2026-11-26T21:12:00Z ERROR \\u{1b}[2J", "\\u{1b}[2J"]);
}
