//! Sessions that several instances share in a Redis.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use tokio::runtime::{Builder, Runtime};
use tsk::auth::redis::{Redis, Settings};
use tsk::auth::session::{Login, RedisStore, SessionError, Sessions};
use tsk_tests::{Daemon, until};

use super::client::Client;
use super::shop::{PASSWORD, Shop};

pub(super) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn url(daemon: &Daemon) -> String {
    format!("redis://:{}@{}", daemon.password(), daemon.address())
}

/// A connection to it of one's own.
pub(super) fn connect(daemon: &Daemon) -> Redis {
    let mut settings = Settings::new(&url(daemon)).expect("a URL");
    // A machine that is busy with tests is slow, and that is no outage.
    settings.timeout = Duration::from_secs(20);
    Redis::new(settings).expect("settings that can be")
}

fn sessions(daemon: &Daemon) -> Sessions {
    Sessions::new(Arc::new(RedisStore::new(connect(daemon), 1000)))
}

/// An instance of the service.
fn shop(daemon: &Daemon, more: &str) -> Shop {
    Shop::open(&format!("store = \"redis\"\n[auth.redis]\nurl = \"{}\"\n{more}", url(daemon)))
}

/// A Redis that knows what it knew when it is started again.
fn durable() -> Daemon {
    Daemon::redis_with(&["--appendonly", "yes", "--appendfsync", "always"])
}

fn until_answered(client: &Client, shop: &Shop, status: u16) {
    until("that answer", || match client.me(shop) {
        answer if answer == status => Ok(()),
        answer => Err(answer),
    });
}

#[test]
fn who_logs_in_at_one_instance_is_known_to_all_and_out_at_all() {
    let daemon = Daemon::redis();
    let instances = [shop(&daemon, ""), shop(&daemon, "")];
    let [ada, bob] = ["ada", "bob"].map(|name| {
        let client = Client::new();
        assert_eq!(client.log_in(&instances[0], name, PASSWORD), 303);
        client
    });
    for (count, instance) in instances.iter().enumerate() {
        let me = ada.ask(instance, "GET", "/me", &[]);
        assert!(me.text().contains(&format!("ada, {}", count + 1)), "{}", me.text());
    }
    let kept = ada.copy();
    assert_eq!(ada.ask(&instances[1], "POST", "/logout", &[]).status, 303);
    assert!(instances.iter().all(|instance| kept.me(instance) == 401 && bob.me(instance) == 200));

    // An instance that is started anew asks nobody to log in again.
    drop(instances);
    assert_eq!(bob.me(&shop(&daemon, "")), 200);
}

#[test]
fn what_is_kept_ends_by_itself_and_opens_nothing() {
    let daemon = Daemon::redis();
    let (shop, client) = (shop(&daemon, ""), Client::new());
    assert_eq!(client.ask(&shop, "GET", "/login", &[]).status, 200);
    assert_eq!(client.log_in(&shop, "ada", PASSWORD), 303);
    assert_eq!(client.me(&shop), 200);
    let id = client.id("__Host-session").expect("a session");
    let keys = daemon.redis_cli(&["keys", "*"]);
    assert_eq!(
        keys.lines().count(),
        3,
        "the session, the list of hers, and the mark of the one before: {keys}"
    );
    for key in keys.lines() {
        let time: u32 = daemon.redis_cli(&["ttl", key]).parse().expect("it has an end");
        assert!((1..=30 * 60).contains(&time), "{key}: {time}");
        let all: &[&str] = if key.contains(":s:") { &["hgetall", key] } else { &["zrange", key, "0", "-1"] };
        let kept = daemon.redis_cli(all) + key;
        assert!(!kept.contains(&id), "{key}");
    }
}

#[test]
fn while_redis_is_away_nobody_is_let_in_and_then_everybody_is_again() {
    let mut daemon = durable();
    let (shop, client) = (shop(&daemon, ""), Client::new());
    assert_eq!(client.log_in(&shop, "ada", PASSWORD), 303);
    daemon.stop();
    let me = client.ask(&shop, "GET", "/me", &[]);
    assert_eq!(me.status, 503);
    assert!(
        me.text().contains("sessions-unavailable") && me.header("retry-after").is_some(),
        "{}",
        me.text()
    );
    assert!(me.header("set-cookie").is_none(), "the browser keeps its cookie");
    assert_eq!(client.ask(&shop, "POST", "/logout", &[]).status, 503, "nobody is told that they are out");
    assert_eq!(client.log_in(&shop, "ada", PASSWORD), 503);
    assert_eq!(Client::new().me(&shop), 401, "who shows nothing is nobody all the same");
    assert_eq!(client.ask(&shop, "GET", "/trap/1", &[]).status, 200, "what asks for nobody is served");
    assert_eq!(client.ask(&shop, "GET", "/greeting", &[]).status, 503, "nobody is taken for nobody");

    daemon.run();
    until_answered(&client, &shop, 200);
    // The connection that has ended meanwhile costs nobody anything.
    daemon.stop();
    daemon.run();
    assert_eq!(client.me(&shop), 200);
}

#[test]
fn a_redis_that_hangs_is_no_more_than_away() {
    let daemon = Daemon::redis();
    let (shop, client) = (shop(&daemon, "timeout = \"100ms\""), Client::new());
    // It may be slow here, for which nobody is let in.
    until("a login", || match client.log_in(&shop, "ada", PASSWORD) {
        303 => Ok(()),
        status => Err(status),
    });
    daemon.pause();
    assert_eq!(client.me(&shop), 503);
    daemon.resume();
    until_answered(&client, &shop, 200);
}

#[test]
fn a_redis_that_is_not_there_yet_does_not_hold_up_the_start() {
    let mut daemon = Daemon::redis();
    daemon.stop();
    let (shop, client) = (shop(&daemon, ""), Client::new());
    assert_eq!(client.log_in(&shop, "ada", PASSWORD), 503);
    daemon.run();
    until("a login", || match client.log_in(&shop, "ada", PASSWORD) {
        303 => Ok(()),
        status => Err(status),
    });
}

#[test]
fn redis_is_spoken_to_by_tls() {
    let daemon = Daemon::redis();
    let runtime = runtime();
    let login = |authority: Option<_>| {
        let url = format!("rediss://:{}@127.0.0.1:{}", daemon.password(), daemon.secure_port());
        let mut settings = Settings::new(&url).expect("a URL");
        (settings.authorities, settings.timeout) = (authority, Duration::from_secs(20));
        let store = RedisStore::new(Redis::new(settings).expect("settings that can be"), 10);
        runtime.block_on(Sessions::new(Arc::new(store)).login(None, &Login::new("ada"), SystemTime::now()))
    };
    assert!(login(Some(daemon.authority())).is_ok());
    assert!(matches!(login(None), Err(SessionError::Store(_))), "whom nobody vouches for is not believed");
}

#[test]
fn who_ends_all_sessions_misses_none_that_is_about_to_go_on() {
    let daemon = Daemon::redis();
    for round in 0..30 {
        let subject = format!("ada{round}");
        let rotating = thread::scope(|scope| {
            let rotating = scope.spawn(|| {
                let (sessions, now) = (sessions(&daemon), SystemTime::now());
                runtime().block_on(async {
                    let (_, mut record) = sessions.login(None, &Login::new(&*subject), now).await?;
                    loop {
                        record = sessions.rotate(&record, None, now).await?.1;
                    }
                })
            });
            let sessions = sessions(&daemon);
            let ended = runtime().block_on(async {
                loop {
                    match sessions.revoke_all(&subject, None).await.expect("Redis runs") {
                        0 => {}
                        ended => return ended,
                    }
                }
            });
            assert_eq!(ended, 1);
            rotating.join().expect("it does not panic")
        });
        let rotated: Result<(), SessionError> = rotating;
        assert!(matches!(rotated, Err(SessionError::Ended)), "{rotated:?}");
    }
}

#[test]
fn strangers_have_a_bound_and_take_nobodys_place_who_has_logged_in() {
    let daemon = Daemon::redis();
    let (redis, now) = (connect(&daemon), SystemTime::now());
    let sessions = Sessions::new(Arc::new(RedisStore::new(redis, 5)));
    runtime().block_on(async {
        let (known, _) = sessions.login(None, &Login::new("ada"), now).await.expect("Redis runs");
        let mut last = None;
        for second in 0..50 {
            let later = now + Duration::from_secs(second);
            last = Some(sessions.begin(later).await.expect("Redis runs").0);
        }
        assert_eq!(daemon.redis_cli(&["--scan", "--pattern", "tsk:auth:s:*"]).lines().count(), 6);
        for id in [known, last.expect("there was one")] {
            assert!(sessions.find(&id, now).await.expect("Redis runs").is_some());
        }
    });
}
