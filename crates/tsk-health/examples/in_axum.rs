//! Health of an axum service: `cargo run -p tsk-health --example in_axum`, then
//!
//! ```text
//! curl -i http://127.0.0.1:8080/readyz
//! curl http://127.0.0.1:9464/health
//! curl 'http://127.0.0.1:9464/readyz?verbose'
//! ```

use std::time::Duration;

use axum::{Router, routing::get};
use tokio::net::TcpListener;
use tsk_core::Drain;
use tsk_health::{
    Detail, Health, Kind, Probes, Pulse, Settings,
    check::{Disk, Memory, Tcp},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let worker = Pulse::new("worker", Duration::from_secs(30));
    let often = Settings {
        interval: Duration::from_secs(1),
        timeout: Duration::from_secs(1),
        ..Kind::Readiness.into()
    };
    let health = Health::builder()
        .liveness(worker.clone())
        .check("db", often, Tcp::new("127.0.0.1", 5432))
        .check("disk", Kind::None, Disk::new("/"))
        .check("memory", Kind::None, Memory::new())
        .build()?;

    let drain = Drain::new();
    tokio::spawn({
        let drain = drain.clone();
        async move {
            // What this service does beside answering, and whose end would be a reason to start it again.
            let mut every = tokio::time::interval(Duration::from_secs(1));
            while !drain.is_started() {
                every.tick().await;
                worker.beat();
            }
        }
    });
    let checks = tokio::spawn({
        let (health, drain) = (health.clone(), drain.clone());
        async move { health.run(drain).await }
    });

    // Probes are added after the layers, so that no layer can shed them.
    let probes = Probes::new(&health);
    let service = Router::new()
        .route("/", get(|| async { "hello" }))
        .route_service("/livez", probes.clone())
        .route_service("/readyz", probes.clone())
        .route_service("/startupz", probes);
    let public = TcpListener::bind("127.0.0.1:8080").await?;
    // The detail is for this machine alone.
    let admin = TcpListener::bind("127.0.0.1:9464").await?;
    let detail = Router::new().fallback_service(Detail::new(&health));
    tokio::spawn(async move { axum::serve(admin, detail).await });

    health.started();
    println!("listening on http://{}, detail at http://127.0.0.1:9464/health", public.local_addr()?);
    let stop = {
        let drain = drain.clone();
        async move {
            let _ = tokio::signal::ctrl_c().await;
            // Not ready from here on. Whoever sends traffic needs a moment to see that.
            drain.start();
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    };
    axum::serve(public, service).with_graceful_shutdown(stop).await?;
    checks.await?;
    Ok(())
}
