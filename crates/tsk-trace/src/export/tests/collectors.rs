//! Collectors that are not as one wishes.

use super::*;

#[test]
fn a_batch_is_sent_as_soon_as_it_is_full() {
    let collector = Collector::default();
    let bench = Bench::with(&collector, |config| config.batch_size = 10);
    bench.serve(0..10);
    // The interval is an hour.
    while collector.taken().len() < 10 {
        std::thread::yield_now();
    }
}

#[test]
fn spans_are_sent_again_until_they_are_taken() {
    let collector = Collector::new([Act::Down, Act::Answer(503), Act::Answer(429), Act::Later(0)]);
    let bench = Bench::start(&collector);
    bench.serve(1..4);
    assert!(bench.flush());
    assert_eq!((collector.taken(), collector.requests()), (vec![1, 2, 3], 5));
    let counts = Counts { sent: 3, exports: 1, exports_failed: 4, ..Counts::default() };
    assert_eq!(bench.exporter.counts(), counts);
}

#[test]
fn spans_that_are_refused_are_not_sent_again() {
    for status in [400, 401, 404, 500, 302] {
        let collector = Collector::new([Act::Answer(status)]);
        let bench = Bench::start(&collector);
        bench.serve(1..4);
        assert!(bench.flush());
        assert_eq!((collector.requests(), bench.exporter.counts().refused), (1, 3), "{status}");
        bench.serve(4..6);
        assert!(bench.flush());
        assert_eq!((collector.taken(), bench.exporter.counts().sent), (vec![4, 5], 2));
    }
}

#[test]
fn requests_that_are_too_large_are_sent_in_parts_and_later_ones_at_once() {
    let collector = Collector::always(Act::AtMost(10));
    let bench = Bench::start(&collector);
    bench.serve(0..64);
    assert!(bench.flush());
    assert_eq!(collector.taken(), (0..64).collect::<Vec<_>>());
    let requests = collector.requests();
    assert!(requests < 16 + 8, "{requests}");
    bench.serve(64..128);
    assert!(bench.flush());
    assert_eq!(collector.taken().len(), 128);
    // Eight of eight each: what is too large was not tried again.
    assert_eq!(collector.requests() - requests, 8);
}

#[test]
fn a_span_that_is_too_large_alone_is_given_up() {
    let collector = Collector::always(Act::Answer(413));
    let bench = Bench::start(&collector);
    bench.serve(0..3);
    assert!(bench.flush());
    assert_eq!(bench.exporter.counts().refused, 3);
}

#[test]
fn spans_that_a_collector_rejects_are_counted() {
    let collector = Collector::new([Act::RejectOne]);
    let bench = Bench::start(&collector);
    bench.serve(0..5);
    assert!(bench.flush());
    let counts = Counts { sent: 4, refused: 1, exports_failed: 1, ..Counts::default() };
    assert_eq!(bench.exporter.counts(), counts);
    let shown = bench.exporter.insight().snapshot();
    let failure = shown["failure"].as_str().unwrap();
    assert_eq!(failure, "the collector rejects spans: one \\u{1b}[31mtoo many");
}

#[test]
fn a_collector_that_is_down_costs_no_more_than_the_queue() {
    for act in [Act::Down, Act::Hang, Act::Answer(503), Act::Later(30)] {
        let collector = Collector::always(act);
        let bench = Bench::with(&collector, |config| (config.queue_size, config.batch_size) = (256, 16));
        // Nothing waits here for anything, or this would not end.
        bench.serve(0..20_000);
        assert!(!wait(bench.exporter.flush(Duration::from_millis(10))));
        let shown = bench.exporter.insight().snapshot();
        let (waiting, lost) = (shown["waiting"].as_u64().unwrap(), bench.exporter.counts().dropped_full);
        assert!(waiting <= 256, "{shown}");
        assert_eq!(waiting + lost, 20_000, "{shown}");
        let insight = bench.exporter.insight();
        drop(bench);
        let lost = insight.snapshot()["lost"].clone();
        let lost: u64 = lost.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(lost, 20_000);
    }
}

#[test]
fn a_batch_is_given_up_in_time_for_those_after_it() {
    let collector = Collector::new([Act::Down]);
    let bench = Bench::with(&collector, |config| config.retry_for = Duration::ZERO);
    bench.serve(0..3);
    assert!(bench.flush());
    bench.serve(3..5);
    assert!(bench.flush());
    assert_eq!(collector.taken(), [3, 4]);
    let counts = bench.exporter.counts();
    assert_eq!((counts.sent, counts.dropped_expired, counts.lost()), (2, 3, 3));
}

#[test]
fn spans_arrive_once_a_collector_is_back() {
    let collector = Collector::always(Act::Down);
    let bench = Bench::start(&collector);
    bench.serve(0..100);
    assert!(!wait(bench.exporter.flush(Duration::from_millis(10))));
    assert!(bench.exporter.insight().snapshot()["failure"].is_string());
    collector.then(Act::Take);
    assert!(bench.flush());
    assert_eq!(collector.taken(), (0..100).collect::<Vec<_>>());
    assert!(bench.exporter.insight().snapshot()["failure"].is_null());
}

#[test]
fn a_dropped_exporter_has_sent_everything() {
    let collector = Collector::default();
    let bench = Bench::start(&collector);
    bench.serve(0..100);
    bench.queue.inner(sample::inner(1, 1000, 1, "query"));
    drop(bench);
    assert_eq!(collector.taken(), (0..100).chain([1000]).collect::<Vec<_>>());
}

#[test]
fn a_collector_that_hangs_holds_up_the_end_no_longer_than_it_may() {
    let collector = Collector::always(Act::Hang);
    let bench = Bench::with(&collector, |config| config.flush_timeout = Duration::from_millis(10));
    bench.serve(0..100);
    // Otherwise this would not end.
    drop(bench);
}

#[test]
fn without_a_collector_spans_are_seen_and_not_kept() {
    let collector = Collector::default();
    let bench = Bench::with(&collector, |config| config.endpoint = None);
    bench.serve(0..100);
    assert!(bench.flush());
    assert_eq!((collector.requests(), bench.exporter.counts()), (0, Counts::default()));
}

#[test]
fn what_somebody_looked_at_is_sent_and_a_batch_of_it_at_once() {
    let collector = Collector::default();
    let bench = Bench::with(&collector, |config| config.batch_size = 10);
    // Looking empties the queue, so that no batch comes together there, and the interval is an hour.
    for number in 0..10 {
        bench.serve(number..number + 1);
        bench.intake.insights()[0].snapshot();
    }
    while collector.taken().len() < 10 {
        std::thread::yield_now();
    }
    assert_eq!(collector.taken(), (0..10).collect::<Vec<_>>());
}
