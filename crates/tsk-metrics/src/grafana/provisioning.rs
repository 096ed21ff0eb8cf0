//! Files that Grafana reads at its start: where Prometheus is, where dashboards are, alerts, and who is told of them.

use serde_json::{Value, json};

use super::Config;
use crate::rules::{Kind, Rules};

/// What the files are made of. They are JSON, which is YAML too.
#[derive(Debug, Clone)]
pub struct Provisioning<'a> {
    config: &'a Config,
}

impl<'a> Provisioning<'a> {
    /// Files for these dashboards.
    pub fn new(config: &'a Config) -> Self {
        Self { config }
    }

    /// `provisioning/datasources/`: the Prometheus at a URL. Where `traces` is the URL of a link, exemplars lead there.
    pub fn datasource(&self, url: &str) -> Value {
        let exemplars = self
            .config
            .traces
            .as_ref()
            .map(|traces| json!({ "name": "trace_id", "url": traces, "urlDisplayLabel": "Trace" }));
        json!({
            "apiVersion": 1,
            "datasources": [{
                "name": "Prometheus",
                "uid": self.uid(),
                "type": "prometheus",
                "access": "proxy",
                "url": url,
                "jsonData": {
                    "httpMethod": "POST",
                    "timeInterval": "15s",
                    "exemplarTraceIdDestinations": exemplars.into_iter().collect::<Vec<_>>(),
                },
            }],
        })
    }

    /// `provisioning/dashboards/`: the folder on disk that has the dashboards.
    pub fn dashboards(&self, path: &str) -> Value {
        json!({
            "apiVersion": 1,
            "providers": [{
                "name": self.config.title,
                "type": "file",
                "folder": self.config.folder(),
                "allowUiUpdates": false,
                "options": { "path": path },
            }],
        })
    }

    /// `provisioning/alerting/`: the alerts of the [rules](crate::rules), for whose Prometheus has no Alertmanager. What they record,
    /// Prometheus has to.
    pub fn alerts(&self, rules: &Rules) -> Value {
        let group = |group: &crate::rules::Group| {
            let alerts: Vec<_> =
                group.rules.iter().filter_map(|rule| self.alert(&group.name, rule)).collect();
            (!alerts.is_empty()).then(|| {
                json!({
                    "orgId": 1, "name": group.name, "folder": self.config.folder(), "interval": "1m", "rules": alerts,
                })
            })
        };
        json!({ "apiVersion": 1, "groups": rules.groups().iter().filter_map(group).collect::<Vec<_>>() })
    }

    fn alert(&self, group: &str, rule: &crate::rules::Rule) -> Option<Value> {
        let Kind::Alert { name, minutes, annotations } = &rule.kind else { return None };
        let query = json!({
            "refId": "A",
            "relativeTimeRange": { "from": 600, "to": 0 },
            "datasourceUid": self.uid(),
            // A series is there while the alert is, whatever its value: so it is the number of series that counts.
            "model": { "refId": "A", "instant": true, "expr": format!("count({}) or vector(0)", rule.expr.replace('\n', " ")) },
        });
        let above = json!({
            "refId": "B",
            "datasourceUid": "__expr__",
            "model": {
                "refId": "B", "type": "threshold", "expression": "A",
                "conditions": [{ "evaluator": { "type": "gt", "params": [0] } }],
            },
        });
        Some(json!({
            "uid": identifier(&format!("{} {group} {name}", self.config.uid)),
            "title": format!("{name}: {group}"),
            "condition": "B",
            "for": format!("{minutes}m"),
            "noDataState": "OK",
            "execErrState": "Error",
            "labels": rule.labels,
            "annotations": annotations,
            "data": [query, above],
        }))
    }

    /// `provisioning/alerting/`: who is told. Pages go to one URL, tickets to another.
    pub fn contact_points(&self, pages: &str, tickets: &str) -> Value {
        let point = |name: &str, url: &str| {
            json!({
                "orgId": 1, "name": name,
                "receivers": [{ "uid": identifier(&format!("{} {name}", self.config.uid)), "type": "webhook", "settings": { "url": url } }],
            })
        };
        json!({
            "apiVersion": 1,
            "contactPoints": [point("on-call", pages), point("tickets", tickets)],
            "policies": [{
                "orgId": 1,
                "receiver": "tickets",
                "group_by": ["service", "slo"],
                "repeat_interval": "12h",
                "routes": [{
                    "receiver": "on-call",
                    "object_matchers": [["severity", "=", "page"]],
                    "repeat_interval": "1h",
                }],
            }],
        })
    }

    fn uid(&self) -> &str {
        self.config.datasource.as_deref().unwrap_or("prometheus")
    }
}

/// Something that Grafana takes as an identifier, of at most 40 letters: the same for the same text.
fn identifier(text: &str) -> String {
    // FNV-1a: by it, identifiers stay what they are from one version to the next.
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let beginning: String = text.chars().map(word).take(23).collect();
    format!("{beginning}-{hash:016x}")
}
