//! Whether somebody may use a route, or why not.

use http::StatusCode;
use tsk_auth::explain::{Subject, Verdict};
use tsk_core::Problem;
use tsk_http::{Json, Query, Router, State, get};

use crate::current::Current;

pub(super) fn routes() -> Router {
    Router::new().route(get("/auth/explain", explain).summary("Whether somebody may use a route, or why not"))
}

async fn explain(
    State(current): State<Current>,
    Query(subject): Query<Subject>,
) -> Result<Json<Verdict>, Problem> {
    let explained = current.get().explain_access(&subject);
    explained.map(Json).map_err(|none| Problem::new(StatusCode::BAD_REQUEST).detail(none.to_string()))
}
