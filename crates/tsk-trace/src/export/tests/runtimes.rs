//! The exporter asks nothing of the application's runtime.

use super::*;

/// Serves and flushes on the runtime that this is awaited on.
async fn serve() -> (Collector, bool) {
    let collector = Collector::default();
    let bench = Bench::start(&collector);
    bench.serve(1..4);
    let is_whole = bench.exporter.flush(PATIENCE).await;
    (collector, is_whole)
}

fn assert_arrived((collector, is_whole): (Collector, bool)) {
    assert!(is_whole);
    assert_eq!(collector.taken(), [1, 2, 3]);
}

#[test]
fn spans_arrive_with_no_runtime_at_all() {
    assert_arrived(wait(serve()));
}

#[test]
fn spans_arrive_from_a_runtime_of_several_threads() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    assert_arrived(runtime.block_on(async { tokio::spawn(serve()).await.unwrap() }));
}

#[test]
fn spans_arrive_from_a_runtime_of_one_thread_without_timers_and_sockets() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_arrived(runtime.block_on(async { tokio::spawn(serve()).await.unwrap() }));
}

#[test]
fn spans_arrive_from_local_tasks() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let local = tokio::task::LocalSet::new();
    assert_arrived(local.block_on(&runtime, async { tokio::task::spawn_local(serve()).await.unwrap() }));
}

#[test]
fn spans_arrive_when_the_runtime_that_served_is_gone() {
    let collector = Collector::default();
    let bench = Bench::start(&collector);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { bench.serve(1..4) });
    drop(runtime);
    drop(bench);
    assert_eq!(collector.taken(), [1, 2, 3]);
}
