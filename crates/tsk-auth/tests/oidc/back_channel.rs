//! A provider, or somebody who plays it, that tells of a logout.

use http::Request;
use openidconnect::url::form_urlencoded;
use serde_json::{Value, json};
use tsk_core::Body;

use crate::{
    browser::{Answered, Browser, Service, answer},
    provider::{EVENT, Provider, Signing, now},
};

const FORM: &str = "application/x-www-form-urlencoded";

async fn post(service: &Service, kind: &str, body: impl Into<Body>) -> Answered {
    let request = Request::post("/auth/logout/backchannel").header("content-type", kind);
    answer(service, request.body(body.into()).unwrap()).await
}

async fn tell(service: &Service, token: &str) -> Answered {
    let form = form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", token).finish();
    post(service, FORM, form).await
}

async fn logged_in(provider: &Provider, service: &Service) -> Browser {
    let mut browser = Browser::default();
    let answered = browser.log_in(service, provider).await;
    assert_eq!(answered.status, 303, "{}", answered.reason);
    browser
}

/// A token that is refused, and ends nothing.
async fn refused(change: impl Fn(&mut Value)) -> String {
    let provider = Provider::start().await;
    let service = Service::of(&provider);
    let browser = logged_in(&provider, &service).await;
    let answered = tell(&service, &provider.logout_token("1", change)).await;
    assert_eq!(
        (answered.status, browser.who(&service).await.as_deref()),
        (400, Some("ada")),
        "{}",
        answered.reason
    );
    let mut body = answered.response.into_body();
    let problem: Value = serde_json::from_slice(&body.chunk().await.unwrap().unwrap()).unwrap();
    assert_eq!(problem["error"], "invalid_request");
    answered.reason
}

fn without(name: &'static str) -> impl Fn(&mut Value) {
    move |claims| drop(claims.as_object_mut().unwrap().remove(name))
}

fn with(name: &'static str, value: Value) -> impl Fn(&mut Value) {
    move |claims| claims[name] = value.clone()
}

#[tokio::test]
async fn a_session_of_the_provider_ends_those_that_were_made_by_it() {
    let provider = Provider::start().await;
    let service = Service::of(&provider);
    let one = logged_in(&provider, &service).await;
    let two = logged_in(&provider, &service).await;
    provider.plan().claims = Box::new(|claims| claims["sid"] = json!("another"));
    let other = logged_in(&provider, &service).await;
    let answered = tell(&service, &provider.logout_token("1", without("sub"))).await;
    assert_eq!(
        (answered.status, answered.response.headers()["cache-control"].to_str().unwrap()),
        (200, "no-store")
    );
    assert_eq!((one.who(&service).await, two.who(&service).await), (None, None));
    assert_eq!(other.who(&service).await.as_deref(), Some("ada"));
}

#[tokio::test]
async fn a_user_of_the_provider_is_logged_out_everywhere() {
    let provider = Provider::start().await;
    let service = Service::of(&provider);
    let one = logged_in(&provider, &service).await;
    provider.plan().claims = Box::new(|claims| claims["sid"] = json!("another"));
    let two = logged_in(&provider, &service).await;
    provider.plan().claims = Box::new(|claims| claims["sub"] = json!("grace"));
    let other = logged_in(&provider, &service).await;
    assert_eq!(tell(&service, &provider.logout_token("1", without("sid"))).await.status, 200);
    assert_eq!((one.who(&service).await, two.who(&service).await), (None, None));
    assert_eq!(other.who(&service).await.as_deref(), Some("grace"));
}

#[tokio::test]
async fn who_is_called_otherwise_here_is_found_by_what_the_provider_calls_them() {
    let provider = Provider::start().await;
    provider.plan().claims = Box::new(|claims| claims["name"] = json!("Ada Lovelace"));
    for gone in ["sid", "sub"] {
        let service = Service::with(&provider, |builder| builder.subject_at("name"));
        let browser = logged_in(&provider, &service).await;
        assert_eq!(browser.who(&service).await.as_deref(), Some("Ada Lovelace"));
        assert_eq!(tell(&service, &provider.logout_token(gone, without(gone))).await.status, 200);
        assert_eq!(browser.who(&service).await, None, "without {gone}");
    }
}

#[tokio::test]
async fn sessions_that_were_made_otherwise_stay() {
    let provider = Provider::start().await;
    let service = Service::of(&provider);
    let mut browser = Browser::default();
    let now = std::time::SystemTime::now();
    let (id, _) =
        service.oidc.sessions().login(None, &tsk_auth::session::Login::new("ada"), now).await.unwrap();
    browser.cookies.insert("__Host-session".into(), id.text());
    assert_eq!(tell(&service, &provider.logout_token("1", |_| {})).await.status, 200);
    assert_eq!(browser.who(&service).await.as_deref(), Some("ada"));
}

#[tokio::test]
async fn a_logout_token_is_taken_once() {
    let provider = Provider::start().await;
    let service = Service::of(&provider);
    let token = provider.logout_token("1", |_| {});
    let before = logged_in(&provider, &service).await;
    assert_eq!(tell(&service, &token).await.status, 200);
    let after = logged_in(&provider, &service).await;
    let again = tell(&service, &token).await;
    assert_eq!((again.status, again.reason.contains("before")), (400, true));
    assert_eq!((before.who(&service).await, after.who(&service).await.as_deref()), (None, Some("ada")));
}

#[tokio::test]
async fn an_id_token_logs_nobody_out() {
    assert!(refused(with("nonce", json!("x"))).await.contains("`nonce`"));
    assert!(refused(with("nonce", json!(null))).await.contains("`nonce`"));
    for events in [json!({}), json!([EVENT]), json!(EVENT), json!({ "other": {} }), json!({ EVENT: true })] {
        assert!(refused(with("events", events)).await.contains("`events`"));
    }
    assert!(refused(without("events")).await.contains("`events`"));
}

#[tokio::test]
async fn a_logout_token_says_whom_and_which_it_is() {
    for name in ["jti", "iat", "iss", "aud"] {
        refused(without(name)).await;
    }
    assert!(
        refused(|claims| {
            without("sub")(claims);
            without("sid")(claims);
        })
        .await
        .contains("neither")
    );
    for name in ["sub", "sid", "jti"] {
        for value in [json!(""), json!(7), json!(["ada"])] {
            refused(with(name, value)).await;
        }
    }
}

#[tokio::test]
async fn a_logout_token_of_others_for_others_or_of_another_time_is_refused() {
    refused(with("iss", json!("https://evil.example.com"))).await;
    refused(with("aud", json!("other"))).await;
    refused(with("exp", json!(now() - 100))).await;
    refused(with("iat", json!(now() - 400))).await;
    refused(with("iat", json!(now() + 100))).await;
}

#[tokio::test]
async fn a_logout_token_is_signed_by_the_provider() {
    let provider = Provider::start().await;
    let service = Service::of(&provider);
    let browser = logged_in(&provider, &service).await;
    for signing in [
        Signing::None("none"),
        Signing::Secret(crate::provider::public_key()),
        Signing::Corrupt,
        Signing::Header(json!({ "typ": "at+jwt" })),
    ] {
        provider.plan().signing = signing;
        let answered = tell(&service, &provider.logout_token("1", |_| {})).await;
        assert_eq!(answered.status, 400, "{}", answered.reason);
    }
    assert_eq!(browser.who(&service).await.as_deref(), Some("ada"));
}

#[tokio::test]
async fn what_tells_of_a_logout_is_a_form_of_bounded_size_with_one_token() {
    let provider = Provider::start().await;
    let service = Service::of(&provider);
    let token = provider.logout_token("1", |_| {});
    let one = format!("logout_token={token}");
    for (kind, body) in [
        ("application/json", one.clone()),
        (FORM, String::new()),
        (FORM, format!("{one}&{one}")),
        (FORM, format!("{one}&x={}", "a".repeat(40_000))),
        (FORM, "logout_token=".into()),
        (FORM, "logout_token=%00%ff".into()),
    ] {
        assert_eq!(post(&service, kind, body).await.status, 400, "{kind}");
    }
    assert_eq!(post(&service, &format!("{FORM}; charset=UTF-8"), one).await.status, 200);
}
