//! Another configuration in the place of one.

use super::*;
use crate::{Config, engine::Level};

#[tokio::test(start_paused = true)]
async fn what_stays_stands_as_it_stood_and_what_is_new_is_new() {
    let (db, gone) = (Told::new(Finding::pass()), Told::new(Finding::fail("no")));
    let run = Run::of(Health::builder().check("db", Kind::Readiness, db.check()).check(
        "gone",
        Kind::None,
        gone.check(),
    ));
    run.until(|_| gone.made() == 4).await;
    let since = run.health.detail()["checks"]["db:responseTime"][0]["since"].clone();

    let new = Told::new(Finding::pass());
    let builder = Health::builder()
        .check("new", Kind::None, new.check())
        .check("db", Settings { interval: Duration::from_secs(20), ..Kind::Readiness.into() }, db.check())
        .succeeding(&run.health);
    let next = builder.build().unwrap();
    assert!(next.is_ready() && next.has_started(), "nothing that was so is lost");
    let detail = next.detail();
    assert_eq!(detail["checks"]["db:responseTime"][0]["since"], since);
    assert_eq!(detail["checks"]["new"][0]["output"], "there is no result yet");
    assert!(detail["checks"].get("gone:responseTime").is_none());

    run.drain.start();
    assert!(next.is_ready());
}

#[tokio::test(start_paused = true)]
async fn a_new_check_has_to_pass_before_it_is_ready_again() {
    let db = Told::new(Finding::pass());
    let run = Run::of(Health::builder().check("db", Kind::Readiness, db.check()));
    run.until(Health::is_ready).await;
    let cache = Told::new(Finding::pass());
    let next = Run::of(
        Health::builder()
            .check("db", Kind::Readiness, db.check())
            .check("cache", Kind::Readiness, cache.check())
            .succeeding(&run.health),
    );
    assert!(!next.health.is_ready());
    next.until(Health::is_ready).await;
}

#[test]
fn a_check_of_the_configuration_that_looks_elsewhere_is_new() {
    let configured = |address: &str| -> Config {
        let check =
            format!(r#"{{ "check": [{{ "kind": "tcp", "address": "{address}", "interval": "3s" }}] }}"#);
        serde_json::from_str(&check).unwrap()
    };
    let first = Health::builder().config(&configured("a:1")).build().unwrap();
    let now = Instant::now();
    {
        let mut state = first.state();
        state.engine.begin(now);
        state.engine.found(0, now, Some(Finding::pass()));
    }
    let level = |config: &Config| {
        let next = Health::builder().config(config).succeeding(&first).build().unwrap();
        next.state().engine.entry(0).level(now)
    };
    assert_eq!(level(&configured("a:1")), Level::Pass);
    assert_eq!(level(&configured("b:1")), Level::Unknown);
}
