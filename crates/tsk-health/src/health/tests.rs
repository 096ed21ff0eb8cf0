#![allow(clippy::unwrap_used)]

mod asked;
mod notices;
mod reload;

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::Method;
use tokio::{task::JoinHandle, time::timeout};
use tsk_core::{Drain, check::Finding};

use super::*;

/// A health whose checks are made until it is dropped.
struct Run {
    health: Health,
    drain: Drain,
    running: JoinHandle<()>,
}

impl Run {
    fn of(builder: Builder) -> Self {
        let health = builder.build().unwrap();
        health.started();
        let drain = Drain::new();
        let running = tokio::spawn({
            let (health, drain) = (health.clone(), drain.clone());
            async move { health.run(drain).await }
        });
        Self { health, drain, running }
    }

    /// Waits until it is so, for ten minutes, which are over at once where time is paused.
    async fn until(&self, is_so: impl Fn(&Health) -> bool) {
        let mut looked = self.health.subscribe();
        let waited = timeout(Duration::from_secs(600), looked.wait_for(|_| is_so(&self.health))).await;
        waited.unwrap_or_else(|_| panic!("it never was: {:#}", self.health.detail())).unwrap();
    }

    fn get(&self, path: &str) -> Option<u16> {
        self.health.probe(&Method::GET, path).map(|answer| answer.status().as_u16())
    }
}

/// A check that finds what it is told to, and counts.
#[derive(Clone)]
struct Told(Arc<(Mutex<Finding>, AtomicUsize)>);

impl Told {
    fn new(finding: Finding) -> Self {
        Self(Arc::new((Mutex::new(finding), AtomicUsize::new(0))))
    }

    fn tell(&self, finding: Finding) {
        *self.0.0.lock().unwrap() = finding;
    }

    fn made(&self) -> usize {
        self.0.1.load(Ordering::Relaxed)
    }

    fn check(&self) -> impl Check + use<> {
        let told = self.clone();
        move || {
            told.0.1.fetch_add(1, Ordering::Relaxed);
            std::future::ready(told.0.0.lock().unwrap().clone())
        }
    }
}

fn hanging() -> impl Check {
    std::future::pending::<Finding>
}

#[tokio::test(start_paused = true)]
async fn it_is_ready_once_it_serves_and_every_check_has_passed() {
    let (first, second) = (Told::new(Finding::pass()), Told::new(Finding::fail("no")));
    let builder = Health::builder().check("first", Kind::Readiness, first.check()).check(
        "second",
        Kind::Readiness,
        second.check(),
    );
    let run = Run::of(builder);
    run.until(|_| first.made() >= 2 && second.made() >= 2).await;
    assert_eq!(
        (run.get("/livez"), run.get("/readyz"), run.get("/startupz")),
        (Some(200), Some(503), Some(200))
    );
    second.tell(Finding::warn("it is slow"));
    run.until(Health::is_ready).await;
    assert_eq!(run.get("/readyz"), Some(200));
    let health = Health::builder().build().unwrap();
    assert!(!health.is_ready() && !health.has_started() && health.is_live());
}

#[tokio::test(start_paused = true)]
async fn a_check_of_the_start_holds_it_back_and_is_then_made_no_more() {
    let (migrated, other) = (Told::new(Finding::fail("not yet")), Told::new(Finding::pass()));
    let run = Run::of(Health::builder().check("migrated", Kind::Startup, migrated.check()).check(
        "other",
        Kind::Readiness,
        other.check(),
    ));
    run.until(|_| other.made() >= 3).await;
    assert_eq!((run.get("/startupz"), run.get("/readyz")), (Some(503), Some(503)));
    migrated.tell(Finding::pass());
    run.until(Health::is_ready).await;
    let made = migrated.made();
    migrated.tell(Finding::fail("gone"));
    run.until(|_| other.made() >= 20).await;
    assert_eq!((migrated.made(), run.get("/startupz")), (made, Some(200)));
}

#[tokio::test(start_paused = true)]
async fn a_check_that_hangs_fails_and_holds_up_no_other() {
    let other = Told::new(Finding::pass());
    let run = Run::of(Health::builder().check("hangs", Kind::None, hanging()).check(
        "other",
        Kind::Readiness,
        other.check(),
    ));
    run.until(|_| other.made() >= 10).await;
    assert!(run.health.is_ready());
    let check = &run.health.detail()["checks"]["hangs:responseTime"][0];
    assert_eq!(
        (&check["status"], &check["output"]),
        (&"fail".into(), &"there was no result within 5s".into())
    );
    assert_eq!(run.health.status(), Status::Warn);
}

#[tokio::test]
async fn one_that_blocks_its_thread_holds_up_no_other_and_is_never_two() {
    // One thread, and that one is blocked: nothing goes on by chance.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (let_go, blocked) = std::sync::mpsc::channel::<()>();
    let blocked = Arc::new(Mutex::new(blocked));
    let entered = Arc::new(AtomicUsize::new(0));
    let blocks = {
        let entered = Arc::clone(&entered);
        move || {
            entered.fetch_add(1, Ordering::Relaxed);
            let _ = blocked.lock().unwrap().recv();
            std::future::ready(Finding::pass())
        }
    };
    let often = Settings {
        interval: Duration::from_millis(10),
        timeout: Duration::from_millis(10),
        ..Kind::None.into()
    };
    let other = Told::new(Finding::pass());
    let builder =
        Health::builder().check("blocks", often.clone(), blocks).check("other", often, other.check());
    let health = builder.build().unwrap();
    let drain = Drain::new();
    let running = runtime.spawn({
        let (health, drain) = (health.clone(), drain.clone());
        async move { health.run(drain).await }
    });
    let mut looked = health.subscribe();
    let says = |health: &Health| health.detail()["checks"]["blocks:responseTime"][0]["output"].to_string();
    let goes_on = looked.wait_for(|_| says(&health).contains("has not come back") && other.made() > 10);
    timeout(Duration::from_secs(30), goes_on).await.expect("the runtime stands still").unwrap();
    assert_eq!(entered.load(Ordering::Relaxed), 1);
    drop(let_go);
    looked.wait_for(|_| entered.load(Ordering::Relaxed) > 1).await.unwrap();
    drain.start();
    running.await.unwrap();
    runtime.shutdown_background();
}

#[tokio::test(start_paused = true)]
async fn one_that_panics_has_failed_and_is_made_again() {
    let made = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&made);
    let panics = move || {
        let before = counted.fetch_add(1, Ordering::Relaxed);
        async move { if before < 4 { panic!("this is a test") } else { Finding::pass() } }
    };
    let run = Run::of(Health::builder().check("panics", Kind::Readiness, panics));
    run.until(|health| health.detail()["checks"]["panics:responseTime"][0]["output"] == "the check panicked")
        .await;
    run.until(Health::is_ready).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_is_being_stopped_is_not_ready_and_still_alive() {
    let pulse = Pulse::new("worker", Duration::from_secs(1));
    let run = Run::of(Health::builder().liveness(pulse).check("hangs", Kind::None, hanging()));
    run.until(Health::is_ready).await;
    run.drain.start();
    run.running.await.unwrap();
    tokio::time::advance(Duration::from_secs(60)).await;
    assert!(run.health.is_live() && !run.health.is_ready());
    run.health.started();
    assert!(!run.health.is_ready(), "nobody comes back from that");
}

#[tokio::test(start_paused = true)]
async fn when_nobody_makes_the_checks_any_more_it_is_no_longer_ready() {
    let run = Run::of(Health::builder().check("db", Kind::Readiness, Told::new(Finding::pass()).check()));
    run.until(Health::is_ready).await;
    run.running.abort();
    tokio::time::advance(Duration::from_secs(34)).await;
    assert!(run.health.is_ready());
    tokio::time::advance(Duration::from_secs(2)).await;
    assert!(!run.health.is_ready());
}

#[tokio::test(start_paused = true)]
async fn a_heart_that_is_silent_ends_liveness_alone() {
    let pulse = Pulse::new("worker", Duration::from_secs(30));
    let run = Run::of(Health::builder().liveness(pulse.clone()));
    tokio::time::advance(Duration::from_secs(31)).await;
    assert_eq!((run.get("/livez"), run.get("/readyz")), (Some(503), Some(200)));
    pulse.beat();
    assert_eq!(run.get("/livez"), Some(200));
}

#[tokio::test(start_paused = true)]
async fn a_group_has_an_answer_of_its_own() {
    let (db, disk) = (Told::new(Finding::pass()), Told::new(Finding::fail("full")));
    let of = |kind: Kind, group: &str| Settings { groups: vec![group.into()], ..kind.into() };
    let run = Run::of(Health::builder().check("db", of(Kind::Readiness, "data"), db.check()).check(
        "disk",
        of(Kind::None, "machine"),
        disk.check(),
    ));
    run.until(|_| disk.made() >= 4).await;
    assert_eq!(
        (run.get("/healthz/data"), run.get("/healthz/machine"), run.get("/readyz")),
        (Some(200), Some(503), Some(200))
    );
    assert_eq!((run.get("/healthz/none"), run.get("/healthz/"), run.get("/healthz")), (None, None, None));
}

#[tokio::test(start_paused = true)]
async fn names_are_names_and_unique() {
    let check = || async { Finding::pass() };
    for (names, message) in [
        (["db", "db"], "`health check db.name`: there are two checks \"db\"; name them apart"),
        (["db", "a/b"], "`health check a/b.name`: \"a/b\" is no name; write"),
        (["db", ""], "`health check .name`: \"\" is no name; write"),
    ] {
        let [one, other] = names;
        let built = Health::builder().check(one, Kind::None, check).check(other, Kind::None, check).build();
        let error = built.unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}
