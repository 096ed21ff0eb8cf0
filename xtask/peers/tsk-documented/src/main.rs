//! The product with `ROUTES` documented routes, and its documents, whose start is measured: of one shop after another, five
//! operations each. A package of its own, as what it has of serde would be shared with what the other is measured for.

use serde::{Deserialize, Serialize};
use tsk::docs::{Docs, Info};
use tsk::http::Listen;
use tsk::prelude::*;

/// What somebody has ordered.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Order {
    /// Given by the shop.
    id: u64,
    #[serde(flatten)]
    entry: Entry,
}

/// What there is to say of an order.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Entry {
    #[schemars(length(min = 1, max = 80))]
    customer: String,
    #[schemars(length(max = 200))]
    note: Option<String>,
    state: Stage,
    lines: Vec<Line>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Stage {
    Open,
    Sent,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Line {
    title: String,
    #[schemars(range(min = 1, max = 100))]
    quantity: u32,
    cents: u64,
}

#[derive(Deserialize, JsonSchema)]
struct Page {
    /// How many to skip.
    #[serde(default)]
    offset: u16,
    /// Only those in this state.
    state: Option<Stage>,
}

fn main() {
    let mut config = Config::default();
    config.http.listen = vec![Listen::tcp("127.0.0.1", contract::port())];
    // Its address may be another's.
    config.admin.enabled = false;
    let count = std::env::var("ROUTES").ok().and_then(|count| count.parse::<usize>().ok());
    let shops = 0..count.expect("ROUTES says how many routes there are") / 5;
    let routes = Router::new().route(get("/plaintext", || async { contract::HELLO }));
    let routes = shops.fold(routes, |routes, shop| routes.nest(&format!("/shops/{shop}"), shop_routes()));
    contract::run(App::new(config).routes(routes).docs(Docs::new(Info::new("Shops", "1.0.0"))).serve());
}

fn shop_routes() -> Router {
    const NONE: &str = "There is no such order.";
    Router::new()
        .tag("orders")
        .api(get("/orders", list).summary("List orders"))
        .api(post("/orders", place).summary("Place an order").problem(409, "There is no room for more."))
        .api(get("/orders/{id}", fetch).summary("Fetch one order").problem(404, NONE))
        .api(put("/orders/{id}", change).summary("Change an order").problem(404, NONE))
        .api(delete("/orders/{id}", cancel).summary("Cancel an order").problem(404, NONE))
}

async fn list(Query(page): Query<Page>) -> Json<Vec<Order>> {
    let orders = page.state.map(|state| order(page.offset.into(), state));
    Json(orders.into_iter().collect())
}

async fn place(Json(entry): Json<Entry>) -> Status<201, Json<Order>> {
    Status(Json(Order { id: 1, entry }))
}

async fn fetch(Path(id): Path<u64>) -> Json<Order> {
    Json(order(id, Stage::Open))
}

async fn change(Path(id): Path<u64>, Json(entry): Json<Entry>) -> Json<Order> {
    Json(Order { id, entry })
}

async fn cancel(Path(_): Path<u64>) -> Status<204> {
    Status(())
}

fn order(id: u64, state: Stage) -> Order {
    Order { id, entry: Entry { customer: "Ada".into(), note: None, state, lines: Vec::new() } }
}
