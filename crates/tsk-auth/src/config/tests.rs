#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::*;

fn config(value: Value) -> Config {
    serde_json::from_value(value).unwrap()
}

fn error(value: Value) -> String {
    config(value).builder().map(|_| ()).unwrap_err().to_string()
}

#[test]
fn it_is_off_until_it_says_something() {
    assert!(!Config::default().is_on());
    assert!(!config(json!({})).is_on());
    assert!(config(json!({ "unmatched": "public" })).is_on());
    assert_eq!(config(serde_json::to_value(Config::default()).unwrap()), Config::default());
    assert!(serde_json::from_value::<Config>(json!({ "rolle": {} })).is_err());
}

#[test]
fn what_cannot_be_is_named_by_its_key() {
    let jwt = |more: Value| {
        let mut jwt = json!({ "issuer": "https://id.example.com", "audience": ["shop"] });
        jwt.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        error(json!({ "jwt": [jwt] }))
    };
    assert_eq!(jwt(json!({})), "`auth.jwt[0]`: write `jwks`, a URL, or `keys`, files: one of both");
    assert_eq!(jwt(json!({ "issuer": "" })), "`auth.jwt[0]`: write `issuer`, as its tokens have it in `iss`");
    assert!(
        jwt(json!({ "keys": ["no/such.pem"], "algorithm": "ES256" }))
            .starts_with("`auth.jwt[0]`: no/such.pem: ")
    );
    assert!(jwt(json!({ "keys": ["a"], "algorithm": "none" })).contains("\"none\" is no algorithm"));
    let access = |access: Value| error(json!({ "access": [access] }));
    assert!(access(json!({})).starts_with("`auth.access[0]`: write `routes`"));
    assert!(access(json!({ "routes": "/", "methods": ["get"] })).contains("\"get\" is no method"));
    assert!(access(json!({ "routes": "/", "permissions": ["a b"] })).contains("names no permission"));
    assert!(
        access(json!({ "routes": "/", "whom": "public", "roles": ["a"] }))
            .contains("neither roles nor permissions")
    );
    assert_eq!(
        error(json!({ "role": { "a": { "inherits": ["a"] } } })),
        "`auth.role`: a role inherits itself: a → a"
    );
    assert!(error(json!({ "login": "//evil.example" })).starts_with("`auth.login`: "));
    assert!(error(json!({ "basic": "no/such" })).starts_with("`auth.basic`: no/such: "));
}

#[cfg(feature = "client")]
#[test]
fn a_server_may_be_asked_about_tokens() {
    let asked = |more: Value, jwt: Value| {
        let mut asked = json!({ "url": "https://id.example.com/introspect", "client_id": "shop", "client_secret": "s3cret" });
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        config(json!({ "introspection": asked, "jwt": jwt }))
    };
    let error = |config: Config| config.builder().map(drop).unwrap_err().to_string();
    let audience = json!({ "audience": ["shop"] });
    assert!(asked(audience.clone(), json!([])).is_on());
    assert_eq!(asked(audience.clone(), json!([])).builder().unwrap().build().schemes().count(), 1);
    assert!(error(asked(json!({}), json!([]))).starts_with("`auth.introspection`: name the `audience`"));
    let wrong = asked(json!({ "url": "http://id.example.com/", "any_audience": true }), json!([]));
    assert!(error(wrong).starts_with("`auth.introspection`: http://id.example.com/: write a URL"));
    let wrong = asked(json!({ "client_secret": "", "any_audience": true }), json!([]));
    assert!(error(wrong).contains("an identifier and a secret"));
    let wrong = asked(json!({ "authorities": "no/such.pem", "any_audience": true }), json!([]));
    assert!(error(wrong).contains("no/such.pem"));
    // Of two issuers both may know the same subject.
    let jwks = "https://id.example.com/jwks.json";
    let jwt = json!([{ "issuer": "https://id.example.com", "audience": ["shop"], "jwks": jwks }]);
    assert!(error(asked(audience, jwt.clone())).contains("name the `issuer`"));
    let with = |issuer: &str| asked(json!({ "audience": ["shop"], "issuer": issuer }), jwt.clone());
    assert!(with("https://other.example.com").has_other_issuers());
    assert!(!with("https://id.example.com").has_other_issuers());
    assert!(!format!("{:?}", with("a")).contains("s3cret"));
}

#[test]
fn sessions_are_there_where_there_is_a_section_for_them() {
    let sessions = |value: Value| {
        let config = config(value);
        config.sessions(&Stores::new(&config)?)
    };
    assert!(sessions(json!({})).unwrap().is_none());
    assert!(sessions(json!({ "session": {} })).unwrap().is_some());
    assert!(config(json!({ "session": {} })).is_on());
    assert!(config(json!({ "session": {} })).builder().unwrap().given_sessions().is_some());
    for (session, reason) in [
        (json!({ "idle": "0s" }), "a second or more"),
        (json!({ "idle": "2h", "absolute": "1h" }), "no longer than in any case"),
        (json!({ "cookie": "a b" }), "no name for a cookie"),
        (json!({ "trust": ["example.com"] }), "no origin"),
    ] {
        let error = sessions(json!({ "session": session })).unwrap_err();
        assert_eq!(error.key(), Some("auth.session"));
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[test]
fn what_is_in_redis_needs_to_know_where_that_is() {
    let url = "redis://:xyzzy@cache";
    let (session, keys) = (json!({ "store": "redis" }), "redis");
    let known = config(json!({ "session": session, "api_keys": keys, "redis": { "url": url } }));
    assert!(!format!("{known:?}").contains("xyzzy"));
    if cfg!(feature = "redis") {
        let schemes: Vec<_> =
            known.builder().unwrap().build().schemes().map(|it| it.document().0.to_owned()).collect();
        assert_eq!(schemes, ["apiKey", "session"]);
        assert!(
            error(json!({ "session": session })).starts_with("`auth.session.store`: write where Redis is")
        );
        assert!(error(json!({ "api_keys": keys })).starts_with("`auth.api_keys`: write where Redis is"));
        assert!(error(json!({ "redis": { "url": "cache" } })).starts_with("`auth.redis.url`: it is no URL"));
        let slow = json!({ "redis": { "url": url, "timeout": "1h" } });
        assert!(error(slow).starts_with("`auth.redis`: an answer may not take"));
    } else {
        for said in
            [json!({ "session": session }), json!({ "api_keys": keys }), json!({ "redis": { "url": url } })]
        {
            assert!(error(said).contains("without the feature `redis`"));
        }
    }
}

#[test]
fn accounts_are_in_a_file_beside_the_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let hash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    std::fs::write(directory.path().join("accounts"), format!("ada:{hash}:admin\n")).unwrap();
    let auth = config(json!({ "basic": "accounts", "realm": "shop" }));
    let auth = auth.builder_in(directory.path(), &Stores::new(&auth).unwrap()).unwrap().build();
    let challenges: Vec<_> = auth.schemes().filter_map(crate::Scheme::challenge).collect();
    assert_eq!(challenges, ["Basic realm=\"shop\", charset=\"UTF-8\""]);
}

#[test]
fn what_is_said_of_a_route_is_demanded_together() {
    let access = |value: Value| {
        let config: AccessConfig = serde_json::from_value(value).unwrap();
        config.access().unwrap().to_string()
    };
    assert_eq!(access(json!({ "routes": "/" })), "authenticated");
    assert_eq!(access(json!({ "routes": "/", "whom": "public" })), "public");
    assert_eq!(
        access(json!({ "routes": "/", "roles": ["a", "b"], "permissions": ["x", "y"] })),
        "x and y and (role a or role b)"
    );
    assert_eq!(access(json!({ "routes": "/", "roles": ["a"] })), "role a");
}
