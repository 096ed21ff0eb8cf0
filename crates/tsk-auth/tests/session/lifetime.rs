//! When sessions end.

use std::time::{Duration, SystemTime};

use tsk_auth::session::{Id, Login, Session, SessionError, Sessions};

use crate::browser::{Browser, CLOSED, OWN, PUBLIC, Service, memory};

async fn login(session: Session) {
    session.login(Login::new("ada")).await.unwrap();
}

#[tokio::test]
async fn who_has_logged_out_is_not_let_in_by_what_was_kept_of_it() {
    let service = Service::new();
    let mut browser = Browser::default();
    browser.visit(&service, (PUBLIC, "POST"), OWN, login).await.unwrap();
    let mut thief = browser.clone();
    assert!(thief.visit(&service, (CLOSED, "GET"), &[], async |_| ()).await.is_ok());

    let token = browser
        .visit(&service, (CLOSED, "POST"), OWN, async |session| {
            session.set("secret", "value").await.unwrap();
            let token = session.csrf_token().await.unwrap();
            session.logout().await.unwrap();
            // Whoever handles the same request further on finds nothing either.
            assert_eq!(session.subject().await.unwrap(), None);
            assert_eq!(session.get::<String>("secret").await.unwrap(), None);
            token
        })
        .await
        .unwrap();
    assert_eq!(browser.id(), None);
    assert_eq!(browser.given, ["__Host-session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0"]);

    let held = thief.clone();
    assert_eq!(thief.visit(&service, (CLOSED, "GET"), &[], async |_| ()).await, Err(401));
    assert_eq!(thief.id(), None, "the browser is told to forget it");
    let mut thief = held;
    let page = thief.visit(&service, (CLOSED, "GET"), &[("accept", "text/html")], async |_| ()).await;
    assert_eq!(page, Err(303), "a browser is sent to log in");
    let mut thief = Browser { cookies: [("__Host-session".into(), token.clone())].into(), ..thief };
    assert_eq!(thief.visit(&service, (CLOSED, "GET"), &[], async |_| ()).await, Err(401), "a token is no id");
}

#[tokio::test]
async fn what_is_under_way_does_not_bring_back_a_session_that_has_ended() {
    let service = Service::new();
    let mut browser = Browser::default();
    browser.visit(&service, (PUBLIC, "POST"), OWN, login).await.unwrap();
    let mut other = browser.clone();
    let slow = browser.visit(&service, (CLOSED, "POST"), OWN, async |session| {
        assert_eq!(session.subject().await.unwrap().as_deref(), Some("ada"));
        other
            .visit(&service, (CLOSED, "POST"), OWN, async |session| session.logout().await.unwrap())
            .await
            .unwrap();
        [session.set("a", &1).await, session.rotate().await]
    });
    for done in slow.await.unwrap() {
        assert!(matches!(done, Err(SessionError::Ended)), "{done:?}");
    }
    assert!(service.sessions.list("ada", SystemTime::now()).await.unwrap().is_empty());
}

#[tokio::test]
async fn requests_that_were_under_way_at_a_login_do_not_have_the_browser_forget_it() {
    let service = Service::new();
    let mut browser = Browser::default();
    browser
        .visit(&service, (PUBLIC, "POST"), OWN, async |session| session.set("cart", &1).await.unwrap())
        .await
        .unwrap();
    let mut parallel = browser.clone();
    browser.visit(&service, (PUBLIC, "POST"), OWN, login).await.unwrap();
    let found = parallel
        .visit(&service, (PUBLIC, "GET"), &[], async |session| session.get::<u8>("cart").await.unwrap());
    assert_eq!(found.await.unwrap(), None, "it has no part in it");
    assert!(parallel.given.is_empty(), "{:?}", parallel.given);
}

fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 3600)
}

async fn holds(sessions: &Sessions, id: &Id, at: SystemTime) -> bool {
    sessions.find(id, at).await.unwrap().is_some()
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_in_any_case_some_time_after_the_login() {
    let sessions = Sessions::builder(memory()).idle(hours(1)).absolute(hours(3)).build().unwrap();
    let begun = SystemTime::UNIX_EPOCH + hours(1000);
    let second = Duration::from_secs(1);

    let (idle, _) = sessions.login(None, &Login::new("ada"), begun).await.unwrap();
    assert!(!holds(&sessions, &idle, begun + hours(1)).await);
    assert!(sessions.list("ada", begun + hours(1)).await.unwrap().is_empty());

    let (used, record) = sessions.login(None, &Login::new("ada"), begun).await.unwrap();
    for minutes in (30..180).step_by(30) {
        assert!(holds(&sessions, &used, begun + Duration::from_secs(minutes * 60)).await, "{minutes}");
    }
    assert!(holds(&sessions, &used, begun + hours(3) - second).await);
    assert!(!holds(&sessions, &used, begun + hours(3)).await);

    // Another id does not make it last longer, and neither does a change.
    let (used, record) = sessions.rotate(&record, None, begun + hours(3) - second).await.unwrap();
    sessions.change(&record, begun + hours(3) - second, |_| Ok(())).await.unwrap();
    assert!(holds(&sessions, &used, begun + hours(3) - second).await);
    assert!(!holds(&sessions, &used, begun + hours(3)).await);
}

#[tokio::test]
async fn a_subject_ends_its_own_sessions_and_nobody_elses() {
    let sessions = Sessions::new(memory());
    let now = SystemTime::now();
    let mut begun = Vec::new();
    for subject in ["ada", "ada", "ada", "bob"] {
        begun.push(sessions.login(None, &Login::new(subject), now).await.unwrap());
    }
    let key = |at: usize| begun[at].1.key;
    assert_eq!(sessions.list("ada", now).await.unwrap().len(), 3);
    assert!(!sessions.revoke("ada", key(3)).await.unwrap(), "it is that of bob");
    assert!(sessions.revoke("ada", key(0)).await.unwrap());
    assert!(!sessions.revoke("ada", key(0)).await.unwrap());
    assert_eq!(sessions.revoke_all("ada", Some(key(1))).await.unwrap(), 1);
    let mut left = Vec::new();
    for (id, _) in &begun {
        left.push(holds(&sessions, id, now).await);
    }
    assert_eq!(left, [false, true, false, true]);
}

#[tokio::test]
async fn values_are_typed_and_bounded() {
    let service = Service::on(memory(), |builder| builder.values(100));
    let mut browser = Browser::default();
    browser
        .visit(&service, (PUBLIC, "POST"), OWN, async |session| {
            session.set("a", "text").await.unwrap();
            assert_eq!(session.get::<String>("a").await.unwrap().as_deref(), Some("text"));
            assert!(matches!(session.get::<u8>("a").await, Err(SessionError::Value { .. })));
            let long = "x".repeat(100);
            assert!(matches!(session.set("b", &long).await, Err(SessionError::TooLarge { limit: 100 })));
            assert!(matches!(session.set(&long, &1).await, Err(SessionError::TooLarge { .. })));
            session.remove("a").await.unwrap();
            assert_eq!(session.get::<String>("a").await.unwrap(), None);
            session.set("b", &"x".repeat(90)).await.unwrap();
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn both_of_two_changes_at_the_same_time_are_kept() {
    let sessions = Sessions::new(memory());
    let now = SystemTime::now();
    let (id, before) = sessions.begin(now).await.unwrap();
    for name in ["a", "b"] {
        let change = sessions.change(&before, now, |record| {
            record.values.insert(name.into(), "1".into());
            Ok(())
        });
        change.await.unwrap();
    }
    assert_eq!(sessions.find(&id, now).await.unwrap().unwrap().values.len(), 2);
}
