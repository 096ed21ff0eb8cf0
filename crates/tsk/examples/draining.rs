//! What a service may be doing when it is told to stop: `cargo xtask soak drain` does so, under load.

use std::time::Duration;

use tsk::{http::answer::produce, prelude::*};

/// A stream without end, but for that of the service.
async fn events() -> impl IntoResponse {
    Sse::new(produce(|events| async move {
        loop {
            events.send(Event::new("tick")).await?;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }))
}

#[tokio::main]
async fn main() -> Result<(), tsk::Error> {
    let routes = Router::new()
        .route(get("/plain", || async { "plain" }))
        .route(get("/slow", || async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            "slow"
        }))
        .route(get("/events", events));
    let mut config = Config::load()?;
    config.http.drain_timeout = Duration::from_secs(10);
    let service = App::new(config).routes(routes).bind().await?;
    for address in service.addresses() {
        println!("listening on {address}");
    }
    service.serve_until_signalled().await?;
    Ok(())
}
