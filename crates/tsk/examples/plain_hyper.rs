//! Our routes in a plain hyper server, with an accept loop of one's own: `cargo run --example plain_hyper`.

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tsk::http::{Path, Router, get};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let routes = Router::new()
        .route(get("/", || async { "hyper, with routes of tsk" }))
        .route(get("/double/{number}", |Path(number): Path<u32>| async move {
            (2 * u64::from(number)).to_string()
        }))
        .build()?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, peer) = listener.accept().await?;
        let service = TowerToHyperService::new(routes.service(peer));
        tokio::spawn(async move {
            // How one client ends its connection is no concern of the others.
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
