//! A service with 10,000 series of its own, a tenth of which are histograms: `cargo xtask soak metrics` scrapes it.
//!
//! ```console
//! $ cargo run --release -p tsk --example counted
//! ```

use tsk::prelude::*;

const COUNTERS: u64 = 9_000;
const HISTOGRAMS: u64 = 1_000;

#[tokio::main]
async fn main() -> Result<(), tsk::Error> {
    let mut config = Config::load()?;
    config.admin.listen = Some("127.0.0.1:0".parse().expect("this is an address"));
    config.metrics.max_series = 11_000;
    config.metrics.max_series_per_metric = 10_000;
    let routes = Router::new().route(get("/", || async { "hello" }));
    let service = App::new(config).routes(routes).bind().await?;
    for number in 0..COUNTERS {
        ::metrics::counter!("orders_total", "customer" => number.to_string()).increment(number);
    }
    for number in 0..HISTOGRAMS {
        ::metrics::histogram!("order_value_euros", "shop" => number.to_string())
            .record(number as f64 / 100.0);
    }
    for address in service.addresses() {
        println!("listening on {address}");
    }
    if let Some(address) = service.admin_address() {
        println!("admin on {address}");
    }
    service.serve_until_signalled().await?;
    Ok(())
}
