//! A service to hold up, with the defaults of one that faces the internet: `cargo xtask soak slow` does its best.

use bytes::Bytes;
use tsk::prelude::*;

/// More than the buffers between the service and a client who does not read.
const DOWNLOAD: Bytes = Bytes::from_static(&[b'.'; 16 << 20]);

#[tokio::main]
async fn main() -> Result<(), tsk::Error> {
    let routes = Router::new()
        .route(get("/", || async { "hello" }))
        .route(get("/download", || async { DOWNLOAD }))
        .route(post("/upload", |body: Bytes| async move { body.len().to_string() }));
    let service = App::new(Config::load()?).routes(routes).bind().await?;
    for address in service.addresses() {
        println!("listening on {address}");
    }
    service.serve_until_signalled().await?;
    Ok(())
}
