//! A connection is an open file: the server makes room for as many as it is to have, or says that it cannot.

use tsk_tests::{Server, Site};

#[test]
fn the_limit_is_raised_to_what_is_permitted() {
    let server = Server::start_limited(&Site::empty(), "-Sn 64");
    let (soft, hard) = server.open_file_limits();
    assert_eq!(soft, hard);
    assert_ne!(hard, "64");
}

#[test]
fn a_limit_below_the_connections_is_told_once_with_what_to_do() {
    let site = Site::empty().file("tsk.toml", "[http]\nmax_connections = 200\n");
    let server = Server::start_limited(&site, "-n 200");
    server.signal("TERM");
    let ended = server.wait();
    let warnings: Vec<_> = ended.lines.iter().filter(|line| line.contains("WARN")).collect();
    let [warning] = warnings.as_slice() else { panic!("{:#?}", ended.lines) };
    for part in ["`http.max_connections` is 200", "200 files", "`ulimit -n 264`", "`LimitNOFILE=264`"] {
        assert!(warning.contains(part), "no {part} in: {warning}");
    }
    assert!(ended.status.success());
}

#[test]
fn a_limit_with_room_for_the_connections_is_not_mentioned() {
    let site = Site::empty().file("tsk.toml", "[http]\nmax_connections = 100\n");
    let server = Server::start_limited(&site, "-n 200");
    server.signal("TERM");
    let ended = server.wait();
    assert!(!ended.lines.iter().any(|line| line.contains("WARN")), "{:#?}", ended.lines);
}
