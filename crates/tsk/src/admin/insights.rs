//! What components and the application show of themselves.

use std::sync::Arc;

use http::StatusCode;
use serde_json::Value;
use tsk_core::Problem;
use tsk_http::{Json, Path, Router, State, get};

use crate::current::Current;

/// Their names, and each by its name.
pub(super) fn routes() -> Router {
    Router::new()
        .route(get("/insights", names).summary("What can be looked into"))
        .route(get("/insights/{name}", snapshot).summary("What one of them shows"))
}

async fn names(State(current): State<Current>) -> Json<Vec<String>> {
    Json(current.get().insights.iter().map(|insight| insight.name().to_owned()).collect())
}

async fn snapshot(State(current): State<Current>, Path(name): Path<String>) -> Result<Json<Value>, Problem> {
    let served = current.get();
    let insight = served.insights.iter().find(|insight| insight.name() == name).map(Arc::clone);
    let insight = insight.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND)
            .detail("Nothing of this name can be looked into: `/insights` has the names.")
    })?;
    // It may take a while to put together, which no request of others is to wait for.
    let snapshot = tokio::task::spawn_blocking(move || insight.snapshot()).await;
    snapshot.map(Json).map_err(Problem::internal)
}
