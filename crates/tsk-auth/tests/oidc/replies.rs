//! What a browser brings back, and is not the answer to what it was sent with.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde_json::json;
use tsk_auth::{
    audit::{Audit, Event, Journal},
    session::{MemoryStore, Sessions},
};

use crate::{
    browser::{Browser, CALLBACK, Service},
    provider::{CLIENT, Provider},
};

async fn refused(service: &Service, browser: &mut Browser, answer: &HashMap<String, String>) -> String {
    let answered = browser.finish(service, answer).await;
    assert_eq!((answered.status, browser.who(service).await), (403, None), "{}", answered.reason);
    answered.reason
}

#[tokio::test]
async fn an_answer_that_is_none_to_what_the_browser_began_is_refused() {
    let provider = Provider::start().await;
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    let answer = browser.begin(&service, &provider).await;
    for state in ["", "other", &"a".repeat(43), "../x"] {
        let mut forged = answer.clone();
        forged.insert("state".into(), state.into());
        refused(&service, &mut browser, &forged).await;
    }
    let mut forged = answer.clone();
    forged.remove("state");
    refused(&service, &mut browser, &forged).await;
    assert!(provider.plan().forms.is_empty(), "the code is not shown to anybody");
    // What was begun is not lost by it.
    assert_eq!(browser.finish(&service, &answer).await.status, 303);
}

#[tokio::test]
async fn an_answer_is_taken_once() {
    let provider = Provider::start().await;
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    let answer = browser.begin(&service, &provider).await;
    let mut copy = browser.clone();
    assert_eq!(browser.finish(&service, &answer).await.status, 303);
    // By the browser, and by whoever has a copy of all its cookies.
    let again = browser.finish(&service, &answer).await;
    assert_eq!(again.status, 403, "{}", again.reason);
    refused(&service, &mut copy, &answer).await;
    assert_eq!(provider.plan().forms.len(), 1);
}

#[tokio::test]
async fn of_two_who_bring_the_same_answer_at_a_time_one_is_taken() {
    let provider = Provider::start().await;
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    let answer = browser.begin(&service, &provider).await;
    let mut copy = browser.clone();
    let (one, other) = tokio::join!(browser.finish(&service, &answer), copy.finish(&service, &answer));
    let mut both = [one.status, other.status];
    both.sort_unstable();
    assert_eq!((both, provider.plan().forms.len()), ([303, 403], 1));
}

#[tokio::test]
async fn an_answer_that_another_browser_has_asked_for_logs_nobody_in() {
    let provider = Provider::start().await;
    let service = Service::of(&provider);
    let (mut attacker, mut victim) = (Browser::default(), Browser::default());
    let answer = attacker.begin(&service, &provider).await;
    // A link to it is enough for an attacker who wants the victim to work in its account (RFC 9700 §4.7).
    refused(&service, &mut victim, &answer).await;
    victim.begin(&service, &provider).await;
    refused(&service, &mut victim, &answer).await;
    assert!(provider.plan().forms.is_empty());
}

#[tokio::test]
async fn a_code_that_was_put_into_another_login_is_of_no_use() {
    let provider = Provider::start().await;
    let service = Service::of(&provider);
    let (mut attacker, mut victim) = (Browser::default(), Browser::default());
    let stolen = victim.begin(&service, &provider).await;
    let mut answer = attacker.begin(&service, &provider).await;
    answer.insert("code".into(), stolen["code"].clone());
    // The verifier is that of the attacker, and the challenge that of the victim (RFC 9700 §4.5).
    assert!(refused(&service, &mut attacker, &answer).await.contains("invalid_grant"));
}

#[tokio::test]
async fn a_code_that_was_used_is_of_no_use() {
    let provider = Provider::start().await;
    let service = Service::of(&provider);
    let mut browser = Browser::default();
    let used = browser.begin(&service, &provider).await;
    assert_eq!(browser.finish(&service, &used).await.status, 303);
    let mut other = Browser::default();
    let mut answer = other.begin(&service, &provider).await;
    answer.insert("code".into(), used["code"].clone());
    refused(&service, &mut other, &answer).await;
}

#[tokio::test]
async fn an_answer_of_another_provider_is_refused() {
    let provider = Provider::start().await;
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    for issuer in ["https://evil.example.com", "", &format!("{}/", provider.issuer())] {
        let mut answer = browser.begin(&service, &provider).await;
        answer.insert("iss".into(), issuer.into());
        assert!(refused(&service, &mut browser, &answer).await.contains("RFC 9207"));
    }
    let mut answer = browser.begin(&service, &provider).await;
    answer.remove("iss");
    assert!(refused(&service, &mut browser, &answer).await.contains("RFC 9207"));
    // In an error as well.
    let mut answer = browser.begin(&service, &provider).await;
    answer.remove("iss");
    answer.remove("code");
    answer.insert("error".into(), "access_denied".into());
    assert!(refused(&service, &mut browser, &answer).await.contains("RFC 9207"));
    assert!(provider.plan().forms.is_empty(), "the code is not shown to anybody");
}

#[tokio::test]
async fn a_provider_that_does_not_say_that_it_names_itself_is_held_to_it_if_it_does() {
    let provider = Provider::start().await;
    provider.plan().metadata = Box::new(|metadata| {
        drop(metadata.as_object_mut().unwrap().remove("authorization_response_iss_parameter_supported"));
    });
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    let mut answer = browser.begin(&service, &provider).await;
    answer.insert("iss".into(), "https://evil.example.com".into());
    refused(&service, &mut browser, &answer).await;
    let mut answer = browser.begin(&service, &provider).await;
    answer.remove("iss");
    assert_eq!(browser.finish(&service, &answer).await.status, 303);
}

#[tokio::test]
async fn a_login_that_was_begun_with_one_provider_is_not_finished_with_another() {
    let (honest, evil) = (Provider::start().await, Provider::start().await);
    evil.plan().metadata = Box::new(|metadata| {
        metadata["authorization_response_iss_parameter_supported"] = json!(false);
    });
    let sessions = crate::browser::sessions();
    let one = Service::on(sessions.clone(), &honest, |builder| builder);
    let other = Service::on(sessions, &evil, |builder| builder);
    let mut browser = Browser::default();
    // The honest provider's code would go to the token endpoint of the other (RFC 9700 §4.4).
    let mut answer = browser.begin(&one, &honest).await;
    answer.remove("iss");
    let reason = refused(&other, &mut browser, &answer).await;
    assert!(reason.contains("another provider"), "{reason}");
    assert!(evil.plan().forms.is_empty());
}

/// What auditors are told.
#[derive(Debug, Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Journal for Told {
    fn write(&self, event: &Event<'_>) {
        let line = format!(
            "{:?} {} {}",
            event.kind,
            event.scheme.unwrap_or_default(),
            event.reason.unwrap_or_default()
        );
        self.0.lock().unwrap().push(line);
    }
}

#[tokio::test]
async fn auditors_are_told_of_logins_and_of_those_that_come_to_nothing() {
    let provider = Provider::start().await;
    let told = Told::default();
    let store = Arc::new(MemoryStore::new(1000, 1 << 22));
    let sessions = Sessions::builder(store).audit(Audit::new(told.clone())).build().unwrap();
    let (service, mut browser) = (Service::on(sessions, &provider, |builder| builder), Browser::default());
    let mut answer = browser.begin(&service, &provider).await;
    answer.insert("code".into(), "another".into());
    browser.finish(&service, &answer).await;
    assert_eq!(browser.log_in(&service, &provider).await.status, 303);
    let lines = told.0.lock().unwrap().clone();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("LoginFailed oidc ") && lines[0].contains("invalid_grant"), "{lines:?}");
    assert!(lines[1].starts_with("Login "), "{lines:?}");
}

#[tokio::test]
async fn a_provider_that_refuses_lets_nobody_in() {
    let provider = Provider::start().await;
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    let mut answer = browser.begin(&service, &provider).await;
    answer.remove("code");
    answer.insert("error".into(), "access_denied".into());
    answer.insert("error_description".into(), "<script>alert(1)</script>".into());
    let answered = browser.finish(&service, &answer).await;
    assert_eq!((answered.status, &*answered.reason), (403, "the provider refuses: access_denied"));
    // What a stranger writes into a link is in no answer.
    let mut body = answered.response.into_body();
    let text = String::from_utf8(body.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(
        text.contains("login-failed") && !text.contains("script") && !text.contains("access_denied"),
        "{text}"
    );
}

#[tokio::test]
async fn who_looks_at_a_login_that_came_to_nothing_reads_a_page() {
    let provider = Provider::start().await;
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    let link = "/auth/callback?state=x&error=%3Cscript%3E&error_description=%3Cscript%3E";
    let answered = browser.send(&service, "GET", link, &[("accept", "text/html,*/*;q=0.8")]).await;
    assert_eq!((answered.status, &*answered.reason), (403, "the browser has begun no such login"));
    let headers = answered.response.headers();
    assert_eq!(headers["content-type"], "text/html; charset=utf-8");
    assert!(headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'; "));
    let mut body = answered.response.into_body();
    let page = String::from_utf8(body.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(page.contains("<p role=alert>This browser did not begin the login"), "{page}");
    assert!(page.contains("<a href=\"/auth/login\">Log in again</a>") && !page.contains("script"), "{page}");
    let answered = browser.send(&service, "GET", link, &[("accept", "application/json")]).await;
    assert_eq!(answered.response.headers()["content-type"], "application/problem+json");
}

#[tokio::test]
async fn a_login_leads_nowhere_else() {
    let provider = Provider::start().await;
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    for next in [
        "https://evil.example.com",
        "//evil.example.com",
        "/%5Cevil.example.com",
        "%5C%5Cevil.example.com",
        "/%09/evil.example.com",
        "/%0D%0ASet-Cookie:x=y",
        "javascript:alert(1)",
        "evil",
        "",
        &format!("/{}", "a".repeat(3000)),
    ] {
        let begun = browser.visit(&service, &format!("/auth/login?next={next}")).await;
        let (_, answer) = provider.agree(&begun.location);
        let finished = browser.finish(&service, &answer).await;
        assert_eq!((finished.status, &*finished.location), (303, "/"), "{next}");
    }
}

#[tokio::test]
async fn the_session_has_another_id_after_a_login() {
    let provider = Provider::start().await;
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    // What somebody has planted.
    let (id, _) = service.oidc.sessions().begin(std::time::SystemTime::now()).await.unwrap();
    browser.cookies.insert("__Host-session".into(), id.text());
    let planted = browser.clone();
    assert_eq!(browser.log_in(&service, &provider).await.status, 303);
    assert_ne!(browser.cookies["__Host-session"], id.text());
    assert_eq!((browser.who(&service).await.as_deref(), planted.who(&service).await), (Some("ada"), None));
}

#[tokio::test]
async fn a_page_of_another_site_begins_no_login_and_no_logout() {
    let provider = Provider::start().await;
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    let image = [("sec-fetch-mode", "no-cors"), ("sec-fetch-site", "cross-site")];
    let answered = browser.send(&service, "GET", "/auth/login", &image).await;
    assert_eq!((answered.status, browser.given.len()), (403, 0));
    // A link may.
    let link = [("sec-fetch-mode", "navigate"), ("sec-fetch-site", "cross-site")];
    assert_eq!(browser.send(&service, "GET", "/auth/login", &link).await.status, 303);
    browser.log_in(&service, &provider).await;
    for fields in [&[("sec-fetch-site", "cross-site")], &[("origin", "https://evil.example.com")]] {
        assert_eq!(browser.send(&service, "POST", "/auth/logout", fields).await.status, 403);
    }
    assert_eq!(browser.who(&service).await.as_deref(), Some("ada"));
}

#[tokio::test]
async fn what_a_browser_is_sent_with_is_other_each_time_and_hides_the_verifier() {
    let provider = Provider::start().await;
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    let mut seen = std::collections::HashSet::new();
    for _ in 0..3 {
        let begun = browser.visit(&service, "/auth/login").await;
        let url: http::Uri = begun.location.parse().unwrap();
        let sent: HashMap<String, String> =
            openidconnect::url::form_urlencoded::parse(url.query().unwrap().as_bytes())
                .into_owned()
                .collect();
        for name in ["state", "nonce", "code_challenge"] {
            assert_eq!(sent[name].len(), 43, "{name}");
            assert!(seen.insert(sent[name].clone()));
        }
        assert_eq!((&*sent["redirect_uri"], &*sent["client_id"]), (CALLBACK, CLIENT));
        let (_, answer) = provider.agree(&begun.location);
        browser.finish(&service, &answer).await;
        let verifier = provider.plan().forms.last().unwrap()["code_verifier"].clone();
        assert!(!begun.location.contains(&verifier) && seen.insert(verifier));
    }
}
