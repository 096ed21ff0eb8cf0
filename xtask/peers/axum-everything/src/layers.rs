//! The stack, outermost first, in the order that tower-http's documentation shows; who is calling and how much it may ask comes
//! next to the routes, so that one list of layers does.

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::from_fn;
use axum::routing::get;
use axum_prometheus::PrometheusMetricLayer;
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use contract::caller::ORIGIN;
use tower::ServiceBuilder;
use tower_governor::GovernorLayer;
use tower_http::ServiceBuilderExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;
use tower_http::cors::CorsLayer;
use tower_http::request_id::MakeRequestUuid;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use crate::auth::authenticate;
use crate::limits;

pub fn around(routes: Router) -> Router {
    let (metrics, handle) = PrometheusMetricLayer::pair();
    let cors = CorsLayer::new()
        .allow_origin(HeaderValue::from_static(ORIGIN))
        .allow_methods([Method::GET, Method::POST]);
    let nosniff = HeaderValue::from_static("nosniff");
    let layers = ServiceBuilder::new()
        .set_x_request_id(MakeRequestUuid)
        .layer(OtelAxumLayer::default())
        .propagate_x_request_id()
        .layer(metrics)
        .layer(CatchPanicLayer::new())
        .layer(SetResponseHeaderLayer::if_not_present(X_CONTENT_TYPE_OPTIONS, nosniff))
        .layer(cors)
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(30)))
        .layer(DefaultBodyLimit::max(contract::BODY_LIMIT))
        // Answers that fit one packet gain nothing from compression.
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(1400)))
        .layer(GovernorLayer::new(limits::of_addresses()))
        .layer(from_fn(authenticate))
        .layer(GovernorLayer::new(limits::of_callers()));
    routes.layer(layers).route("/metrics", get(|| async move { handle.render() }))
}
