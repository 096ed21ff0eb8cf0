//! What the baseline makes of recorded traffic, and of attacks within it.
//!
//! `recorded.txt` has the first 9,999 requests of 1 July 1995 to the web server of the Kennedy Space Center, 3 h 40 min of 936
//! clients, from the [Internet Traffic Archive](https://ita.ee.lbl.gov/html/contrib/NASA-HTTP.html): it may be freely
//! redistributed. Clients and paths are numbers here. A line has the seconds since the line before, the client, the path, and the
//! status where that is not 200.

#![allow(clippy::unwrap_used)]

mod traffic;

use std::time::Duration;

use tsk_ratelimit::Quota;
use tsk_ratelimit::baseline::{Settings, Signal, Turn};

use traffic::{Client, Replayed, Request, Rule, attack, recorded, with};

/// So strict that it says something of traffic as slow as that of 1995: from 11 in a minute on, a key is judged.
fn strict() -> Rule {
    let settings = Settings { window: Duration::from_secs(60), ..Settings::default() };
    Rule::new(&settings, Quota::new(40, Duration::from_secs(60)))
}

/// When attacks begin, two thirds into it.
const BEGIN: Duration = Duration::from_secs(7200);

/// A page that nobody asked for in the recording.
const LOGIN: u64 = 1_000_000;

/// Somebody who came in the whole time, 111 times in 47 of the 220 minutes.
const REGULAR: Client = Client::Recorded(3);

const STRANGER: Client = Client::Attacker(0);

/// Those of the recorded clients that are found unusual by the strict rule: for a burst of 12 in a minute, where they had 3 before.
const BURSTS: [Client; 2] = [Client::Recorded(205), Client::Recorded(274)];

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What comes of an attack within the recorded traffic, by which nobody else may fare otherwise.
fn attacked(rule: &Rule, attacker: Client, requests: Vec<Request>) -> Replayed {
    let replayed = rule.replay(&with(recorded(), requests));
    let others = replayed.tightened().into_iter().filter(|client| *client != attacker);
    assert!(others.eq(BURSTS), "{:?}", replayed.tightened());
    assert!(replayed.refused().into_iter().all(|client| client == attacker), "{:?}", replayed.refused());
    replayed
}

#[test]
fn of_936_recorded_clients_a_rule_as_one_has_it_tightens_none() {
    let rule = Rule::new(&Settings::default(), Quota::new(120, Duration::from_secs(60)));
    let replayed = rule.replay(&recorded());
    assert_eq!(replayed.requests.len(), 936);
    assert_eq!(replayed.events, []);
    assert_eq!(replayed.refused().len(), 0);
}

#[test]
fn a_strict_rule_tightens_two_of_them_for_some_minutes_and_refuses_them_nothing() {
    let replayed = strict().replay(&recorded());
    assert!(replayed.tightened().into_iter().eq(BURSTS));
    assert_eq!(replayed.refused().len(), 0);
    let of_one = replayed.of(BURSTS[0]);
    assert_eq!((of_one[0].turn, of_one[0].step), (Turn::Tightened(Signal::Rate), 1));
    assert_eq!(of_one[0].reason, "12 requests in a window: 2.8 are usual for it, and more than 10.0 are not");
    assert_eq!((of_one[1].turn, of_one[1].step, of_one.len()), (Turn::Relaxed, 0, 2));
}

/// Every two seconds, which the rule alone would let through.
#[test]
fn a_stranger_that_guesses_passwords_is_tightened_within_two_minutes_and_gets_few_through() {
    let rule = strict();
    let guesses = attack(STRANGER, BEGIN, seconds(2), 900, |_| (LOGIN, 401));
    let replayed = attacked(&rule, STRANGER, guesses);
    let first = replayed.of(STRANGER)[0];
    assert_eq!(first.turn, Turn::Tightened(Signal::Errors));
    assert!(first.at <= BEGIN + seconds(120), "{first:?}");
    assert_eq!(
        first.reason,
        "100 % of the answers were client errors: 0 % are usual for all, and more than 60 % are not"
    );
    assert_eq!(rule.standing(STRANGER, BEGIN + seconds(1800)).step, 3);
    let (passed, refused) = replayed.requests[&STRANGER];
    assert_eq!(passed + refused, 900);
    assert!((150..300).contains(&passed), "{passed}");
}

#[test]
fn a_regular_whose_account_is_used_to_scan_is_tightened_and_let_go_when_it_is_over() {
    let rule = strict();
    let scan = attack(REGULAR, BEGIN, seconds(1), 600, |number| (LOGIN + u64::from(number), 404));
    let replayed = attacked(&rule, REGULAR, scan);
    let of_it = replayed.of(REGULAR);
    assert!(of_it[0].at <= BEGIN + seconds(120), "{of_it:?}");
    let steps: Vec<_> = of_it.iter().map(|event| event.step).collect();
    assert!(steps.starts_with(&[1, 2, 3]) && steps.ends_with(&[0]), "{of_it:?}");
    // It asked for something every few minutes after that, and got it.
    assert_eq!(rule.standing(REGULAR, seconds(13_100)).step, 0);
}

#[test]
fn a_flood_of_a_regular_is_tightened_by_its_rate() {
    let rule = strict();
    let flood =
        attack(REGULAR, BEGIN, Duration::from_millis(200), 3000, |number| (u64::from(number % 3), 200));
    let replayed = attacked(&rule, REGULAR, flood);
    let first = replayed.of(REGULAR)[0];
    assert_eq!(first.turn, Turn::Tightened(Signal::Rate));
    assert!(first.at <= BEGIN + seconds(120), "{first:?}");
    let (passed, refused) = replayed.requests[&REGULAR];
    // The rule alone would have let through 40 and 40 a minute more, for ten minutes.
    assert!((100..300).contains(&passed) && refused > 2700, "{passed} and {refused}");
}

/// Slowly, page after page, each of which is there.
#[test]
fn a_harvest_is_seen_by_its_paths_alone_and_loses_half_at_most() {
    let rule = strict();
    let before = attack(STRANGER, Duration::ZERO, seconds(7), 1000, |number| (u64::from(number % 3), 200));
    let harvest = attack(STRANGER, BEGIN, seconds(7), 300, |number| (LOGIN + u64::from(number), 200));
    let replayed = attacked(&rule, STRANGER, [before, harvest].concat());
    let of_it = replayed.of(STRANGER);
    assert_eq!((of_it[0].turn, of_it[0].step), (Turn::Tightened(Signal::Paths), 1));
    assert!((BEGIN..=BEGIN + seconds(300)).contains(&of_it[0].at), "{of_it:?}");
    assert!(of_it[0].reason.contains("bits of entropy in the paths: 1.6 are usual for it"), "{of_it:?}");
    assert!(of_it.iter().all(|event| event.step <= 1), "{of_it:?}");
}
