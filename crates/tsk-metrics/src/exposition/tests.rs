#![allow(clippy::unwrap_used)]

use metrics::{Key, Label, Recorder as _};
use proptest::prelude::*;

use super::*;
use crate::{Config, Metrics};

pub(crate) mod parser;

use parser::parse;

fn page(format: Format, write: impl FnOnce(&mut Page)) -> String {
    let mut page = Page::new(format, 0, || ());
    write(&mut page);
    String::from_utf8(page.finish()).unwrap()
}

#[test]
fn a_counter_keeps_its_name_in_both_formats() {
    let write = |page: &mut Page| {
        for name in ["jobs_total", "jobs"] {
            page.family(name, Kind::Counter, None, "Jobs.");
            page.count(name, "kind=\"a\"", 3);
        }
    };
    assert_eq!(
        page(Format::Text, write),
        "# TYPE jobs_total counter\n# HELP jobs_total Jobs.\njobs_total{kind=\"a\"} 3\n\
         # TYPE jobs counter\n# HELP jobs Jobs.\njobs{kind=\"a\"} 3\n"
    );
    assert_eq!(
        page(Format::OpenMetrics, write),
        "# TYPE jobs counter\n# HELP jobs Jobs.\njobs_total{kind=\"a\"} 3\n\
         # TYPE jobs unknown\n# HELP jobs Jobs.\njobs{kind=\"a\"} 3\n# EOF\n"
    );
}

#[test]
fn between_stretches_of_a_page_others_may_go_first() {
    use std::cell::Cell;

    thread_local! {
        static PAUSES: Cell<usize> = const { Cell::new(0) };
    }
    let mut page = Page::new(Format::Text, 0, || PAUSES.set(PAUSES.get() + 1));
    for number in 0..10_000 {
        page.count("orders_total", &format!("customer=\"{number}\""), number);
        page.sample("age", &format!("customer=\"{number}\""), 0.5);
    }
    let (size, pauses) = (page.finish().len(), PAUSES.get());
    // A line is beyond the end of a stretch at most.
    assert!((size / (STRETCH + 100)..=size / STRETCH).contains(&pauses), "{pauses} in {size} bytes");
}

#[test]
fn a_unit_is_said_where_the_name_has_it() {
    let text = page(Format::OpenMetrics, |page| {
        page.family("a_seconds", Kind::Gauge, Some("seconds"), "");
        page.family("b", Kind::Gauge, Some("seconds"), "");
    });
    assert_eq!(text, "# TYPE a_seconds gauge\n# UNIT a_seconds seconds\n# TYPE b gauge\n# EOF\n");
}

#[test]
fn text_is_escaped() {
    let text = page(Format::Text, |page| page.family("a", Kind::Gauge, None, "a \"b\"\n\\c"));
    assert_eq!(text, "# TYPE a gauge\n# HELP a a \"b\"\\n\\\\c\n");
    let mut labels = String::new();
    label::write(&mut labels, "path", "C:\\new \"one\"\n");
    label::write(&mut labels, "empty", "");
    assert_eq!(labels, r#"path="C:\\new \"one\"\n""#);
}

#[test]
fn who_asks_gets_what_is_most_welcome() {
    use Format::{OpenMetrics, Text};
    for (accept, format) in [
        // Prometheus 2.42, 2.50 and 3.1.
        (
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
             text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            OpenMetrics,
        ),
        ("text/plain;version=0.0.4;q=0.5,application/openmetrics-text;version=1.0.0;q=0.4,*/*;q=0.3", Text),
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
             application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
             text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
            OpenMetrics,
        ),
        ("", Text),
        ("*/*", Text),
        ("text/*", Text),
        ("application/*", OpenMetrics),
        ("application/openmetrics-text", OpenMetrics),
        ("application/openmetrics-text;version=2.0.0", Text),
        ("application/openmetrics-text; version=\"1.0.0\"; q=0", Text),
        ("application/openmetrics-text;q=0.2, text/plain;q=0.9", Text),
        ("Application/OpenMetrics-Text;Version=1.0.0", OpenMetrics),
        ("application/openmetrics-text;q=2", Text),
        ("text/html,application/xhtml+xml,*/*;q=0.8", Text),
        (",;=,;;q", Text),
    ] {
        assert_eq!(Format::accepted(accept), format, "{accept}");
    }
}

/// Names and texts, among them ones that cannot be.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z_:]{1,6}",
        "[a-zA-Z0-9_.:-]{0,8}",
        any::<String>(),
        Just("le".to_owned()),
        Just("\\n\"\n\\".to_owned())
    ]
}

proptest! {
    #[test]
    fn no_accept_is_too_strange(accept: String) {
        let _ = Format::accepted(&accept);
    }

    #[test]
    fn whatever_a_program_counts_both_formats_can_be_read(
        series in prop::collection::vec(
            (0..3, text(), prop::collection::vec((text(), text()), 0..4), text(), any::<f64>()), 0..20,
        ),
    ) {
        let config = Config { families: [].into(), max_series_per_metric: 3, ..Config::default() };
        let metrics = Metrics::new(&config).unwrap();
        let registry = metrics.recorder();
        static METADATA: metrics::Metadata<'static> = metrics::Metadata::new("", metrics::Level::INFO, None);
        for (kind, name, labels, help, value) in series {
            let labels: Vec<_> = labels.into_iter().map(|(name, value)| Label::new(name, value)).collect();
            let key = Key::from_parts(name.clone(), labels);
            registry.describe_gauge(name.into(), None, help.into());
            match kind {
                0 => registry.register_counter(&key, &METADATA).increment(value.abs() as u64),
                1 => registry.register_gauge(&key, &METADATA).set(value),
                _ => registry.register_histogram(&key, &METADATA).record(value),
            }
        }
        let pages = Format::ALL.map(|format| {
            let page = String::from_utf8(metrics.render(format).to_vec()).unwrap();
            parse(&page, format)
        });
        let series = |page: &parser::Parsed| page.samples.keys().cloned().collect::<Vec<_>>();
        prop_assert_eq!(series(&pages[0]), series(&pages[1]));
    }
}
