#![allow(clippy::unwrap_used)]

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::*;
use crate::{
    access::Grants,
    api_key::{ApiKeys, FileStore},
    jwt::refresh::{MemoryStore, RefreshTokens, Settings},
};

/// Keeps lines without their times.
#[derive(Default, Clone)]
struct Kept(Arc<Mutex<Vec<String>>>);

impl Journal for Kept {
    fn write(&self, event: &Event<'_>) {
        let event = Event { time: SystemTime::UNIX_EPOCH, ..event.clone() };
        let line = event.line().replace("\"time\":\"1970-01-01T00:00:00.000Z\",", "");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

#[tokio::test]
async fn what_becomes_of_keys_is_told_and_nothing_of_what_is_in_them() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.json");
    let kept = Kept::default();
    let now = SystemTime::now();
    let keys = || ApiKeys::new(Arc::new(FileStore::open(&path).unwrap())).audit(Audit::new(kept.clone()));
    let key = {
        let keys = keys();
        let key = keys.create("build", "ci", &Grants::default(), None, now).await.unwrap();
        for _ in 0..3 {
            keys.verify(key.as_str(), now).await.unwrap();
        }
        key
    };
    // The first use is known to another process as well.
    let keys = keys();
    let next = keys.rotate(key.id(), Duration::from_secs(60), now).await.unwrap();
    keys.verify(next.as_str(), now).await.unwrap();
    keys.revoke(key.id(), now).await.unwrap();
    let line = |kind: &str| format!(r#"{{"event":"{kind}","subject":"ci","key":"{}"}}"#, key.id());
    assert_eq!(
        *kept.0.lock().unwrap(),
        ["key_created", "key_first_used", "key_rotated", "key_revoked"].map(line)
    );
}

#[tokio::test]
async fn a_refresh_token_that_is_used_twice_is_told_of() {
    let kept = Kept::default();
    let settings = Settings { grace: Duration::ZERO, ..Settings::default() };
    let tokens = RefreshTokens::new(MemoryStore::new(10), settings).unwrap();
    let tokens = tokens.audit(Audit::new(kept.clone()));
    let now = SystemTime::now();
    let first = tokens.begin("ada", "app", "a", now).await.unwrap();
    tokens.refresh(&first, "app", now).await.unwrap();
    assert!(kept.0.lock().unwrap().is_empty());
    assert!(tokens.refresh(&first, "app", now).await.is_err());
    assert_eq!(*kept.0.lock().unwrap(), [r#"{"event":"token_reused","subject":"ada","client":"app"}"#]);
}
