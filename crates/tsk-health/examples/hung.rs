//! Probes while checks hang, block their thread and panic: `cargo run --release -p tsk-health --example hung`, then
//! `wrk -t1 -c64 -d60s --latency http://127.0.0.1:8080/readyz`: none is late, and each is answered with 200.

use std::time::Duration;

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::net::TcpListener;
use tsk_core::{Drain, check::Finding};
use tsk_health::{Health, Kind, Probes, Settings};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let second = Duration::from_secs(1);
    let often = Settings { interval: second / 10, timeout: second, ..Kind::None.into() };
    let health = Health::builder()
        .check("hangs", often.clone(), std::future::pending::<Finding>)
        .check("blocks", often.clone(), move || {
            std::thread::sleep(5 * second);
            std::future::ready(Finding::pass())
        })
        .check("panics", often.clone(), || async { panic!("this check panics") })
        .check("works", Settings { kind: Kind::Readiness, ..often }, || async { Finding::pass() })
        .build()?;
    std::panic::set_hook(Box::new(|_| ()));
    tokio::spawn({
        let health = health.clone();
        async move { health.run(Drain::new()).await }
    });
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    health.started();
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(Probes::new(&health));
        tokio::spawn(async move {
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
