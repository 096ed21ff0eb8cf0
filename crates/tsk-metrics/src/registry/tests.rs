#![allow(clippy::unwrap_used)]

use metrics::{counter, gauge, histogram, with_local_recorder};

use super::*;
use crate::{Format, Metrics};

static METADATA: Metadata<'static> = Metadata::new("", metrics::Level::INFO, None);

fn page(config: &Config, count: impl FnOnce()) -> String {
    let config = Config { families: [crate::catalogue::Family::Metrics].into(), ..config.clone() };
    let metrics = Metrics::new(&config).unwrap();
    with_local_recorder(metrics.recorder(), count);
    String::from_utf8(metrics.render(Format::Text).to_vec()).unwrap()
}

fn has(page: &str, line: &str) {
    assert!(page.lines().any(|have| have == line), "no {line} in:\n{page}");
}

#[test]
fn what_macros_count_is_there() {
    let page = page(&Config::default(), || {
        metrics::describe_counter!("jobs_total", "Jobs that were done.");
        counter!("jobs_total", "kind" => "mail").increment(2);
        counter!("jobs_total", "kind" => "mail").increment(1);
        counter!("jobs_total", "kind" => "print").absolute(7);
        gauge!("queue").set(2.5);
        gauge!("queue").decrement(1.0);
        histogram!("wait_seconds").record(0.02);
        histogram!("sent_bytes").record(300.0);
    });
    has(&page, "# HELP jobs_total Jobs that were done.");
    has(&page, "jobs_total{kind=\"mail\"} 3");
    has(&page, "jobs_total{kind=\"print\"} 7");
    has(&page, "queue 1.5");
    has(&page, "wait_seconds_bucket{le=\"0.01\"} 0");
    has(&page, "wait_seconds_bucket{le=\"0.025\"} 1");
    has(&page, "sent_bytes_bucket{le=\"1024.0\"} 1");
    has(&page, "sent_bytes_sum 300");
    has(&page, "tsk_metrics_series 5");
}

#[test]
fn what_is_new_since_a_page_is_on_the_next() {
    let metrics = Metrics::new(&Config::default()).unwrap();
    let page = || String::from_utf8(metrics.render(Format::Text).to_vec()).unwrap();
    with_local_recorder(metrics.recorder(), || {
        counter!("jobs_total", "kind" => "mail").increment(1);
        assert!(!page().contains("print"));
        counter!("jobs_total", "kind" => "print").increment(2);
        counter!("jobs_total", "kind" => "mail").increment(1);
        let page = page();
        has(&page, "jobs_total{kind=\"mail\"} 2");
        has(&page, "jobs_total{kind=\"print\"} 2");
        assert!(!page.contains("Jobs that were done."));
    });
    with_local_recorder(metrics.recorder(), || {
        metrics::describe_counter!("jobs_total", "Jobs that were done.");
        has(&page(), "# HELP jobs_total Jobs that were done.");
        gauge!("queue").set(1.0);
        has(&page(), "queue 1");
    });
}

#[test]
fn the_order_of_labels_makes_no_series_of_its_own() {
    let page = page(&Config::default(), || {
        counter!("a", "x" => "1", "y" => "2").increment(1);
        counter!("a", "y" => "2", "x" => "1").increment(1);
        counter!("a", "y" => "2", "x" => "1", "z" => "").increment(1);
    });
    has(&page, "a{x=\"1\",y=\"2\"} 3");
}

#[test]
fn beyond_the_limit_of_a_metric_all_is_one_series() {
    let config = Config { max_series_per_metric: 10, ..Config::default() };
    let page = page(&config, || {
        for user in 0..1000 {
            counter!("logins", "user" => user.to_string()).increment(1);
            gauge!("age", "user" => user.to_string()).set(1.0);
            histogram!("wait", "user" => user.to_string()).record(1.0);
        }
    });
    assert_eq!(page.lines().filter(|line| line.starts_with("logins{")).count(), 11);
    has(&page, "logins{otel_metric_overflow=\"true\"} 990");
    has(&page, "wait_count{otel_metric_overflow=\"true\"} 990");
    assert_eq!(page.lines().filter(|line| line.starts_with("age{")).count(), 10);
    has(&page, "tsk_metrics_dropped_total{metric=\"logins\"} 990");
    has(&page, "tsk_metrics_dropped_total{metric=\"age\"} 990");
    has(&page, "tsk_metrics_series 30");
}

#[test]
fn beyond_the_limit_of_all_there_are_no_further_metrics() {
    let config = Config { max_series: 10, ..Config::default() };
    let page = page(&config, || {
        for number in 0..1000 {
            counter!(format!("metric_{number:04}")).increment(1);
        }
    });
    assert_eq!(page.lines().filter(|line| line.starts_with("metric_")).count(), 10, "{page}");
    has(&page, "tsk_metrics_dropped_total{metric=\"_OTHER\"} 990");
    has(&page, "tsk_metrics_series 10");
}

#[test]
fn a_name_has_one_type() {
    let page = page(&Config::default(), || {
        counter!("a").increment(1);
        gauge!("a").set(2.0);
        histogram!("b").record(1.0);
        counter!("b_count").increment(9);
        counter!("c_total").increment(1);
        gauge!("c").set(9.0);
        counter!("process_cpu_seconds_total").increment(9);
        gauge!("http_server_request_duration_seconds_count").set(9.0);
    });
    has(&page, "a 1");
    has(&page, "b_count 1");
    has(&page, "c_total 1");
    assert!(!page.contains(" 9\n"), "{page}");
}

#[test]
fn labels_that_are_too_long_are_no_series() {
    let page = page(&Config::default(), || {
        counter!("a", "text" => "x".repeat(5000)).increment(1);
    });
    has(&page, "a{otel_metric_overflow=\"true\"} 1");
}

#[test]
fn many_threads_count_all() {
    let metrics = Metrics::new(&Config::default()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for number in 0..1000 {
                    let key = Key::from_parts("a", vec![metrics::Label::new("n", (number % 10).to_string())]);
                    metrics.recorder().register_counter(&key, &METADATA).increment(1);
                    metrics.recorder().register_histogram(&"h".into(), &METADATA).record(0.5);
                }
            });
        }
    });
    let page = String::from_utf8(metrics.render(Format::Text).to_vec()).unwrap();
    has(&page, "a{n=\"3\"} 400");
    has(&page, "h_sum 2000");
}

#[test]
fn names_that_become_the_same_are_one_series_and_are_not_all_remembered() {
    let config = Config { max_series: 100, ..Config::default() };
    let registry = Registry::new(&config, Arc::new(Budget::new(100)));
    for character in ('\u{4e00}'..).take(10_000) {
        registry.register_counter(&Key::from_name(format!("a{character}")), &METADATA).increment(1);
    }
    let families = registry.families();
    assert_eq!((families.len(), families[0].series[0].1.number()), (1, Some(10_000)));
    assert!(registry.counters.len() <= 16 * registry.max_keys);
}

#[test]
fn what_components_count_by_macros_can_be_left_out() {
    let written = |families: &[crate::catalogue::Family]| {
        let config = Config { families: families.iter().copied().collect(), ..Config::default() };
        let metrics = Metrics::new(&config).unwrap();
        with_local_recorder(metrics.recorder(), || {
            counter!("ratelimit_decisions_total", "policy" => "search", "decision" => "refused").increment(3);
        });
        String::from_utf8(metrics.render(Format::Text).to_vec()).unwrap()
    };
    let page = written(&[crate::catalogue::Family::Limits]);
    has(&page, "ratelimit_decisions_total{decision=\"refused\",policy=\"search\"} 3");
    assert_eq!(written(&[]), "");
}
