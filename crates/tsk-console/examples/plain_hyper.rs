//! A console without a framework: `cargo run -p tsk-console --example plain_hyper`, then <http://127.0.0.1:8081/console>.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Instant,
};

use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tsk_console::{Config, Console};
use tsk_core::Insight;

/// How long the process has run.
struct Uptime(Instant);

impl Insight for Uptime {
    fn name(&self) -> &str {
        "uptime"
    }

    fn snapshot(&self) -> Value {
        json!({ "seconds": self.0.elapsed().as_secs() })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let uptime: Arc<dyn Insight> = Arc::new(Uptime(Instant::now()));
    let console = TowerToHyperService::new(Console::new(&Config::default(), [uptime])?);
    let port = std::env::args().nth(1).map_or(Ok(8081), |port| port.parse())?;
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    println!("http://{}/console", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), console.clone());
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                eprintln!("{error}");
            }
        });
    }
}
