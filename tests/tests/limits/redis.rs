use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use tsk_ratelimit::store::redis::Settings;
use tsk_ratelimit::{Accounts, Bucket, Charge, Outage, Quota, store::Remote as _};
use tsk_tests::{Daemon, Sharing, Wire, until};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// What one server lets through by itself, in per cent.
const SHARE: usize = 25;
const LOCAL: Outage = Outage::Local { percent: SHARE as u8 };

pub(super) fn settings(daemon: &Daemon) -> Settings {
    let url = format!("redis://:{}@{}", daemon.password(), daemon.address());
    // A machine that is busy with tests is slow, and that is no outage.
    Settings { timeout: Duration::from_secs(1), ..Settings::new(&url).expect("a URL") }
}

/// One unit of so many a day, of which none comes back while a test runs.
fn charge(key: &str, limit: u32) -> Charge {
    let bucket = Bucket::new(Quota::new(limit, DAY)).expect("a quota that can be kept");
    let account = Accounts::shared(b"secret").of_rule("rule").account_of_bytes(key.as_bytes());
    Charge::new(account, bucket, 1)
}

/// Servers that have connected.
fn servers<const N: usize>(settings: impl Fn() -> Settings) -> [Sharing; N] {
    let servers = std::array::from_fn(|_| Sharing::start(settings()));
    servers.iter().for_each(|server| server.until_connected(true));
    servers
}

/// How many of `times` requests, by two threads at each server, are let through.
fn let_through(servers: &[Sharing], times: usize, charge: Charge, outage: Outage) -> usize {
    let allowed = AtomicUsize::new(0);
    thread::scope(|scope| {
        for server in servers.iter().chain(servers) {
            scope.spawn(|| {
                let own = (0..times).filter(|_| server.allows(charge, outage)).count();
                allowed.fetch_add(own, Ordering::Relaxed);
            });
        }
    });
    allowed.into_inner()
}

#[test]
fn three_servers_let_through_exactly_what_one_would() {
    let daemon = Daemon::redis();
    let servers = servers::<3>(|| settings(&daemon));
    for (key, limit) in [("a", 1), ("b", 100), ("c", 600)] {
        let allowed = let_through(&servers, 200, charge(key, limit), Outage::Closed);
        assert_eq!(allowed, limit as usize);
    }
}

#[test]
fn charges_of_several_limits_are_taken_all_or_none_though_servers_race() {
    let daemon = Daemon::redis();
    let servers = servers::<3>(|| settings(&daemon));
    let (wide, narrow) = (charge("wide", 100), charge("narrow", 30));
    thread::scope(|scope| {
        for server in &servers {
            scope.spawn(|| {
                (0..40).for_each(|_| drop(server.debit(&[(wide, Outage::Closed), (narrow, Outage::Closed)])));
            });
        }
    });
    assert_eq!(let_through(&servers, 100, wide, Outage::Closed), 70);
}

/// Servers go on while Redis is away, by themselves, and together again when it is back. In all, no more is let through than
/// the limit, a share for each server, and the limit once more where Redis forgot what it knew.
fn survives(
    servers: &[Sharing],
    daemon: &mut Daemon,
    forgets: usize,
    goes: impl FnOnce(&mut Daemon),
    comes: impl FnOnce(&mut Daemon),
) {
    const LIMIT: usize = 400;
    let charge = charge("key", LIMIT as u32);
    let (is_over, allowed, refused) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let local = servers.len() * LIMIT * SHARE / 100;
    let all = LIMIT + local + forgets * LIMIT;
    thread::scope(|scope| {
        for server in servers.iter().chain(servers) {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let counter = if server.allows(charge, LOCAL) { &allowed } else { &refused };
                    counter.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let until_counts = |counter: &AtomicUsize, least| {
            until("as many requests", || {
                let count = counter.load(Ordering::Relaxed);
                if count >= least { Ok(()) } else { Err(count) }
            });
        };
        until_counts(&allowed, LIMIT);
        goes(daemon);
        servers.iter().for_each(|server| server.until_connected(false));
        until_counts(&allowed, LIMIT + local);
        comes(daemon);
        servers.iter().for_each(|server| server.until_connected(true));
        until_counts(&allowed, all);
        // Long enough for one to be let through that should not be.
        until_counts(&refused, refused.load(Ordering::Relaxed) + 1_000);
        is_over.store(true, Ordering::Relaxed);
    });
    assert_eq!(allowed.into_inner(), all);
}

#[test]
fn a_redis_that_is_killed_and_started_again_under_load_is_survived() {
    let mut daemon = Daemon::redis();
    let servers = servers::<3>(|| settings(&daemon));
    survives(&servers, &mut daemon, 1, Daemon::stop, Daemon::run);
}

#[test]
fn a_redis_that_hangs_under_load_is_survived() {
    let mut daemon = Daemon::redis();
    let servers = servers::<3>(|| settings(&daemon));
    survives(&servers, &mut daemon, 0, |daemon| daemon.pause(), |daemon| daemon.resume());
    for server in &servers {
        let reason = server.redis.standing().reason.expect("there was an outage");
        assert_eq!(reason, "there was no answer within 1s");
    }
}

#[test]
fn a_network_that_is_parted_under_load_is_survived_and_nobody_storms_back() {
    let mut daemon = Daemon::redis();
    let wire = Wire::to(daemon.address());
    let url = format!("redis://:{}@{}", daemon.password(), wire.address());
    let servers =
        servers::<3>(|| Settings { url: Settings::new(&url).expect("a URL").url, ..settings(&daemon) });
    survives(&servers, &mut daemon, 0, |_| wire.cut(), |_| wire.mend());
    // What was given up has gone before the next comes, so that each server has one connection, and the one that it gives up.
    assert!(wire.most_clients() <= 6, "{} connections", wire.most_clients());
}

#[test]
fn in_an_outage_no_request_waits() {
    let daemon = Daemon::redis();
    let [server] = servers(|| settings(&daemon));
    daemon.pause();
    // One has to wait, to find out.
    assert!(server.allows(charge("a", 100), LOCAL));
    server.until_connected(false);
    let mut decided = 0;
    for _ in 0..1_000 {
        let mut asked = pin!(server.redis.debit(vec![(charge("a", 100), LOCAL)]));
        if server.redis.standing().is_connected {
            continue;
        }
        assert!(asked.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
        decided += 1;
    }
    assert_eq!(decided, 1_000);
    daemon.resume();
    server.until_connected(true);
}

#[test]
fn a_script_that_redis_forgets_under_load_is_told_again_and_nobody_notices() {
    let daemon = Daemon::redis();
    let servers = servers::<3>(|| settings(&daemon));
    let (is_over, charge) = (AtomicBool::new(false), charge("a", 1_000));
    let allowed = thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                daemon.redis_cli(&["SCRIPT", "FLUSH"]);
            }
        });
        let allowed = let_through(&servers, 400, charge, Outage::Closed);
        is_over.store(true, Ordering::Relaxed);
        allowed
    });
    assert_eq!(allowed, 1_000);
    assert!(servers.iter().all(|server| server.redis.standing().outages == 0));
}

#[test]
fn what_is_owed_is_kept_for_as_long_as_it_is_owed() {
    let daemon = Daemon::redis();
    let [server] = servers(|| Settings { prefix: "shop:".into(), ..settings(&daemon) });
    let hour = Bucket::new(Quota::new(10, Duration::from_secs(3600))).expect("a quota");
    let owing = Charge { bucket: hour, cost: 5, ..charge("a", 1) };
    assert!(server.allows(owing, Outage::Closed));
    let soon = Bucket::new(Quota::new(1_000, Duration::from_secs(1))).expect("a quota");
    assert!(server.allows(Charge { bucket: soon, ..charge("b", 1) }, Outage::Closed));
    assert!(server.allows(Charge { cost: 0, ..charge("c", 1) }, Outage::Closed));
    let keys = until("one key", || {
        let keys = daemon.redis_cli(&["KEYS", "*"]);
        if keys.lines().count() == 1 { Ok(keys) } else { Err(keys) }
    });
    assert!(keys.starts_with("shop:"), "{keys}");
    let expiry: u64 = daemon.redis_cli(&["PTTL", &keys]).parse().expect("a number");
    assert!((1_700_000..=1_800_000).contains(&expiry), "{expiry}");
    server.redis.credit(vec![owing]);
    until("no key", || {
        let keys = daemon.redis_cli(&["KEYS", "*"]);
        if keys.is_empty() { Ok(()) } else { Err(keys) }
    });
}

#[test]
fn an_account_from_a_clock_that_was_ahead_is_paid_back_all_the_same() {
    let daemon = Daemon::redis();
    let [server] = servers(|| settings(&daemon));
    let charge = Charge {
        bucket: Bucket::new(Quota::new(1, Duration::from_millis(500))).expect("a quota"),
        ..charge("a", 1)
    };
    assert!(server.allows(charge, Outage::Closed));
    let key = daemon.redis_cli(&["KEYS", "tsk:limit:*"]);
    let script = "local t = redis.call('TIME'); redis.call('SET', KEYS[1], struct.pack('>dd', 9e15, t[1] * 1e6 + 36e8))";
    daemon.redis_cli(&["EVAL", script, "1", &key]);
    assert!(!server.allows(charge, Outage::Closed));
    until("an allowed request", || if server.allows(charge, Outage::Closed) { Ok(()) } else { Err(()) });
}

#[test]
fn why_redis_lets_nobody_in_is_said_and_tls_is_verified() {
    let daemon = Daemon::redis();
    let (port, secure, password) = (daemon.address().port(), daemon.secure_port(), daemon.password());
    let server = |url: &str, authorities| {
        let url = Settings::new(url).expect("a URL").url;
        Sharing::start(Settings { url, authorities, ..settings(&daemon) })
    };
    let wrong = server(&format!("redis://:wr0ng@127.0.0.1:{port}"), None);
    wrong.until_says("WRONGPASS");
    server(&format!("redis://127.0.0.1:{port}"), None).until_says("NOAUTH");
    server(&format!("rediss://:{password}@localhost:{secure}"), None).until_says("UnknownIssuer");
    let secure = format!("rediss://default:{password}@localhost:{secure}/3");
    let sound = server(&secure, Some(daemon.authority()));
    sound.until_connected(true);
    assert!(sound.allows(charge("a", 1), Outage::Closed));
    assert_eq!(daemon.redis_cli(&["-n", "3", "KEYS", "tsk:limit:????????????????"]).lines().count(), 1);
    assert!(!format!("{wrong:?} {sound:?}").contains(password));
    assert!(!format!("{:?}", wrong.redis.standing()).contains("wr0ng"));
}

#[test]
fn a_redis_that_may_not_write_is_an_outage_until_it_may() {
    let daemon = Daemon::redis();
    let [server] = servers(|| settings(&daemon));
    daemon.redis_cli(&["CONFIG", "SET", "maxmemory", "1"]);
    assert!(!server.allows(charge("a", 1), Outage::Closed));
    server.until_says("OOM");
    daemon.redis_cli(&["CONFIG", "SET", "maxmemory", "0"]);
    server.until_connected(true);
    assert!(server.allows(charge("a", 1), Outage::Closed));
}

#[test]
fn a_cluster_is_refused_unless_all_keys_are_in_one_slot() {
    let daemon = Daemon::redis_with(&["--cluster-enabled", "yes"]);
    daemon.redis_cli(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    let spread = Sharing::start(settings(&daemon));
    spread.until_says("CROSSSLOT");
    let [server] = servers(|| Settings { prefix: "{tsk}:".into(), ..settings(&daemon) });
    assert!(server.allows(charge("a", 1), Outage::Closed));
}

#[test]
fn a_user_with_few_rights_is_enough() {
    let daemon = Daemon::redis();
    let rights = ["+eval", "+evalsha", "+script|load", "+time", "+get", "+set", "+del", "~tsk:limit:*"];
    daemon.redis_cli(&[&["ACL", "SETUSER", "limits", "on", ">pass"], &rights[..]].concat());
    let url = format!("redis://limits:pass@{}", daemon.address());
    let [server] = servers(|| Settings { url: Settings::new(&url).expect("a URL").url, ..settings(&daemon) });
    assert!(server.allows(charge("a", 1), Outage::Closed));
    assert!(!server.allows(charge("a", 1), Outage::Closed));
    server.redis.credit(vec![charge("a", 1)]);
    assert!(server.allows(charge("a", 1), Outage::Closed));
}
