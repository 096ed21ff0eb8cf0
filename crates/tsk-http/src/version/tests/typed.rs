//! Types that changed.

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::*;
use crate::{
    Faults, Problem, Valid, Validate,
    testing::round_trip,
    version::{Evolve, Oldest, Versioned},
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(schemars::JsonSchema))]
struct UserV1 {
    name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(schemars::JsonSchema))]
struct UserV2 {
    given: String,
    family: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(schemars::JsonSchema))]
struct User {
    given: String,
    family: Option<String>,
    languages: Vec<String>,
}

impl Evolve for UserV2 {
    type Older = Oldest<UserV1>;
    const SINCE: &'static str = "v2";

    fn up(UserV1 { name }: UserV1) -> Result<Self, Problem> {
        let mut faults = Faults::default();
        faults.at("name").require(name != "nobody", "must be the name of somebody");
        faults.into_result()?;
        Ok(match name.split_once(' ') {
            Some((given, family)) => Self { given: given.into(), family: Some(family.into()) },
            None => Self { given: name, family: None },
        })
    }

    fn down(self) -> UserV1 {
        UserV1 { name: self.family.iter().fold(self.given, |name, family| name + " " + family) }
    }
}

impl Evolve for User {
    type Older = UserV2;
    const SINCE: &'static str = "v3";

    fn up(UserV2 { given, family }: UserV2) -> Result<Self, Problem> {
        Ok(Self { given, family, languages: Vec::new() })
    }

    fn down(self) -> UserV2 {
        UserV2 { given: self.given, family: self.family }
    }
}

impl Validate for User {
    fn validate(&self, faults: &mut Faults) {
        faults.at("given").length(&self.given, 1..=10);
    }
}

async fn speak(Valid(Versioned(mut user)): Valid<Versioned<User>>) -> Result<Versioned<User>, Problem> {
    user.languages.push("en".into());
    Ok(Versioned(user))
}

async fn list() -> Versioned<Vec<User>> {
    let user =
        |given: &str| User { given: given.into(), family: Some("L".into()), languages: vec!["en".into()] };
    Versioned(vec![user("Ada"), user("Eve")])
}

fn routes(names: &[&str]) -> Routes {
    let versions = Versions::by_path(names.iter().copied());
    Router::new().versions(versions).route(post("/users", speak)).route(get("/users", list)).build().unwrap()
}

async fn send(routes: &Routes, path: &str, body: &Value) -> (u16, Value) {
    let response = Client::of(routes).post(path).json(body).await;
    (response.status().into(), response.json().await)
}

#[tokio::test]
async fn one_handler_serves_every_version_in_its_form() {
    let routes = routes(&["v1", "v2", "v2.1", "v3", "v4"]);
    let second = json!({ "given": "Ada", "family": "Lovelace" });
    let third = json!({ "given": "Ada", "family": "Lovelace", "languages": ["fr"] });
    let answer = json!({ "given": "Ada", "family": "Lovelace", "languages": ["fr", "en"] });
    for (version, body, expected) in [
        ("v1", json!({ "name": "Ada Lovelace" }), json!({ "name": "Ada Lovelace" })),
        ("v2", second.clone(), second.clone()),
        ("v2.1", second.clone(), second),
        ("v3", third.clone(), answer.clone()),
        ("v4", third, answer),
    ] {
        assert_eq!(send(&routes, &format!("/{version}/users"), &body).await, (200, expected), "{version}");
    }
    assert_eq!(text(&routes, "GET /v1/users", &[]).await, r#"[{"name":"Ada L"},{"name":"Eve L"}]"#);
    let newest: Value = ask(&routes, "GET /v4/users", &[]).await.json().await;
    assert_eq!(newest[1], json!({ "given": "Eve", "family": "L", "languages": ["en"] }));
}

#[tokio::test]
async fn what_an_old_client_sends_wrongly_is_refused_in_its_own_terms() {
    let routes = routes(&["v1", "v2", "v3"]);
    for (body, status, pointer) in [
        (json!({ "name": 7 }), 422, "/name"),
        (json!({ "name": "nobody" }), 422, "/name"),
        (json!({ "name": " Lovelace" }), 422, "/given"),
    ] {
        let (code, problem) = send(&routes, "/v1/users", &body).await;
        assert_eq!((code, &problem["errors"][0]["pointer"]), (status, &json!(pointer)), "{body}");
    }
    let plain = Client::of(&routes).post("/v1/users").body("{}").await;
    assert_eq!(plain.status(), 415);
}

#[test]
fn a_type_that_changed_in_a_version_that_is_none_stops_the_start() {
    let fault = |versions: Option<&[&str]>| {
        let mut router = Router::new();
        if let Some(names) = versions {
            router = router.versions(Versions::by_path(names.iter().copied()));
        }
        router.route(get("/users", list)).build().unwrap_err().to_string()
    };
    assert!(fault(None).contains("changed in `v3`, and no `Router::versions` is around it"));
    assert!(
        fault(Some(&["v1", "v2"])).contains("User>`, which changed in `v3`, and there is no such version")
    );
    assert!(fault(Some(&["v2", "v3"])).contains("which changed in `v2`, and there is none before it"));
    assert!(fault(Some(&["v1", "v3", "v2"])).contains("before it changed in an older version"));
}

#[tokio::test]
async fn a_handler_that_waits_answers_in_its_own_version_whoever_else_runs() {
    let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(2));
    let wait = move || {
        let barrier = barrier.clone();
        async move {
            barrier.wait().await;
            Versioned(User { given: "Ada".into(), family: None, languages: Vec::new() })
        }
    };
    let versions = Versions::by_path(["v1", "v2", "v3"]);
    let routes = Router::new().versions(versions).route(get("/", wait)).build().unwrap();
    let (old, new) = tokio::join!(text(&routes, "GET /v1", &[]), text(&routes, "GET /v3", &[]));
    assert_eq!(old, r#"{"name":"Ada"}"#);
    assert_eq!(new, r#"{"given":"Ada","family":null,"languages":[]}"#);
}

#[cfg(feature = "api")]
#[test]
fn each_version_is_documented_in_its_form() {
    async fn add(_: Versioned<User>) -> crate::api::Status<201, Versioned<Vec<User>>> {
        crate::api::Status(Versioned(Vec::new()))
    }
    let versions = Versions::by_header("x-v", ["v1", "v2", "v3"]).deprecated("v1", "2026-01-01");
    let routes = Router::new().versions(versions).api(post("/", add)).build().unwrap();
    let operation = |index| routes.table().get(index).operation();
    for (index, fields) in
        [(0, &["name"][..]), (1, &["given", "family"]), (2, &["given", "family", "languages"])]
    {
        let operation = operation(index);
        let request = &operation.request.as_ref().unwrap().media["application/json"];
        let answer = &operation.responses[&201].content.media["application/json"];
        for schema in [request, &answer["items"]] {
            let properties = schema["properties"].as_object().unwrap();
            assert_eq!(properties.keys().collect::<Vec<_>>(), fields);
        }
        assert_eq!(operation.deprecated, index == 0);
        let parameter = &operation.parameters[0];
        assert_eq!((&*parameter.name, parameter.required), ("x-v", true));
        assert_eq!(parameter.schema["const"], json!(format!("v{}", index + 1)));
    }
}

proptest! {
    #[test]
    fn what_an_old_client_sends_comes_back_as_it_was(name in ".{0,30}", given in ".*", family in proptest::option::of(".*")) {
        round_trip::<UserV2>(UserV1 { name });
        round_trip::<User>(UserV2 { given, family });
    }
}

#[test]
#[should_panic(expected = "does not come back as it was")]
fn a_step_that_loses_something_is_found() {
    #[derive(Debug, Clone, PartialEq)]
    struct Rounded(u8);
    impl Evolve for Rounded {
        type Older = Oldest<u16>;
        const SINCE: &'static str = "v2";
        fn up(older: u16) -> Result<Self, Problem> {
            Ok(Self(older as u8))
        }
        fn down(self) -> u16 {
            self.0.into()
        }
    }
    round_trip::<Rounded>(300);
}
