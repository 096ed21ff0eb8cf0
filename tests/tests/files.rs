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

#[test]
fn several_ranges_come_as_parts() {
    let content: Vec<u8> = (0..1_000_u16).flat_map(u16::to_be_bytes).collect();
    let site = Site::empty().file("public/a.bin", &content);
    let server = Server::start(&site);
    for version in ["--http1.1", "--http2-prior-knowledge"] {
        let answer = curl(&[version, "--range", "1000-1009,0-1,-2", &server.url("/a.bin")]);
        assert_eq!(answer.status, 206, "{version}");
        let media_type = answer.header("content-type").expect("it has a type");
        let boundary = media_type.strip_prefix("multipart/byteranges; boundary=").expect("several parts");
        let part = |range: std::ops::Range<usize>| {
            let (first, last) = (range.start, range.end - 1);
            let head = format!(
                "\r\n--{boundary}\r\ncontent-type: application/octet-stream\r\ncontent-range: bytes {first}-{last}/2000\r\n\r\n"
            );
            [head.as_bytes(), &content[range]].concat()
        };
        let mut expected = [part(1000..1010), part(0..2), part(1998..2000)].concat();
        expected.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        assert_eq!(answer.header("content-length"), Some(&*(expected.len() - 2).to_string()));
        assert!(answer.body == expected[2..], "{version}: {}", String::from_utf8_lossy(&answer.body));
    }
}

#[test]
fn a_range_of_another_state_and_of_another_unit_is_the_whole() {
    let site = site();
    let server = Server::start(&site);
    let url = server.url("/digits.txt");
    for headers in [
        ["Range: lines=0-1", "X-None: 1"],
        ["Range: bytes=0-1", "If-Range: \"other\""],
        ["Range: bytes=0-1", "If-Range: W/\"other\""],
        ["Range: bytes=0-1", "If-Range: Sun, 06 Nov 1994 08:49:37 GMT"],
    ] {
        let answer = curl(&["--header", headers[0], "--header", headers[1], &url]);
        assert_eq!((answer.status, answer.text()), (200, "0123456789"), "{headers:?}");
    }
    assert_eq!(curl(&[&server.url("/digits.txt/")]).status, 404);
}

#[test]
fn what_was_compressed_beforehand_arrives_as_it_was() {
    let text = "what is sent in few bytes arrives in many. ".repeat(100);
    let site = Site::empty()
        .file("tsk.toml", "[site]\nprecompressed = true\nmax_age = '1h'\nimmutable = ['assets/*']\n")
        .file("public/assets/a.txt", &text)
        .file("public/index.html", "<!doctype html>");
    let gzip = std::process::Command::new("gzip").arg("-k").arg(site.path("public/assets/a.txt")).status();
    assert!(gzip.expect("gzip runs").success());
    let server = Server::start(&site);
    let url = server.url("/assets/a.txt");
    let answer = curl(&["--compressed", &url]);
    assert_eq!((answer.text(), answer.header("content-encoding")), (&*text, Some("gzip")));
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("max-age=31536000, immutable"));
    assert!(answer.header("vary").is_some_and(|vary| vary.contains("accept-encoding")));
    let plain = curl(&[&url]);
    assert_eq!((plain.text(), plain.header("content-encoding")), (&*text, None));
    assert_ne!(plain.header("etag"), answer.header("etag"));
    assert_eq!(curl(&[&server.url("/")]).header("cache-control"), Some("no-cache"));
}

#[test]
fn a_listing_links_to_what_there_is() {
    let site = Site::empty()
        .file("tsk.toml", "site.listing = true\n")
        .file("public/a & b.txt", "found")
        .file("public/.hidden", "")
        .file("public/sub/c.txt", "deep");
    let server = Server::start(&site);
    let page = curl(&[&server.url("/")]);
    assert!(page.text().contains("<a href=\"./a%20%26%20b.txt\">a &amp; b.txt</a>"), "{}", page.text());
    assert!(!page.text().contains("hidden"));
    assert_eq!(curl(&[&server.url("/a%20%26%20b.txt")]).text(), "found");
    assert!(curl(&["--location", &server.url("/sub")]).text().contains("./c.txt"));
}

/// A client that has been promised a length gets that length, or sees the connection end before it.
#[test]
fn a_file_that_shrinks_under_way_is_a_failed_download() {
    let length = 64 << 20;
    let site = Site::empty().sparse_file("public/large.bin", length);
    let server = Server::start(&site);
    let mut client = server.connect();
    client.write_all(b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("the server reads");
    let mut head = [0; 4096];
    client.read_exact(&mut head).expect("the answer begins");
    assert!(head.starts_with(b"HTTP/1.1 200 OK\r\n"));
    std::fs::write(site.path("public/large.bin"), "short").expect("the file is there");
    let mut taken = head.len() as u64;
    let mut piece = vec![0; 1 << 20];
    // An end or a reset: both say that it was not all.
    while let Ok(count @ 1..) = client.read(&mut piece) {
        assert!(
            piece[..count].iter().all(|byte| *byte == 0),
            "what was not in the file when it was promised"
        );
        taken += count as u64;
    }
    assert!(taken < length, "{taken} bytes");
}
