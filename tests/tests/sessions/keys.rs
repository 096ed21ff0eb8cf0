//! Keys of programs that several instances share in a Redis.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tsk::auth::access::Grants;
use tsk::auth::api_key::{ApiKeys, RedisStore, Refusal, Store as _};
use tsk_tests::Daemon;

use super::redis::{connect, runtime};

#[test]
fn a_key_is_known_to_all_instances_and_none_once_it_is_revoked() {
    let mut daemon = Daemon::redis();
    let stores = [(); 2].map(|()| Arc::new(RedisStore::new(connect(&daemon))));
    let [here, there] = stores.clone().map(|store| ApiKeys::new(store));
    let now = SystemTime::now();
    runtime().block_on(async {
        let grants = Grants::default().permission("builds:write");
        let made = here.create("build server", "ci", &grants, None, now).await.expect("Redis runs");
        let caller = there.verify(made.as_str(), now).await.expect("it is one");
        assert_eq!(caller.principal().id(), "ci");
        assert!(caller.granted().permissions().eq(["builds:write"]));

        let next = there.rotate(made.id(), Duration::from_secs(60), now).await.expect("Redis runs");
        for key in [&made, &next] {
            assert!(here.verify(key.as_str(), now).await.is_ok());
        }
        assert_eq!(
            here.verify(made.as_str(), now + Duration::from_secs(60)).await.err(),
            Some(Refusal::Unknown)
        );

        // When it was used is written now and then, and not with each request.
        assert_eq!(there.list().await.expect("Redis runs")[0].last_used, None);
        stores[0].note().await.expect("Redis runs");
        let record = Arc::clone(&there.list().await.expect("Redis runs")[0]);
        let later = now + Duration::from_secs(60);
        let used = later.duration_since(SystemTime::UNIX_EPOCH).expect("it is after 1970").as_secs();
        assert!(record.last_used.is_some_and(|at| at <= used), "{record:?}");
        let before = stores[1].find(made.id()).get().await.expect("Redis runs");
        assert_eq!(before.as_ref(), Some(&record));

        for kept in ["tsk:auth:k", "tsk:auth:l"] {
            let kept = daemon.redis_cli(&["hgetall", kept]);
            assert!(kept.contains(made.id()) && !kept.contains(&made.as_str()[21..]), "{kept}");
        }
        here.revoke(made.id(), now).await.expect("Redis runs");
        assert_eq!(there.verify(next.as_str(), now).await.err(), Some(Refusal::Revoked));

        daemon.stop();
        assert_eq!(there.verify(next.as_str(), now).await.err(), Some(Refusal::Unavailable));
        assert!(here.create("another", "ci", &grants, None, now).await.is_err());
    });
}
