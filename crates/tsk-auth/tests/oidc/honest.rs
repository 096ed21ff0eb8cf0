//! A provider that does not lie.

use data_encoding::BASE64;
use serde_json::json;
use tsk_auth::Scheme as _;

use crate::{
    browser::{Browser, CALLBACK, OWN, Service},
    provider::{Provider, SECRET},
};

#[tokio::test]
async fn a_browser_logs_in_and_comes_back_to_where_it_was() {
    let provider = Provider::start().await;
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    let begun = browser.visit(&service, "/auth/login?next=/orders%3Fpage%3D2").await;
    assert_eq!(begun.status, 303, "{}", begun.reason);
    for (name, value) in [("cache-control", "no-store"), ("referrer-policy", "no-referrer")] {
        assert_eq!(begun.response.headers()[name], value);
    }
    let cookie = &browser.given[0];
    assert!(cookie.starts_with("__Host-login="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=600"), "{cookie}");
    for part in [
        "response_type=code",
        "client_id=shop",
        "scope=openid",
        "code_challenge_method=S256",
        "nonce=",
        "state=",
    ] {
        assert!(begun.location.contains(part), "{}", begun.location);
    }
    assert_eq!(browser.who(&service).await, None);

    let (_, answer) = provider.agree(&begun.location);
    let finished = browser.finish(&service, &answer).await;
    assert_eq!((finished.status, &*finished.location), (303, "/orders?page=2"), "{}", finished.reason);
    assert_eq!(browser.who(&service).await.as_deref(), Some("ada"));
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["__Host-session"]);
    let plan = provider.plan();
    assert_eq!(plan.forms[0]["redirect_uri"], CALLBACK);
    // Each of both is encoded before they are put together (RFC 6749 §2.3.1).
    let shown = plan.shown[0].as_deref().unwrap().strip_prefix("Basic ").unwrap();
    assert_eq!(BASE64.decode(shown.as_bytes()).unwrap(), b"shop:s3cret+%2F+%C3%BC");
    assert!(!SECRET.is_empty() && !plan.forms[0].contains_key("client_secret"));
}

#[tokio::test]
async fn several_tabs_log_in_at_a_time_and_the_oldest_of_too_many_is_forgotten() {
    let provider = Provider::start().await;
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    let mut begun = Vec::new();
    for _ in 0..6 {
        begun.push(browser.begin(&service, &provider).await);
    }
    assert_eq!(browser.finish(&service, &begun[0]).await.status, 403);
    for answer in &begun[1..] {
        assert_eq!(browser.finish(&service, answer).await.status, 303);
    }
    assert_eq!(browser.finish(&service, &begun[5]).await.status, 403);
}

#[tokio::test]
async fn roles_come_from_the_claims() {
    let provider = Provider::start().await;
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    browser.log_in(&service, &provider).await;
    let sessions = service.oidc.sessions();
    let records = sessions.list("ada", std::time::SystemTime::now()).await.unwrap();
    assert_eq!((records.len(), &*records[0].roles[0]), (1, "editor"));
}

#[tokio::test]
async fn what_is_known_of_a_user_beside_the_token_is_asked_for_if_that_is_wanted() {
    let provider = Provider::start().await;
    provider.plan().userinfo =
        json!({ "sub": "ada", "groups": ["admin"], "iss": "https://evil.example.com" });
    provider.plan().claims = Box::new(|claims| drop(claims.as_object_mut().unwrap().remove("roles")));
    let service = Service::with(&provider, |builder| builder.userinfo().roles_at("groups"));
    let mut browser = Browser::default();
    assert_eq!(browser.log_in(&service, &provider).await.status, 303);
    let records = service.oidc.sessions().list("ada", std::time::SystemTime::now()).await.unwrap();
    assert_eq!(&*records[0].roles[0], "admin");
    assert_eq!(provider.plan().shown[1].as_deref(), Some("Bearer access-1"));
}

#[tokio::test]
async fn a_client_without_a_secret_names_itself() {
    let provider = Provider::start().await;
    let oidc = tsk_auth::oidc::Oidc::builder(provider.issuer(), "shop", CALLBACK, crate::browser::sessions());
    let service = Service::made(oidc.build().unwrap());
    let mut browser = Browser::default();
    assert_eq!(browser.log_in(&service, &provider).await.status, 303);
    let plan = provider.plan();
    assert_eq!((plan.shown[0].as_deref(), &*plan.forms[0]["client_id"]), (None, "shop"));
}

#[tokio::test]
async fn a_user_logs_out_here_and_is_sent_to_the_provider() {
    let provider = Provider::start().await;
    let service = Service::with(&provider, |builder| builder.after_logout("https://shop.example.com/bye"));
    let mut browser = Browser::default();
    browser.log_in(&service, &provider).await;
    // To look is not to log out.
    let page = browser.visit(&service, "/auth/logout").await;
    assert_eq!((page.status, browser.who(&service).await.as_deref()), (200, Some("ada")));
    let policy = page.response.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains(&format!("form-action 'self' {};", provider.issuer())), "{policy}");

    let left = browser.send(&service, "POST", "/auth/logout", OWN).await;
    assert_eq!((left.status, browser.who(&service).await), (303, None));
    assert!(
        left.location.starts_with(&format!("{}/end?id_token_hint=ey", provider.issuer())),
        "{}",
        left.location
    );
    assert!(
        left.location
            .ends_with("&client_id=shop&post_logout_redirect_uri=https%3A%2F%2Fshop.example.com%2Fbye"),
        "{}",
        left.location
    );
}

#[tokio::test]
async fn it_is_documented_as_openid_connect() {
    let provider = Provider::start().await;
    let service = Service::of(&provider);
    let (name, document) = service.oidc.document();
    let url = format!("{}/.well-known/openid-configuration", provider.issuer());
    assert_eq!((name, document), ("oidc", json!({ "type": "openIdConnect", "openIdConnectUrl": url })));
}

#[tokio::test]
async fn other_paths_and_methods_are_not_answered() {
    let provider = Provider::start().await;
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    assert_eq!(browser.visit(&service, "/auth/other").await.status, 404);
    let answered = browser.send(&service, "POST", "/auth/callback", OWN).await;
    assert_eq!((answered.status, answered.response.headers()["allow"].to_str().unwrap()), (405, "GET"));
    assert_eq!(browser.visit(&service, "/auth/logout/backchannel").await.status, 405);
}
