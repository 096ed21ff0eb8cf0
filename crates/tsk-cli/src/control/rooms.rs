//! What operators see of rooms, and do there.

use http::StatusCode;
use serde::{Deserialize, Serialize};
use tsk::http::{Json, Query, Router, State, get, post};
use tsk::prelude::Problem;
use tsk::ws::rooms::{MemberInfo, Payload, RoomInfo, Rooms, Topic};

use crate::facts::Facts;

/// Whom or what it is about.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Subject {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) topic: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) event: Option<String>,
    /// JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payload: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) connection: Option<String>,
}

/// What was said, by its place in the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) offset: u64,
}

/// How many connections were closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Disconnected {
    pub(crate) connections: usize,
}

/// Routes whose state is that of [`to_see`](super::service::to_see).
pub(super) fn routes() -> Router {
    Router::new()
        .route(get("/rooms", list))
        .route(get("/rooms/members", members))
        .route(post("/rooms/publish", publish))
        .route(post("/rooms/disconnect", disconnect))
}

async fn list(State(facts): State<Facts>) -> Result<Json<Vec<RoomInfo>>, Problem> {
    Ok(Json(rooms(&facts)?.list()))
}

/// Of a room, or everybody who is connected.
async fn members(
    State(facts): State<Facts>,
    Query(subject): Query<Subject>,
) -> Result<Json<Vec<MemberInfo>>, Problem> {
    let rooms = rooms(&facts)?;
    let Some(name) = subject.topic else { return Ok(Json(rooms.connections())) };
    let members = Topic::new(&name).and_then(|topic| rooms.members(&topic));
    members.map(Json).ok_or_else(|| refused(format!("there is no room `{name}` at present")))
}

async fn publish(State(facts): State<Facts>, Query(subject): Query<Subject>) -> Result<Json<Said>, Problem> {
    let Subject { topic, event, payload, .. } = subject;
    let (Some(name), Some(event)) = (topic, event) else { return Err(refused("name a room and an event")) };
    let topic = Topic::new(&name).ok_or_else(|| refused(format!("`{name}` is no name of a room")))?;
    let payload = Payload::json(payload.unwrap_or_else(|| "{}".to_owned()));
    let payload = payload.ok_or_else(|| refused("the payload is not JSON"))?;
    let said = rooms(&facts)?.broadcast(&topic, &event, &payload);
    said.map(|offset| Json(Said { offset })).map_err(|error| refused(error.to_string()))
}

async fn disconnect(
    State(facts): State<Facts>,
    Query(subject): Query<Subject>,
) -> Result<Json<Disconnected>, Problem> {
    let rooms = rooms(&facts)?;
    let connections = match (subject.user, subject.connection) {
        (Some(user), None) => rooms.disconnect_user(&user),
        (None, Some(number)) => {
            let number = number.parse().map_err(|_| refused("the number of a connection is a number"))?;
            usize::from(rooms.disconnect(number))
        }
        _ => return Err(refused("name a user, or the number of a connection")),
    };
    Ok(Json(Disconnected { connections }))
}

fn rooms(facts: &Facts) -> Result<Rooms, Problem> {
    facts.rooms().ok_or_else(|| refused("the server has no rooms: declare some in `[[room]]`"))
}

fn refused(detail: impl Into<std::borrow::Cow<'static, str>>) -> Problem {
    Problem::new(StatusCode::CONFLICT).detail(detail)
}
