//! Compressed answers, compressed requests and conditional requests, as curl and gzip have them.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use tsk::http::ETag;
use tsk::prelude::*;
use tsk_tests::{Application, curl};

fn poem() -> String {
    "All that is gold does not glitter, not all those who wander are lost. ".repeat(200)
}

fn application() -> Application {
    Application::start(
        Router::new()
            .route(get("/", || async { ([ETag::version(7).into()], poem()) }))
            // More than is compressed at a time, and more than is sent at a time.
            .route(get("/large", || async { poem().repeat(300) }))
            .route(post("/echo", |text: String| async { text }).body_limit(100_000)),
    )
}

/// What the program makes of this input.
fn piped(program: &str, args: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("every Debian has it");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("it does not panic").expect("it reads all");
    assert!(output.status.success(), "{program} {args:?}");
    output.stdout
}

#[test]
fn curl_reads_every_coding() {
    let app = application();
    for coding in ["zstd", "br", "gzip"] {
        for (path, content) in [("/", poem()), ("/large", poem().repeat(300))] {
            for version in ["--http1.1", "--http2-prior-knowledge"] {
                let accept = format!("accept-encoding: {coding}");
                let answer = curl(&[version, "--compressed", "-H", &accept, &app.url(path)]);
                assert_eq!(answer.header("content-encoding"), Some(coding), "{path} {version}");
                assert_eq!(answer.header("vary"), Some("accept-encoding"));
                assert!(answer.text() == content, "{coding} {path} {version}");
            }
        }
    }
    let plain = curl(&[&app.url("/")]);
    assert_eq!((plain.header("content-encoding"), plain.text()), (None, &*poem()));
}

#[test]
fn gzip_reads_what_is_compressed_and_is_read() {
    let app = application();
    let sent = curl(&["-H", "accept-encoding: gzip", &app.url("/large")]);
    assert!(piped("gzip", &["-dc"], &sent.body) == poem().repeat(300).as_bytes());

    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("body");
    let at_file = format!("@{}", file.display());
    let post = |body: &[u8], encoding: &str, further: &str| {
        fs::write(&file, body).expect("there is room");
        let encoding = format!("content-encoding: {encoding}");
        curl(&["--data-binary", &at_file, "-H", &encoding, "-H", further, &app.url("/echo")])
    };
    let gzip = piped("gzip", &["-c"], poem().as_bytes());
    for framing in ["expect:", "transfer-encoding: chunked"] {
        assert_eq!(post(&gzip, "gzip", framing).text(), poem(), "{framing}");
        let early = post(&gzip[..gzip.len() - 4], "gzip", framing);
        assert_eq!(early.problem()["type"], "urn:tsk:problems/invalid-content-encoding", "{framing}");
        let refused = post(&gzip, "deflate", framing);
        assert_eq!((refused.status, refused.header("accept-encoding")), (415, Some("gzip, br, zstd")));
        // Few bytes on the wire, and more than the route takes when they are read.
        let long = piped("gzip", &["-c"], poem().repeat(10).as_bytes());
        let refused = post(&long, "gzip", framing);
        assert_eq!((refused.status, &refused.problem()["limit"]), (413, &100_000.into()), "{framing}");
        let bomb = piped("gzip", &["-c"], &vec![0; 50 << 20]);
        assert_eq!(post(&bomb, "gzip", framing).status, 413, "{framing}");
    }
}

#[test]
fn who_has_the_answer_is_told_so_whichever_coding_it_came_in() {
    let app = application();
    let url = app.url("/");
    let compressed = curl(&["--compressed", &url]);
    let tag = compressed.header("etag").expect("the handler gave one");
    assert_eq!(tag, "W/\"7\"");
    for args in [&["--compressed"][..], &[]] {
        let condition = format!("if-none-match: {tag}");
        let answer = curl(&[args, &["-H", &condition, &url]].concat());
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{args:?}");
        assert_eq!(answer.header("vary"), Some("accept-encoding"));
        assert_eq!((answer.header("content-type"), answer.header("content-encoding")), (None, None));
    }
    assert_eq!(curl(&["--compressed", "-H", "if-none-match: \"6\"", &url]).status, 200);
    assert_eq!(curl(&["-H", "if-match: \"6\"", &url]).problem()["title"], "Precondition Failed");
    assert_eq!(curl(&["-H", "if-match: \"7\"", &url]).status, 200);
}
