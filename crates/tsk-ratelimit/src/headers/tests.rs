#![allow(clippy::unwrap_used)]

use super::*;

fn mark(quota: Quota, remaining: u32, reset: Duration, retry_after: Option<Duration>) -> Mark {
    Mark::new(Policy::of("api", quota), &Decision { remaining, reset, retry_after })
}

fn stamped(marks: impl IntoIterator<Item = Mark>, is_legacy: bool) -> Vec<(String, String)> {
    let mut headers = HeaderMap::new();
    let telling = Telling { is_legacy, ..Telling::default() };
    Stamp::several(marks.into_iter(), telling, Watched::None).stamp(&mut headers);
    let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

#[test]
fn a_limit_is_told_as_the_draft_has_it() {
    for (quota, decision, limit, policy) in [
        (
            Quota::per_minute(100),
            (99, Duration::from_millis(600), None),
            "\"api\";r=99;t=1",
            "\"api\";q=100;w=60",
        ),
        (
            Quota::per_day(10).burst(2),
            (0, Duration::from_secs(17_280), None),
            "\"api\";r=0;t=17280",
            "\"api\";q=10;w=86400;tsk-burst=2",
        ),
        // A window has whole seconds, or is left out.
        (
            Quota::new(5, Duration::from_millis(1500)),
            (5, Duration::ZERO, None),
            "\"api\";r=5;t=0",
            "\"api\";q=5",
        ),
        // With a refusal it is when to come again, as `Retry-After` must not be before `t`.
        (
            Quota::per_minute(60),
            (0, Duration::from_secs(60), Some(Duration::from_millis(1001))),
            "\"api\";r=0;t=2",
            "\"api\";q=60;w=60",
        ),
        (
            Quota::per_minute(60),
            (7, Duration::from_secs(53), Some(Duration::MAX)),
            "\"api\";r=7;t=53",
            "\"api\";q=60;w=60",
        ),
    ] {
        let (remaining, reset, retry_after) = decision;
        let headers = stamped([mark(quota, remaining, reset, retry_after)], false);
        let expected = [("ratelimit", limit), ("ratelimit-policy", policy)];
        assert_eq!(headers, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}

#[test]
fn each_limit_is_an_item_and_the_old_headers_have_the_least_of_them() {
    let (minute, day) = (Quota::per_minute(100), Quota::per_day(500));
    let reset = Duration::from_secs(30);
    for marks in [[(minute, 9), (day, 7)], [(day, 7), (minute, 9)]] {
        let marks = marks.map(|(quota, remaining)| mark(quota, remaining, reset, None));
        let headers = stamped(marks, true);
        let of = |name: &str| -> Vec<&str> {
            headers.iter().filter(|header| header.0 == name).map(|header| &*header.1).collect()
        };
        assert_eq!(of("ratelimit").len(), 2);
        assert_eq!(of("ratelimit-policy").len(), 2);
        assert_eq!(of("x-ratelimit-limit"), ["500"]);
        assert_eq!(of("x-ratelimit-remaining"), ["7"]);
        assert_eq!(of("x-ratelimit-reset"), ["30"]);
    }
}

#[test]
fn seconds_are_rounded_up() {
    for (time, expected) in [
        (Duration::ZERO, 0),
        (Duration::from_nanos(1), 1),
        (Duration::from_secs(1), 1),
        (Duration::new(1, 1), 2),
        (Duration::MAX, u32::MAX),
    ] {
        assert_eq!(seconds(time), expected);
    }
}

#[test]
fn what_is_told_of_the_same_limit_is_there_once() {
    let quota = Quota::per_minute(4_711);
    assert!(std::ptr::eq(Policy::of("once", quota), Policy::of("once", quota)));
    assert!(!std::ptr::eq(Policy::of("once", quota), Policy::of("twice", quota)));
}
