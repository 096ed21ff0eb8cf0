//! The limit, over a model of a service.

#![allow(clippy::unwrap_used)]

mod model;

use std::{
    sync::{
        Arc,
        atomic::{
            AtomicBool, AtomicUsize,
            Ordering::{Relaxed, SeqCst},
        },
    },
    time::Instant,
};

use model::{Model, Takes, Takes::*, Traffic};

use super::{
    Config, Priority, Reason,
    limiter::{Limiter, Waiter},
};

fn config() -> Config {
    Config { enabled: true, ..Config::default() }
}

/// How many there are at a time, where nobody waits for another, and how long one takes in milliseconds.
fn capacity(servers: usize, takes: Takes) -> f64 {
    servers as f64 / takes.mean() * 1e3
}

fn mean(limits: &[u32]) -> f64 {
    limits.iter().sum::<u32>() as f64 / limits.len() as f64
}

fn last(limits: &[u32], seconds: usize) -> &[u32] {
    &limits[limits.len() - 10 * seconds..]
}

#[test]
fn converges_to_what_the_service_can_work_on_and_uses_all_of_it() {
    for (servers, takes) in [(8, Exactly(20.0)), (100, Exactly(100.0)), (24, Exponentially(40.0))] {
        let can = capacity(servers, takes);
        let mut model = Model::new(&config(), 1, &[servers]);
        model.run(10.0, &[Traffic::new(can * 0.6, takes)]);
        let limits = model.run(40.0, &[Traffic::new(can * 3.0, takes)]);
        let limits = last(&limits, 20);
        let about = mean(limits) / servers as f64;
        assert!((0.9..1.6).contains(&about), "{servers}, {takes:?}: {limits:?}");
        let used = model.throughput(40.0) / can;
        assert!(used > 0.9, "{servers}, {takes:?}: {used}");
    }
}

#[test]
fn finds_what_is_usual_though_it_has_seen_nothing_but_overload() {
    for (servers, takes) in [(4, Exactly(20.0)), (16, Exponentially(40.0))] {
        let can = capacity(servers, takes);
        let mut model = Model::new(&config(), 1, &[servers]);
        model.run(120.0, &[Traffic::new(can * 3.0, takes)]);
        let limits = model.run(60.0, &[Traffic::new(can * 3.0, takes)]);
        let about = mean(&limits) / servers as f64;
        assert!((0.75..2.0).contains(&about), "{servers}, {takes:?}: {about}, {limits:?}");
        let used = model.throughput(60.0) / can;
        assert!(used > 0.9, "{servers}, {takes:?}: {used}");
    }
}

#[test]
fn follows_what_the_service_can_do_down_and_up() {
    let takes = Exponentially(40.0);
    let mut model = Model::new(&config(), 1, &[32]);
    model.run(10.0, &[Traffic::new(capacity(32, takes) * 0.6, takes)]);
    for servers in [32, 12, 64, 32] {
        model.stations[0].servers = servers;
        let limits = model.run(40.0, &[Traffic::new(2_500.0, takes)]);
        let about = mean(last(&limits, 10)) / servers as f64;
        assert!((0.75..2.0).contains(&about), "{servers}: {limits:?}");
    }
}

#[test]
fn what_is_slower_by_itself_is_let_in_all_the_same() {
    // Nobody waits for another here, however many there are.
    let traffic = |millis| [Traffic { station: None, ..Traffic::new(400.0, Exponentially(millis)) }];
    let mut model = Model::new(&config(), 1, &[]);
    model.run(10.0, &traffic(50.0));
    for millis in [250.0, 600.0] {
        model.run(60.0, &traffic(millis));
        model.run(60.0, &traffic(millis));
        let served = model.counts[0].share_done();
        assert!(served > 0.96, "{millis} ms: {served}, at {}", model.limiter.limit());
    }
}

#[test]
fn never_goes_down_to_nothing() {
    for takes in [Exponentially(80.0), Seldom(800.0)] {
        let mut model = Model::new(&config(), 1, &[40]);
        let can = capacity(40, takes);
        model.run(10.0, &[Traffic::new(can * 0.6, takes)]);
        let limits = model.run(90.0, &[Traffic::new(can * 3.0, takes)]);
        let least = limits.iter().min().unwrap();
        assert!(*least >= 10, "{takes:?}: {least}");
    }
}

#[test]
fn does_not_move_while_it_is_not_reached() {
    let mut model = Model::new(&config(), 1, &[100]);
    model.run(60.0, &[Traffic::new(500.0, Exponentially(20.0))]);
    // Ten times slower, and as quick again.
    model.run(60.0, &[Traffic::new(50.0, Exponentially(200.0))]);
    model.run(600.0, &[Traffic::new(5.0, Exponentially(20.0))]);
    assert_eq!(model.limiter.limit(), config().initial_limit);
    assert!(model.limiter.moves().is_empty());
}

#[test]
fn another_mix_of_quick_and_slow_routes_is_no_overload() {
    let quick = |rate| Traffic { station: None, ..Traffic::new(rate, Exponentially(1.0)) };
    let slow = |rate| Traffic { station: None, route: 1, ..Traffic::new(rate, Exponentially(100.0)) };
    let mut model = Model::new(&Config { initial_limit: 16, ..config() }, 2, &[]);
    model.run(20.0, &[quick(2_000.0), slow(25.0)]);
    // On average, a request takes twenty times as long as before, and there is not enough room at first.
    model.run(20.0, &[quick(500.0), slow(500.0)]);
    let fooled = model.limiter.moves().iter().filter(|moved| moved.reason == Reason::Slower).count();
    assert_eq!(fooled, 0, "{:?}", model.limiter.moves());
    model.run(10.0, &[quick(500.0), slow(500.0)]);
    assert!(model.counts[1].share_done() > 0.97, "{}", model.limiter.limit());
}

#[test]
fn one_route_that_is_overloaded_does_not_drown_in_others_that_are_quick() {
    let quick = Traffic { station: None, ..Traffic::new(1_000.0, Exponentially(10.0)) };
    let slow = Traffic { route: 1, ..Traffic::new(300.0, Exponentially(10.0)) };
    let mut model = Model::new(&config(), 2, &[2]);
    model.run(10.0, &[quick, Traffic { rate: 100.0, ..slow }]);
    model.run(30.0, &[quick, slow]);
    let limits = model.run(30.0, &[quick, slow]);
    assert!(limits.iter().all(|limit| *limit < 60), "{limits:?}");
    assert!(model.counts[1].percentile(0.5) < 400.0, "{}", model.counts[1].percentile(0.5));
    // As there is one limit for all, the quick ones pay for it too, but not with all they have.
    assert!(model.counts[0].share_done() > 0.5, "{}", model.counts[0].share_done());
}

#[test]
fn bursts_are_no_overload() {
    let bursts = [Traffic { station: None, at_once: 60, ..Traffic::new(5.0, Exponentially(20.0)) }];
    for queue in [0, 100] {
        let mut model = Model::new(&Config { queue, ..config() }, 1, &[]);
        model.run(30.0, &bursts);
        model.run(120.0, &bursts);
        let served = model.counts[0].share_done();
        assert!(served > 0.85, "{served} of bursts, where {queue} may wait");
    }
}

#[test]
fn failing_quickly_is_not_being_quick() {
    let traffic = [Traffic::new(800.0, Exponentially(20.0))];
    let mut model = Model::new(&config(), 1, &[32]);
    model.run(30.0, &traffic);
    model.run(60.0, &[Traffic { succeeds: false, ..Traffic::new(800.0, Exactly(1.0)) }]);
    model.run(30.0, &traffic);
    assert!(model.counts[0].share_done() > 0.97, "{}, {:?}", model.limiter.limit(), model.limiter.moves());
}

#[test]
fn what_is_critical_is_answered_in_time_at_three_times_what_can_be_done() {
    for takes in [Exactly(40.0), Exponentially(40.0)] {
        let can = capacity(32, takes);
        let of = |share, priority| Traffic { priority, ..Traffic::new(can * share, takes) };
        let mut model = Model::new(&config(), 1, &[32]);
        model.run(20.0, &[of(0.3, Priority::Critical)]);
        let unloaded = model.counts[0].percentile(0.99);
        let all = [of(0.3, Priority::Critical), of(1.2, Priority::Normal), of(1.5, Priority::Sheddable)];
        model.run(40.0, &all);
        let [critical, normal, sheddable] = &model.counts[..] else { unreachable!("three kinds") };
        assert!(critical.share_done() > 0.99, "{takes:?}: {}", critical.share_done());
        let p99 = critical.percentile(0.99);
        assert!(p99 <= 2.0 * unloaded, "{takes:?}: {p99} and {unloaded}");
        assert!(normal.share_done() > 3.0 * sheddable.share_done());
        assert!(model.throughput(40.0) > 0.85 * can, "{}", model.throughput(40.0) / can);
    }
}

/// As in a service that computes on one processor, of which only what is critical had been asked for before.
#[test]
fn what_is_asked_for_in_an_overload_for_the_first_time_does_not_have_it_be_usual() {
    let takes = Exactly(4.2);
    let can = capacity(1, takes);
    let of = |share, priority, route| Traffic { priority, route, ..Traffic::new(can * share, takes) };
    let mut model = Model::new(&config(), 3, &[1]);
    let critical = of(0.3, Priority::Critical, 0);
    model.run(15.0, &[critical]);
    let all = [critical, of(1.2, Priority::Normal, 1), of(1.5, Priority::Sheddable, 2)];
    model.run(20.0, &all);
    let limits = model.run(40.0, &all);
    assert!(mean(&limits) < 8.0, "{limits:?}");
    let [critical, ..] = &model.counts[..] else { unreachable!("three kinds") };
    assert!(critical.share_done() > 0.99, "{}", critical.share_done());
    assert!(critical.percentile(0.5) < 30.0, "{}", critical.percentile(0.5));
}

#[test]
fn answers_that_go_out_slowly_take_half_of_the_places_at_most() {
    let model = Model::new(&config(), 1, &[]);
    let limiter = &model.limiter;
    for _ in 0..1_000 {
        assert!(limiter.enter(Priority::Critical));
        limiter.begun();
    }
    let left = (0..).take_while(|_| limiter.enter(Priority::Critical)).count();
    assert_eq!(left, limiter.limit() as usize / 2);
}

/// Somebody who waits on a thread.
#[derive(Debug, Clone, Default)]
struct Waits(Arc<AtomicBool>);

impl Waiter for Waits {
    fn admit(&self) -> bool {
        !self.0.swap(true, Relaxed)
    }

    fn wake(&self) {}

    fn waits(&self) -> bool {
        !self.0.load(Relaxed)
    }
}

#[test]
fn there_are_never_more_than_the_limit_and_every_place_comes_back() {
    let limiter = Limiter::<Waits>::new(&Config { queue: 4, ..config() }, 1, Instant::now());
    let (working, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (limiter, working, most) = (&limiter, &working, &most);
    let work = || {
        most.fetch_max(working.fetch_add(1, SeqCst) + 1, SeqCst);
        std::thread::yield_now();
        working.fetch_sub(1, SeqCst);
        limiter.leave(false);
        if limiter.is_waited_for() {
            limiter.call(Instant::now());
        }
    };
    std::thread::scope(|scope| {
        for thread in 0..64 {
            let work = &work;
            scope.spawn(move || {
                for turn in 0..200 {
                    let priority = Priority::ALL[(thread + turn) % 3];
                    if limiter.enter(priority) {
                        work();
                        continue;
                    }
                    let waits = Waits::default();
                    limiter.wait(waits.clone(), priority, Instant::now());
                    std::thread::yield_now();
                    // Who gives up and had a place after all gives that back.
                    if waits.0.swap(true, Relaxed) {
                        work();
                    }
                }
            });
        }
    });
    assert!(most.load(SeqCst) <= limiter.limit() as usize, "{most:?}");
    limiter.call(Instant::now());
    assert_eq!(limiter.load(), (0, 0, 0));
}
