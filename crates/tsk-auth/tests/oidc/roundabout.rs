//! Answers at the endpoints that are elsewhere, too large, too slow, or none.

use serde_json::json;
use tsk_auth::oidc::Oidc;

use crate::{
    browser::{Browser, CALLBACK, Service, sessions},
    provider::{Answer, Provider},
};

/// Nobody is logged in, and the service says that it could not ask.
async fn unavailable(answer: Answer) -> String {
    let provider = Provider::start().await;
    provider.plan().answer = answer;
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    let answered = browser.log_in(&service, &provider).await;
    assert_eq!((answered.status, browser.who(&service).await), (503, None), "{}", answered.reason);
    answered.reason
}

#[tokio::test]
async fn a_redirect_at_the_token_endpoint_is_not_followed() {
    let thief = Provider::start().await;
    let reason = unavailable(Answer::Redirect(format!("{}/token", thief.issuer()))).await;
    assert!(reason.contains("redirect"), "{reason}");
    // Neither the code nor the secret has gone there.
    assert!(thief.plan().paths.is_empty());
}

#[tokio::test]
async fn an_answer_without_end_is_not_read() {
    let reason = unavailable(Answer::Huge).await;
    assert!(reason.contains("too large"), "{reason}");
}

#[tokio::test]
async fn an_answer_that_is_none_lets_nobody_in() {
    for text in ["[]", "{}", "null", "<html>", "{\"access_token\":7}", "\u{feff}{}"] {
        unavailable(Answer::Text(text)).await;
    }
    unavailable(Answer::Json(500, json!({}))).await;
}

#[tokio::test]
async fn a_refusal_at_the_token_endpoint_lets_nobody_in() {
    let provider = Provider::start().await;
    provider.plan().answer =
        Answer::Json(400, json!({ "error": "invalid_client", "error_description": "a\r\nb" }));
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    let answered = browser.log_in(&service, &provider).await;
    assert_eq!(answered.status, 403);
    assert_eq!(answered.reason, "the provider refuses: invalid_client: ab");
}

/// A login at a provider that does not answer ends in time. The clock stands until somebody waits for it.
async fn late(answer: Answer) {
    let provider = Provider::start().await;
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    let begun = browser.begin(&service, &provider).await;
    provider.plan().answer = answer;
    let finishing = tokio::spawn(async move {
        let answered = browser.finish(&service, &begun).await;
        (answered.status, answered.reason, browser.who(&service).await)
    });
    provider.hangs.notified().await;
    tokio::time::pause();
    let (status, reason, who) = finishing.await.unwrap();
    assert_eq!((status, who), (503, None), "{reason}");
    assert!(reason.contains("in time"), "{reason}");
}

#[tokio::test]
async fn a_provider_that_does_not_answer_holds_nobody_up_without_end() {
    late(Answer::Hangs).await;
}

#[tokio::test]
async fn a_provider_that_answers_without_end_holds_nobody_up() {
    late(Answer::Trickles).await;
}

#[tokio::test]
async fn a_provider_that_nobody_asks_is_not_known() {
    let provider = Provider::start().await;
    let oidc = Oidc::builder(provider.issuer(), "shop", CALLBACK, sessions()).build().unwrap();
    // Its `run` is not awaited.
    let service = Service::idle(oidc);
    let answered = Browser::default().visit(&service, "/auth/login").await;
    assert_eq!(answered.status, 503);
    assert!(answered.reason.contains("not awaited"), "{}", answered.reason);
}

#[test]
fn what_cannot_be_is_said_at_the_start() {
    let make = |issuer: &str, redirect: &str| {
        Oidc::builder(issuer, "shop", redirect, sessions())
            .build()
            .map(drop)
            .map_err(|error| error.to_string())
    };
    let issuer = "https://id.example.com";
    assert_eq!(make(issuer, CALLBACK), Ok(()));
    assert_eq!(make("http://localhost:3000", "http://localhost:8080/auth/callback"), Ok(()));
    for (issuer, redirect, said) in [
        ("http://id.example.com", CALLBACK, "`issuer`"),
        ("id.example.com", CALLBACK, "`issuer`"),
        ("https://id.example.com?x", CALLBACK, "`issuer`"),
        (issuer, "/auth/callback", "`redirect_url`"),
        (issuer, "http://shop.example.com/auth/callback", "`redirect_url`"),
        (issuer, "https://shop.example.com", "`redirect_url`"),
        (issuer, "https://shop.example.com/", "`redirect_url`"),
        (issuer, "https://shop.example.com/auth/callback?x=y", "`redirect_url`"),
        (issuer, "https://shop.example.com/auth/call%20back", "`redirect_url`"),
        (issuer, "https://shop.example.com/auth/login", "`redirect_url`"),
        (issuer, "https://shop.example.com:443/auth/callback", "`redirect_url`"),
        (issuer, "https://SHOP.example.com/auth/callback", "`redirect_url`"),
    ] {
        let error = make(issuer, redirect).unwrap_err();
        assert!(error.starts_with(said), "{error}");
    }
    let error = Oidc::builder(issuer, "", CALLBACK, sessions()).build().unwrap_err();
    assert!(error.to_string().contains("`client_id`"), "{error}");
    let store = std::sync::Arc::new(tsk_auth::session::MemoryStore::new(1, 1 << 20));
    let others = tsk_auth::session::Sessions::builder(store).cookie("login").build().unwrap();
    let error = Oidc::builder(issuer, "shop", CALLBACK, others).build().unwrap_err();
    assert!(error.to_string().contains("another name"), "{error}");
    let error = Oidc::builder(issuer, "shop", CALLBACK, sessions()).home("//evil").build().unwrap_err();
    assert!(error.to_string().starts_with("`home`"), "{error}");
}
