//! Ids that somebody else has seen.

use tsk_auth::{access::Grants, session::Login};

use crate::browser::{Browser, CLOSED, OWN, PUBLIC, Service};

#[tokio::test]
async fn an_id_that_was_planted_before_the_login_is_worth_nothing_after() {
    let service = Service::new();
    // Whoever attacks has a session of its own, and has planted it.
    let mut attacker = Browser::default();
    attacker
        .visit(&service, (PUBLIC, "POST"), OWN, async |session| session.set("cart", &1).await.unwrap())
        .await
        .unwrap();
    let mut victim = attacker.clone();
    victim
        .visit(&service, (PUBLIC, "POST"), OWN, async |session| {
            session.login(Login::new("ada")).await.unwrap()
        })
        .await
        .unwrap();

    assert_ne!(victim.id(), attacker.id());
    let who = async |session: tsk_auth::session::Session| session.subject().await.unwrap();
    assert_eq!(victim.visit(&service, (CLOSED, "GET"), &[], who).await.unwrap().as_deref(), Some("ada"));
    assert_eq!(attacker.visit(&service, (CLOSED, "GET"), &[], who).await, Err(401));
    assert_eq!(attacker.visit(&service, (PUBLIC, "GET"), &[], who).await.unwrap(), None);
}

#[tokio::test]
async fn an_id_that_nobody_has_drawn_is_not_taken_up() {
    let service = Service::new();
    let mut victim = Browser::default();
    let planted = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    victim.cookies.insert("__Host-session".into(), planted.into());
    victim
        .visit(&service, (PUBLIC, "POST"), OWN, async |session| session.set("cart", &1).await.unwrap())
        .await
        .unwrap();
    assert!(victim.id().is_some_and(|id| id != planted));
}

#[tokio::test]
async fn the_id_is_another_after_each_change_of_what_its_holder_may_do() {
    let service = Service::new();
    let mut browser = Browser::default();
    let mut ids = Vec::new();
    for step in 0..4 {
        let before = browser.clone();
        let done = browser.visit(&service, (PUBLIC, "POST"), OWN, async |session| match step {
            0 | 1 => session.login(Login::new("ada")).await,
            2 => session.grant(&Grants::default().role("admin")).await,
            _ => session.rotate().await,
        });
        done.await.unwrap().unwrap();
        ids.push(browser.id().unwrap().to_owned());
        let mut before = before;
        let old = before.visit(&service, (CLOSED, "GET"), &[], async |_| ()).await;
        assert_eq!(old, Err(401), "{step}");
    }
    let records = service.sessions.list("ada", std::time::SystemTime::now()).await.unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(*records[0].roles, [Box::from("admin")]);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[tokio::test]
async fn values_go_over_a_login_but_not_to_somebody_else() {
    let service = Service::new();
    let mut browser = Browser::default();
    let own = (PUBLIC, "POST");
    browser
        .visit(&service, own, OWN, async |session| session.set("cart", &vec![17]).await.unwrap())
        .await
        .unwrap();
    for (subject, cart) in [("ada", Some(vec![17])), ("ada", Some(vec![17])), ("eve", None)] {
        let found = browser.visit(&service, own, OWN, async |session| {
            session.login(Login::new(subject)).await.unwrap();
            session.get::<Vec<u8>>("cart").await.unwrap()
        });
        assert_eq!(found.await.unwrap(), cart, "{subject}");
    }
}

#[tokio::test]
async fn the_cookie_is_that_of_this_host_over_tls_alone_and_no_script_reads_it() {
    let service = Service::new();
    let mut browser = Browser::default();
    let login = async |session: tsk_auth::session::Session| session.login(Login::new("ada")).await.unwrap();
    browser.visit(&service, (PUBLIC, "POST"), OWN, login).await.unwrap();
    let id = browser.id().unwrap().to_owned();
    assert_eq!(id.len(), 43);
    assert_eq!(browser.given, [format!("__Host-session={id}; Path=/; HttpOnly; SameSite=Lax; Secure")]);

    let bare = Service::on(crate::browser::memory(), |builder| builder.cookie("sid").over_plain_http());
    let mut browser = Browser::default();
    browser.visit(&bare, (PUBLIC, "POST"), OWN, login).await.unwrap();
    let id = &browser.cookies["sid"];
    assert_eq!(browser.given, [format!("sid={id}; Path=/; HttpOnly; SameSite=Lax")]);
}
