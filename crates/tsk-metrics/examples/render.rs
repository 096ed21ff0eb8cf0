//! How long it takes to write many series out: `render 10000`, with as many histograms of fifteen buckets.

use std::time::Instant;

use tsk_metrics::{Config, Format, Metrics};

fn main() {
    let count: usize = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(10_000);
    let config = Config { max_series: count, max_series_per_metric: count, ..Config::default() };
    let metrics = Metrics::new(&config).expect("the settings are right");
    metrics::with_local_recorder(metrics.recorder(), || {
        for number in 0..count {
            let labels = [
                ("http_request_method", "GET".to_owned()),
                ("http_route", format!("/some/route/number/{number}/{{id}}")),
                ("http_response_status_code", "200".to_owned()),
            ];
            metrics::histogram!("some_duration_seconds", &labels).record(number as f64 / 1000.0);
        }
    });
    for format in [Format::Text, Format::OpenMetrics] {
        let mut times: Vec<_> = (0..11)
            .map(|_| {
                let begun = Instant::now();
                let size = metrics.render(format).len();
                (begun.elapsed(), size)
            })
            .collect();
        let first = times[0].0;
        times.sort();
        let (median, size) = times[times.len() / 2];
        println!("{format:?}: {count} histograms, {size} bytes, median {median:?}, the first {first:?}");
    }
}
