//! What watches the service, for operators and scrapers.

use http::{Method, Response, StatusCode, Uri};
use tsk_core::{Body, IntoResponse, Problem};
use tsk_http::{Router, State, get};
use tsk_metrics::{Metrics, Scrape};

use crate::current::Current;

/// Metrics, where there are any, and health in detail.
pub(super) fn routes(metrics: Option<&Metrics>) -> Router {
    let router = Router::new()
        .route(get("/health", inspect).summary("The health of the service, in detail"))
        .route(get("/livez", inspect).summary("Whether it is alive"))
        .route(get("/readyz", inspect).summary("Whether it is ready"))
        .route(get("/startupz", inspect).summary("Whether it has started"))
        .route(get("/healthz/{group}", inspect).summary("Whether a group of checks works"));
    match metrics {
        Some(metrics) => router.service("/metrics", Scrape::new(metrics.clone()).guarded()),
        None => router,
    }
}

async fn inspect(State(current): State<Current>, method: Method, uri: Uri) -> Response<Body> {
    let answer = current.get().health.inspect(&method, uri.path(), uri.query());
    answer.unwrap_or_else(|| Problem::new(StatusCode::NOT_FOUND).into_response())
}
