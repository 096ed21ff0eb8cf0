//! The product with everything on. `SAMPLED` is the share of requests whose spans are sent to `COLLECTOR`.

use contract::caller::{AUDIENCE, ISSUER, ORIGIN, SCOPE, SECRET};
use contract::{FURTHER, HELLO, Order, User};
use tsk::auth::jwt::{Algorithm, Bearer, Issuer, Key, Keys, Verifier};
use tsk::http::Listen;
use tsk::prelude::*;
use tsk::ratelimit::{Key as Whom, Rule};
use tsk::trace::Sampling;

/// So much a second that nobody is refused.
const LIMIT: u32 = 1_000_000_000;
const READ: Permission = Permission::new(SCOPE);

fn main() {
    let mut config = Config::default();
    config.http.listen = vec![Listen::tcp("127.0.0.1", contract::port())];
    config.http.cors.origins = vec![ORIGIN.into()];
    config.tracing.sampling = Sampling::Ratio(contract::sampled());
    config.tracing.export.endpoint = contract::collector();
    // Its address is for one of those that run at a time.
    config.admin.enabled = false;
    let keys = Key::secret(SECRET, Algorithm::Hs256).and_then(|key| Keys::fixed([key]));
    let issuer = Issuer::new(ISSUER, keys.expect("a key")).audience(AUDIENCE);
    let verifier: Verifier = Verifier::new(issuer).expect("a verifier");
    let app = App::new(config)
        .routes(routes())
        .auth(|auth| auth.scheme(Bearer::new(verifier)))
        .limit(Rule::per_second(LIMIT).name("address"))
        .limit(Rule::per_second(LIMIT).name("caller").by(Whom::principal()));
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
    routes.access(READ)
}

async fn get_user(Path(id): Path<u64>) -> Json<User> {
    Json(User::new(id))
}

async fn echo(Json(order): Json<Order>) -> Json<Order> {
    Json(order)
}
