//! Who uses what.

use http::StatusCode;
use tsk_core::Problem;
use tsk_http::{Json, Query, Router, State, get};
use tsk_metrics::usage::{Answer, Question};

use crate::current::Current;

pub(super) fn routes() -> Router {
    Router::new().route(get("/usage", answer).summary("Who uses what: consumers, routes, versions"))
}

async fn answer(
    State(current): State<Current>,
    Query(question): Query<Question>,
) -> Result<Json<Answer>, Problem> {
    // It adds up what threads have counted, which no request of others is to wait for.
    let answering = tokio::task::spawn_blocking(move || current.get().answer(&question));
    let answer = answering.await.map_err(Problem::internal)?.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND)
            .detail("It is not counted who uses what: set `usage.enabled` to true, and start again.")
    })?;
    answer.map(Json).map_err(|unclear| Problem::new(StatusCode::BAD_REQUEST).detail(unclear.to_string()))
}
