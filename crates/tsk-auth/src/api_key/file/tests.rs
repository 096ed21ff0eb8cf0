#![allow(clippy::unwrap_used)]

use std::{os::unix::fs::PermissionsExt as _, time::SystemTime};

use super::*;
use crate::{access::Grants, api_key::ApiKeys};

fn open(path: &Path) -> (Arc<FileStore>, ApiKeys) {
    let store = Arc::new(FileStore::open(path).unwrap());
    (store.clone(), ApiKeys::new(store))
}

#[tokio::test]
async fn keys_are_there_for_other_processes_and_for_nobody_else() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.json");
    let ((_, one), (other_store, other)) = (open(&path), open(&path));
    let now = SystemTime::now();
    let key = one.create("a", "ada", &Grants::default().permission("x"), None, now).await.unwrap();
    let second = other.create("b", "bob", &Grants::default(), None, now).await.unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    // Neither has written over the other; who has not looked does not know yet.
    assert!(other.verify(key.as_str(), now).await.is_ok());
    assert!(one.verify(second.as_str(), now).await.is_err());
    one.revoke(key.id(), now).await.unwrap();
    assert!(one.verify(second.as_str(), now).await.is_ok());
    assert!(other.verify(key.as_str(), now).await.is_ok());
    other_store.look().unwrap();
    assert!(other.verify(key.as_str(), now).await.is_err());
    let (_, third) = open(&path);
    assert_eq!(third.list().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_leaves_the_keys_as_they_were() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.json");
    let (store, keys) = open(&path);
    let now = SystemTime::now();
    let key = keys.create("a", "ada", &Grants::default(), None, now).await.unwrap();
    let good = fs::read(&path).unwrap();
    for broken in [&b"{"[..], b"{\"keys\":[{}]}", b"{\"keys\":[],\"more\":1}", b"[]"] {
        fs::write(&path, broken).unwrap();
        assert!(store.look().unwrap_err().to_string().contains("keys.json"));
        assert!(FileStore::open(&path).is_err());
        assert!(keys.create("b", "bob", &Grants::default(), None, now).await.is_err());
        assert_eq!(fs::read(&path).unwrap(), broken, "what is broken is not written over");
        assert!(keys.verify(key.as_str(), now).await.is_ok());
    }
    fs::remove_file(&path).unwrap();
    assert!(store.look().unwrap_err().to_string().ends_with("is gone"));
    fs::write(&path, good).unwrap();
    store.look().unwrap();
    assert!(keys.verify(key.as_str(), now).await.is_ok());
}

#[tokio::test]
async fn when_a_key_was_last_used_is_remembered() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.json");
    let (store, keys) = open(&path);
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
    let key = keys.create("a", "ada", &Grants::default(), None, now).await.unwrap();
    assert_eq!(keys.list().await.unwrap()[0].last_used, None);
    keys.verify(key.as_str(), now).await.unwrap();
    assert_eq!(keys.list().await.unwrap()[0].last_used, Some(1_000));
    let held = Lock::of(&beside(&path, "lock")).unwrap();
    store.note().unwrap();
    assert!(!beside(&path, "used").exists(), "somebody else has the lock, and is not waited for");
    drop(held);
    store.note().unwrap();
    store.touch("nobody", 7);
    store.touch(key.id(), 900);
    drop((store, keys));
    let (_, keys) = open(&path);
    assert_eq!(keys.list().await.unwrap()[0].last_used, Some(1_000));
    assert!(!fs::read_to_string(path.with_extension("json.used")).unwrap().contains("nobody"));
}

#[tokio::test(start_paused = true)]
async fn what_others_write_is_seen_within_a_second() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys.json");
    let (store, keys) = open(&path);
    let (_, other) = open(&path);
    let key = other.create("a", "ada", &Grants::default(), None, SystemTime::now()).await.unwrap();
    let running = tokio::spawn(async move { store.run().await });
    tokio::time::sleep(Duration::from_millis(1_001)).await;
    assert!(keys.verify(key.as_str(), SystemTime::now()).await.is_ok());
    running.abort();
}
