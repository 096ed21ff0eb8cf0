//! The binary, as a shell and a service manager see it.

#![allow(clippy::unwrap_used)]

mod harness;

use std::net::TcpListener;
use std::process::{Command, Stdio};

use harness::{Ended, Server, TSK, complaint, end, tsk};
use tempfile::TempDir;

fn run(args: &[&str]) -> Ended {
    end(tsk(TempDir::new().unwrap().path(), args))
}

#[test]
fn prints_its_version() {
    for args in [["--version"], ["-V"]] {
        let ended = run(&args);
        assert_eq!(ended.code, Some(0));
        assert_eq!(ended.stdout, concat!("tsk ", env!("CARGO_PKG_VERSION"), "\n"));
    }
}

#[test]
fn help_has_examples_whichever_way_it_is_asked_for() {
    for args in [&["help", "web", "start"][..], &["web", "start", "-h"], &["web", "start", "--help"]] {
        let ended = run(args);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
        assert!(ended.stdout.contains("--port"), "{}", ended.stdout);
        assert!(ended.stdout.contains("\nExamples:\n  tsk web start\n"), "{}", ended.stdout);
        assert!(!ended.stdout.contains('\x1b'), "no colour but on a terminal");
    }
}

#[test]
fn a_command_that_lacks_a_word_prints_its_help_and_fails() {
    for (args, word) in [(&[][..], "web"), (&["web"], "start")] {
        let ended = run(args);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
        assert!(ended.stderr.contains(&format!("Commands:\n  {word} ")), "{}", ended.stderr);
    }
}

#[test]
fn a_wrong_command_line_is_answered_in_one_line() {
    let directory = TempDir::new().unwrap();
    for (args, line) in [
        (
            &["web", "start", "--prot=1"][..],
            "`tsk web start` has no option `--prot`; known are --help, --host, --port, --config, --env, --state-dir, --workers, --detach, --json",
        ),
        (&["web", "start", "--port", "eighty"], "`--port`: 'eighty': a port is a number from 0 to 65535"),
        (&["web", "start", "-p65536"], "`-p`: '65536': a port is a number from 0 to 65535"),
        (&["web", "start", "-H"], "`-H` needs a value: write `-H HOST`"),
        (&["web", "start", "--host", "a\nb"], "`--host`: `a\\nb` is neither an address nor a name"),
    ] {
        assert_eq!(complaint(tsk(directory.path(), args), 2), line);
    }
    let unknown = complaint(tsk(directory.path(), &["wbe"]), 2);
    assert!(unknown.starts_with("`tsk wbe` is no command; known are `tsk web`, "), "{unknown}");
}

#[test]
fn a_wrong_configuration_is_answered_with_its_place() {
    let directory = TempDir::new().unwrap();
    let start = || tsk(directory.path(), &["web", "start", "--port", "0"]);
    for (text, line) in [
        ("[http]\nlsten = []", "tsk.toml:2:1: unknown key `http.lsten`; did you mean `http.listen`?"),
        ("[sit]\nroot = '.'", "tsk.toml:1:2: unknown key `sit`; did you mean `site`?"),
        (
            "[http]\nhead_timeout = 'soon'",
            "tsk.toml:2:16: `http.head_timeout`: expected a duration, found \"soon\"",
        ),
        (
            "[site]\nroot = 'gone'",
            "tsk.toml:2:8: `site.root`: there is no directory `gone`; make it, or name another",
        ),
        (
            "site.root = 'tsk.toml'",
            "tsk.toml:1:13: `site.root`: `tsk.toml` is not a directory; name the one that holds it",
        ),
    ] {
        std::fs::write(directory.path().join("tsk.toml"), text).unwrap();
        assert_eq!(complaint(start(), 78), line);
    }
    std::fs::remove_file(directory.path().join("tsk.toml")).unwrap();

    let mut command = start();
    command.env("TSK_HTTP__LSTEN", "");
    assert_eq!(
        complaint(command, 78),
        "TSK_HTTP__LSTEN: unknown key `http.lsten`; did you mean TSK_HTTP__LISTEN?"
    );

    std::fs::write(directory.path().join("tsk.toml"), "[env.live.http]\nlisten = []").unwrap();
    let mut command = start();
    command.args(["--env", "life"]);
    assert_eq!(complaint(command, 78), "tsk.toml: no overlay `life`; did you mean `live`?");

    let mut command = start();
    command.args(["-c", "other.toml"]);
    assert_eq!(complaint(command, 78), "other.toml: no such file");
}

#[test]
fn a_busy_port_is_named_and_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let directory = TempDir::new().unwrap();
    let command = tsk(directory.path(), &["web", "start", "-p", &port.to_string()]);
    assert_eq!(
        complaint(command, 1),
        format!(
            "cannot listen on 127.0.0.1:{port}: the address is in use by another program; pass --port, or stop it"
        )
    );
}

#[test]
fn serves_a_welcome_page_that_asks_no_other_host_for_anything() {
    let directory = TempDir::new().unwrap();
    let server = Server::start(directory.path(), &[]);
    let answer = server.get("/");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let (head, page) = answer.split_once("\r\n\r\n").unwrap();
    let values = |name: &str| -> Vec<String> {
        let fields = head.lines().filter_map(|line| line.split_once(": "));
        fields.filter(|field| field.0.eq_ignore_ascii_case(name)).map(|field| field.1.to_owned()).collect()
    };
    assert_eq!(values("content-type"), ["text/html; charset=utf-8"]);
    assert!(values("content-security-policy")[0].starts_with("default-src 'none';"));
    assert!(page.contains("mkdir public"));
    let without_namespace = page.replace("http://www.w3.org/2000/svg", "");
    for elsewhere in ["http:", "https:", "src=", "url(", "@import", "<script"] {
        assert!(!without_namespace.contains(elsewhere), "{elsewhere}");
    }
    assert!(server.get("/other").starts_with("HTTP/1.1 404 "));
}

#[test]
fn serves_public_or_what_is_configured() {
    let directory = TempDir::new().unwrap();
    for name in ["public", "dist"] {
        std::fs::create_dir(directory.path().join(name)).unwrap();
        std::fs::write(directory.path().join(name).join("index.html"), format!("this is {name}")).unwrap();
    }
    let server = Server::start(directory.path(), &[]);
    assert!(server.get("/").ends_with("this is public"));
    drop(server);
    std::fs::write(directory.path().join("tsk.toml"), "[site]\nroot = 'dist'").unwrap();
    let server = Server::start(directory.path(), &[]);
    assert!(server.get("/").ends_with("this is dist"));
}

#[test]
fn stops_with_success_when_told_to() {
    for signal in ["TERM", "INT"] {
        let directory = TempDir::new().unwrap();
        assert_eq!(Server::start(directory.path(), &[]).signal(signal), Some(0), "{signal}");
    }
}

#[test]
fn shows_colour_on_a_terminal_that_wants_it() {
    // `script` runs a command on a terminal of its own.
    let on_a_terminal = |variable: &str| {
        let mut script = Command::new("script");
        script.args(["-qec", &format!("{TSK} wbe"), "/dev/null"]).env_clear().env("TERM", "xterm");
        end({
            script.env(variable, "1").stdin(Stdio::null());
            script
        })
        .stdout
    };
    assert!(on_a_terminal("ANYTHING").contains("\x1b[1;31merror:\x1b[0m `tsk wbe`"));
    assert!(on_a_terminal("NO_COLOR").contains("tsk: error: `tsk wbe`"));
}
