//! Tokens that another server gives, and says what they are good for.

use std::future::Future;
use std::time::Duration;

use tsk_auth::client_credentials::ClientCredentials;
use tsk_auth::introspection::{Introspection, Refusal};
use tsk_auth::oauth::{Credentials, Server};
use tsk_core::principal::Kind;
use tsk_tests::{AuthorizationServer, Server as Tsk, Site, curl, until};

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

fn introspection(server: &AuthorizationServer, client: Credentials) -> Introspection {
    let asked = Server::fetch(&server.introspection_url(), client).expect("it is of this machine");
    let builder =
        Introspection::builder(asked).issuer(server.issuer()).audience(AuthorizationServer::AUDIENCE);
    builder.build().expect("settings that can be")
}

fn tokens(server: &AuthorizationServer, client: Credentials) -> ClientCredentials {
    let asked = Server::fetch(&server.token_url(), client).expect("it is of this machine");
    ClientCredentials::new(asked).scope("stock:read").field("resource", AuthorizationServer::AUDIENCE)
}

#[test]
fn a_token_of_ours_is_good_where_it_is_shown() {
    let server = AuthorizationServer::start();
    run(async {
        for client in AuthorizationServer::clients() {
            let name = client.id().to_owned();
            let tokens = tokens(&server, client.clone());
            let token = tokens.token().await.unwrap_or_else(|error| panic!("{name}: {error}"));
            let again = tokens.token().await.expect("there is one");
            assert_eq!(token.secret(), again.secret());
            let identity = introspection(&server, client).verify(token.secret()).await;
            let identity = identity.unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
            assert_eq!((identity.principal().id(), identity.principal().kind()), (&*name, Kind::Service));
            assert_eq!(identity.granted().permissions().collect::<Vec<_>>(), ["stock:read"]);
            let left =
                identity.principal().expiry().expect("it ends").elapsed().expect_err("it has not ended");
            assert!(left.duration() <= Duration::from_secs(600), "{left:?}");
        }
    });
}

#[test]
fn a_token_of_a_user_is_good_until_it_ends_or_is_taken_back() {
    let server = AuthorizationServer::start();
    let [client, _] = AuthorizationServer::clients();
    let (token, short) = (server.give("AccessToken", 600), server.give("AccessToken", 1));
    let introspection = introspection(&server, client);
    run(async {
        let identity = introspection.verify(&token.token).await.expect("it is good");
        assert_eq!((identity.principal().id(), identity.principal().kind()), ("ada", Kind::User));
        server.revoke(&token);
        assert!(introspection.verify(&token.token).await.is_ok(), "it is remembered");
        introspection.forget(&token.token);
        assert_eq!(introspection.verify(&token.token).await.err(), Some(Refusal::Inactive));
        assert_eq!(introspection.verify("made-up").await.err(), Some(Refusal::Inactive));
        until("end of a token", || match run_apart(introspection.clone(), short.token.clone()) {
            Err(Refusal::Inactive | Refusal::Expired) => Ok(()),
            other => Err(other.map(drop)),
        });
    });
}

/// On a thread of its own, as `until` blocks.
fn run_apart(introspection: Introspection, token: String) -> Result<(), Refusal> {
    std::thread::spawn(move || run(async { introspection.verify(&token).await.map(drop) }))
        .join()
        .expect("no panic")
}

#[test]
fn a_refresh_token_is_for_no_service() {
    let server = AuthorizationServer::start();
    let [client, _] = AuthorizationServer::clients();
    let token = server.give("RefreshToken", 600);
    run(async {
        let introspection = introspection(&server, client);
        // The server calls it active.
        assert_eq!(introspection.verify(&token.token).await.err(), Some(Refusal::Audience));
    });
}

#[test]
fn a_wrong_secret_is_the_fault_of_the_service_and_of_no_caller() {
    let server = AuthorizationServer::start();
    let wrong = Credentials::new("by basic", "wrong").expect("neither is empty");
    run(async {
        let error = tokens(&server, wrong.clone()).token().await.expect_err("it is wrong").to_string();
        assert!(error.ends_with("the answer is 401 Unauthorized: invalid_client"), "{error}");
        let refusal = introspection(&server, wrong).verify("any").await.err();
        assert!(matches!(refusal, Some(Refusal::Unavailable(_))), "{refusal:?}");
    });
}

#[test]
fn a_route_asks_for_a_token_without_code() {
    let server = AuthorizationServer::start();
    let (token, other) = (server.give("AccessToken", 600), server.give("AccessToken", 600));
    let settings = format!(
        r#"
        [auth.introspection]
        url = "{}"
        client_id = "by basic"
        client_secret = "{}"
        audience = ["urn:stock"]

        [[auth.access]]
        routes = "/stock"
        permissions = ["stock:read"]

        [[auth.access]]
        routes = "/orders"
        permissions = ["stock:write"]

        [[route]]
        path = "/stock"
        respond = "apples"

        [[route]]
        path = "/orders"
        respond = "none"
        "#,
        server.introspection_url(),
        AuthorizationServer::secret("by basic"),
    );
    let site = Site::empty().file("tsk.toml", settings);
    let tsk = Tsk::start(&site);
    let ask = |path: &str, token: &str| {
        let header = format!("authorization: Bearer {token}");
        curl(&["-H", &header, &tsk.url(path)])
    };
    assert_eq!(curl(&[&tsk.url("/stock")]).status, 401);
    let answer = ask("/stock", &token.token);
    assert_eq!((answer.status, answer.text()), (200, "apples"));
    assert_eq!(ask("/orders", &token.token).status, 403);
    let refused = ask("/stock", "made-up");
    assert_eq!((refused.status, &refused.problem()["type"]), (401, &"urn:tsk:problems/invalid-token".into()));
    drop(server);
    // What was said is remembered, and what was not cannot be found out.
    assert_eq!(ask("/stock", &token.token).status, 200);
    let away = ask("/stock", &other.token);
    assert_eq!((away.status, away.header("retry-after")), (503, Some("1")));
}
