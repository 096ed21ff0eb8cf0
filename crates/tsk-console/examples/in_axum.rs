//! A console for an axum service: `cargo run -p tsk-console --example in_axum`, then <http://127.0.0.1:8081/console>.
//!
//! It is on a listener of its own, on this machine alone: whoever can read it sees how the service is doing.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use axum::{Router, routing::get};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tsk_console::{Config, Console};
use tsk_core::Insight;

/// What this service shows of itself.
#[derive(Default)]
struct Visits(AtomicU64);

impl Insight for Visits {
    fn name(&self) -> &str {
        "visits"
    }

    fn snapshot(&self) -> Value {
        json!({ "since_the_start": self.0.load(Relaxed) })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let visits = Arc::new(Visits::default());

    // Beside it: `tsk_metrics::Metrics`, `tsk_health::Health`, and what `tsk_trace::Tracing::insights` gives.
    let console = Console::new(&Config::default(), [visits.clone() as Arc<dyn Insight>])?;
    let mut operators = Router::new();
    for path in console.paths() {
        operators = operators.route_service(path, console.clone());
    }
    let port = std::env::args().nth(1).map_or(Ok(8081), |port| port.parse())?;
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    println!("http://{}/console", listener.local_addr()?);
    let operating = axum::serve(listener, operators).into_future();

    let hello = move || async move { format!("hello, visitor {}", visits.0.fetch_add(1, Relaxed) + 1) };
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    println!("http://{}/", listener.local_addr()?);
    let serving = axum::serve(listener, Router::new().route("/", get(hello))).into_future();
    tokio::try_join!(operating, serving)?;
    Ok(())
}
