//! An API in three versions, and one handler for all of them: `cargo run -p tsk-cli --example versioned -- web start`,
//! then <http://localhost:8080/docs>.
//!
//! A setting says how a request names its version, `TSK_API__VERSIONS=header` for example. What the documents of each
//! version say is held against what the service does by `cargo xtask schemathesis`, and `versioned docs openapi
//! --api-version v1` prints one.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tsk::docs::{Docs, Info};
use tsk::prelude::*;
use tsk_cli::{Application, schemars};

#[derive(Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// The API.
    api: Api,
}

#[derive(Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Api {
    /// How a request names its version. Default: by its path.
    versions: By,
}

#[derive(Clone, Copy, Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum By {
    #[default]
    Path,
    Header,
    MediaType,
}

/// Somebody, as they were in `v1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
struct UserV1 {
    name: String,
}

/// Somebody, as they were in `v2`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
struct UserV2 {
    given: String,
    family: Option<String>,
}

/// Somebody, as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
struct User {
    given: String,
    family: Option<String>,
    /// The languages that they speak.
    #[serde(default)]
    #[schemars(length(max = 10))]
    languages: Vec<String>,
}

impl Evolve for UserV2 {
    type Older = Oldest<UserV1>;
    const SINCE: &'static str = "v2";

    fn up(UserV1 { name }: UserV1) -> Result<Self, Problem> {
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
        faults.at("languages").items(self.languages.len(), ..=10);
    }
}

#[derive(Debug, Clone, Default)]
struct Users(Arc<Mutex<Vec<User>>>);

impl Users {
    fn with<T>(&self, work: impl FnOnce(&mut Vec<User>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn list(State(users): State<Users>) -> Versioned<Vec<User>> {
    Versioned(users.with(|users| users.clone()))
}

async fn add(
    State(users): State<Users>,
    Valid(Versioned(user)): Valid<Versioned<User>>,
) -> Result<Status<201, Versioned<User>>, Problem> {
    users.with(|users| {
        if users.len() >= 1_000 {
            return Err(Problem::new(http::StatusCode::CONFLICT).detail("There is no room for more."));
        }
        users.push(user.clone());
        Ok(Status(Versioned(user)))
    })
}

async fn count(State(users): State<Users>) -> Json<usize> {
    Json(users.with(|users| users.len()))
}

async fn languages(State(users): State<Users>) -> Json<Vec<String>> {
    let all = users.with(|users| users.iter().flat_map(|user| user.languages.clone()).collect::<Vec<_>>());
    Json(all)
}

async fn app(config: Config, settings: Settings) -> Result<App, tsk::Error> {
    const NAMES: [&str; 3] = ["v1", "v2", "v3"];
    let versions = match settings.api.versions {
        By::Path => Versions::by_path(NAMES),
        By::Header => Versions::by_header("x-api-version", NAMES),
        By::MediaType => Versions::by_media_type(NAMES),
    };
    let versions = versions
        .deprecated("v1", "2026-03-01")
        .sunset("v1", "2027-03-01")
        .link("v1", "https://example.com/from-v1-to-v2");
    let api = Router::new()
        .versions(versions)
        .api(get("/users", list).summary("List users").description("In the order in which they came."))
        .api(
            post("/users", add)
                .summary("Add a user")
                .description("Whom nobody else is asked about.")
                .problem(409, "There is no room for more."),
        )
        .api(
            get("/users/count", count)
                .summary("Count users")
                .description("Who lists them can count them.")
                .until("v2"),
        )
        .api(
            get("/languages", languages)
                .summary("Which languages are spoken")
                .description("One for each who speaks it.")
                .since("v3"),
        )
        .tag("users")
        .problem(414, "The address is too long.")
        .state(Users::default());
    let routes = Router::new().nest("/api", api).route(get("/health", || async { "well" }));
    Ok(App::new(config).routes(routes).docs(docs()))
}

fn docs() -> Docs {
    let info = Info::new("Users", "3")
        .description("Who is here.")
        .contact("Reception", "reception@example.com")
        .license("MIT", "https://opensource.org/license/mit");
    Docs::new(info).server("/", "This very server.").tag("users", "Who they are, and what they speak.")
}

fn main() -> ExitCode {
    tsk_cli::run(Application::with_settings("versioned", env!("CARGO_PKG_VERSION"), app))
}
