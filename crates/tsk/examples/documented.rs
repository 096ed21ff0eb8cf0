//! A service that documents itself: `cargo run -p tsk --example documented`, then <http://localhost:8080/docs>.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tsk::core::problem::Kind;
use tsk::docs::{Docs, Info};
use tsk::prelude::*;

/// Somebody who has an account.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
struct User {
    /// Given by the service.
    id: u32,
    #[serde(flatten)]
    entry: Entry,
}

/// What is known of somebody.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
struct Entry {
    #[schemars(length(min = 1, max = 80))]
    name: String,
    role: Role,
    /// Where to write to.
    #[schemars(length(max = 200))]
    email: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Role {
    Reader,
    Writer,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Page {
    /// How many to skip.
    #[serde(default)]
    offset: u16,
    /// How many to give.
    #[serde(default = "some")]
    #[schemars(range(min = 1, max = 100))]
    limit: u16,
    /// Only those with this role.
    role: Option<Role>,
}

fn some() -> u16 {
    20
}

impl Validate for Page {
    fn validate(&self, faults: &mut Faults) {
        faults.at("limit").range(self.limit, 1..=100);
    }
}

impl Validate for Entry {
    fn validate(&self, faults: &mut Faults) {
        faults.at("name").length(&self.name, 1..=80);
        if let Some(email) = &self.email {
            faults.at("email").length(email, 0..=200);
        }
    }
}

#[derive(Debug, Clone, Default)]
struct Users(Arc<Mutex<BTreeMap<u32, User>>>);

const NO_SUCH_USER: Kind =
    Kind { uri: "urn:users:none", title: "No such user", status: http::StatusCode::NOT_FOUND };

impl Users {
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<u32, User>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn list(State(users): State<Users>, Valid(Query(page)): Valid<Query<Page>>) -> Json<Vec<User>> {
    Json(users.with(|users| {
        let wanted = users.values().filter(|user| page.role.is_none_or(|role| user.entry.role == role));
        wanted.skip(page.offset.into()).take(page.limit.into()).cloned().collect()
    }))
}

async fn add(
    State(users): State<Users>,
    Valid(Json(entry)): Valid<Json<Entry>>,
) -> Result<Status<201, Json<User>>, Problem> {
    users.with(|users| {
        let id = users.keys().next_back().map_or(Some(1), |last| last.checked_add(1));
        let full = || Problem::new(http::StatusCode::CONFLICT).detail("There is no room for more.");
        let user = User { id: id.filter(|id| *id <= 1_000).ok_or_else(full)?, entry };
        users.insert(user.id, user.clone());
        Ok(Status(Json(user)))
    })
}

async fn fetch(State(users): State<Users>, Path(id): Path<u32>) -> Result<Json<User>, Problem> {
    users.with(|users| users.get(&id).cloned().map(Json)).ok_or_else(|| Problem::of(NO_SUCH_USER))
}

async fn replace(
    State(users): State<Users>,
    Path(id): Path<u32>,
    Valid(Json(entry)): Valid<Json<Entry>>,
) -> Result<Json<User>, Problem> {
    users.with(|users| {
        let user = users.get_mut(&id).ok_or_else(|| Problem::of(NO_SUCH_USER))?;
        user.entry = entry;
        Ok(Json(user.clone()))
    })
}

async fn remove(State(users): State<Users>, Path(id): Path<u32>) -> Result<Status<204>, Problem> {
    let removed = users.with(|users| users.remove(&id));
    removed.map(|_| Status(())).ok_or_else(|| Problem::of(NO_SUCH_USER))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Greeting {
    name: String,
    /// How often.
    #[serde(default)]
    times: u8,
}

async fn greet(Form(Greeting { name, times }): Form<Greeting>) -> String {
    format!("Hello, {name}! ").repeat(times.clamp(1, 5).into())
}

async fn echo(text: String) -> String {
    text
}

fn app(config: Config) -> App {
    const NONE: &str = "There is no such user.";
    let users = Router::new()
        .tag("users")
        .api(get("/", list).summary("List users"))
        .api(post("/", add).summary("Add a user").problem(409, "There is no room for more."))
        .api(get("/{id}", fetch).summary("Fetch one user").problem(404, NONE))
        .api(put("/{id}", replace).summary("Replace a user").problem(404, NONE))
        .api(delete("/{id}", remove).summary("Remove a user").problem(404, NONE));
    let routes = Router::new()
        .nest("/users", users)
        .api(post("/greetings", greet).summary("Greet somebody"))
        .api(post("/echo", echo).summary("Say the same"))
        .state(Users::default());
    let info = Info::new("Users", "1.0.0").description("A service that documents itself.");
    App::new(config).routes(routes).docs(Docs::new(info))
}

#[tokio::main]
async fn main() -> Result<(), tsk::Error> {
    app(Config::load()?).serve().await
}
