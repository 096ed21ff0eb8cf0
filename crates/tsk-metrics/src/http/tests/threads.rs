//! Threads that count, and one that looks.

use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    thread,
};

use http::StatusCode;
use tsk_core::End;

use super::*;
use crate::{budget::Budget, exposition::Page};

const THREADS: u64 = 12;
const TIMES: u64 = 2_000;

#[test]
fn nothing_that_threads_count_is_lost_while_another_looks() {
    let now = Instant::now();
    let traffic = Traffic::new(&Config::default(), Arc::new(Budget::new(100)), now);
    let route = traffic.route("/users/{id}", 0, false);
    let request = |status: u16, nanoseconds: u64| {
        let here = Here::new();
        traffic.began(here, 0, 1);
        let ending = Ending::new(StatusCode::from_u16(status).ok(), End::Complete);
        route.ended(here, ending, nanoseconds, 10, || traffic.outcome(&route, ending, false));
        traffic.ended(here, 0);
    };
    let counting = AtomicUsize::new(THREADS as usize);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for time in 0..TIMES {
                    request(200, 1_000_000);
                    request(if time % 2 == 0 { 404 } else { 503 }, 2_000_000_000);
                }
                counting.fetch_sub(1, Relaxed);
            });
        }
        let mut last = 0;
        while counting.load(Relaxed) > 0 {
            let start = traffic.report(now).all.start;
            assert!(last <= start.requests && start.requests <= 2 * THREADS * TIMES);
            last = start.requests;
        }
    });

    let all = THREADS * TIMES;
    let start = traffic.report(now).all.start;
    assert_eq!((start.requests, start.errors), (2 * all, all / 2));
    let mut page = Page::new(Format::Text, 0, || ());
    traffic.write(&mut page);
    let page = String::from_utf8(page.finish()).unwrap();
    let route = r#"http_request_method="GET",http_route="/users/{id}""#;
    let duration = "http_server_request_duration_seconds";
    let size = "http_server_response_body_size_bytes";
    for (line, value) in [
        (format!(r#"{duration}_count{{{route},http_response_status_code="200"}}"#), all),
        (format!(r#"{duration}_sum{{{route},http_response_status_code="200"}}"#), all / 1_000),
        (format!(r#"{duration}_bucket{{{route},http_response_status_code="200",le="0.005"}}"#), all),
        (format!(r#"{duration}_count{{{route},http_response_status_code="404"}}"#), all / 2),
        (format!(r#"{duration}_bucket{{{route},http_response_status_code="404",le="1.0"}}"#), 0),
        (format!(r#"{duration}_sum{{{route},http_response_status_code="404"}}"#), all),
        (format!("{size}_sum{{{route}}}"), 20 * all),
        (format!(r#"{size}_bucket{{{route},le="256.0"}}"#), 2 * all),
        (r#"http_server_active_requests{http_request_method="GET"}"#.to_owned(), 0),
        (r#"http_server_protocol_requests_total{network_protocol_version="2"}"#.to_owned(), 2 * all),
    ] {
        let line = format!("{line} {value}");
        assert!(page.lines().any(|have| have == line), "no {line} in:\n{page}");
    }
}
