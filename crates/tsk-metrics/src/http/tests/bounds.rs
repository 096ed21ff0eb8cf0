//! Whatever clients and programs do, there are so many series and no more.

use super::*;

#[test]
fn what_clients_make_up_has_no_series() {
    let mut watched = Watched::new(&Config::default(), &["/"]);
    for method in ["BREW", "PROPFIND"] {
        watched.request(method, 0, text(""));
        watched.request(method, usize::MAX, status(404));
    }
    watched.has(r#"http_server_request_duration_seconds_count{http_request_method="_OTHER",http_route="/",http_response_status_code="200"} 2"#);
    watched.has(r#"http_server_request_duration_seconds_count{http_request_method="_OTHER",http_response_status_code="404"} 2"#);
    let series = watched.series();
    for number in 0..1000 {
        watched.request(
            &format!("M{number}"),
            if number % 2 == 0 { 0 } else { 1 },
            status(if number % 2 == 0 { 200 } else { 404 }),
        );
    }
    assert_eq!(watched.series(), series);
}

#[test]
fn a_handler_that_answers_with_any_number_has_so_many_series_and_no_more() {
    let mut watched = Watched::new(&Config::default(), &["/"]);
    for number in 100..1000 {
        watched.request("GET", 0, status(number));
    }
    let page = watched.page(Format::Text);
    let series = |line: &&str| line.starts_with("http_server_request_duration_seconds_count");
    assert_eq!(page.lines().filter(series).count(), route::OUTCOMES + 1);
    watched.has(r#"http_server_request_duration_seconds_count{otel_metric_overflow="true"} 884"#);
    assert_eq!(watched.metrics.percentiles().all.start.requests, 900);
}

#[test]
fn beyond_the_limit_of_series_routes_are_counted_as_one() {
    let config = Config { max_series_per_metric: 5, ..Config::default() };
    let templates: Vec<_> = (0..20).map(|number| format!("/{number}")).collect();
    let templates: Vec<_> = templates.iter().map(String::as_str).collect();
    let mut watched = Watched::new(&config, &templates);
    for route in 0..20 {
        watched.request("GET", route, text("hello"));
    }
    watched.has(r#"http_server_request_duration_seconds_count{otel_metric_overflow="true"} 15"#);
    watched.has(r#"http_server_response_body_size_bytes_sum{otel_metric_overflow="true"} 75"#);
    watched.has(r#"tsk_metrics_dropped_total{metric="http_server_response_body_size_bytes"} 15"#);
}

#[test]
fn a_service_in_the_place_of_another_goes_on_counting() {
    let mut first = Watched::new(&Config::default(), &["/", "/gone"]);
    first.request("GET", 0, text(""));
    first.request("GET", 1, text(""));
    let mut second = Watched::of(first.metrics.clone(), &["/new", "/"]);
    second.request("GET", 1, text(""));
    first.request("GET", 0, text(""));
    second.has(r#"http_server_request_duration_seconds_count{http_request_method="GET",http_route="/",http_response_status_code="200"} 3"#);

    drop(first);
    second.metrics.tick(Instant::now());
    assert!(!second.page(Format::Text).contains("/gone"));
    second.has(r#"http_server_request_duration_seconds_count{http_request_method="GET",http_route="/",http_response_status_code="200"} 3"#);
    assert_eq!(second.metrics.percentiles().all.start.requests, 4);
}

#[test]
fn services_one_after_another_leave_nothing_behind() {
    let metrics = Metrics::new(&Config::default()).unwrap();
    let mut lines = Vec::new();
    for number in 0..50 {
        let templates = [format!("/{number}"), "/stays".to_owned()];
        let mut watched = Watched::of(metrics.clone(), &templates.each_ref().map(String::as_str));
        watched.request("GET", 0, text(""));
        watched.request("GET", 1, text(""));
        metrics.tick(Instant::now());
        lines.push(watched.series());
    }
    assert!(lines.iter().all(|count| *count == lines[0]), "{lines:?}");
    metrics.tick(Instant::now());
    let page = String::from_utf8(metrics.render(Format::Text).to_vec()).unwrap();
    assert!(page.contains("tsk_metrics_series 0\n"), "{page}");
    assert_eq!(metrics.percentiles().all.start.requests, 100);
}

#[test]
fn a_router_of_others_names_its_routes() {
    #[derive(Clone)]
    struct Matched(String);

    let config = Config { max_series_per_metric: 3, ..Config::default() };
    let metrics = Metrics::new(&config).unwrap();
    let http = metrics.http().route_by(|head| head.extensions.get().map(|Matched(template)| &**template));
    let mut service = ObserveLayer::new(Arc::new(http)).layer(Answers);
    let mut ask = |template: Option<&str>| {
        let mut request = Request::new(Body::empty());
        if let Some(template) = template {
            request.extensions_mut().insert(Matched(template.into()));
        }
        drop(poll(service.call(request)).unwrap());
    };
    ask(Some("/users/{id}"));
    ask(Some("/users/{id}"));
    ask(None);
    metrics.tick(Instant::now());
    let page = String::from_utf8(metrics.render(Format::Text).to_vec()).unwrap();
    let count = "http_server_request_duration_seconds_count{http_request_method=\"GET\",";
    assert!(
        page.contains(&format!(
            "{count}http_route=\"/users/{{id}}\",http_response_status_code=\"200\"}} 2\n"
        )),
        "{page}"
    );
    assert!(page.contains(&format!("{count}http_response_status_code=\"200\"}} 1\n")), "{page}");
    (0..20_000).for_each(|number| ask(Some(&format!("/paths/{number}"))));
    let page = String::from_utf8(metrics.render(Format::Text).to_vec()).unwrap();
    assert_eq!(page.matches("http_server_response_body_size_bytes_count").count(), 4);
}
