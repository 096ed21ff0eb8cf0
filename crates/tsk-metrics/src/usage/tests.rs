#![allow(clippy::unwrap_used)]

use std::{thread, time::Duration};

use tsk_core::Policy as _;
use tsk_core::{Endpoint, RouteTable};

use super::{ledger::Event, *};

fn usage(routes: usize, consumers: usize, start: Instant) -> Usage {
    Usage::new(&Config { enabled: true, routes, consumers }, start).unwrap()
}

fn numbers(usage: &Usage, names: &[(&str, Option<&str>)]) -> Vec<u32> {
    let mut ledger = usage.shared.ledger();
    let name = |(template, version): &(&str, Option<&str>)| {
        (Box::from("GET"), Box::from(*template), version.map(Box::from))
    };
    names.iter().map(|named| ledger.route(&name(named))).collect()
}

fn event(route: u32, consumer: Option<&str>, at: Instant) -> Event<'_> {
    Event { route, nanoseconds: 1_000_000, is_error: false, at, consumer }
}

fn push(usage: &Usage, event: &Event<'_>) {
    usage.shared.buffers.push(event, || usage.shared.ledger());
}

#[test]
fn it_is_told_who_still_calls_a_version() {
    let start = Instant::now();
    let usage = usage(10, 10, start);
    let [v1, v2] = numbers(&usage, &[("/users", Some("v1")), ("/users", Some("v2"))])[..] else {
        unreachable!()
    };
    let at = |second| start + Duration::from_secs(second);
    for second in 0..100 {
        push(&usage, &event(v2, Some("new"), at(second)));
        push(&usage, &Event { is_error: second % 10 == 0, ..event(v1, Some("old"), at(second)) });
    }
    push(&usage, &event(v1, None, at(100)));
    let report = usage.report(at(160));
    let of = |name: &str| report.versions.iter().find(|version| version.version == name).unwrap();
    let first = of("v1");
    assert_eq!(
        (first.figures.requests, first.figures.errors, first.anonymous, first.consumers),
        (101, 10, 1, 1)
    );
    let told: Vec<_> =
        first.top.iter().map(|consumer| (&*consumer.id, consumer.requests, consumer.seconds_ago)).collect();
    assert_eq!(told, [("old", 100, 61.0)]);
    assert_eq!(of("v2").top[0].id, "new");
    assert_eq!((report.all.requests, report.unique, report.routes.len()), (201, 2, 2));
    let p99 = report.all.p99.unwrap();
    assert!((p99 - 0.001).abs() < 0.000_03, "{p99}");
    assert_eq!(report.consumers[0].figures.as_ref().unwrap().requests, 100);
}

fn asked(usage: &Usage, at: Instant, question: Question) -> (Vec<String>, Answer) {
    let answer = usage.answer(&question, at).unwrap();
    let text = |row: &Row| {
        let Row { consumer, method, route, version, .. } = row.clone();
        [consumer, method, route, version].into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    (answer.rows.iter().map(text).collect(), answer)
}

#[test]
fn a_question_is_answered_by_what_it_is_of() {
    let start = Instant::now();
    let usage = usage(10, 10, start);
    let routes = [("/users", Some("v1")), ("/users", Some("v2")), ("/orders", Some("v2"))];
    let [users1, users2, orders2] = numbers(&usage, &routes)[..] else { unreachable!() };
    let day = |days: u64| start + Duration::from_secs(days * 86_400);
    let many = |route, who, at, count| (0..count).for_each(|_| push(&usage, &event(route, Some(who), at)));
    many(users1, "old", day(0), 5);
    many(users1, "older", day(0), 4);
    many(users1, "old", day(9), 1);
    push(&usage, &Event { is_error: true, ..event(users2, Some("web"), day(9)) });
    many(users2, "old", day(9), 2);
    many(orders2, "web", day(9), 8);
    push(&usage, &event(users1, None, day(9)));
    let now = day(9) + Duration::from_secs(60);
    let question = Question::default;
    let (version, consumer) = (|name: &str| Some(name.to_owned()), |name: &str| Some(name.to_owned()));

    let (rows, answer) = asked(&usage, now, Question { version: version("v1"), ..question() });
    assert_eq!(
        (rows, answer.unique, answer.anonymous),
        (vec!["old".into(), "older".into()], Some(2), Some(1))
    );
    // Who still calls it.
    let week = Some(Duration::from_secs(7 * 86_400));
    let (rows, answer) = asked(&usage, now, Question { version: version("v1"), window: week, ..question() });
    assert_eq!((rows, answer.rows[0].requests), (vec!["old".to_owned()], 6));
    assert_eq!(answer.rows[0].window.map(|window| window.requests), Some(1));

    let (rows, answer) =
        asked(&usage, now, Question { of: Of::Routes, version: version("v2"), ..question() });
    assert_eq!(rows, ["GET /orders v2", "GET /users v2"]);
    assert_eq!(answer.rows[1].figures.as_ref().map(|known| known.errors), Some(1));
    let of_one = Question { of: Of::Versions, consumer: consumer("old"), ..question() };
    let (rows, answer) = asked(&usage, now, of_one);
    assert_eq!((rows, answer.rows[0].requests), (vec!["v1".into(), "v2".into()], 6));
    let (rows, _) = asked(&usage, now, Question { consumer: consumer("web"), of: Of::Routes, ..question() });
    assert_eq!(rows, ["GET /orders v2", "GET /users v2"]);

    // Of both versions of a route, whoever calls both is one.
    let users = Question { route: Some("GET /users".to_owned()), ..question() };
    let (rows, answer) = asked(&usage, now, users.clone());
    assert_eq!((rows, answer.rows[0].requests), (vec!["old".into(), "older".into(), "web".into()], 8));
    assert_eq!((answer.unique, answer.anonymous), (Some(3), Some(1)));
    let (rows, _) = asked(&usage, now, Question { version: version("v2"), ..users });
    assert_eq!(rows, ["old", "web"]);

    let hour = Some(Duration::from_secs(3600));
    let (rows, answer) = asked(&usage, now, Question { window: hour, ..question() });
    assert_eq!(rows, ["web", "old"]);
    assert_eq!(answer.rows[0].window, Some(InWindow { requests: 9, errors: 1 }));
    assert!(answer.to_string().lines().nth(2).unwrap().contains("        9         9        1"), "{answer}");
}

#[test]
fn an_answer_is_bounded_and_goes_on_where_it_ended() {
    let start = Instant::now();
    let usage = usage(1000, 300, start);
    let names: Vec<_> = (0..300).map(|route| format!("/{route:03}")).collect();
    let numbers = numbers(&usage, &names.iter().map(|name| (&**name, None)).collect::<Vec<_>>());
    for (times, number) in numbers.iter().enumerate() {
        (0..=times).for_each(|_| push(&usage, &event(*number, Some(&format!("consumer {times}")), start)));
    }
    let routes = |limit, offset| Question { of: Of::Routes, limit, offset, ..Question::default() };
    let (mut all, mut offset) = (Vec::new(), Some(0));
    while let Some(from) = offset {
        let (rows, answer) = asked(&usage, start, routes(100, from));
        assert!(rows.len() <= 100 && answer.total == 300);
        all.extend(rows);
        offset = answer.next;
    }
    let names: Vec<_> = names.iter().rev().map(|name| format!("GET {name}")).collect();
    assert_eq!(all, names);
    assert_eq!(asked(&usage, start, routes(100, usize::MAX)).0.len(), 0);
    for wrong in [routes(0, 0), routes(101, 0), Question { window: Some(Duration::ZERO), ..routes(1, 0) }] {
        assert!(usage.answer(&wrong, start).is_err(), "{wrong:?}");
    }
    let glance = usage.glance(100, "", start);
    assert_eq!((glance.routes.len(), glance.consumers.len(), glance.routes_with_requests), (100, 100, 300));
    assert_eq!((&*glance.routes[0].route, &*glance.consumers[0].id), ("/299", "consumer 299"));
    let found = usage.glance(100, "GET /017", start);
    assert_eq!((found.routes.len(), found.consumers.len()), (1, 0));
}

#[test]
fn nothing_of_an_identifier_moves_the_cursor_of_a_terminal() {
    let usage = usage(10, 10, Instant::now());
    push(&usage, &event(0, Some("a\u{1b}[2Jb\n"), Instant::now()));
    let answer = usage.answer(&Question::default(), Instant::now()).unwrap().to_string();
    assert!(answer.ends_with("  a\\u{1b}[2Jb\\n"), "{answer:?}");
}

#[test]
fn a_storm_of_consumers_and_routes_takes_no_more_room() {
    let start = Instant::now();
    let usage = usage(3, 4, start);
    let names: Vec<_> = (0..50).map(|route| format!("/{route}")).collect();
    let names: Vec<_> = names.iter().map(|name| (&**name, None)).collect();
    let numbers = numbers(&usage, &names);
    assert_eq!(numbers.iter().filter(|number| **number == 0).count(), 47);
    for round in 0..10_000_u32 {
        let consumer = format!("consumer {round}");
        push(&usage, &event(numbers[round as usize % 50], Some(&consumer), start));
        push(&usage, &event(numbers[0], Some("always"), start));
    }
    let report = usage.report(start);
    assert_eq!((report.all.requests, report.routes.len(), report.consumers.len()), (20_000, 4, 4));
    assert_eq!(report.consumers[0].id, "always");
    let first = &report.routes.iter().find(|route| route.route == "/0").unwrap();
    assert_eq!((first.top.len(), &*first.top[0].id), (16, "always"));
    let unique = report.unique as f64;
    assert!((unique - 10_001.0).abs() < 1_400.0, "{unique}");
}

#[test]
fn many_threads_count_every_request_once() {
    let start = Instant::now();
    let usage = usage(10, 10, start);
    let route = numbers(&usage, &[("/", None)])[0];
    thread::scope(|scope| {
        for name in ["ada", "grace", "barbara"] {
            let usage = &usage;
            scope.spawn(move || (0..1000).for_each(|_| push(usage, &event(route, Some(name), start))));
        }
        scope.spawn(|| (0..100).for_each(|_| drop(usage.report(start))));
    });
    let report = usage.report(start);
    assert_eq!(report.all.requests, 3000);
    assert!(report.consumers.iter().all(|consumer| consumer.requests == 1000), "{report:?}");
}

#[test]
fn a_long_identifier_is_cut_off_and_a_full_buffer_added_up() {
    let start = Instant::now();
    let usage = usage(10, 10, start);
    let long = "é".repeat(10_000);
    for _ in 0..300 {
        push(&usage, &event(0, Some(&long), start));
    }
    let report = usage.report(start);
    assert_eq!((report.all.requests, report.consumers[0].id.len()), (300, 256));
}

#[test]
fn a_service_in_the_place_of_another_goes_on_counting() {
    let usage = usage(10, 10, Instant::now());
    let bind = |templates: &[&str]| {
        let endpoints = templates.iter().map(|template| Endpoint::new(None, *template));
        let mut observer = usage.observer();
        observer.bind(&RouteTable::new(endpoints)).unwrap();
        format!("{observer:?}")
    };
    assert_eq!(bind(&["/a", "/b"]), bind(&["/b", "/a"]));
    assert_eq!(numbers(&usage, &[("/c", None)]), [3]);
}

#[test]
fn room_for_nobody_is_refused() {
    for (config, key) in [
        (Config { routes: 0, ..Config::default() }, "usage.routes"),
        (Config { consumers: 0, ..Config::default() }, "usage.consumers"),
        (Config { consumers: 1_000_000, ..Config::default() }, "usage.consumers"),
    ] {
        assert_eq!(Usage::new(&config, Instant::now()).unwrap_err().key(), Some(key));
    }
}
