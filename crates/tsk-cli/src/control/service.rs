//! What a server answers on its control socket.

use std::fmt;
use std::time::Instant;

use http::StatusCode;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};
use tsk::admin::RouteInfo;
use tsk::auth::explain as auth;
use tsk::http::{Json, Query, Router, State, get, post};
use tsk::metrics::usage::{Answer, Question};
use tsk::prelude::Problem;
use tsk::ratelimit::explain::{Explanation, Subject};

use super::Status;
use crate::Exit;
use crate::error::Error;
use crate::facts::Facts;

/// What a command has the server do.
#[derive(Debug)]
pub(crate) enum Order {
    /// Finish what is in flight, then end.
    Stop,
    /// Read the configuration again.
    Reload(oneshot::Sender<Result<Reloaded, Error>>),
}

/// How the configuration was read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reloaded {
    /// Settings that are different in the configuration, and cannot change while the server runs.
    pub(crate) needs_restart: Vec<String>,
}

impl fmt::Display for Reloaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration was read again, and is in use")?;
        match &self.needs_restart[..] {
            [] => Ok(()),
            fixed => write!(f, "; not changed before a restart: {}", fixed.join(", ")),
        }
    }
}

#[derive(Debug, Clone)]
struct Desk {
    facts: Facts,
    orders: mpsc::Sender<Order>,
}

/// What anybody may see who may see the admin listener.
pub(crate) fn to_see(facts: &Facts) -> Router {
    let status = get("/status", status).summary("What the server does");
    Router::new().route(status).state(facts.clone())
}

/// All of it, for whoever may open the socket.
pub(crate) fn routes(facts: &Facts, orders: mpsc::Sender<Order>) -> Router {
    let desk = Desk { facts: facts.clone(), orders };
    Router::new()
        .merge(to_see(facts))
        .merge(super::rooms::routes())
        .route(get("/routes", listing))
        .route(get("/limits/explain", explain))
        .route(get("/auth/explain", explain_access))
        .route(get("/usage", usage))
        .route(post("/stop", stop))
        .route(post("/reload", reload))
        .state(desk)
}

async fn status(State(facts): State<Facts>) -> Json<Status> {
    Json(facts.status())
}

async fn listing(State(desk): State<Desk>) -> Json<Vec<RouteInfo>> {
    Json(RouteInfo::all(&desk.facts.table()))
}

async fn explain(
    State(desk): State<Desk>,
    Query(subject): Query<Subject>,
) -> Result<Json<Explanation>, Problem> {
    let explained = desk.facts.explain(&subject).await;
    explained.map(Json).map_err(|unclear| Problem::new(StatusCode::BAD_REQUEST).detail(unclear.to_string()))
}

async fn explain_access(
    State(desk): State<Desk>,
    Query(subject): Query<auth::Subject>,
) -> Result<Json<auth::Verdict>, Problem> {
    let explained = desk.facts.explain_access(&subject);
    explained.map(Json).map_err(|none| Problem::new(StatusCode::BAD_REQUEST).detail(none.to_string()))
}

async fn usage(State(desk): State<Desk>, Query(question): Query<Question>) -> Result<Json<Answer>, Problem> {
    let usage = desk.facts.usage().ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND).detail(
            "it is not counted who uses what; set `usage.enabled` to true, and start the server again",
        )
    })?;
    let answered = usage.answer(&question, Instant::now());
    answered.map(Json).map_err(|unclear| Problem::new(StatusCode::BAD_REQUEST).detail(unclear.to_string()))
}

async fn stop(State(desk): State<Desk>) -> Json<Status> {
    // One that stops already has nobody left to take the order.
    let _ = desk.orders.send(Order::Stop).await;
    Json(desk.facts.status())
}

async fn reload(State(desk): State<Desk>) -> Result<Json<Reloaded>, Problem> {
    let stopping = || Problem::new(StatusCode::CONFLICT).detail("The server is told to stop.");
    let (reply, replied) = oneshot::channel();
    desk.orders.send(Order::Reload(reply)).await.map_err(|_| stopping())?;
    match replied.await.map_err(|_| stopping())? {
        Ok(reloaded) => Ok(Json(reloaded)),
        Err(error) => {
            let status = match error.exit {
                Exit::Configuration => StatusCode::UNPROCESSABLE_ENTITY,
                _ => StatusCode::CONFLICT,
            };
            Err(Problem::new(status).detail(error.to_string()))
        }
    }
}
