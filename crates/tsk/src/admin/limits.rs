//! Why somebody is refused by a limit, or would be.

use http::StatusCode;
use tsk_core::Problem;
use tsk_http::{Json, Query, Router, State, get};
use tsk_ratelimit::explain::{Explanation, Subject};

use crate::current::Current;

pub(super) fn routes() -> Router {
    Router::new().route(get("/limits/explain", explain).summary("Why somebody is refused, or would be"))
}

async fn explain(
    State(current): State<Current>,
    Query(subject): Query<Subject>,
) -> Result<Json<Explanation>, Problem> {
    let explained = current.get().explain(&subject).await;
    explained.map(Json).map_err(|unclear| Problem::new(StatusCode::BAD_REQUEST).detail(unclear.to_string()))
}
