//! Stores that have to be waited for, and those that fail.

use std::{io, sync::Arc};

use tsk_auth::session::{Key, Login, MemoryStore, Record, Session, Store, Stored};

use crate::browser::{Browser, CLOSED, OWN, PUBLIC, Service, memory};

/// Answers later, as one across the network does.
#[derive(Debug)]
struct Later(Arc<MemoryStore>);

fn later<T: Send + 'static>(stored: Stored<'_, T>) -> Stored<'_, T> {
    Stored::Wait(Box::pin(async move {
        tokio::task::yield_now().await;
        stored.get().await
    }))
}

impl Store for Later {
    fn find(&self, key: Key) -> Stored<'_, Option<Arc<Record>>> {
        later(self.0.find(key))
    }

    fn put(&self, record: Arc<Record>, before: Option<u64>, now: u64) -> Stored<'_, bool> {
        later(self.0.put(record, before, now))
    }

    fn touch(&self, key: Key, used: u64, until: u64) -> Stored<'_, ()> {
        later(self.0.touch(key, used, until))
    }

    fn renew(&self, mark: Arc<Record>, before: u64, next: Arc<Record>, now: u64) -> Stored<'_, bool> {
        later(self.0.renew(mark, before, next, now))
    }

    fn remove<'a>(&'a self, key: Key, subject: Option<&'a str>) -> Stored<'a, bool> {
        later(self.0.remove(key, subject))
    }

    fn remove_all<'a>(&'a self, subject: &'a str, but: Option<Key>) -> Stored<'a, usize> {
        later(self.0.remove_all(subject, but))
    }

    fn list<'a>(&'a self, subject: &'a str) -> Stored<'a, Vec<Arc<Record>>> {
        later(self.0.list(subject))
    }
}

/// Cannot be asked.
#[derive(Debug)]
struct Gone;

fn gone<T>() -> Stored<'static, T> {
    Stored::Done(Err(io::Error::from(io::ErrorKind::ConnectionRefused)))
}

impl Store for Gone {
    fn find(&self, _: Key) -> Stored<'_, Option<Arc<Record>>> {
        gone()
    }

    fn put(&self, _: Arc<Record>, _: Option<u64>, _: u64) -> Stored<'_, bool> {
        gone()
    }

    fn touch(&self, _: Key, _: u64, _: u64) -> Stored<'_, ()> {
        gone()
    }

    fn renew(&self, _: Arc<Record>, _: u64, _: Arc<Record>, _: u64) -> Stored<'_, bool> {
        gone()
    }

    fn remove<'a>(&'a self, _: Key, _: Option<&'a str>) -> Stored<'a, bool> {
        gone()
    }

    fn remove_all<'a>(&'a self, _: &'a str, _: Option<Key>) -> Stored<'a, usize> {
        gone()
    }

    fn list<'a>(&'a self, _: &'a str) -> Stored<'a, Vec<Arc<Record>>> {
        gone()
    }
}

#[tokio::test]
async fn a_store_that_has_to_be_waited_for_is_as_good() {
    let service = Service::on(Arc::new(Later(memory())), |builder| builder);
    let mut browser = Browser::default();
    let login = async |session: Session| {
        session.set("cart", &1).await.unwrap();
        session.login(Login::new("ada")).await.unwrap();
    };
    browser.visit(&service, (PUBLIC, "POST"), OWN, login).await.unwrap();
    let found = browser
        .visit(&service, (CLOSED, "GET"), &[], async |session| session.get::<u8>("cart").await.unwrap());
    assert_eq!(found.await, Ok(Some(1)));
    let forged = browser.visit(&service, (CLOSED, "POST"), &[("origin", "null")], async |_| ()).await;
    assert_eq!(forged, Err(403));

    let mut stale = browser.clone();
    browser
        .visit(&service, (CLOSED, "POST"), OWN, async |session| session.logout().await.unwrap())
        .await
        .unwrap();
    let mut page = stale.clone();
    assert_eq!(stale.visit(&service, (CLOSED, "GET"), &[], async |_| ()).await, Err(401));
    assert_eq!(stale.id(), None);
    assert_eq!(
        page.visit(&service, (CLOSED, "GET"), &[("accept", "text/html")], async |_| ()).await,
        Err(303)
    );
}

#[tokio::test]
async fn a_store_that_cannot_be_asked_lets_nobody_in_and_the_cookie_stays() {
    let service = Service::on(Arc::new(Gone), |builder| builder);
    let mut browser = Browser::default();
    browser.cookies.insert("__Host-session".into(), "A".repeat(43));
    assert_eq!(browser.visit(&service, (CLOSED, "GET"), &[], async |_| ()).await, Err(503));
    let nobody =
        browser.visit(&service, (PUBLIC, "GET"), &[], async |session| session.subject().await.is_err());
    assert_eq!(nobody.await, Ok(true));
    assert!(browser.given.is_empty() && browser.id().is_some());
}
