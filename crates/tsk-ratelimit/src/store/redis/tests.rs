#![allow(clippy::unwrap_used)]

use std::{future::Future, pin::pin, task::Context, time::Duration};

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::{exchange::Exchange, script::Name, *};
use crate::{Bucket, Decision, Quota, Verdict, store::remote::Unavailable};

const TIMEOUT: Duration = Duration::from_millis(50);
const NAME: Name = [b'f'; 40];

fn write(text: &str) -> impl FnOnce(&mut Vec<u8>, &Name) {
    move |out: &mut Vec<u8>, _: &Name| out.extend_from_slice(text.as_bytes())
}

/// What a server would answer with.
struct Server(DuplexStream);

impl Server {
    /// What has come at once.
    async fn read(&mut self) -> String {
        let mut chunk = [0; 8192];
        let length = self.0.read(&mut chunk).await.unwrap();
        String::from_utf8(chunk[..length].to_vec()).unwrap()
    }

    async fn answer(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }
}

/// Has a server do something on a connection that is open, and gives the reason for which that ended.
async fn exchange(script: impl AsyncFnOnce(&Queue, Server)) -> String {
    let queue = Queue::new(64);
    let (ours, theirs) = duplex(1 << 16);
    let open = queue.open(NAME);
    let run = async {
        let reason = Exchange::new(ours, &queue, TIMEOUT).run().await;
        drop(open);
        reason
    };
    tokio::join!(run, script(&queue, Server(theirs))).0
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_at_the_same_time_is_one_write_and_each_gets_its_answer() {
    exchange(async |queue, mut server| {
        let asked = ["a", "b", "c"].map(|text| queue.ask(write(text)).unwrap());
        assert_eq!(server.read().await, "abc");
        server.answer("*2\r\n:1\r\n:0\r\n*2\r\n:2\r\n:").await;
        server.answer("0\r\n*2\r\n:3\r\n:0\r\n").await;
        for (expected, asked) in (1..).zip(asked) {
            assert_eq!(asked.await.unwrap(), [expected, 0]);
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn whoever_is_about_to_ask_gets_into_the_same_write() {
    let queue = Queue::new(64);
    let (ours, theirs) = duplex(1 << 16);
    let (_open, mut server) = (queue.open(NAME), Server(theirs));
    let mut run = pin!(Exchange::new(ours, &queue, TIMEOUT).run());
    let mut turn =
        || assert!(run.as_mut().poll(&mut Context::from_waker(std::task::Waker::noop())).is_pending());
    turn();
    let _asked = queue.ask(write("a"));
    turn();
    let _too = queue.ask(write("b"));
    turn();
    assert_eq!(server.read().await, "ab");
}

#[tokio::test(start_paused = true)]
async fn a_second_batch_does_not_wait_for_the_answers_to_the_first() {
    exchange(async |queue, mut server| {
        let first = queue.ask(write("a")).unwrap();
        assert_eq!(server.read().await, "a");
        let second = queue.ask(write("b")).unwrap();
        assert_eq!(server.read().await, "b");
        server.answer("*1\r\n:1\r\n*1\r\n:2\r\n").await;
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (vec![1], vec![2]));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn one_late_answer_ends_the_wait_of_all() {
    let reason = exchange(async |queue, mut server| {
        let punctual = queue.ask(write("a")).unwrap();
        assert_eq!(server.read().await, "a");
        tokio::time::advance(TIMEOUT - Duration::from_millis(1)).await;
        server.answer("*1\r\n:1\r\n").await;
        assert_eq!(punctual.await.unwrap(), [1]);
        let asked = ["a", "b"].map(|text| queue.ask(write(text)).unwrap());
        for asked in asked {
            assert!(asked.await.is_err());
        }
        assert!(queue.ask(write("c")).is_none());
    })
    .await;
    assert_eq!(reason, "there was no answer within 50ms");
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_and_goes_holds_up_nobody() {
    exchange(async |queue, mut server| {
        drop(queue.ask(write("a")).unwrap());
        let asked = queue.ask(write("b")).unwrap();
        assert_eq!(server.read().await, "ab");
        server.answer("*1\r\n:1\r\n*1\r\n:2\r\n").await;
        assert_eq!(asked.await.unwrap(), [2]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_forgot_the_script_is_told_it_and_asked_again() {
    let reason = exchange(async |queue, mut server| {
        let asked = ["a", "b", "c"].map(|text| queue.ask(write(text)).unwrap());
        assert_eq!(server.read().await, "abc");
        server.answer("*1\r\n:1\r\n-NOSCRIPT No matching script.\r\n-NOSCRIPT No matching script.\r\n").await;
        let again = server.read().await;
        assert!(again.starts_with("*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n"), "{again:.40}");
        assert!(again.ends_with("return answer\n\r\nbc"), "{again}");
        server.answer("$40\r\nffffffffffffffffffffffffffffffffffffffff\r\n*1\r\n:2\r\n*1\r\n:3\r\n").await;
        for (expected, asked) in (1..).zip(asked) {
            assert_eq!(asked.await.unwrap(), [expected]);
        }
        // Not for ever.
        let asked = queue.ask(write("d")).unwrap();
        assert_eq!(server.read().await, "d");
        server.answer("-NOSCRIPT No matching script.\r\n").await;
        server.read().await;
        server.answer("$1\r\nf\r\n-NOSCRIPT No matching script.\r\n").await;
        assert!(asked.await.is_err());
    })
    .await;
    assert_eq!(reason, "NOSCRIPT No matching script.");
}

#[tokio::test(start_paused = true)]
async fn what_a_server_refuses_or_does_not_understand_ends_the_connection() {
    let endless = "x".repeat(40_000);
    for (answer, expected) in [
        ("-OOM command not allowed\r\n", "OOM command not allowed"),
        ("-READONLY You can't write\r\n", "READONLY You can't write"),
        ("+OK\r\n", STRANGE),
        ("HTTP/1.1 400 Bad Request\r\n", STRANGE),
        ("*1\r\n:1\r\n*1\r\n:1\r\n", STRANGE),
        (&endless, STRANGE),
    ] {
        let reason = exchange(async |queue, mut server| {
            let asked = queue.ask(write("a")).unwrap();
            server.read().await;
            server.answer(answer).await;
            let _ = asked.await;
        });
        assert_eq!(reason.await, expected);
    }
    assert_eq!(exchange(async |_, server| drop(server)).await, "the connection was closed");
}

fn charge(key: u64, limit: u32, cost: u32) -> Charge {
    let bucket = Bucket::new(Quota::new(limit, Duration::from_secs(3600))).unwrap();
    Charge::new(Accounts::shared(b"secret").of_rule("rule").account(&key), bucket, cost)
}

/// A store that nobody runs.
fn alone() -> Redis {
    Redis::new(Settings::new("redis://:xyzzy@192.0.2.1").unwrap()).unwrap()
}

/// What is decided without waiting.
fn at_once(redis: &Redis, charges: Vec<(Charge, Outage)>) -> Result<(Verdict, Vec<Decision>), Unavailable> {
    let mut debiting = pin!(redis.debit(charges));
    let mut cx = Context::from_waker(std::task::Waker::noop());
    match debiting.as_mut().poll(&mut cx) {
        std::task::Poll::Ready(result) => result.map(|settled| (settled.verdict, settled.decisions)),
        std::task::Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn without_a_connection_nobody_waits_and_each_limit_holds_as_it_says() {
    let redis = alone();
    let local = Outage::Local { percent: 25 };
    let allowed = |outage, limit: u32, cost| {
        let asked = (0..100).filter(|_| {
            let (verdict, decisions) =
                at_once(&redis, vec![(charge(limit.into(), limit, cost), outage)]).unwrap();
            assert_eq!(verdict.is_allowed(), decisions[0].is_allowed());
            verdict.is_allowed()
        });
        asked.count()
    };
    assert_eq!(allowed(local, 40, 1), 10, "a quarter");
    assert_eq!(allowed(local, 41, 10), 1, "a quarter, which is one of these");
    assert_eq!(allowed(local, 3, 1), 1, "at least one");
    assert_eq!(allowed(local, 8, 8), 1, "what may be asked for is allowed once");
    assert_eq!(allowed(local, 9, 10), 0, "more than there ever is");
    assert_eq!(allowed(Outage::Open, 7, 1), 100);
    assert_eq!(at_once(&redis, vec![(charge(0, 9, 1), Outage::Closed)]), Err(Unavailable));
}

#[test]
fn without_a_connection_charges_are_taken_all_or_none() {
    let redis = alone();
    let local = Outage::Local { percent: 50 };
    let both = || vec![(charge(1, 20, 1), local), (charge(2, 9, 1), Outage::Open), (charge(3, 4, 1), local)];
    let verdicts = (0..5).map(|_| at_once(&redis, both()).unwrap().0.is_allowed());
    assert_eq!(verdicts.collect::<Vec<_>>(), [true, true, false, false, false]);
    let (_, decisions) = at_once(&redis, both()).unwrap();
    assert_eq!(decisions.iter().map(|it| it.remaining).collect::<Vec<_>>(), [8, 9, 0]);
    let with_closed = both().into_iter().chain([(charge(4, 9, 1), Outage::Closed)]).collect();
    assert_eq!(at_once(&redis, with_closed), Err(Unavailable));
    assert_eq!(at_once(&redis, vec![(charge(1, 20, 0), local)]).unwrap().1[0].remaining, 8);
}

#[test]
fn settings_that_cannot_be_used_are_refused_without_a_secret() {
    let fault = |change: fn(&mut Settings)| {
        let mut settings = Settings::new("redis://:xyzzy@a").unwrap();
        change(&mut settings);
        let error = Redis::new(settings).unwrap_err().to_string();
        assert!(!error.contains("xyzzy"), "{error}");
        error
    };
    assert!(fault(|it| it.prefix = "a b".into()).contains("visible characters"));
    assert!(fault(|it| it.prefix = "a".repeat(65)).contains("visible characters"));
    assert!(fault(|it| it.timeout = Duration::ZERO).contains("up to 5s"));
    assert!(fault(|it| it.secret.clear()).contains("the same on all servers"));
    assert!(fault(|it| it.waiting = 0).contains("at least one"));
    assert!(
        fault(|it| {
            it.url.is_secure = true;
            it.authorities = Some("/none.pem".into())
        })
        .starts_with("/none.pem: ")
    );
    let error = Settings::new("redis://:xyzzy/@a").unwrap_err().to_string();
    assert!(error.starts_with("it is no URL of Redis") && !error.contains("xyzzy"));
    assert!(!format!("{:?}", alone()).contains("xyzzy"));
}
