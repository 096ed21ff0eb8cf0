#![allow(clippy::unwrap_used)]

use std::sync::Mutex;

use http::Response;
use serde_json::json;
use tsk_core::{RouteTable, client::Sending};

use super::*;
use crate::{
    grafana::Config,
    rules,
    slo::{SloConfig, Slos},
};

const HOSTILE: &str = "<script>alert(1)</script>|\"'&[x](javascript:y)";

/// A Prometheus that has a line for whatever it is asked.
#[derive(Debug, Default)]
struct Fake {
    asked: Mutex<Vec<String>>,
    answer: Option<(u16, &'static str)>,
}

impl HttpClient for Fake {
    fn send(&self, request: Request<Bytes>) -> Sending {
        assert_eq!(request.uri(), "http://prometheus.example/api/v1/query_range");
        assert_eq!(request.headers()[header::AUTHORIZATION], "Bearer secret");
        self.asked.lock().unwrap().push(String::from_utf8(request.body().to_vec()).unwrap());
        let series = |index: usize| {
            json!({
                "metric": { "http_route": format!("{HOSTILE} {index}"), "instance": "a" },
                "values": [[1_000_000.0, "1"], [1_043_200.0, "NaN"], [1_086_400.0, format!("{}", index + 2)]],
            })
        };
        let body =
            json!({ "status": "success", "data": { "result": (0..14).map(series).collect::<Vec<_>>() } });
        let (status, body) = match self.answer {
            Some((status, body)) => (status, body.to_owned()),
            None => (200, body.to_string()),
        };
        let answer = Response::builder().status(status).body(Bytes::from(body)).unwrap();
        Box::pin(std::future::ready(Ok(answer)))
    }
}

fn dashboards() -> Dashboards {
    let counted = crate::Config::default();
    let said: Vec<SloConfig> = serde_json::from_str(r#"[{ "name": "shop", "availability": 99.0 }]"#).unwrap();
    let slos = Slos::new(&RouteTable::default(), &said, &counted).unwrap();
    Dashboards::new(&Config::default(), &RouteTable::default(), &slos, &rules::Config::default(), &counted)
}

async fn report(fake: Fake) -> Result<(Report, Vec<String>), ReportError> {
    let fake = Arc::new(fake);
    let reporter =
        Reporter::new(Arc::clone(&fake) as _, "http://prometheus.example/", Some("secret")).unwrap();
    let report = reporter.report(HOSTILE, &dashboards(), Duration::from_secs(86_400), 1_086_400).await?;
    let asked = fake.asked.lock().unwrap().clone();
    Ok((report, asked))
}

#[tokio::test]
async fn it_has_a_picture_of_every_panel_over_its_time() {
    let (report, asked) = report(Fake::default()).await.unwrap();
    let panels: usize = dashboards()
        .all()
        .iter()
        .filter(|dashboard| is_told(dashboard))
        .map(|dashboard| dashboard.panels().count())
        .sum();
    let html = report.html();
    assert_eq!(html.matches("<svg ").count(), panels);
    assert_eq!(report.markdown().matches("](data:image/svg+xml,%3Csvg").count(), panels);
    assert!(html.contains("From 1970-01-12T13:46:40Z to 1970-01-13T13:46:40Z."), "{html}");
    assert!(html.contains("what is promised") || html.contains("shop: 99 % are answered"));
    for form in asked {
        assert!(form.ends_with("&start=1000000&end=1086400&step=720") && !form.contains("%24"), "{form}");
    }
    assert!(html.contains("And 2 more, which were lower."), "there is an end to the lines");
}

#[tokio::test]
async fn nothing_of_a_label_is_more_than_text() {
    let (report, _) = report(Fake::default()).await.unwrap();
    let html = report.html();
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(
        !html.contains("http://")
            || html.matches("http://").count() == html.matches("http://www.w3.org/2000/svg").count()
    );
    let markdown = report.markdown();
    assert!(!markdown.contains("<script") && !markdown.contains("[x](javascript"), "{markdown}");
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    assert!(markdown.lines().filter(|line| line.starts_with("| ")).all(|line| cells(line) == 5));
}

#[tokio::test]
async fn what_a_prometheus_complains_of_is_told() {
    let refused = (400, r#"{"status":"error","error":"parse error"}"#);
    let error = report(Fake { answer: Some(refused), ..Fake::default() }).await.unwrap_err().to_string();
    assert!(
        error.starts_with("http://prometheus.example: `") && error.ends_with("`: parse error"),
        "{error}"
    );
    let error = report(Fake { answer: Some((502, "<html>")), ..Fake::default() }).await.unwrap_err();
    assert!(error.to_string().ends_with("502 Bad Gateway without JSON; is it a Prometheus?"), "{error}");
}

#[test]
fn numbers_have_three_digits_and_their_unit() {
    for (value, unit, text) in [
        (0.0, "s", "0 ms"),
        (0.001_234, "s", "1.23 ms"),
        (12.0, "s", "12 s"),
        (0.999, "percentunit", "99.9 %"),
        (1_234.5, "reqps", "1234/s"),
        (-0.5, "short", "-0.5"),
    ] {
        assert_eq!(encode::told(value, unit), text);
    }
}
