//! Who is told.

use tokio::sync::mpsc;

use super::*;
use crate::{
    Config,
    notice::{Notice, Notify, Notifying},
};

/// Takes notices, where it is not told to refuse so many.
struct Taker {
    taken: mpsc::UnboundedSender<Notice>,
    refuses: AtomicUsize,
}

impl Notify for Taker {
    fn notify<'n>(&'n self, notices: &'n [Notice]) -> Notifying<'n> {
        let left = self.refuses.load(Ordering::Relaxed);
        if left > 0 {
            self.refuses.store(left - 1, Ordering::Relaxed);
            return Box::pin(std::future::ready(Err("not now".into())));
        }
        for notice in notices {
            let _ = self.taken.send(notice.clone());
        }
        Box::pin(std::future::ready(Ok(())))
    }
}

fn taker(refuses: usize) -> (Taker, mpsc::UnboundedReceiver<Notice>) {
    let (taken, receiver) = mpsc::unbounded_channel();
    (Taker { taken, refuses: AtomicUsize::new(refuses) }, receiver)
}

#[tokio::test(start_paused = true)]
async fn a_failure_and_its_end_are_told_once_each() {
    let (taker, mut taken) = taker(0);
    let db = Told::new(Finding::fail("there is no connection"));
    let run = Run::of(Health::builder().check("db", Kind::Readiness, db.check()).notify("me", taker));
    let notice = taken.recv().await.unwrap();
    assert_eq!((notice.check.as_str(), notice.status, notice.changes), ("db", Status::Fail, 1));
    assert_eq!(notice.line(), "db fails: there is no connection");
    let made = db.made();
    run.until(|_| db.made() > made + 20).await;
    assert!(taken.is_empty());
    db.tell(Finding::pass());
    let notice = taken.recv().await.unwrap();
    assert_eq!((notice.status, notice.line()), (Status::Pass, "db works again".into()));
    run.drain.start();
    run.running.await.unwrap();
    assert!(taken.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_heart_that_falls_silent_is_told_of_and_so_is_that_it_beats_again() {
    let (taker, mut taken) = taker(0);
    let pulse = Pulse::new("worker", Duration::from_secs(30));
    let run = Run::of(Health::builder().liveness(pulse.clone()).notify("me", taker));
    let notice = taken.recv().await.unwrap();
    assert_eq!((notice.check.as_str(), notice.status), ("worker", Status::Fail));
    assert_eq!(notice.line(), "worker fails: no heartbeat for 30 s, of at most 30");
    let beats = tokio::spawn(async move {
        loop {
            pulse.beat();
            tokio::time::sleep(Duration::from_secs(20)).await;
        }
    });
    // After the quiet time.
    assert_eq!(taken.recv().await.unwrap().line(), "worker works again");
    // One that goes on is of no interest.
    assert!(timeout(Duration::from_secs(3600), taken.recv()).await.is_err());
    beats.abort();
    drop(run);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_taken_is_tried_again() {
    let (taker, mut taken) = taker(5);
    let db = Told::new(Finding::fail("no"));
    let run = Run::of(Health::builder().check("db", Kind::Readiness, db.check()).notify("me", taker));
    assert_eq!(taken.recv().await.unwrap().status, Status::Fail);
    run.until(|health| health.detail()["notices"][1]["told"] == 1).await;
    let notices = &run.health.detail()["notices"][1];
    assert_eq!(
        (&notices["name"], &notices["retried"], &notices["waiting"]),
        (&"me".into(), &5.into(), &0.into())
    );
}

#[tokio::test(start_paused = true)]
async fn what_has_changed_when_the_service_stops_is_told_still() {
    let (taker, mut taken) = taker(0);
    let health = Health::builder().check("db", Kind::None, hanging()).notify("me", taker).build().unwrap();
    {
        let (mut state, now) = (health.state(), Instant::now());
        let notice = Notice {
            check: "db".into(),
            status: Status::Fail,
            output: String::new(),
            observed: None,
            since: std::time::SystemTime::now(),
            changes: 1,
        };
        state.desk.changed(0, notice, now);
    }
    let drain = Drain::new();
    drain.start();
    health.run(drain).await;
    assert_eq!(taken.recv().await.unwrap().check, "db");
}

#[tokio::test(start_paused = true)]
async fn a_check_that_is_no_longer_made_is_told_to_have_ended_and_no_other_is_told_again() {
    let (first, mut taken) = taker(0);
    let (db, cache) = (Told::new(Finding::fail("no")), Told::new(Finding::fail("no")));
    let run = Run::of(
        Health::builder()
            .check("db", Kind::Readiness, db.check())
            .check("cache", Kind::Readiness, cache.check())
            .notify("me", first),
    );
    assert_eq!(
        (taken.recv().await.unwrap().status, taken.recv().await.unwrap().status),
        (Status::Fail, Status::Fail)
    );
    run.until(|health| health.detail()["notices"][1]["told"] == 2).await;
    let (second, mut taken) = taker(0);
    let next = Run::of(
        Health::builder()
            .check("db", Kind::Readiness, db.check())
            .notify("me", second)
            .succeeding(&run.health),
    );
    let notice = taken.recv().await.unwrap();
    assert_eq!(notice.line(), "cache works again: it is not checked any more");
    let made = db.made();
    next.until(|_| db.made() > made + 20).await;
    assert!(taken.is_empty());
}

// A process takes its time, which nobody can pause.
#[tokio::test]
async fn a_command_is_run_without_a_shell_and_ended_when_it_hangs() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    let script = r#"printf '%s|%s|%s' "$TSK_HEALTH_CHECK" "$TSK_HEALTH_STATUS" "$TSK_HEALTH_OUTPUT" > "$0.new"; mv "$0.new" "$0""#;
    let command = |arguments: &[&str], timeout: &str| -> Config {
        let notify = serde_json::json!({ "to": "command", "command": arguments, "timeout": timeout });
        serde_json::from_value(serde_json::json!({ "notify": [notify], "service": "shop" })).unwrap()
    };
    let soon = Settings { interval: Duration::from_millis(10), fail_after: 1, ..Kind::None.into() };
    let db = Told::new(Finding::fail("$(touch /nowhere); \"quoted\""));
    let arguments = ["sh", "-c", script, told.to_str().unwrap()];
    let run =
        Run::of(Health::builder().config(&command(&arguments, "1h")).check("db", soon.clone(), db.check()));
    run.until(|health| health.detail()["notices"][0]["told"] == 1).await;
    assert_eq!(std::fs::read_to_string(&told).unwrap(), "db|fail|$(touch /nowhere); \"quoted\"");

    for (arguments, error) in [
        (&["sleep", "1000"][..], "`sleep` did not end within 10ms"),
        (&["sh", "-c", "exit 3"], "`sh` ended with exit status: 3"),
        (&["/nowhere/program"], "`/nowhere/program` cannot be run: No such file or directory (os error 2)"),
    ] {
        let timeout = if arguments[0] == "sleep" { "10ms" } else { "1h" };
        let builder = Health::builder().config(&command(arguments, timeout));
        let run = Run::of(builder.check("db", soon.clone(), db.check()));
        run.until(|health| health.detail()["notices"][0]["error"] == error).await;
    }
}
