//! axum with all that the product has, by the crates that are usual for it, each as its documentation advises. `SAMPLED` is the
//! share of requests whose spans are sent to `COLLECTOR`.

mod auth;
mod layers;
mod limits;
mod tracing;

use std::net::SocketAddr;

use axum::serve::ListenerExt;

fn main() {
    let provider = tracing::start();
    contract::run(serve());
    drop(provider);
}

async fn serve() -> std::io::Result<()> {
    // On the runtime, where the layer of metrics has a task that tends them.
    let app = layers::around(axum_bare::routes());
    let listener = contract::listen().await.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await
}
