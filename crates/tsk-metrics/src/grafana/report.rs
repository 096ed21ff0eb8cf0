//! What dashboards show, as a document: for who reads mail and no dashboards.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use serde_json::Value;
use tsk_core::client::HttpClient;

use super::{Dashboard, Dashboards, Panel, Query};

mod chart;
mod encode;
mod page;
#[cfg(test)]
mod tests;

use self::encode::encoded;

/// Points of a line.
const POINTS: u64 = 120;
/// Lines of a picture; further ones are left out, and that is said.
const LINES: usize = 12;

/// What a Prometheus has answered for the panels of dashboards, over a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    title: String,
    /// In seconds since 1970.
    from: u64,
    to: u64,
    sections: Vec<(String, Vec<Picture>)>,
}

/// A panel, and what there was.
#[derive(Debug, Clone, PartialEq)]
struct Picture {
    title: String,
    description: String,
    unit: &'static str,
    lines: Vec<Line>,
    left_out: usize,
}

/// What a series was, in its time.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    name: String,
    points: Vec<(f64, f64)>,
}

/// Why there is no report.
#[derive(Debug)]
pub struct ReportError(String);

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ReportError {}

/// Asks a Prometheus.
#[derive(Debug, Clone)]
pub struct Reporter {
    client: Arc<dyn HttpClient>,
    url: String,
    token: Option<HeaderValue>,
}

impl Reporter {
    /// The Prometheus at a URL, which may demand a token (RFC 6750).
    ///
    /// # Errors
    ///
    /// A token that no header can have.
    pub fn new(client: Arc<dyn HttpClient>, url: &str, token: Option<&str>) -> Result<Self, ReportError> {
        let token = token.map(|token| HeaderValue::try_from(format!("Bearer {token}"))).transpose();
        let mut token = token.map_err(|_| ReportError("the token has what no header has".into()))?;
        if let Some(token) = &mut token {
            token.set_sensitive(true);
        }
        Ok(Self { client, url: url.trim_end_matches('/').to_owned(), token })
    }

    /// A report of the overview and of what is promised, over a time up to `to`, in seconds since 1970.
    ///
    /// # Errors
    ///
    /// A Prometheus that cannot be reached, or does not answer as one does.
    pub async fn report(
        &self,
        title: &str,
        dashboards: &Dashboards,
        span: Duration,
        to: u64,
    ) -> Result<Report, ReportError> {
        let span = span.as_secs().max(POINTS);
        let (from, step) = (to.saturating_sub(span), span / POINTS);
        let mut sections = Vec::new();
        for dashboard in dashboards.all().iter().filter(|dashboard| is_told(dashboard)) {
            for row in &dashboard.rows {
                let mut pictures = Vec::new();
                for panel in &row.panels {
                    pictures.push(self.picture(panel, from, to, step).await?);
                }
                sections.push((row.title.clone(), pictures));
            }
        }
        Ok(Report { title: title.to_owned(), from, to, sections })
    }

    async fn picture(&self, panel: &Panel, from: u64, to: u64, step: u64) -> Result<Picture, ReportError> {
        let mut lines = Vec::new();
        for query in &panel.queries {
            lines.extend(self.lines(query, from, to, step).await?);
        }
        // The highest are those that matter, where there are too many.
        lines.sort_by(|one: &Line, other| other.highest().total_cmp(&one.highest()));
        let left_out = lines.len().saturating_sub(LINES);
        lines.truncate(LINES);
        Ok(Picture {
            title: panel.title.clone(),
            description: panel.description.clone(),
            unit: panel.unit,
            lines,
            left_out,
        })
    }

    async fn lines(&self, query: &Query, from: u64, to: u64, step: u64) -> Result<Vec<Line>, ReportError> {
        let wrong = |what: &dyn fmt::Display| ReportError(format!("{}: `{}`: {what}", self.url, query.expr));
        let expr = complete(&query.expr, step);
        let form = format!("query={}&start={from}&end={to}&step={step}", encoded(&expr));
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}/api/v1/query_range", self.url))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request =
            self.token.iter().fold(request, |request, token| request.header(header::AUTHORIZATION, token));
        let request = request.body(Bytes::from(form)).map_err(|error| wrong(&error))?;
        let answer = self.client.send(request).await.map_err(|error| wrong(&error))?;
        let body: Value = serde_json::from_slice(answer.body())
            .map_err(|_| wrong(&format_args!("{} without JSON; is it a Prometheus?", answer.status())))?;
        let Some(result) = body["data"]["result"].as_array() else {
            return Err(wrong(&body["error"].as_str().unwrap_or("it does not say why there is no answer")));
        };
        Ok(result.iter().map(|series| Line::read(series, &query.legend)).collect())
    }
}

/// Of the other dashboards, a report would be too long.
fn is_told(dashboard: &Dashboard) -> bool {
    dashboard.uid.ends_with("-overview") || dashboard.uid.ends_with("-promises")
}

/// Of all servers; a rate is over four steps, and five minutes at least.
fn complete(expr: &str, step: u64) -> String {
    let window = format!("{}s", (4 * step).max(300));
    expr.replace("$__rate_interval", &window).replace("$instance", ".*")
}

impl Line {
    fn read(series: &Value, legend: &str) -> Self {
        let point = |point: &Value| {
            let value: f64 = point[1].as_str()?.parse().ok()?;
            Some((point[0].as_f64()?, value)).filter(|(_, value)| value.is_finite())
        };
        let values = series["values"].as_array();
        let points = values.into_iter().flatten().filter_map(point).collect();
        Self { name: named(legend, &series["metric"]), points }
    }

    fn highest(&self) -> f64 {
        self.points.iter().map(|(_, value)| *value).fold(f64::MIN, f64::max)
    }

    fn lowest(&self) -> f64 {
        self.points.iter().map(|(_, value)| *value).fold(f64::MAX, f64::min)
    }

    fn last(&self) -> Option<f64> {
        self.points.last().map(|(_, value)| *value)
    }
}

/// A legend with the values of labels in the place of `{{label}}`.
fn named(legend: &str, labels: &Value) -> String {
    let (mut name, mut rest) = (String::new(), legend);
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((label, after)) = after.split_once("}}") else { break };
        name.push_str(before);
        name.push_str(labels[label].as_str().unwrap_or_default());
        rest = after;
    }
    name.push_str(rest);
    name.trim().to_owned()
}
