//! The tasks: what may be done with them, and their state.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use tsk::core::problem::Kind;
use tsk::prelude::*;
use tsk::ratelimit::Rule;
use tsk_cli::schemars::{self, JsonSchema};

use crate::events::Listeners;

/// What clients can tell from other conflicts.
const TOO_MANY: Kind = Kind {
    uri: "urn:my-app:too-many-tasks",
    title: "Too many tasks",
    status: StatusCode::CONFLICT,
};

/// Section `[tasks]`.
#[derive(Debug, Clone, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How many tasks there may be.
    max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { max: 1000 }
    }
}

/// All tasks, in memory: they are gone when the service ends.
#[derive(Debug)]
pub(crate) struct Tasks {
    max: usize,
    list: Mutex<List>,
}

#[derive(Debug, Default)]
struct List {
    last: u64,
    tasks: BTreeMap<u64, Task>,
}

#[derive(Debug, Clone, Serialize)]
struct Task {
    id: u64,
    title: String,
    done: bool,
}

/// What a client sends for a new task.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTask {
    title: String,
}

/// What a client sends to change one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    done: bool,
}

/// Which tasks a client wants.
#[derive(Debug, Deserialize)]
struct Filter {
    done: Option<bool>,
}

impl Validate for NewTask {
    fn validate(&self, faults: &mut Faults) {
        faults.at("title").length(&self.title, 1..=200);
    }
}

pub(crate) fn routes() -> Router {
    Router::new()
        .route(get("/tasks", list).summary("List the tasks"))
        .route(
            post("/tasks", add)
                .summary("Add a task")
                .limit(Rule::per_minute(600).name("adding")),
        )
        .route(get("/tasks/{id}", fetch).summary("Fetch one task"))
        .route(patch("/tasks/{id}", change).summary("Say that a task is done, or not"))
        .route(delete("/tasks/{id}", remove).summary("Remove a task"))
        .tag("tasks")
}

async fn list(State(tasks): State<Arc<Tasks>>, Query(filter): Query<Filter>) -> Json<Vec<Task>> {
    let list = tasks.locked();
    let wanted = |task: &&Task| filter.done.is_none_or(|done| task.done == done);
    Json(list.tasks.values().filter(wanted).cloned().collect())
}

async fn add(
    State(tasks): State<Arc<Tasks>>,
    State(listeners): State<Arc<Listeners>>,
    Valid(Json(new)): Valid<Json<NewTask>>,
) -> Result<impl IntoResponse, Problem> {
    let task = tasks.add(new.title)?;
    listeners.tell("added", &task);
    let location =
        HeaderValue::try_from(format!("/tasks/{}", task.id)).map_err(Problem::internal)?;
    Ok((
        StatusCode::CREATED,
        ([(header::LOCATION, location)], Json(task)),
    ))
}

async fn fetch(
    State(tasks): State<Arc<Tasks>>,
    Path(id): Path<u64>,
) -> Result<Json<Task>, Problem> {
    tasks
        .locked()
        .tasks
        .get(&id)
        .cloned()
        .map(Json)
        .ok_or_else(|| unknown(id))
}

async fn change(
    State(tasks): State<Arc<Tasks>>,
    State(listeners): State<Arc<Listeners>>,
    Path(id): Path<u64>,
    Json(change): Json<Change>,
) -> Result<Json<Task>, Problem> {
    let task = tasks.change(id, change.done)?;
    listeners.tell("changed", &task);
    Ok(Json(task))
}

async fn remove(
    State(tasks): State<Arc<Tasks>>,
    State(listeners): State<Arc<Listeners>>,
    Path(id): Path<u64>,
) -> Result<StatusCode, Problem> {
    let task = tasks
        .locked()
        .tasks
        .remove(&id)
        .ok_or_else(|| unknown(id))?;
    listeners.tell("removed", &task);
    Ok(StatusCode::NO_CONTENT)
}

impl Tasks {
    pub(crate) fn new(settings: &Settings) -> Self {
        Tasks {
            max: settings.max,
            list: Mutex::default(),
        }
    }

    fn add(&self, title: String) -> Result<Task, Problem> {
        let mut list = self.locked();
        if list.tasks.len() >= self.max {
            return Err(Problem::of(TOO_MANY)
                .detail("Remove one first.")
                .with("max", self.max));
        }
        list.last += 1;
        let task = Task {
            id: list.last,
            title,
            done: false,
        };
        list.tasks.insert(task.id, task.clone());
        Ok(task)
    }

    fn change(&self, id: u64, done: bool) -> Result<Task, Problem> {
        let mut list = self.locked();
        let task = list.tasks.get_mut(&id).ok_or_else(|| unknown(id))?;
        task.done = done;
        Ok(task.clone())
    }

    fn locked(&self) -> MutexGuard<'_, List> {
        // No change is left half done where somebody panics.
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unknown(id: u64) -> Problem {
    Problem::new(StatusCode::NOT_FOUND).detail(format!("There is no task {id}."))
}
