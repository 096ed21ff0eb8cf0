//! What is looked after every few seconds where one thread does everything.

use std::time::{Duration, Instant};

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    task::JoinSet,
};
use tsk_http::server::Timer;
use tsk_metrics::Metrics;

/// As often as the metrics [want](Metrics::tick) it.
const PERIOD: Duration = Duration::from_secs(5);

/// Looks after the metrics in the place of their thread, where one thread does everything, until what is given is dropped: a second
/// thread would cost each request more than the looks do. Elsewhere they see to it themselves.
pub(crate) fn drive(metrics: &Metrics) -> JoinSet<()> {
    let mut driving = JoinSet::new();
    if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
        match Timer::new() {
            Ok(timer) => {
                // Before there is a request, which would have the thread started.
                metrics.tick(Instant::now());
                driving.spawn(tick(metrics.clone(), timer, PERIOD));
            }
            Err(error) => tracing::warn!(%error, "no timer for the metrics: a thread looks after them"),
        }
    }
    driving
}

async fn tick(metrics: Metrics, timer: Timer, period: Duration) {
    // The runtime ends where it fails.
    while timer.wait(period).await.is_ok() {
        metrics.tick(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tsk_core::{Endpoint, Policy as _, RouteTable};
    use tsk_metrics::{Config, Format};

    use super::*;

    /// How many series there are, as the page says.
    fn series(metrics: &Metrics) -> usize {
        let page = metrics.render(Format::Text);
        let page = std::str::from_utf8(&page).unwrap();
        page.lines().find_map(|line| line.strip_prefix("tsk_metrics_series ")).unwrap().parse().unwrap()
    }

    #[tokio::test]
    async fn routes_are_let_go_of_again_and_again_until_it_is_dropped() {
        let metrics = Metrics::new(&Config::default()).unwrap();
        let routes = RouteTable::new([Endpoint::new(Some(::http::Method::GET), "/")]);
        let mut driving = JoinSet::new();
        driving.spawn(tick(metrics.clone(), Timer::new().unwrap(), Duration::from_millis(1)));
        for _ in 0..3 {
            let mut service = metrics.http();
            service.bind(&routes).unwrap();
            assert_ne!(series(&metrics), 0);
            drop(service);
            while series(&metrics) > 0 {
                tokio::task::yield_now().await;
            }
        }
        drop(driving);
    }
}
