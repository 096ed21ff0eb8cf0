#![allow(clippy::unwrap_used)]

use std::sync::Mutex;

use super::*;

/// In memory; now and again somebody else is faster.
#[derive(Debug, Default)]
struct Shelf {
    records: Mutex<Vec<Arc<Record>>>,
    is_down: bool,
    rival: Mutex<Option<Record>>,
}

impl Store for Shelf {
    fn find(&self, id: &str) -> Stored<'_, Option<Arc<Record>>> {
        if self.is_down {
            return Stored::Done(Err(io::Error::other("down")));
        }
        let found = self.records.lock().unwrap().iter().find(|record| *record.id == *id).cloned();
        Stored::Wait(Box::pin(async { Ok(found) }))
    }

    fn list(&self) -> Stored<'_, Vec<Arc<Record>>> {
        Stored::Done(Ok(self.records.lock().unwrap().clone()))
    }

    fn replace(&self, before: Option<&Record>, record: Record) -> Stored<'_, bool> {
        let mut records = self.records.lock().unwrap();
        if let Some(rival) = self.rival.lock().unwrap().take() {
            records.retain(|there| there.id != rival.id);
            records.push(Arc::new(rival));
        }
        let there = records.iter().position(|there| there.id == record.id);
        if there.map(|at| &*records[at]) != before {
            return Stored::Done(Ok(false));
        }
        match there {
            Some(at) => records[at] = Arc::new(record),
            None => records.push(Arc::new(record)),
        }
        Stored::Done(Ok(true))
    }

    fn touch(&self, _: &str, _: u64) -> bool {
        false
    }
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

async fn verify(keys: &ApiKeys, key: &str, now: u64) -> Result<String, Refusal> {
    keys.verify(key, at(now)).await.map(|identity| identity.principal().id().to_owned())
}

#[tokio::test]
async fn a_key_is_its_owner_and_nothing_of_it_is_kept() {
    let shelf = Arc::new(Shelf::default());
    let keys = ApiKeys::new(shelf.clone());
    let grants = Grants::default().permission("builds:write").role("robot");
    let key = keys.create("build", "ci", &grants, Some(Duration::from_secs(10)), at(100)).await.unwrap();
    let caller = keys.verify(key.as_str(), at(109)).await.unwrap();
    assert_eq!((caller.principal().id(), caller.principal().kind()), ("ci", Kind::ApiKey));
    assert_eq!(caller.principal().expiry(), Some(at(110)));
    assert_eq!(*caller.granted(), grants);
    assert_eq!(verify(&keys, key.as_str(), 110).await, Err(Refusal::Expired));
    let kept = serde_json::to_string(&keys.list().await.unwrap()[0].as_ref()).unwrap();
    assert!(kept.contains(key.id()) && !kept.contains(&key.as_str()[21..]), "{kept}");
}

#[tokio::test]
async fn what_is_no_key_of_ours_is_refused() {
    let keys = ApiKeys::new(Arc::new(Shelf::default()));
    let key = keys.create("a", "a", &Grants::default(), None, at(0)).await.unwrap();
    let stranger = Text::of(Environment::Live, key.id()).unwrap();
    assert_eq!(verify(&keys, stranger.as_str(), 0).await, Err(Refusal::Unknown));
    assert_eq!(
        verify(&keys, Text::generate(Environment::Live).unwrap().as_str(), 0).await,
        Err(Refusal::Unknown)
    );
    assert_eq!(
        verify(&keys, Text::generate(Environment::Test).unwrap().as_str(), 0).await,
        Err(Refusal::Environment)
    );
    assert_eq!(verify(&keys, "tsk_live_", 0).await, Err(Refusal::Malformed));
    let down = ApiKeys::new(Arc::new(Shelf { is_down: true, ..Shelf::default() }));
    assert_eq!(verify(&down, key.as_str(), 0).await, Err(Refusal::Unavailable));
}

#[tokio::test]
async fn of_two_keys_the_older_holds_for_its_grace() {
    let keys = ApiKeys::new(Arc::new(Shelf::default()));
    let first = keys.create("a", "a", &Grants::default(), None, at(0)).await.unwrap();
    let second = keys.rotate(first.id(), Duration::from_secs(60), at(100)).await.unwrap();
    assert_eq!(first.id(), second.id());
    assert!(
        verify(&keys, first.as_str(), 159).await.is_ok() && verify(&keys, second.as_str(), 159).await.is_ok()
    );
    assert_eq!(verify(&keys, first.as_str(), 160).await, Err(Refusal::Unknown));
    let third = keys.rotate(first.id(), Duration::from_secs(60), at(110)).await.unwrap();
    assert_eq!(verify(&keys, first.as_str(), 111).await, Err(Refusal::Unknown));
    keys.revoke(third.id(), at(120)).await.unwrap();
    assert_eq!(verify(&keys, third.as_str(), 120).await, Err(Refusal::Revoked));
    assert_eq!(verify(&keys, second.as_str(), 120).await, Err(Refusal::Unknown));
    assert!(keys.rotate(third.id(), Duration::ZERO, at(121)).await.is_err());
    for id in ["", "nobody", "tsk_live_aaaa", "aaaaaaaaaaaa"] {
        assert_eq!(keys.revoke(id, at(0)).await.unwrap_err().kind(), io::ErrorKind::NotFound, "{id}");
    }
}

#[tokio::test]
async fn who_rotates_does_not_undo_who_revokes() {
    let shelf = Arc::new(Shelf::default());
    let keys = ApiKeys::new(shelf.clone());
    let key = keys.create("a", "a", &Grants::default(), None, at(0)).await.unwrap();
    let revoked = Record { revoked: Some(5), ..Record::clone(&keys.list().await.unwrap()[0]) };
    *shelf.rival.lock().unwrap() = Some(revoked);
    let error = keys.rotate(key.id(), Duration::ZERO, at(6)).await.unwrap_err();
    assert!(error.to_string().contains("at its end"), "{error}");
    assert_eq!(verify(&keys, key.as_str(), 6).await, Err(Refusal::Revoked));
}
