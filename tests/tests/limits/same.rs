use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tsk_ratelimit::store::Remote as _;
use tsk_ratelimit::{Accounts, Bucket, Charge, Decision, Memory, Mode, Outage, Quota, Verdict};
use tsk_tests::{Daemon, Sharing};

use super::redis::settings;

/// What is done to a store.
#[derive(Debug, Clone)]
enum Step {
    Debit(Vec<Charge>),
    Credit(Charge),
}

/// A charge whose units are minutes at least, so that none comes back while a test runs.
fn charges() -> impl Strategy<Value = Charge> {
    let mode = prop_oneof![
        Just(Mode::Refuse),
        (0_u64..3_000).prop_map(|minutes| Mode::Delay { max: Duration::from_secs(60 * minutes) }),
    ];
    (0_u64..6, 1_u32..20, 1_u32..20, 0_u32..12, mode).prop_map(|(key, limit, burst, cost, mode)| {
        let quota = Quota::new(limit, Duration::from_secs(60 * 60 * 24)).burst(burst);
        let account = Accounts::shared(b"secret").of_rule("rule").account(&key);
        Charge::new(account, Bucket::new(quota).expect("a quota"), cost).mode(mode)
    })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => proptest::collection::vec(charges(), 1..4).prop_map(distinct).prop_map(Step::Debit),
        1 => charges().prop_map(Step::Credit),
    ];
    proptest::collection::vec(step, 1..30)
}

/// A request is charged once by a rule, and rules share no account.
fn distinct(mut charges: Vec<Charge>) -> Vec<Charge> {
    charges.sort_by_key(|charge| charge.account.to_bits());
    charges.dedup_by_key(|charge| charge.account.to_bits());
    charges
}

/// A decision without what depends on the moment.
fn lasting(decision: &Decision) -> (u32, bool, bool) {
    let never = decision.retry_after == Some(Duration::MAX);
    (decision.remaining, decision.retry_after.is_some(), never)
}

/// Whether two times are the same, but for what a test takes.
fn near(one: Duration, other: Duration) -> bool {
    one.abs_diff(other) < Duration::from_secs(50)
}

#[test]
fn redis_decides_as_memory_does() {
    let daemon = Daemon::redis();
    let server = Sharing::start(settings(&daemon));
    server.until_connected(true);
    let mut runner = TestRunner::new(Config { cases: 200, failure_persistence: None, ..Config::default() });
    let result = runner.run(&steps(), |steps| {
        forget(&server, &daemon);
        let memory = Memory::new(1 << 20, Instant::now());
        for step in steps {
            match step {
                Step::Credit(charge) => {
                    memory.credit(&charge, Instant::now());
                    server.redis.credit(vec![charge]);
                }
                Step::Debit(charges) => {
                    let mut expected =
                        vec![
                            Decision { remaining: 0, reset: Duration::ZERO, retry_after: None };
                            charges.len()
                        ];
                    let verdict = memory.debit(&charges, Instant::now(), &mut expected);
                    let charges =
                        charges.into_iter().map(|charge| (charge, Outage::Closed)).collect::<Vec<_>>();
                    let settled = server.debit(&charges).expect("Redis is there");
                    match (settled.verdict, verdict) {
                        (Verdict::Wait(one), Verdict::Wait(other)) => prop_assert!(near(one, other)),
                        (one, other) => prop_assert_eq!(one, other),
                    }
                    for (one, other) in settled.decisions.iter().zip(&expected) {
                        prop_assert_eq!(lasting(one), lasting(other));
                        prop_assert!(near(one.reset, other.reset), "{:?} {:?}", one, other);
                        let [one, other] = [one, other].map(|it| it.retry_after.unwrap_or_default());
                        prop_assert!(near(one, other), "{:?} {:?}", one, other);
                    }
                }
            }
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

/// What was given back without waiting was so before this, as it went over the same connection.
fn forget(server: &Sharing, daemon: &Daemon) {
    let nothing = Charge::new(
        Accounts::shared(b"secret").of_rule("rule").account(&0_u64),
        Bucket::new(Quota::new(1, Duration::from_secs(1))).expect("a quota"),
        0,
    );
    assert!(server.allows(nothing, Outage::Closed));
    daemon.redis_cli(&["FLUSHALL"]);
}
