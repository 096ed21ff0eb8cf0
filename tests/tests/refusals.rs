//! What is refused before anybody observes it has no line in the access log, and is counted all the same.

use std::io::{Read, Write};

use tsk_tests::{Server, Site};

#[test]
fn refusals_are_counted_in_lines_that_become_rarer() {
    let site = Site::empty().file("tsk.toml", "[http]\nhead_timeout = '200ms'\n");
    let server = Server::start(&site);
    let ask = |request: &str| {
        let mut client = server.connect();
        client.write_all(request.as_bytes()).expect("a request fits into the buffer");
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).expect("the server closes in time");
    };
    for _ in 0..5 {
        ask("GET / HTTP/1.1\r\n\r\n");
        ask("GET / HTTP/1.1\r\nhost: test\r\na b\r\n\r\n");
    }
    ask("GET / HTTP/1.1\r\nhost");
    server.signal("TERM");
    let ended = server.wait();
    let counts = |what: &str| {
        let lines = ended.lines.iter().filter(|line| line.contains(what));
        let count = |line: &String| line.split("count=").nth(1)?.split(' ').next()?.parse::<u32>().ok();
        let mut counts: Vec<_> = lines.filter_map(count).collect();
        // Connections are of several threads: who has counted first may write last.
        counts.sort_unstable();
        counts
    };
    assert_eq!(counts("malformed"), [1, 2, 4, 8], "{:#?}", ended.lines);
    assert_eq!(counts("did not come in time"), [1], "{:#?}", ended.lines);
}
