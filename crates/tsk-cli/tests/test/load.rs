//! A server under load.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;

use serde_json::json;
use tempfile::TempDir;

use super::harness::{self, TSK};
use super::stranger::{Answer, serve};
use super::{ended, report, test, verdict};

#[test]
fn so_many_requests_are_made_as_the_rate_and_the_time_say() {
    let directory = TempDir::new().unwrap();
    let paths = |first: &str| match first {
        "GET /a HTTP/1.1" => Answer::Status(200),
        "GET /b?c=d HTTP/1.1" => Answer::Status(204),
        _ => Answer::Status(404),
    };
    let url = format!("http://{}", serve(paths));
    let args = ["--url", &url, "--rate", "200", "--duration", "200ms", "--path=/a", "--path=/b?c=d"];
    let report = report(directory.path(), &args, 0);
    let load = &report["load"];
    assert_eq!(load["requests"], 40);
    assert_eq!(load["statuses"], json!({ "200": 20, "204": 20 }));
    assert_eq!(
        (&load["pace"], &load["is_corrected"], &load["errors"]),
        (&json!("open"), &json!(true), &json!(0))
    );
    assert_eq!(load["rate_asked"], 200.0);
    let histogram = load["histogram"].as_array().unwrap();
    assert_eq!(histogram.iter().map(|bar| bar["count"].as_u64().unwrap()).sum::<u64>(), 40);
}

#[test]
fn a_warm_up_is_not_counted() {
    let directory = TempDir::new().unwrap();
    let asked = std::sync::Arc::new(AtomicUsize::new(0));
    let counter = std::sync::Arc::clone(&asked);
    let url = format!(
        "http://{}",
        serve(move |first| {
            counter.fetch_add(usize::from(first.starts_with("POST /")), SeqCst);
            Answer::Status(200)
        })
    );
    let args = ["--url", &url, "--rate=100", "--duration=100ms", "--warmup=100ms", "--body=x"];
    let report = report(directory.path(), &args, 0);
    assert_eq!((report["load"]["requests"].as_u64(), asked.load(SeqCst)), (Some(10), 20));
}

#[test]
fn a_request_that_had_to_wait_for_its_turn_has_waited() {
    let directory = TempDir::new().unwrap();
    let asked = AtomicUsize::new(0);
    // The first route is asked before; of the load, the first request is never answered.
    let url = format!(
        "http://{}",
        serve(move |first| match first {
            "GET /load HTTP/1.1" if asked.fetch_add(1, SeqCst) == 0 => Answer::Silence,
            _ => Answer::Status(200),
        })
    );
    let args =
        ["--url", &url, "--rate=100", "--duration=1s", "--connections=1", "--path=/load", "--timeout=500ms"];
    let report = report(directory.path(), &args, 0);
    let load = &report["load"];
    assert_eq!(load["requests"], 100);
    assert!(load["failures"]["timeout"].as_u64().unwrap() >= 1, "{load}");
    // Those due in the half second before could be sent at its end. Had only their own answers been measured, one in a
    // hundred would have been slow; a tenth of all waited for more than 0.4 s.
    let count = |key: &str| load[key].as_u64().unwrap();
    assert!(count("delayed") + count("unsent") >= 49, "{load}");
    assert!(load["latency_seconds"]["p90"].as_f64().unwrap() >= 0.38, "{load}");
    assert!(load["latency_seconds"]["max"].as_f64().unwrap() >= 0.5, "{load}");
}

#[test]
fn requests_that_were_never_sent_are_errors_that_have_waited() {
    let directory = TempDir::new().unwrap();
    let url = format!(
        "http://{}",
        serve(|first| match first {
            "GET /load HTTP/1.1" => Answer::Silence,
            _ => Answer::Status(200),
        })
    );
    let args =
        ["--url", &url, "--rate=1000", "--duration=100ms", "--connections=1", "--path=/load", "--timeout=5s"];
    let report = report(directory.path(), &args, 4);
    let load = &report["load"];
    assert_eq!((load["requests"].as_u64(), load["unsent"].as_u64()), (Some(100), Some(99)));
    assert_eq!(load["errors"], 100);
    assert!(load["latency_seconds"]["min"].as_f64().unwrap() >= 4.0, "{load}");
    let bars = load["histogram"].as_array().unwrap();
    assert_eq!(bars.iter().map(|bar| bar["count"].as_u64().unwrap()).sum::<u64>(), 100);
    assert_eq!(verdict(&report, "answers").0, "fail");
}

#[test]
fn a_threshold_that_is_passed_is_named_and_decides() {
    let directory = TempDir::new().unwrap();
    let asked = AtomicUsize::new(0);
    let url = format!(
        "http://{}",
        serve(move |first| match first {
            "GET /load HTTP/1.1" if asked.fetch_add(1, SeqCst).is_multiple_of(10) => Answer::Status(500),
            _ => Answer::Status(200),
        })
    );
    let load = ["--url", &url, "--rate=200", "--duration=100ms", "--path=/load"];
    let with = |thresholds: &[&str]| test(directory.path(), &[&load[..], thresholds].concat());
    let text = ended(with(&["--p50=1h", "--p99=1h", "--max=1h", "--errors=10%", "--min-rate=0.001"]), 0);
    assert!(text.contains("ok    --errors    10.00%, of at most 10%\n"), "{text}");
    let text = ended(with(&["--p999=1ns", "--errors=1", "--min-rate=1000000"]), 4);
    for line in ["fail  --p999      ", "fail  --errors    2, of at most 1\n", "fail  --min-rate  "] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[test]
fn a_connection_that_the_server_closes_is_made_again() {
    let directory = TempDir::new().unwrap();
    let url = format!("http://{}", serve(|_| Answer::Last));
    let args = ["--url", &url, "--rate=200", "--duration=200ms", "--errors=0"];
    assert_eq!(report(directory.path(), &args, 0)["load"]["statuses"], json!({ "200": 40 }));
}

#[test]
fn without_a_rate_it_says_that_its_figures_are_not_corrected() {
    let directory = TempDir::new().unwrap();
    let url = format!("http://{}", serve(|_| Answer::Status(200)));
    let text = ended(test(directory.path(), &["--url", &url, "--connections=2", "--duration=50ms"]), 0);
    assert!(text.contains("from when each request was sent: NOT corrected"), "{text}");
}

#[test]
fn there_has_to_be_a_server() {
    let directory = TempDir::new().unwrap();
    let ended = harness::end(test(directory.path(), &["--load"]));
    assert_eq!(ended.code, Some(3));
    assert!(ended.stderr.contains("start one with `tsk web start`"), "{}", ended.stderr);
}

#[test]
fn an_interrupt_ends_it_with_what_was_found_so_far() {
    let directory = TempDir::new().unwrap();
    for signal in ["INT", "TERM"] {
        let (ask, asked) = mpsc::channel();
        let url = format!(
            "http://{}",
            serve(move |first| {
                if first.starts_with("GET /load") {
                    let _ = ask.send(());
                }
                Answer::Status(200)
            })
        );
        let args = ["--url", &url, "--rate=100", "--duration=1h", "--path=/load", "--json"];
        let mut child = test(directory.path(), &args).stdout(Stdio::piped()).spawn().unwrap();
        asked.recv().unwrap();
        asked.recv().unwrap();
        harness::signal(child.id(), signal);
        let mut text = String::new();
        child.stdout.as_mut().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{text}");
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(report["load"]["is_interrupted"], true);
        assert!(report["load"]["answers"].as_u64().unwrap() >= 1, "{text}");
    }
}

#[test]
fn there_is_a_bar_on_a_terminal_and_nowhere_else() {
    let directory = TempDir::new().unwrap();
    let url = format!("http://{}", serve(|_| Answer::Status(200)));
    let args = ["--url", &url, "--rate=50", "--duration=500ms"];
    assert_eq!(harness::end(test(directory.path(), &args)).stderr, "");

    // `script` runs a command on a terminal of its own.
    let on_a_terminal = |term: &str| {
        let line = format!("{TSK} web test {}", args.join(" "));
        let mut script = Command::new("script");
        script.args(["-qec", &line, "/dev/null"]).current_dir(directory.path()).stdin(Stdio::null());
        script.env_clear().env("TERM", term).env("TSK_HTTP__LISTEN", "127.0.0.1:0");
        ended(script, 0)
    };
    let text = on_a_terminal("xterm");
    assert!(text.contains(" of 0.5 s, ") && text.contains(" answers/s, 0 errors"), "{text}");
    assert!(text.contains("\x1b[32mok  \x1b[0m  server"), "{text}");
    let text = on_a_terminal("dumb");
    assert!(!text.contains(" answers/s, ") && !text.contains('\x1b'), "{text}");
}
