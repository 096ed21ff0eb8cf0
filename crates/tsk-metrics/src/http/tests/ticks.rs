//! Who looks after the windows, and from when on.

use super::*;
use crate::budget::Budget;

fn has_thread(watched: &Watched) -> bool {
    watched.metrics.worker().has_thread()
}

#[test]
fn the_first_request_that_ends_has_a_thread_look_after_the_windows() {
    let mut watched = Watched::new(&Config::default(), &["/"]);
    let answer = watched.begin("GET", 0, Response::new(Body::from("hello")));
    assert!(!has_thread(&watched));
    poll(answer.into_body().collect()).unwrap();
    assert!(has_thread(&watched));
}

#[test]
fn a_program_that_ticks_has_no_thread_and_its_windows_turn() {
    let mut watched = Watched::new(&Config::default(), &["/"]);
    let now = Instant::now();
    watched.metrics.tick(now);
    watched.request("GET", 0, Response::default());
    assert!(!has_thread(&watched));
    assert_eq!(watched.metrics.percentiles().all.minute.requests, 1);
    watched.metrics.tick(now + Duration::from_secs(100));
    let all = watched.metrics.percentiles().all;
    assert_eq!((all.minute.requests, all.five_minutes.requests, all.start.requests), (0, 1, 1));
    assert!(!has_thread(&watched));
}

#[test]
fn many_routes_are_looked_after_by_a_thread_that_ends() {
    let templates: Vec<_> = (0..1_000).map(|number| format!("/{number}")).collect();
    let templates: Vec<_> = templates.iter().map(String::as_str).collect();
    let mut watched = Watched::new(&Config::default(), &templates);
    let now = Instant::now();
    watched.metrics.tick(now);
    watched.request("GET", 0, Response::default());
    watched.metrics.tick(now + Duration::from_secs(100));
    while has_thread(&watched) {
        std::thread::yield_now();
    }
    let all = watched.metrics.percentiles().all;
    assert_eq!((all.minute.requests, all.five_minutes.requests), (0, 1));
}

#[test]
fn a_request_after_a_long_silence_is_of_the_last_minute() {
    let (now, config) = (Instant::now(), Config::default());
    let start = now.checked_sub(Duration::from_secs(1_000)).unwrap();
    let traffic = || Traffic::new(&config, Arc::new(Budget::new(10_000)), start);
    let seconds = traffic().report(now).all.five_minutes.seconds;
    assert!((300.0..310.0).contains(&seconds), "{seconds}");
    let traffic = traffic();
    let route = traffic.route("/", 0, false);
    let ending = Ending::new(Some(http::StatusCode::OK), tsk_core::End::Complete);
    route.ended(Here::new(), ending, 1_000, 0, || traffic.outcome(&route, ending, false));
    traffic.tick(Instant::now());
    let all = traffic.report(Instant::now()).all;
    assert_eq!((all.minute.requests, all.five_minutes.requests, all.start.requests), (1, 1, 1));
}

#[test]
fn routes_that_there_is_no_room_for_have_a_thread_let_go_of_former_ones() {
    let config = Config { max_series_per_metric: 1, ..Config::default() };
    let watched = Watched::new(&config, &["/"]);
    assert!(!has_thread(&watched));
    let watched = Watched::of(watched.metrics.clone(), &["/other"]);
    assert!(has_thread(&watched));
}
