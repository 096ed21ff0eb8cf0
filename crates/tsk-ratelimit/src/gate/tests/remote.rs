//! Accounts that are elsewhere: in memory, and a wait away.

use std::{
    sync::Mutex,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use super::*;
use crate::{
    Accounts, Charge, Outage,
    store::remote::{Debiting, Remote, Settled, Unavailable},
};

/// A memory that has to be waited for, and may be out.
#[derive(Debug)]
struct Elsewhere {
    memory: Memory,
    is_out: bool,
    asked: Arc<AtomicUsize>,
    outages: Arc<Mutex<Vec<Outage>>>,
}

impl Remote for Elsewhere {
    fn debit(&self, charges: Vec<(Charge, Outage)>) -> Debiting {
        self.asked.fetch_add(1, Relaxed);
        self.outages.lock().unwrap().extend(charges.iter().map(|(_, outage)| *outage));
        let charges: Vec<_> = charges.into_iter().map(|(charge, _)| charge).collect();
        let mut decisions = vec![NOTHING; charges.len()];
        let verdict = self.memory.debit(&charges, Instant::now(), &mut decisions);
        let settled = if self.is_out { Err(Unavailable) } else { Ok(Settled { verdict, decisions }) };
        Box::pin(async {
            tokio::task::yield_now().await;
            settled
        })
    }

    fn credit(&self, _: Vec<Charge>) {}
}

struct Watched {
    served: Served,
    asked: Arc<AtomicUsize>,
    outages: Arc<Mutex<Vec<Outage>>>,
}

fn elsewhere(is_out: bool, rules: impl IntoIterator<Item = Rule>) -> Watched {
    let (asked, outages) = (Arc::default(), Arc::default());
    let remote = Elsewhere {
        memory: Memory::new(1 << 16, Instant::now()),
        is_out,
        asked: Arc::clone(&asked),
        outages: Arc::clone(&outages),
    };
    let limits = Limits::new(Store::remote(Accounts::shared(b"secret"), remote));
    let limits = rules.into_iter().fold(limits, Limits::rule);
    Watched { served: serve(limits, routes([])), asked, outages }
}

#[tokio::test]
async fn all_limits_of_a_gate_are_asked_for_at_once() {
    let rules = [Rule::per_hour(3).name("a"), Rule::per_hour(2).name("b").outage(Outage::Closed)];
    let watched = elsewhere(false, rules);
    assert_eq!(watched.served.passed(ANYBODY, 0, 1).await, 1);
    assert_eq!(watched.asked.load(Relaxed), 1);
    assert_eq!(*watched.outages.lock().unwrap(), [Outage::default(), Outage::Closed]);
    assert_eq!(watched.served.passed(ANYBODY, 0, 5).await, 1);
    let (status, headers) = watched.served.ask(ANYBODY, 0).await;
    assert_eq!(status, 429);
    assert_eq!(text(&headers, "ratelimit"), ["\"a\";r=1;t=2400", "\"b\";r=0;t=1800"]);
}

#[tokio::test]
async fn what_is_tried_out_is_asked_for_apart_and_refuses_nothing() {
    for is_out in [false, true] {
        let watched = elsewhere(is_out, [Rule::per_hour(1).dry_run()]);
        assert_eq!(watched.served.passed(ANYBODY, 0, 3).await, 3);
        assert_eq!(watched.asked.load(Relaxed), 3);
    }
    let watched = elsewhere(false, [Rule::per_hour(1).dry_run().name("tried"), Rule::per_hour(2)]);
    assert_eq!(watched.served.passed(ANYBODY, 0, 3).await, 2);
    assert_eq!(watched.asked.load(Relaxed), 6);
}

#[tokio::test]
async fn where_nobody_can_be_asked_a_closed_limit_answers_503() {
    let watched = elsewhere(true, [Rule::per_hour(1)]);
    let answer = watched.served.service().call(watched.served.request(ANYBODY, 0)).await.unwrap();
    assert_eq!(answer.status(), 503);
    assert_eq!(text(answer.headers(), "retry-after"), ["1"]);
    let problem = answer.extensions().get::<tsk_core::Problem>().unwrap();
    assert_eq!(problem.kind().uri, "urn:tsk:problems/limits-unavailable");
}
