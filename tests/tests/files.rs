//! Files of `./public`, as curl gets them.

use std::io::{Read, Write};

use tsk_tests::{Server, Site, curl};

fn site() -> Site {
    Site::empty()
        .file("public/index.html", "<!doctype html><title>mine</title>")
        .file("public/notes/index.html", "<!doctype html><title>notes</title>")
        .file("public/digits.txt", "0123456789")
        .file("public/with space.txt", "found")
}

#[test]
fn an_empty_folder_has_a_welcome_page() {
    let site = Site::empty();
    let server = Server::start(&site);
    let answer = curl(&[&server.url("/")]);
    assert_eq!((answer.status, answer.version.as_str()), (200, "1.1"));
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(answer.header("date").is_some());
    assert!(answer.text().contains("./public"), "{}", answer.text());
}

#[test]
fn a_folder_answers_with_its_index() {
    let site = site();
    let server = Server::start(&site);
    assert!(curl(&[&server.url("/")]).text().contains("mine"));
    assert!(curl(&["--location", &server.url("/notes")]).text().contains("notes"));
    assert!(curl(&[&server.url("/notes/")]).text().contains("notes"));
}

#[test]
fn a_file_comes_whole_with_its_type_and_length() {
    let site = site();
    let server = Server::start(&site);
    let answer = curl(&[&server.url("/digits.txt")]);
    assert_eq!((answer.status, answer.text()), (200, "0123456789"));
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(answer.header("content-length"), Some("10"));
    assert_eq!(answer.header("accept-ranges"), Some("bytes"));
    assert_eq!(curl(&[&server.url("/with%20space.txt?query=1")]).text(), "found");
}

#[test]
fn a_large_file_comes_whole() {
    let large: Vec<u8> = (0..3_000_000u32).flat_map(u32::to_be_bytes).collect();
    let site = Site::empty().file("public/large.bin", &large);
    let server = Server::start(&site);
    for version in ["--http1.1", "--http2-prior-knowledge"] {
        assert!(curl(&[version, &server.url("/large.bin")]).body == large, "{version}");
    }
}

#[test]
fn head_sends_the_same_head_and_no_body() {
    let site = site();
    let server = Server::start(&site);
    let (get, head) = (curl(&[&server.url("/digits.txt")]), curl(&["--head", &server.url("/digits.txt")]));
    assert_eq!(head.status, 200);
    for name in ["content-type", "content-length", "last-modified", "etag", "accept-ranges"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }

    let mut client = server.connect();
    client
        .write_all(b"HEAD /digits.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .expect("the server reads");
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("the server closes");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
}

#[test]
fn a_range_comes_alone() {
    let site = site();
    let server = Server::start(&site);
    let url = server.url("/digits.txt");
    for (range, body, content_range) in
        [("2-4", "234", "bytes 2-4/10"), ("7-", "789", "bytes 7-9/10"), ("-2", "89", "bytes 8-9/10")]
    {
        let answer = curl(&["--range", range, &url]);
        assert_eq!((answer.status, answer.text()), (206, body), "{range}");
        assert_eq!(answer.header("content-range"), Some(content_range));
    }
    let answer = curl(&["--range", "10-", &url]);
    assert_eq!(answer.status, 416);
    assert_eq!(answer.header("content-range"), Some("bytes */10"));
}

#[test]
fn an_unchanged_file_is_not_sent_again() {
    let site = site();
    let server = Server::start(&site);
    let url = server.url("/digits.txt");
    let first = curl(&[&url]);
    for (condition, validator) in [("If-None-Match", "etag"), ("If-Modified-Since", "last-modified")] {
        let value = first.header(validator).unwrap_or_else(|| panic!("a file has {validator}"));
        let again = curl(&["--header", &format!("{condition}: {value}"), &url]);
        assert_eq!((again.status, again.body.len()), (304, 0), "{condition}: {value}");
        assert_eq!(again.header(validator), Some(value));
    }
    assert_eq!(curl(&["--header", "If-None-Match: \"other\"", &url]).status, 200);
}

#[test]
fn a_file_that_is_not_there_is_a_problem() {
    let site = site();
    let server = Server::start(&site);
    let answer = curl(&[&server.url("/gone.txt")]);
    assert_eq!(answer.status, 404);
    assert_eq!(answer.problem()["title"], "Not Found");
    let folder = site.folder().display().to_string();
    assert!(!answer.text().contains(&folder), "a stranger learns nothing of the machine: {}", answer.text());
}

#[test]
fn another_method_is_refused_with_those_that_work() {
    let site = site();
    let server = Server::start(&site);
    let answer = curl(&["--request", "DELETE", &server.url("/digits.txt")]);
    assert_eq!(answer.status, 405);
    let allow = answer.header("allow").expect("405 comes with Allow");
    assert!(allow.contains("GET") && allow.contains("HEAD") && !allow.contains("DELETE"), "{allow}");
}
