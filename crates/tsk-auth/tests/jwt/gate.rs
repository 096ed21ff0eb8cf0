//! What is answered to whoever shows a token, or none.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use http::{HeaderMap, Request, Response, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower_layer::Layer as _;
use tower_service::Service as _;
use tsk_auth::{
    Identity,
    jwt::{
        Algorithm, Bearer, Claims, Grant, Issuer, Jwks, Keys, Signer, SigningKey, Verifier, jwks::Settings,
    },
};
use tsk_core::{
    Body, Endpoint, GateLayer, HttpClient, Operation, Policy as _, Principal, RequestContext,
    client::{ClientError, Sending},
    principal::Kind,
};

use crate::forge::{AUDIENCE, ISSUER};

/// Answers with who is calling.
#[derive(Clone)]
struct Whoami;

impl tower_service::Service<Request<Body>> for Whoami {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let context = RequestContext::get(request.extensions()).unwrap();
        let id = context.principal().map_or("nobody", |principal| principal.id()).to_owned();
        let has_claims = Identity::of(context).and_then(Identity::claimed::<Claims>).is_some();
        ready(Ok(Response::new(Body::from(format!("{id} {has_claims}")))))
    }
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn challenge(&self) -> &str {
        self.headers.get(header::WWW_AUTHENTICATE).map_or("", |value| value.to_str().unwrap())
    }

    fn problem(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

async fn ask(gate: &Bearer, request: Request<Body>) -> Answer {
    let mut service = GateLayer::new(gate.clone()).layer(Whoami);
    let (parts, body) = service.call(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

async fn with(gate: &Bearer, authorization: &[&str]) -> Answer {
    let mut request = Request::get("/").body(Body::empty()).unwrap();
    for value in authorization {
        let value = http::HeaderValue::from_bytes(value.as_bytes()).unwrap();
        request.headers_mut().append(header::AUTHORIZATION, value);
    }
    ask(gate, request).await
}

fn service() -> (Signer, Bearer) {
    let signer =
        Signer::new(ISSUER, SigningKey::generate(Algorithm::EdDsa).unwrap(), Duration::from_secs(600))
            .unwrap();
    let verifier: Verifier =
        Verifier::new(Issuer::new(ISSUER, Keys::from(&signer)).audience(AUDIENCE)).unwrap();
    (signer, Bearer::new(verifier).realm("shop").unwrap())
}

fn issue(signer: &Signer, scope: &str, now: SystemTime) -> String {
    signer.issue(&Grant::new("ada", AUDIENCE).scope(scope), &(), now).unwrap()
}

#[tokio::test]
async fn whoever_shows_a_good_token_is_known_from_there_on() {
    let (signer, gate) = service();
    let token = issue(&signer, "", SystemTime::now());
    for scheme in ["Bearer ", "bearer ", "BEARER  "] {
        let answer = with(&gate, &[&format!("{scheme}{token}")]).await;
        assert_eq!((answer.status, &*answer.body), (200, "ada true"));
    }
}

#[tokio::test]
async fn whoever_shows_none_is_told_what_to_show() {
    let (_, gate) = service();
    for other in [&[][..], &["Basic YTpi"], &["Bearertoken"], &["DPoP abc"], &[""]] {
        let answer = with(&gate, other).await;
        // Without an error, as nothing was wrong (RFC 6750 §3.1).
        assert_eq!((answer.status, answer.challenge()), (401, r#"Bearer realm="shop""#), "{other:?}");
        assert_eq!(answer.problem()["type"], "urn:tsk:problems/unauthenticated");
    }
}

#[tokio::test]
async fn what_is_no_request_for_a_token_is_a_bad_one() {
    let (signer, gate) = service();
    let token = issue(&signer, "", SystemTime::now());
    let bearer = format!("Bearer {token}");
    for bad in [
        &["Bearer"][..],
        &["Bearer "],
        &["Bearer    "],
        &[&bearer, &bearer],
        &[&bearer, "Basic YTpi"],
        &["Basic YTpi", &bearer],
    ] {
        let answer = with(&gate, bad).await;
        assert_eq!(answer.status, 400, "{bad:?}");
        assert!(answer.challenge().contains(r#"error="invalid_request""#), "{}", answer.challenge());
    }
}

#[tokio::test]
async fn a_token_that_is_not_believed_is_told_so_and_no_more() {
    let (signer, gate) = service();
    let good = issue(&signer, "", SystemTime::now());
    let old = issue(&signer, "", SystemTime::now() - Duration::from_secs(3600));
    let elsewhere = signer.issue(&Grant::new("ada", "bank"), &(), SystemTime::now()).unwrap();
    for (token, told) in [
        (&*old, "The token has expired"),
        (&*elsewhere, "The token is not valid"),
        (&good[1..], "The token is not valid"),
        ("abc", "The token is not valid"),
        ("a b", "The token is not valid"),
        ("\"", "The token is not valid"),
        ("\u{e9}", "The token is not valid"),
    ] {
        let answer = with(&gate, &[&format!("Bearer {token}")]).await;
        let challenge = format!(r#"Bearer realm="shop", error="invalid_token", error_description="{told}""#);
        assert_eq!((answer.status, answer.challenge()), (401, &*challenge), "{token}");
        assert_eq!(
            answer.problem(),
            json!({ "type": "urn:tsk:problems/invalid-token", "title": "Invalid token", "status": 401, "detail": told })
        );
    }
}

#[tokio::test]
async fn a_token_anywhere_else_is_not_looked_at() {
    let (signer, gate) = service();
    let token = issue(&signer, "", SystemTime::now());
    let request = Request::get(format!("/?access_token={token}&token={token}"))
        .header(header::COOKIE, format!("access_token={token}"))
        .header("x-authorization", format!("Bearer {token}"))
        .header(header::PROXY_AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = ask(&gate, request.body(Body::from(format!("access_token={token}"))).unwrap()).await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn a_token_without_the_scope_is_good_for_something_else() {
    let (signer, gate) = service();
    let gate = gate.scope("orders:read").unwrap().scope("orders:write").unwrap();
    let of = async |scope: &str| {
        with(&gate, &[&format!("Bearer {}", issue(&signer, scope, SystemTime::now()))]).await
    };
    assert_eq!(of("orders:write x orders:read").await.status, 200);
    for scope in ["", "orders:read", "orders", "orders:read,orders:write", "ORDERS:READ orders:write"] {
        let answer = of(scope).await;
        let challenge =
            r#"Bearer realm="shop", error="insufficient_scope", scope="orders:read orders:write""#;
        assert_eq!((answer.status, answer.challenge()), (403, challenge), "{scope}");
        assert_eq!(answer.problem()["type"], "urn:tsk:problems/insufficient-scope");
    }
    for wrong in ["", "a b", "a\"", "ä"] {
        assert!(service().1.scope(wrong).is_err(), "{wrong:?}");
    }
}

#[tokio::test]
async fn nobody_may_come_in_where_that_is_said_but_no_forgery() {
    let (signer, gate) = service();
    let gate = gate.optional();
    assert_eq!(with(&gate, &[]).await.body, "nobody false");
    assert_eq!(with(&gate, &["Basic YTpi"]).await.body, "nobody false");
    assert_eq!(with(&gate, &["Bearer abc"]).await.status, 401);
    assert_eq!(with(&gate, &["Bearer"]).await.status, 400);
    assert_eq!(
        with(&gate, &[&format!("Bearer {}", issue(&signer, "", SystemTime::now()))]).await.body,
        "ada true"
    );
}

#[tokio::test]
async fn who_is_known_already_is_not_somebody_else_as_well() {
    let (signer, gate) = service();
    let request = |token: Option<String>| {
        let mut request = Request::get("/").body(Body::empty()).unwrap();
        let context = RequestContext::ensure(request.extensions_mut());
        context.set_principal(Principal::new("key", Kind::ApiKey));
        if let Some(token) = token {
            request.headers_mut().insert(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        }
        request
    };
    assert_eq!(ask(&gate, request(None)).await.body, "key false");
    assert_eq!(ask(&gate, request(Some(issue(&signer, "", SystemTime::now())))).await.status, 400);
}

/// Nobody is there.
#[derive(Debug)]
struct Gone;

impl HttpClient for Gone {
    fn send(&self, _: Request<bytes::Bytes>) -> Sending {
        Box::pin(ready(Err(ClientError::connect("nobody is there"))))
    }
}

#[tokio::test(start_paused = true)]
async fn without_keys_the_answer_is_that_of_a_service_that_cannot_tell() {
    let jwks = Jwks::new("https://id.example.com/keys", Arc::new(Gone), Settings::default()).unwrap();
    let verifier: Verifier =
        Verifier::new(Issuer::new(ISSUER, Keys::from(&jwks)).audience(AUDIENCE)).unwrap();
    let (signer, _) = service();
    let token = format!("Bearer {}", issue(&signer, "", SystemTime::now()));
    let gate = Bearer::new(verifier.clone());
    let running = tokio::spawn(verifier.run(tsk_core::Drain::new()));
    for gate in [gate.clone(), gate.clone().optional()] {
        let answer = with(&gate, &[&token]).await;
        assert_eq!((answer.status, answer.headers[header::RETRY_AFTER].to_str().unwrap()), (503, "5"));
        assert_eq!(answer.problem()["type"], "urn:tsk:problems/keys-unavailable");
        assert!(!answer.body.contains("keys could"), "{}", answer.body);
    }
    running.abort();
    let _ = running.await;
    assert_eq!(with(&gate, &[&token]).await.status, 503);
}

#[test]
fn what_it_asks_for_is_documented() {
    let (_, gate) = service();
    let describe = |gate: &Bearer| {
        let mut operation = Operation::default();
        gate.describe(&Endpoint::new(None, "/"), &mut operation);
        gate.describe(&Endpoint::new(None, "/"), &mut operation);
        operation
    };
    let operation = describe(&gate);
    assert_eq!(
        operation.schemes["bearer"],
        json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" })
    );
    assert_eq!(serde_json::to_value(&operation.security).unwrap(), json!([{ "bearer": [] }]));
    assert_eq!(operation.responses.keys().copied().collect::<Vec<_>>(), [400, 401]);
    assert!(operation.responses[&401].headers.contains_key("www-authenticate"));
    let operation = describe(&gate.scope("a").unwrap().optional());
    assert_eq!(serde_json::to_value(&operation.security).unwrap(), json!([{ "bearer": [] }, {}]));
    assert_eq!(operation.responses.keys().copied().collect::<Vec<_>>(), [400, 401, 403]);
}
