//! What is answered to whoever shows a token.

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
    Auth, Authenticated, Scheme,
    access::{Access, Permission},
    gate,
    introspection::Introspection,
    jwt::{Algorithm, Bearer, Claims, Grant, Issuer, Keys, Signer, SigningKey, Verifier},
};
use tsk_core::{Authority as _, Body, FromParts as _, GateLayer};

use crate::server::{Answer, Provider, ada};

const READ: Permission = Permission::new("read");

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
        let caller = Authenticated::<Claims>::from_parts(&mut request.into_parts().0);
        let text = caller.map_or("nobody".to_owned(), |caller| {
            let scopes: Vec<_> = caller.claims().scopes().collect();
            format!("{} {:?} {}", caller.principal().id(), caller.principal().kind(), scopes.join(","))
        });
        ready(Ok(Response::new(Body::from(text))))
    }
}

struct Answered {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answered {
    fn kind(&self) -> String {
        let problem: Value = serde_json::from_str(&self.body).unwrap();
        problem["type"].as_str().unwrap().trim_start_matches("urn:tsk:problems/").to_owned()
    }

    fn challenges(&self) -> Vec<&str> {
        self.headers.get_all(header::WWW_AUTHENTICATE).iter().map(|value| value.to_str().unwrap()).collect()
    }
}

async fn ask(auth: gate::Builder, access: impl Into<Access>, authorization: &[&str]) -> Answered {
    let mut service = GateLayer::new(auth.everywhere(access)).layer(Whoami);
    let mut request = Request::get("/").body(Body::empty()).unwrap();
    for value in authorization {
        request.headers_mut().append(header::AUTHORIZATION, value.parse().unwrap());
    }
    let (parts, body) = service.call(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answered {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

fn auth(provider: &Arc<Provider>) -> gate::Builder {
    Auth::builder().scheme(provider.builder().realm("shop").unwrap().build().unwrap())
}

#[tokio::test]
async fn a_good_token_says_who_is_calling_and_what_it_may_do() {
    let provider = Provider::good();
    let answer = ask(auth(&provider), READ, &["Bearer good"]).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "ada User read,write"));
    let answer = ask(auth(&provider), Permission::new("drop"), &["bearer good"]).await;
    assert_eq!((answer.status, answer.kind().as_str()), (403, "forbidden"));
    let challenge = r#"Bearer realm="shop", error="insufficient_scope", scope="drop""#;
    assert_eq!(answer.challenges(), [challenge]);
}

#[tokio::test]
async fn a_client_that_acts_for_itself_is_a_service() {
    let client = json!({ "active": true, "client_id": "billing", "aud": "shop" });
    let both = json!({ "active": true, "client_id": "billing", "sub": "billing", "aud": "shop" });
    let provider = Provider::new([("client", Answer::Says(client)), ("both", Answer::Says(both))]);
    for token in ["Bearer client", "Bearer both"] {
        let answer = ask(auth(&provider), Access::authenticated(), &[token]).await;
        assert_eq!(answer.body, "billing Service ");
    }
}

#[tokio::test]
async fn a_bad_token_is_refused_and_told_no_more() {
    let provider = Provider::good();
    let foreign = json!({ "active": true, "sub": "ada", "aud": "other" });
    provider.set("foreign", Answer::Says(foreign));
    for token in ["Bearer bad", "Bearer foreign", "Bearer no%token", "Bearer =", "Bearer a b"] {
        let answer = ask(auth(&provider), Access::authenticated(), &[token]).await;
        assert_eq!((answer.status, answer.kind().as_str()), (401, "invalid-token"), "{token}");
        let told = "The token is not valid";
        let challenge = format!(r#"Bearer realm="shop", error="invalid_token", error_description="{told}""#);
        assert_eq!(answer.challenges(), [challenge.as_str()], "{token}");
        assert!(!answer.body.contains("audience"));
    }
    let long = format!("Bearer {}", "a".repeat(4097));
    let answer = ask(auth(&provider), Access::authenticated(), &[&long]).await;
    assert!(answer.status == 401 && answer.body.contains("too long"));
    assert_eq!(provider.count(), 2, "only what may be a token is asked about");
}

#[tokio::test]
async fn where_nobody_can_be_asked_the_answer_is_to_come_again() {
    let provider = Provider::new([("good", Answer::Fails)]);
    let answer = ask(auth(&provider), Access::authenticated(), &["Bearer good"]).await;
    assert_eq!((answer.status, answer.kind().as_str()), (503, "tokens-unavailable"));
    assert_eq!(answer.headers[header::RETRY_AFTER], "1");
    assert!(answer.challenges().is_empty() && !answer.body.contains("nobody is there"));
    // Everybody may use it, but who it is stays unknown.
    let answer = ask(auth(&provider), Access::public(), &["Bearer good"]).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "nobody"));
}

#[tokio::test]
async fn no_token_or_several_are_no_question() {
    let provider = Provider::good();
    for none in [&[][..], &["Basic Z29vZDo="]] {
        let answer = ask(auth(&provider), Access::authenticated(), none).await;
        assert_eq!((answer.status, answer.challenges()), (401, vec![r#"Bearer realm="shop""#]));
    }
    for odd in [&["Bearer"][..], &["Bearer good", "Bearer good"]] {
        let answer = ask(auth(&provider), Access::authenticated(), odd).await;
        assert_eq!((answer.status, answer.kind().as_str()), (400, "invalid-authorization"));
    }
    assert_eq!(provider.count(), 0);
}

#[tokio::test]
async fn tokens_of_an_issuer_whose_keys_are_known_are_not_asked_about() {
    let signer = |name: &str| {
        let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
        Signer::new(name, key, Duration::from_secs(600)).unwrap()
    };
    let (ours, other) = (signer("https://id.example.com"), signer("https://other.example.com"));
    let issue = |signer: &Signer| signer.issue(&Grant::new("bob", "shop"), &(), SystemTime::now()).unwrap();
    let (jwt, foreign) = (issue(&ours), issue(&other));
    let provider = Provider::new([("good", Answer::Says(ada())), (&*foreign, Answer::Says(ada()))]);
    let auth = || {
        let issuer = Issuer::new("https://id.example.com", Keys::from(&ours)).audience("shop");
        let verifier: Verifier = Verifier::new(issuer).unwrap();
        let bearer = Bearer::new(verifier).realm("shop").unwrap().beside();
        let introspection = provider.builder().realm("shop").unwrap().build().unwrap();
        Auth::builder().scheme(bearer).scheme(introspection)
    };
    let mut forged = jwt.clone();
    forged.replace_range(jwt.len() - 4.., "AAAA");
    for (token, body, count) in [
        (&*jwt, "bob User ", 0),
        (&*forged, "", 0),
        ("good", "ada User read,write", 1),
        (&*foreign, "ada User read,write", 2),
        ("a.b.c", "", 3),
    ] {
        let answer = ask(auth(), Access::authenticated(), &[&format!("Bearer {token}")]).await;
        let expected = if body.is_empty() { 401 } else { 200 };
        assert_eq!((answer.status, provider.count()), (expected, count), "{token}");
        assert!(answer.body.contains(body), "{token}");
    }
    // Both ask for the same.
    let answer = ask(auth(), Access::authenticated(), &[]).await;
    assert_eq!(answer.challenges(), [r#"Bearer realm="shop""#]);
}

#[tokio::test]
async fn a_socket_may_show_its_token_later() {
    let auth = auth(&Provider::good()).everywhere(Access::authenticated());
    let caller = auth.authenticate("Bearer good").await.unwrap();
    assert_eq!(caller.principal().id(), "ada");
    assert!(auth.permits(&caller, "read") && !auth.permits(&caller, "drop"));
    assert_eq!(auth.authenticate("Bearer bad").await.err().unwrap().status(), 401);
}

#[tokio::test]
async fn roles_are_where_the_server_puts_them() {
    let mut answer = ada();
    answer["realm"] = json!({ "roles": ["staff"] });
    let provider = Provider::new([("good", Answer::Says(answer))]);
    let introspection =
        Introspection::builder(provider.server()).any_audience().roles_at("realm.roles").build().unwrap();
    assert!(introspection.challenge().is_some());
    let identity = introspection.verify("good").await.unwrap();
    assert!(
        identity.granted().has_role("staff") && identity.granted().permissions().any(|name| name == "read")
    );
}

#[test]
fn what_cannot_be_is_said_when_it_is_made() {
    let provider = Provider::good();
    let builder = || provider.builder();
    let error = |error: Result<Introspection, tsk_auth::Error>| error.err().unwrap().to_string();
    assert!(error(Introspection::builder(provider.server()).build()).contains("name the `audience`"));
    assert!(error(builder().any_audience().build()).contains("name the `audience`"));
    assert!(error(builder().audience("").build()).contains("empty"));
    assert!(error(builder().qualified().build()).contains("`issuer`"));
    assert!(error(builder().keep(Duration::from_secs(601)).build()).contains("10 min"));
    assert!(error(builder().skew(Duration::from_secs(301)).build()).contains("5 min"));
    assert!(error(builder().max_length(0).build()).contains("65536"));
    assert!(error(builder().max_asked(0).build()).contains("one question"));
}
