//! What a provider says of itself, of its keys and of its users, and is not so.

use serde_json::{Value, json};

use crate::{
    browser::{Browser, Service},
    provider::{CLIENT, Provider, Signing, now, public_key},
};

/// Nobody is logged in by what the provider says, and why not.
async fn refused(provider: &Provider, status: u16) -> String {
    let (service, mut browser) = (Service::of(provider), Browser::default());
    refused_by(&service, &mut browser, provider, status).await
}

async fn refused_by(service: &Service, browser: &mut Browser, provider: &Provider, status: u16) -> String {
    let answered = browser.log_in(service, provider).await;
    assert_eq!(answered.status, status, "{}", answered.reason);
    assert_eq!(browser.who(service).await, None);
    assert!(!browser.cookies.contains_key("__Host-session"), "{browser:?}");
    answered.reason
}

/// The same with one claim that is other, or missing for `null`.
async fn with_claim(name: &'static str, value: Value) -> String {
    let provider = Provider::start().await;
    provider.plan().claims = Box::new(move |claims| match &value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
        value => claims[name] = value.clone(),
    });
    refused(&provider, 403).await
}

async fn with_signing(signing: Signing) -> String {
    let provider = Provider::start().await;
    provider.plan().signing = signing;
    refused(&provider, 403).await
}

/// A provider that says this of itself is asked for nothing else; why not.
async fn with_metadata(change: impl Fn(&mut Value) + Send + 'static) -> String {
    let provider = Provider::start().await;
    provider.plan().metadata = Box::new(change);
    let service = Service::of(&provider);
    let begun = Browser::default().visit(&service, "/auth/login").await;
    assert_eq!((begun.status, begun.response.headers()["retry-after"].to_str().unwrap()), (503, "10"));
    assert_eq!(provider.plan().paths, ["/.well-known/openid-configuration"]);
    begun.reason
}

#[tokio::test]
async fn a_provider_that_calls_itself_otherwise_is_not_the_one_that_was_meant() {
    for other in ["https://evil.example.com", "http://127.0.0.1", ""] {
        let reason = with_metadata(move |metadata| metadata["issuer"] = json!(other)).await;
        assert!(reason.contains("calls itself") || reason.contains("URL"), "{reason}");
    }
    let reason = with_metadata(|metadata| {
        metadata["issuer"] = json!(format!("{}/", metadata["issuer"].as_str().unwrap()));
    });
    assert!(reason.await.contains("calls itself"));
}

#[tokio::test]
async fn an_endpoint_that_others_can_listen_to_is_not_used() {
    for name in
        ["authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint", "userinfo_endpoint"]
    {
        for url in ["http://id.example.com/x", "javascript:alert(1)", "file:///etc/passwd"] {
            let reason = with_metadata(move |metadata| metadata[name] = json!(url)).await;
            assert!(reason.contains("which is not https"), "{reason}");
        }
    }
}

#[tokio::test]
async fn a_provider_that_takes_no_hash_for_a_code_challenge_is_not_used() {
    for methods in [json!(["plain"]), json!([])] {
        let reason =
            with_metadata(move |metadata| metadata["code_challenge_methods_supported"] = methods.clone())
                .await;
        assert!(reason.contains("S256"), "{reason}");
    }
}

#[tokio::test]
async fn an_id_token_of_another_issuer_is_not_believed() {
    for issuer in [json!("https://evil.example.com"), json!(null), json!(["http://127.0.0.1"])] {
        let reason = with_claim("iss", issuer).await;
        assert!(reason.contains("`iss`") || reason.contains("claims"), "{reason}");
    }
}

#[tokio::test]
async fn an_id_token_for_another_client_is_not_believed() {
    for audience in [json!("other"), json!(["other"]), json!([]), json!(null), json!("shop2")] {
        assert!(with_claim("aud", audience).await.contains("`aud`"));
    }
}

#[tokio::test]
async fn an_id_token_that_another_client_has_asked_for_is_not_believed() {
    assert!(with_claim("azp", json!("other")).await.contains("`azp`"));
    assert!(with_claim("azp", json!([CLIENT])).await.contains("`azp`"));
    assert!(with_claim("aud", json!([CLIENT, "other"])).await.contains("no `azp`"));
}

#[tokio::test]
async fn an_id_token_of_another_login_is_not_believed() {
    for nonce in [json!("other"), json!(null), json!(7), json!("")] {
        assert!(with_claim("nonce", nonce).await.contains("`nonce`"));
    }
}

#[tokio::test]
async fn an_id_token_that_was_used_before_is_not_believed_in_the_next_login() {
    let provider = Provider::start().await;
    let (service, mut browser) = (Service::of(&provider), Browser::default());
    browser.log_in(&service, &provider).await;
    let used = browser.session(&service).get::<Value>("tsk.oidc").await.unwrap().unwrap()["id_token"].clone();
    provider.plan().tokens = Box::new(move |tokens| tokens["id_token"] = used.clone());
    let mut other = Browser::default();
    assert!(refused_by(&service, &mut other, &provider, 403).await.contains("`nonce`"));
}

#[tokio::test]
async fn an_id_token_without_a_signature_is_not_believed() {
    for alg in ["none", "None", "NONE", ""] {
        let reason = with_signing(Signing::None(alg)).await;
        assert!(reason.contains("not three parts"), "{reason}");
    }
    // With something in its place.
    let provider = Provider::start().await;
    provider.plan().signing = Signing::Header(json!({ "alg": "none" }));
    assert!(refused(&provider, 403).await.contains("`alg`"));
}

#[tokio::test]
async fn an_id_token_that_is_signed_with_what_everybody_knows_is_not_believed() {
    let pem = public_key();
    let text = String::from_utf8(pem.clone()).unwrap();
    for secret in
        [pem.clone(), text.trim_end().as_bytes().to_vec(), crate::provider::SECRET.as_bytes().to_vec()]
    {
        let reason = with_signing(Signing::Secret(secret)).await;
        assert!(reason.contains("`alg`"), "{reason}");
    }
}

#[tokio::test]
async fn an_id_token_of_another_key_is_not_believed() {
    assert!(with_signing(Signing::Corrupt).await.contains("signature"));
    let brought = json!({ "jwk": { "kty": "oct", "k": "AAAA" }, "jku": "https://evil.example.com/keys", "kid": "other" });
    let provider = Provider::start().await;
    provider.plan().signing = Signing::Header(brought);
    // It may be a new key, and the provider has just said that it is not.
    assert!(refused(&provider, 403).await.contains("`kid`"));
}

#[tokio::test]
async fn a_token_of_another_kind_is_no_id_token() {
    for kind in ["at+jwt", "logout+jwt", "dpop+jwt"] {
        assert!(with_signing(Signing::Header(json!({ "typ": kind }))).await.contains("`typ`"), "{kind}");
    }
    assert!(with_signing(Signing::Header(json!({ "crit": ["exp"], "exp": 1 }))).await.contains("`crit`"));
}

#[tokio::test]
async fn an_id_token_is_of_now() {
    assert!(with_claim("exp", json!(now() - 31)).await.contains("expired"));
    assert!(with_claim("exp", json!(null)).await.contains("`exp`"));
    assert!(with_claim("iat", json!(null)).await.contains("`iat`"));
    assert!(with_claim("iat", json!(now() - 700)).await.contains("`iat`"));
    assert!(with_claim("iat", json!(now() + 100)).await.contains("`iat`"));
    assert!(with_claim("nbf", json!(now() + 100)).await.contains("`nbf`"));
}

#[tokio::test]
async fn an_id_token_is_about_somebody() {
    for subject in [json!(null), json!(""), json!(7), json!("a\nb")] {
        with_claim("sub", subject).await;
    }
}

#[tokio::test]
async fn an_access_token_that_was_put_in_the_place_of_another_is_not_kept() {
    let provider = Provider::start().await;
    provider.plan().tokens = Box::new(|tokens| tokens["access_token"] = json!("of-somebody-else"));
    assert!(refused(&provider, 403).await.contains("`at_hash`"));
}

#[tokio::test]
async fn who_proved_who_they_are_too_long_ago_does_so_again() {
    for proved in [json!(now() - 200), json!(null), json!("now")] {
        let provider = Provider::start().await;
        provider.plan().claims = Box::new(move |claims| claims["auth_time"] = proved.clone());
        let service = Service::with(&provider, |builder| builder.max_age(std::time::Duration::from_secs(60)));
        let mut browser = Browser::default();
        assert!(browser.visit(&service, "/auth/login").await.location.contains("&max_age=60"));
        assert!(refused_by(&service, &mut browser, &provider, 403).await.contains("`auth_time`"));
    }
}

#[tokio::test]
async fn an_answer_without_an_id_token_lets_nobody_in() {
    let provider = Provider::start().await;
    provider.plan().tokens = Box::new(|tokens| drop(tokens.as_object_mut().unwrap().remove("id_token")));
    assert!(refused(&provider, 403).await.contains("no ID token"));
    provider.plan().tokens = Box::new(|tokens| tokens["id_token"] = json!("a.b.c"));
    refused(&provider, 403).await;
    provider.plan().tokens = Box::new(|tokens| tokens["token_type"] = json!("DPoP"));
    assert!(refused(&provider, 403).await.contains("bearer"));
    provider.plan().tokens = Box::new(|tokens| tokens["token_type"] = json!("bEARER"));
    assert_eq!(Browser::default().log_in(&Service::of(&provider), &provider).await.status, 303);
}

#[tokio::test]
async fn what_is_known_of_another_user_is_not_of_this_one() {
    for userinfo in [json!({ "sub": "grace", "roles": ["admin"] }), json!({ "roles": ["admin"] }), json!([])]
    {
        let provider = Provider::start().await;
        provider.plan().userinfo = userinfo;
        let service = Service::with(&provider, |builder| builder.userinfo());
        refused_by(&service, &mut Browser::default(), &provider, 403).await;
    }
}

#[tokio::test]
async fn keys_that_are_no_public_keys_are_none() {
    // A secret that everybody may read, and a key of another use.
    let secret = vec![7; 32];
    let published = json!({ "kty": "oct", "alg": "HS256", "kid": "k", "k": data_encoding::BASE64URL_NOPAD.encode(&secret) });
    let provider = Provider::start().await;
    provider.plan().keys["keys"] = json!([published]);
    provider.plan().signing = Signing::Secret(secret);
    assert!(refused(&provider, 403).await.contains("`alg`"));
    let provider = Provider::start().await;
    provider.plan().keys["keys"][0]["use"] = json!("enc");
    let reason = refused(&provider, 503).await;
    assert!(reason.contains("keys"), "{reason}");
}

#[tokio::test]
async fn keys_that_are_no_set_of_keys_let_nobody_in_and_do_no_harm() {
    for keys in [
        json!([]),
        json!({ "keys": 7 }),
        json!({ "keys": [{ "kty": "RSA" }, null, { "kty": {} }] }),
        json!(""),
    ] {
        let provider = Provider::start().await;
        let named = provider.plan().keys["keys"][0]["kid"].clone();
        provider.plan().signing = Signing::Header(json!({ "kid": named }));
        provider.plan().keys = keys;
        refused(&provider, 503).await;
    }
}
