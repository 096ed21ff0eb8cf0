//! The tokens of a session, and their refresh.

use std::future::Future;

use serde_json::{Value, json};
use tsk_auth::oidc::OidcError;

use crate::{
    browser::{Browser, Service},
    provider::{Answer, Provider},
};

/// Somebody whose access token ends at once.
async fn logged_in() -> (Provider, Service, Browser) {
    let provider = Provider::start().await;
    provider.plan().tokens = Box::new(|tokens| tokens["expires_in"] = json!(10));
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    assert_eq!(browser.log_in(&service, &provider).await.status, 303);
    (provider, service, browser)
}

fn expires_in(provider: &Provider, seconds: u64) {
    provider.plan().tokens = Box::new(move |tokens| tokens["expires_in"] = json!(seconds));
}

async fn access_token(service: &Service, browser: &Browser) -> Result<Option<String>, OidcError> {
    let token = service.oidc.access_token(&browser.session(service)).await?;
    Ok(token.map(String::from))
}

#[tokio::test]
async fn a_token_that_holds_is_given_as_it_is_and_no_browser_sees_it() {
    let provider = Provider::start().await;
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    browser.log_in(&service, &provider).await;
    assert_eq!(access_token(&service, &browser).await.unwrap().as_deref(), Some("access-1"));
    assert_eq!(provider.plan().forms.len(), 1);
    assert!(browser.cookies.values().all(|value| value.len() == 43), "{browser:?}");
    assert_eq!(access_token(&service, &Browser::default()).await.unwrap(), None);
}

#[tokio::test]
async fn a_token_that_ends_is_refreshed_once_however_many_ask() {
    let (provider, service, browser) = logged_in().await;
    expires_in(&provider, 300);
    let asking = (0..20).map(|_| access_token(&service, &browser));
    let mut tokens = Vec::new();
    for token in join_all(asking).await {
        tokens.push(token.unwrap().unwrap());
    }
    tokens.dedup();
    assert_eq!(tokens, ["access-2"]);
    let plan = provider.plan();
    assert_eq!((plan.forms.len(), &*plan.forms[1]["refresh_token"]), (2, "refresh-2"));
    assert!(plan.shown[1].as_deref().unwrap().starts_with("Basic "));
}

/// All of them, each as far as it comes in its turn.
async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|cx| {
        for (future, output) in &mut futures {
            if output.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(cx)
            {
                *output = Some(value);
            }
        }
        if futures.iter().all(|(_, output)| output.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    futures.into_iter().map(|(_, output)| output.unwrap()).collect()
}

#[tokio::test]
async fn the_refresh_token_is_another_each_time_if_the_provider_says_so() {
    let (provider, service, browser) = logged_in().await;
    assert_eq!(access_token(&service, &browser).await.unwrap().as_deref(), Some("access-2"));
    assert_eq!(access_token(&service, &browser).await.unwrap().as_deref(), Some("access-3"));
    let shown: Vec<_> = provider.plan().forms[1..].iter().map(|form| form["refresh_token"].clone()).collect();
    assert_eq!(shown, ["refresh-2", "refresh-3"]);
}

#[tokio::test]
async fn a_refreshed_id_token_of_somebody_else_changes_nothing() {
    for (name, value) in [
        ("sub", json!("grace")),
        ("nonce", json!("other")),
        ("iss", json!("https://evil.example.com")),
        ("aud", json!("other")),
        ("azp", json!("other")),
    ] {
        let (provider, service, browser) = logged_in().await;
        provider.plan().claims = Box::new(move |claims: &mut Value| claims[name] = value.clone());
        let error = access_token(&service, &browser).await.unwrap_err();
        assert!(matches!(error, OidcError::Distrusted(_)), "{name}: {error}");
        assert_eq!(browser.who(&service).await.as_deref(), Some("ada"));
    }
}

#[tokio::test]
async fn a_refreshed_id_token_need_not_have_a_nonce() {
    let (provider, service, browser) = logged_in().await;
    provider.plan().claims = Box::new(|claims| drop(claims.as_object_mut().unwrap().remove("nonce")));
    assert_eq!(access_token(&service, &browser).await.unwrap().as_deref(), Some("access-2"));
}

#[tokio::test]
async fn tokens_that_the_provider_has_ended_are_forgotten() {
    let (provider, service, browser) = logged_in().await;
    provider.plan().answer = Answer::Json(400, json!({ "error": "invalid_grant" }));
    assert!(matches!(access_token(&service, &browser).await, Err(OidcError::Ended)));
    assert!(matches!(access_token(&service, &browser).await, Ok(None)));
    assert_eq!(provider.plan().forms.len(), 2);
}

#[tokio::test]
async fn an_outage_ends_nothing() {
    let (provider, service, browser) = logged_in().await;
    provider.plan().answer = Answer::Json(500, json!({}));
    assert!(matches!(access_token(&service, &browser).await, Err(OidcError::Unavailable(_))));
    provider.plan().answer = Answer::Tokens;
    assert_eq!(access_token(&service, &browser).await.unwrap().as_deref(), Some("access-2"));
}

#[tokio::test]
async fn a_session_that_has_ended_has_no_tokens() {
    let (_provider, service, browser) = logged_in().await;
    let session = browser.session(&service);
    session.logout().await.unwrap();
    assert!(matches!(access_token(&service, &browser).await, Ok(None)));
}
