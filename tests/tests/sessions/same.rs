//! What is kept in Redis is what is kept in memory.

use std::sync::Arc;

use proptest::prelude::*;
use tsk::auth::session::{MemoryStore, Record, RedisStore, Store};
use tsk_tests::Daemon;

use super::redis::{connect, runtime};

const NOW: u64 = 1_800_000_000;

#[derive(Debug, Clone)]
enum Step {
    Put { key: u8, subject: u8, before: Option<u64>, revision: u64 },
    Renew { key: u8, before: u64, next: u8, subject: u8 },
    Touch { key: u8, after: u64 },
    Remove { key: u8, subject: Option<u8> },
    RemoveAll { subject: u8, but: Option<u8> },
}

fn step() -> impl Strategy<Value = Step> {
    let (key, subject, revision) = (|| 0..8_u8, || 0..3_u8, || 0..3_u64);
    let change = (key(), subject(), prop::option::of(revision()), revision());
    prop_oneof![
        3 => change.prop_map(|(key, subject, before, revision)| Step::Put { key, subject, before, revision }),
        3 => (key(), revision(), key(), subject())
            .prop_filter("it goes on as another", |(key, _, next, _)| key != next)
            .prop_map(|(key, before, next, subject)| Step::Renew { key, before, next, subject }),
        1 => (key(), 0..100_u64).prop_map(|(key, after)| Step::Touch { key, after }),
        1 => (key(), prop::option::of(subject())).prop_map(|(key, subject)| Step::Remove { key, subject }),
        1 => (subject(), prop::option::of(key())).prop_map(|(subject, but)| Step::RemoveAll { subject, but }),
    ]
}

/// A record that is another for each step, as it is in life.
fn record(key: u8, subject: u8, revision: u64, step: usize) -> Record {
    let text = format!(
        r#"{{ "key": "{key:064x}", "revision": {revision}, "created": {}, "used": {NOW}, "until": {} }}"#,
        NOW - 1000 + step as u64,
        NOW + 1000
    );
    let mut record: Record = serde_json::from_str(&text).expect("a record");
    record.subject = name(subject).map(Box::from);
    record
}

/// One of the subjects is nobody, and one is not in ASCII.
fn name(subject: u8) -> Option<&'static str> {
    [None, Some("ada"), Some("bö b:\"'\r\n")][usize::from(subject)]
}

fn key(key: u8) -> tsk::auth::session::Key {
    format!("{key:064x}").parse().expect("a key")
}

/// What a step came to, and what there is after it.
async fn take(store: &dyn Store, at: usize, step: &Step) -> String {
    let later = NOW + at as u64;
    let came = match step {
        Step::Put { key, subject, before, revision } => {
            let record = Arc::new(record(*key, *subject, *revision, at));
            format!("{:?}", store.put(record, *before, later).get().await)
        }
        Step::Renew { key, before, next, subject } => {
            let mark = Record { moved: true, ..record(*key, 0, before + 1, at) };
            let next = Arc::new(record(*next, *subject, 0, at));
            format!("{:?}", store.renew(Arc::new(mark), *before, next, later).get().await)
        }
        Step::Touch { key: at, after } => {
            format!("{:?}", store.touch(key(*at), later + after, later + 1000 + after).get().await)
        }
        Step::Remove { key: at, subject } => {
            let subject = subject.and_then(name);
            format!("{:?}", store.remove(key(*at), subject).get().await)
        }
        Step::RemoveAll { subject, but } => {
            format!("{:?}", store.remove_all(name(*subject).unwrap_or("eve"), but.map(key)).get().await)
        }
    };
    let mut there = Vec::new();
    for number in 0..8 {
        let found = store.find(key(number)).get().await.expect("it can be asked");
        there.push(found.map(|record| serde_json::to_string(&*record).expect("it can be written")));
    }
    let mut lists = Vec::new();
    for subject in ["ada", "bö b:\"'\r\n", "eve"] {
        let list = store.list(subject).get().await.expect("it can be asked");
        lists.push(list.iter().map(|record| record.key).collect::<Vec<_>>());
    }
    format!("{came} {there:?} {lists:?}")
}

#[test]
fn whatever_is_done_redis_and_memory_say_the_same() {
    let daemon = Daemon::redis();
    let runtime = runtime();
    let redis = RedisStore::new(connect(&daemon), 1000);
    let config = ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(steps in prop::collection::vec(step(), 1..25))| {
        daemon.redis_cli(&["flushall"]);
        let memory = MemoryStore::new(1000, 1 << 20);
        runtime.block_on(async {
            for (at, step) in steps.iter().enumerate() {
                let (here, there) = (take(&memory, at, step).await, take(&redis, at, step).await);
                prop_assert_eq!(here, there, "{:?}", step);
            }
            Ok(())
        })?;
    });
}

#[test]
fn a_subject_has_as_many_in_redis_as_in_memory() {
    let daemon = Daemon::redis();
    let redis = RedisStore::new(connect(&daemon), 1000);
    let memory = MemoryStore::new(1000, 1 << 20);
    runtime().block_on(async {
        for number in 0..50 {
            for store in [&memory as &dyn Store, &redis] {
                let record = Arc::new(record(number, 1, 0, usize::from(number)));
                assert!(store.put(record, None, NOW).get().await.expect("it can be asked"));
            }
        }
        let there = redis.list("ada").get().await.expect("it can be asked");
        assert_eq!((there.len(), there[0].key), (20, key(30)), "the newest stay");
        assert_eq!(there, memory.list("ada").get().await.expect("it can be asked"));
    });
}
