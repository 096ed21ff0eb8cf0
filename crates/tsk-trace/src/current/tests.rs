#![allow(clippy::unwrap_used)]

use super::*;

fn place(id: u128, mode: Mode) -> Place {
    Place { id, span: 7, mode, is_random: true, propagators: Propagators::DEFAULT }
}

/// The trace that OpenTelemetry knows of.
fn attached() -> u128 {
    Context::map_current(|context| u128::from_be_bytes(context.span().span_context().trace_id().to_bytes()))
}

/// Which request the thread is at work on, for us and for OpenTelemetry.
fn at_work() -> (Option<u128>, u128) {
    (current().map(|trace| trace.id), attached())
}

#[test]
fn a_thread_goes_back_to_what_it_was_at_work_on() {
    for inner in [Mode::Sampled, Mode::Unsampled] {
        for outer in [Mode::Sampled, Mode::Unsampled] {
            let enter = |id: u64, mode| {
                let outer = enter(Place { span: id, ..place(id.into(), mode) }, None);
                if mode == Mode::Sampled {
                    activate();
                    activate();
                }
                outer
            };
            let known = |id, mode| if mode == Mode::Sampled { id } else { 0 };
            let nowhere = enter(1, outer);
            assert_eq!(at_work(), (Some(1), known(1, outer)));
            let before = enter(2, inner);
            let is_seen = if inner == Mode::Sampled { 2 } else { known(1, outer) };
            assert_eq!(at_work(), (Some(2), is_seen), "{inner:?} in {outer:?}");
            assert!(leave(before).is_none());
            assert_eq!(at_work(), (Some(1), known(1, outer)), "{inner:?} in {outer:?}");
            assert!(leave(nowhere).is_none());
            assert_eq!(at_work(), (None, 0), "{inner:?} in {outer:?}");
        }
    }
}

#[test]
fn what_is_found_in_a_request_is_not_found_in_one_within_it() {
    let failed = || add_exception(Exception::said("panic", "on purpose"));
    let nowhere = enter(place(1, Mode::Watched), None);
    failed();
    let before = enter(place(2, Mode::Watched), None);
    failed();
    failed();
    assert_eq!(leave(before).unwrap().exceptions.len(), 2);
    assert_eq!(leave(nowhere).unwrap().exceptions.len(), 1);
}

#[test]
fn what_is_found_is_given_to_the_request_that_is_left() {
    let nowhere = enter(place(1, Mode::Watched), None);
    add_exception(Exception::said("panic", "on purpose"));
    let found = leave(nowhere).unwrap();
    assert_eq!((found.exceptions.len(), found.spans.len()), (1, 0));
    let nowhere = enter(place(2, Mode::Watched), None);
    assert!(leave(nowhere).is_none(), "it is not given twice");
}
