//! A service that can work on so many requests at a time, and stays up when more come: `cargo xtask soak overload` asks for
//! three times as much.
//!
//! ```console
//! $ cargo run --release -p tsk --example overloaded
//! ```

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;
use tsk::prelude::*;

/// What the work needs, such as the connections of a pool to a database.
const AT_A_TIME: usize = 32;
const WORK: Duration = Duration::from_millis(40);

async fn work(State(pool): State<Arc<Semaphore>>) -> &'static str {
    let _connection = pool.acquire().await;
    tokio::time::sleep(WORK).await;
    "done\n"
}

#[tokio::main]
async fn main() -> Result<(), tsk::Error> {
    let routes = Router::new()
        .state(Arc::new(Semaphore::new(AT_A_TIME)))
        .route(get("/pay", work).priority(Priority::Critical))
        .route(get("/list", work))
        .route(get("/hints", work).priority(Priority::Sheddable));
    let mut config = Config::load()?;
    config.overload.enabled = true;
    let service = App::new(config).routes(routes).bind().await?;
    for address in service.addresses() {
        println!("listening on {address}");
    }
    service.serve_until_signalled().await?;
    Ok(())
}
