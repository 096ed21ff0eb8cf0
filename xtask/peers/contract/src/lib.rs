//! What every peer shares: where it listens, the runtime it runs on, and the payloads it answers with.

pub mod caller;

use serde::{Deserialize, Serialize};

/// The answer to `GET /plaintext`.
pub const HELLO: &str = "Hello, World!";

/// The answer of each route in `routes.txt`.
pub const FURTHER: &str = "a further route";

/// The most that `POST /echo` reads, in bytes.
pub const BODY_LIMIT: usize = 64 * 1024;

/// The answer to `GET /users/{id}`.
#[derive(Serialize)]
pub struct User {
    id: u64,
    name: &'static str,
    email: &'static str,
}

impl User {
    pub fn new(id: u64) -> Self {
        Self { id, name: "Ada Lovelace", email: "ada@example.com" }
    }
}

/// What `POST /echo` reads and writes back: `echo.json` is one, of 1,024 bytes.
#[derive(Serialize, Deserialize)]
pub struct Order {
    id: u64,
    customer: String,
    email: String,
    paid: bool,
    tags: Vec<String>,
    lines: Vec<Line>,
    address: Address,
    note: String,
}

#[derive(Serialize, Deserialize)]
struct Line {
    sku: String,
    title: String,
    quantity: u32,
    cents: u64,
}

#[derive(Serialize, Deserialize)]
struct Address {
    street: String,
    city: String,
    postcode: String,
    country: String,
}

/// The routes beyond the measured three, as method and template: `("GET", "/orders/{id}")`.
pub fn further_routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    include_str!("../../routes.txt").lines().filter_map(|line| line.split_once(' '))
}

/// `PORT`: the loopback port to listen on.
pub fn port() -> u16 {
    number("PORT").expect("PORT holds the port to listen on")
}

/// `THREADS`: how many threads serve requests; one by default.
pub fn threads() -> usize {
    number("THREADS").unwrap_or(1)
}

/// `SAMPLED`: the share of requests whose spans are exported; none by default.
pub fn sampled() -> f64 {
    number("SAMPLED").unwrap_or(0.0)
}

/// `COLLECTOR`: where spans are sent; nowhere by default.
pub fn collector() -> Option<String> {
    std::env::var("COLLECTOR").ok()
}

/// Runs a server on `THREADS` threads. One thread is tokio's current-thread runtime: nothing is then handed between a
/// worker and an idle main thread, which is also how actix-web runs each of its workers.
pub fn run<E: std::fmt::Debug>(server: impl Future<Output = Result<(), E>>) {
    let mut runtime = match threads() {
        1 => tokio::runtime::Builder::new_current_thread(),
        n => {
            let mut runtime = tokio::runtime::Builder::new_multi_thread();
            runtime.worker_threads(n);
            runtime
        }
    };
    runtime.enable_all().build().expect("a runtime").block_on(server).expect("a server that runs");
}

/// A listener on `PORT`.
pub async fn listen() -> tokio::net::TcpListener {
    tokio::net::TcpListener::bind(("127.0.0.1", port())).await.expect("a free port")
}

fn number<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}
