//! Limits that have a request wait.

use std::time::Duration;

use super::*;

fn paced(max: Duration) -> Served {
    let rule = Rule::per_second(1).mode(Mode::Delay { max });
    serve(Limits::new(store()).rule(rule), routes([]))
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_early_waits_for_its_turn() {
    let served = paced(Duration::from_secs(10));
    let begun = tokio::time::Instant::now();
    for _ in 0..3 {
        assert_eq!(served.status(ANYBODY, 0).await, 200);
    }
    // The clock of the accounts goes on meanwhile, if only a little.
    assert!(begun.elapsed() > Duration::from_millis(2_500), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn one_that_would_wait_for_too_long_is_refused_at_once() {
    let served = paced(Duration::from_millis(1_500));
    let mut waiting = Vec::new();
    for _ in 0..2 {
        waiting.push(served.service().call(served.request(ANYBODY, 0)));
    }
    let begun = tokio::time::Instant::now();
    assert_eq!(served.status(ANYBODY, 0).await, 429);
    assert_eq!(begun.elapsed(), Duration::ZERO);
    for answer in waiting {
        assert_eq!(answer.await.unwrap().status(), 200);
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_goes_before_its_turn_gives_it_back() {
    let served = paced(Duration::from_millis(1_500));
    assert_eq!(served.status(ANYBODY, 0).await, 200);
    for _ in 0..5 {
        // There is room for one to wait.
        let mut waiting = served.service().call(served.request(ANYBODY, 0));
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert!(Pin::new(&mut waiting).poll(&mut cx).is_pending());
        assert_eq!(served.status(ANYBODY, 0).await, 429);
    }
}

#[test]
fn only_what_is_decided_at_once_is_immediate() {
    let gates = |rule| Limits::new(store()).rule(rule).gates().unwrap();
    assert!(gates(Rule::per_second(1)).0.immediate().is_ok());
    let delay = Mode::Delay { max: Duration::from_secs(1) };
    assert!(gates(Rule::per_second(1).mode(delay)).0.immediate().is_err());
    assert!(gates(Rule::per_second(1).mode(delay)).1.immediate().is_ok());
    assert!(gates(Rule::per_second(1).mode(delay).dry_run()).0.immediate().is_ok());
}
