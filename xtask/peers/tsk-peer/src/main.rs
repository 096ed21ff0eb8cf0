//! The product. `ANSWERS=plain` leaves out the headers that it adds to each answer, so that its answers are raw hyper's;
//! without, it is as it comes but for what watches it. `WATCH=metrics` counts requests and gives them identifiers of traces
//! of which none is sampled; `WATCH=traces` sends a span of each to `COLLECTOR` as well. `LIMIT` is how many requests a second
//! each address may send; there is none by default, and `TOLD=never` has no answer say how much is left. `ACCESS_LOG` is the file that it writes its access log to; there is none by
//! default.

use contract::{FURTHER, HELLO, Order, User};
use tsk::http::Listen;
use tsk::prelude::*;
use tsk::ratelimit::Rule;
use tsk::trace::Sampling;

fn main() {
    let mut config = Config::default();
    config.http.listen = vec![Listen::tcp("127.0.0.1", contract::port())];
    if std::env::var("ANSWERS").is_ok_and(|answers| answers == "plain") {
        config.http.request_id_header.clear();
        config.http.security_headers.x_content_type_options.clear();
    }
    if let Some(path) = std::env::var_os("ACCESS_LOG") {
        let to = tsk::http::access_log::Target::File(path.into());
        config.http.access_log = Some(tsk::http::access_log::Config { to, ..Default::default() });
    }
    // Its address is for one of those that run at a time, and the others would do less at their start.
    config.admin.enabled = false;
    let watch = std::env::var("WATCH").ok();
    (config.metrics.enabled, config.tracing.enabled) = (watch.is_some(), watch.is_some());
    config.tracing.sampling = Sampling::Never;
    if watch.is_some_and(|watch| watch == "traces") {
        config.tracing.sampling = Sampling::Always;
        config.tracing.export.endpoint = std::env::var("COLLECTOR").ok();
    }
    // The others leave so short an answer as it is; what compression costs is measured by itself.
    config.http.compression.min_size = config.http.compression.min_size * 4_u64;
    if std::env::var("TOLD").is_ok_and(|told| told == "never") {
        config.limits.headers = tsk::ratelimit::Headers::Never;
    }
    let mut app = App::new(config).routes(routes());
    if let Some(limit) = std::env::var("LIMIT").ok().and_then(|limit| limit.parse().ok()) {
        app = app.limit(Rule::per_second(limit));
    }
    contract::run(app.serve());
}

fn routes() -> Router {
    let mut routes = Router::new()
        .route(get("/plaintext", || async { HELLO }))
        .route(get("/users/{id}", get_user))
        .route(post("/echo", echo));
    for (method, template) in contract::further_routes() {
        let further = || async { FURTHER };
        let route = if method == "POST" { post(template, further) } else { get(template, further) };
        routes = routes.route(route);
    }
    routes
}

async fn get_user(Path(id): Path<u64>) -> Json<User> {
    Json(User::new(id))
}

async fn echo(Json(order): Json<Order>) -> Json<Order> {
    Json(order)
}
