#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

const MINUTE: Duration = Duration::from_secs(60);
const EPOCH: Epoch = Epoch(7);

fn history(count: usize, bytes: usize) -> History<u64> {
    History::new(EPOCH, Limits { count, age: MINUTE, bytes })
}

fn at(offset: u64) -> Position {
    Position { epoch: EPOCH, offset }
}

#[test]
fn who_comes_back_hears_what_it_missed() {
    let now = Instant::now();
    let mut history = history(10, 1000);
    for message in 1..=5 {
        assert_eq!(history.push(message, 1, now), message);
    }
    assert_eq!(history.since(at(5), now), Missed { gap: None, messages: vec![] });
    assert_eq!(history.since(at(3), now), Missed { gap: None, messages: vec![(4, 4), (5, 5)] });
    assert_eq!(history.since(at(0), now).messages.len(), 5);
    assert_eq!(history.latest(2, now), [(4, 4), (5, 5)]);
    assert_eq!(history.latest(99, now).len(), 5);
}

#[test]
fn what_is_lost_is_said_once_and_what_is_left_follows() {
    let now = Instant::now();
    let mut history = history(2, 1000);
    (1..=5).for_each(|message| {
        history.push(message, 1, now);
    });
    let missed = history.since(at(1), now);
    assert_eq!(missed.gap, Some(Gap { from: Some(2), to: 3 }));
    assert_eq!(missed.messages, [(4, 4), (5, 5)]);
    // All of it has aged.
    let missed = history.since(at(1), now + MINUTE);
    assert_eq!(missed, Missed { gap: Some(Gap { from: Some(2), to: 5 }), messages: vec![] });
    assert_eq!(history.since(at(5), now + MINUTE), Missed { gap: None, messages: vec![] });
}

#[test]
fn a_position_of_another_life_is_a_gap() {
    let now = Instant::now();
    let mut history = history(10, 1000);
    (1..=3).for_each(|message| {
        history.push(message, 1, now);
    });
    let other = Position { epoch: Epoch(8), offset: 2 };
    let missed = history.since(other, now);
    assert_eq!((missed.gap, missed.messages.len()), (Some(Gap { from: None, to: 0 }), 3));
    // Nor has anybody heard what was not said yet.
    assert!(history.since(at(4), now).gap.is_some());
}

#[test]
fn nothing_is_kept_where_nothing_may_be_and_offsets_go_on() {
    let now = Instant::now();
    let mut history = history(0, 0);
    assert_eq!((history.push(1, 1, now), history.push(2, 1, now)), (1, 2));
    assert!(history.is_empty() && history.bytes() == 0);
    assert_eq!(history.since(at(0), now).gap, Some(Gap { from: Some(1), to: 2 }));
}

#[test]
fn positions_are_written_as_they_are_read() {
    let position = Position { epoch: Epoch(0xABC), offset: 42 };
    assert_eq!(position.to_string(), "0000000000000abc-42");
    assert_eq!(position.to_string().parse(), Ok(position));
    for text in [
        "",
        "-",
        "0000000000000abc",
        "0000000000000abc-",
        "abc-1",
        "0000000000000abc-+1",
        "+000000000000abc-1",
    ] {
        assert_eq!(text.parse::<Position>(), Err(()), "{text}");
    }
}

proptest! {
    /// Against a model that keeps everything: nobody hears anything twice, out of order, or misses anything unsaid.
    #[test]
    fn every_message_is_heard_or_said_to_be_lost(
        steps in proptest::collection::vec((0_usize..50, 0_u64..30), 1..60), count in 0_usize..9, bytes in 0_usize..200, heard in 0_u64..60,
    ) {
        let mut now = Instant::now();
        let mut history = history(count, bytes);
        for (size, seconds) in steps {
            now += Duration::from_secs(seconds);
            history.push(history.last + 1, size, now);
            prop_assert!(history.len() <= count && history.bytes() <= bytes);
        }
        let last = history.position().offset;
        let missed = history.since(at(heard), now);
        let mut next = if heard > last {
            prop_assert!(missed.gap.is_some());
            missed.gap.unwrap().to + 1
        } else {
            heard + 1
        };
        if let Some(Gap { from: Some(from), to }) = missed.gap {
            prop_assert!(from == next && to >= from);
            next = to + 1;
        }
        for (offset, message) in missed.messages {
            prop_assert_eq!((offset, message), (next, next));
            next += 1;
        }
        prop_assert_eq!(next, last + 1);
    }
}
