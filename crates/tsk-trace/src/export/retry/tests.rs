#![allow(clippy::unwrap_used)]

use std::time::UNIX_EPOCH;

use proptest::prelude::*;

use super::*;

fn meaning(status: u16, retry_after: Option<&str>) -> Meaning {
    let mut headers = HeaderMap::new();
    if let Some(text) = retry_after {
        headers.insert(RETRY_AFTER, text.parse().unwrap());
    }
    Meaning::of(StatusCode::from_u16(status).unwrap(), &headers, UNIX_EPOCH + Duration::from_secs(10))
}

#[test]
fn what_the_specification_calls_retryable_is_sent_again_and_nothing_else() {
    for status in 200..600 {
        let expected = match status {
            200..=299 => Meaning::Taken,
            413 => Meaning::TooLarge,
            429 | 502 | 503 | 504 => Meaning::Later(None),
            _ => Meaning::Refused,
        };
        assert_eq!(meaning(status, None), expected, "{status}");
    }
}

#[test]
fn a_collector_may_say_when() {
    let later = |seconds| Meaning::Later(Some(Duration::from_secs(seconds)));
    assert_eq!(meaning(503, Some("7")), later(7));
    assert_eq!(meaning(429, Some("Thu, 01 Jan 1970 00:00:15 GMT")), later(5));
    assert_eq!(meaning(429, Some("Thu, 01 Jan 1970 00:00:01 GMT")), later(0));
    assert_eq!(meaning(503, Some("soon")), Meaning::Later(None));
}

#[test]
fn a_collector_cannot_ask_for_more_than_half_a_minute() {
    assert_eq!(meaning(503, Some("86400")), Meaning::Later(Some(Duration::from_secs(30))));
    assert_eq!(meaning(503, Some("99999999999999999999")), Meaning::Later(None));
}

#[test]
fn waits_grow_until_ten_seconds_and_begin_anew_after_a_success() {
    let mut backoff = Backoff::default();
    let waits: Vec<_> = (0..8).map(|_| backoff.next(None, 1.0).as_millis()).collect();
    assert_eq!(waits, [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
    backoff.reset();
    assert_eq!(backoff.next(None, 0.0), FIRST / 2);
}

proptest! {
    #[test]
    fn a_wait_is_never_shorter_than_asked_nor_without_end(
        asked in proptest::option::of(0..30_000u64),
        randoms in proptest::collection::vec(0.0..=1.0, 1..100),
    ) {
        let mut backoff = Backoff::default();
        let asked = asked.map(Duration::from_millis);
        for random in randoms {
            let wait = backoff.next(asked, random);
            prop_assert!(wait >= asked.unwrap_or(FIRST / 2));
            prop_assert!(wait <= LONGEST.max(asked.unwrap_or_default().mul_f64(1.1)));
        }
    }
}
