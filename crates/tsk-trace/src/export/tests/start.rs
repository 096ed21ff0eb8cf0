//! There is no thread until there is something to export.

use super::*;

#[test]
fn the_first_span_starts_the_thread() {
    let collector = Collector::default();
    let bench = Bench::start(&collector);
    assert!(!bench.exporter.starter.has_thread());
    bench.serve(0..1);
    assert!(bench.exporter.starter.has_thread());
    assert!(bench.flush());
    assert_eq!(collector.taken(), [0]);
}

#[test]
fn so_does_the_first_span_within_a_request() {
    let collector = Collector::default();
    let bench = Bench::start(&collector);
    bench.queue.inner(sample::inner(1, 1000, 1, "query"));
    assert!(bench.exporter.starter.has_thread());
    assert!(bench.flush());
    assert_eq!(collector.taken(), [1000]);
}

#[tokio::test]
async fn without_a_span_there_is_nothing_to_wait_for() {
    let collector = Collector::always(Act::Hang);
    let bench = Bench::start(&collector);
    for insight in bench.intake.insights() {
        insight.snapshot();
    }
    assert!(bench.exporter.flush(PATIENCE).await);
    assert!(!bench.exporter.starter.has_thread());
    // The runtime that it would have had is dropped on another.
    drop(bench);
    assert_eq!(collector.requests(), 0);
}

#[test]
fn whoever_flushes_after_a_span_finds_it_sent_whoever_starts_the_thread() {
    for _ in 0..50 {
        let collector = Collector::default();
        let bench = Bench::start(&collector);
        let serve = |number: u64| {
            bench.serve(number..number + 1);
            assert!(bench.flush());
            assert!(collector.taken().contains(&number));
        };
        std::thread::scope(|scope| {
            (0..4).for_each(|number| drop(scope.spawn(move || serve(number))));
        });
        assert_eq!(collector.taken(), [0, 1, 2, 3]);
    }
}

#[test]
fn what_is_looked_at_before_it_is_sent_is_sent() {
    let collector = Collector::default();
    let bench = Bench::start(&collector);
    bench.serve(0..3);
    bench.intake.insights()[0].snapshot();
    drop(bench);
    assert_eq!(collector.taken(), [0, 1, 2]);
}
