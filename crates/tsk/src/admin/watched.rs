//! What watches the service, for operators and scrapers.

use http::{Method, Request, Response, StatusCode, Uri};
use tower_service::Service as _;
use tsk_core::{Body, IntoResponse, Problem};
use tsk_http::{Router, State, exit::Deliberate, get};
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
    let Some(metrics) = metrics else { return router };
    let scrape = Scrape::new(metrics.clone()).guarded();
    let scraped = move |request: Request<Body>| {
        let answer = scrape.clone().call(request);
        async move {
            let Ok(response) = answer.await;
            response
        }
    };
    router.route(get("/metrics", scraped).summary("What was counted, for scrapers"))
}

async fn inspect(State(current): State<Current>, method: Method, uri: Uri) -> Response<Body> {
    match current.get().health.inspect(&method, uri.path(), uri.query()) {
        Some(mut answer) => {
            // That something else fails is what was asked, and this request did not.
            answer.extensions_mut().insert(Deliberate);
            answer
        }
        None => Problem::new(StatusCode::NOT_FOUND).into_response(),
    }
}
