//! A dashboard as Grafana reads it from a file, and as its older API takes it.

use serde_json::{Value, json};

use super::{Dashboard, Panel, Query, Step, Variable, View};

/// The version of the form. Grafana brings an older one up to date.
const SCHEMA: u32 = 41;

impl Dashboard {
    /// The dashboard in the classic form.
    pub fn classic(&self) -> Value {
        let source = self.source_of();
        let mut panels = Vec::new();
        let (mut id, mut top) = (0, 0);
        let mut next = || {
            id += 1;
            id
        };
        for row in &self.rows {
            let place = json!({ "x": 0, "y": top, "w": 24, "h": 1 });
            panels.push(json!({
                "type": "row", "id": next(), "title": row.title, "collapsed": false, "gridPos": place, "panels": [],
            }));
            let (placed, bottom) = Self::placed(row, top + 1);
            for (panel, [x, y, w, h]) in placed {
                let targets = panel.queries.iter().enumerate().map(|(index, query)| {
                    let mut target = query.model(index, panel);
                    target["datasource"] = source.clone();
                    target
                });
                panels.push(json!({
                    "type": panel.view.plugin(),
                    "id": next(),
                    "title": panel.title,
                    "description": panel.description,
                    "datasource": source,
                    "gridPos": { "x": x, "y": y, "w": w, "h": h },
                    "targets": targets.collect::<Vec<_>>(),
                    "fieldConfig": panel.field_config(),
                    "options": panel.options(),
                }));
            }
            top = bottom;
        }
        json!({
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": ["tsk"],
            "schemaVersion": SCHEMA,
            "editable": true,
            "graphTooltip": 1,
            "time": { "from": "now-1h", "to": "now" },
            "refresh": "30s",
            "timezone": "",
            "templating": { "list": self.variables.iter().map(|variable| variable.classic(&source)).collect::<Vec<_>>() },
            "annotations": { "list": self.annotations(&source) },
            "links": self.classic_links(),
            "panels": panels,
        })
    }

    fn source_of(&self) -> Value {
        json!({ "type": "prometheus", "uid": self.source })
    }

    fn annotations(&self, source: &Value) -> Vec<Value> {
        let annotation = |expr: &String| {
            json!({
                "name": "Starts", "datasource": source, "enable": true, "hide": false, "iconColor": "blue",
                "expr": expr, "step": "60s", "titleFormat": "started", "textFormat": "{{instance}}", "useValueForTime": "on",
            })
        };
        self.starts.iter().map(annotation).collect()
    }

    fn classic_links(&self) -> Vec<Value> {
        let link = |(title, url): &(String, String)| {
            json!({
                "title": title, "type": "link", "url": url, "icon": "external link", "tooltip": "", "tags": [],
                "asDropdown": false, "targetBlank": true, "includeVars": false, "keepTime": true,
            })
        };
        let others = json!({
            "title": "Dashboards", "type": "dashboards", "url": "", "icon": "dashboard", "tooltip": "", "tags": ["tsk"],
            "asDropdown": true, "targetBlank": false, "includeVars": true, "keepTime": true,
        });
        self.links.iter().map(link).chain([others]).collect()
    }
}

impl Variable {
    fn classic(&self, source: &Value) -> Value {
        match self {
            Self::Source => json!({
                "type": "datasource", "name": "datasource", "label": "Prometheus", "query": "prometheus", "hide": 0,
            }),
            Self::Label { name, label, series } => json!({
                "type": "query", "name": name, "label": label, "datasource": source, "hide": 0,
                "query": { "query": format!("label_values({series}, {name})"), "refId": name },
                "refresh": 2, "sort": 1, "multi": true, "includeAll": true, "allValue": ".*",
                "current": { "text": ["All"], "value": ["$__all"] },
            }),
            Self::Of { name, label, values } => {
                let first = values.first().cloned().unwrap_or_default();
                let option =
                    |value: &String| json!({ "text": value, "value": value, "selected": *value == first });
                json!({
                    "type": "custom", "name": name, "label": label, "hide": 0, "query": csv(values),
                    "current": { "text": first, "value": first },
                    "options": values.iter().map(option).collect::<Vec<_>>(),
                })
            }
        }
    }
}

/// Values with commas between them, those in values escaped.
pub(super) fn csv(values: &[String]) -> String {
    values.iter().map(|value| value.replace(',', "\\,")).collect::<Vec<_>>().join(",")
}

impl View {
    pub(super) fn plugin(self) -> &'static str {
        match self {
            Self::Lines | Self::Areas => "timeseries",
            Self::Number => "stat",
            Self::Heatmap => "heatmap",
            Self::Bars => "bargauge",
        }
    }
}

impl Query {
    /// What the data source is asked.
    pub(super) fn model(&self, index: usize, panel: &Panel) -> Value {
        let is_last = matches!(panel.view, View::Number | View::Bars);
        json!({
            "refId": char::from(b'A' + (index % 26) as u8).to_string(),
            "expr": self.expr,
            "legendFormat": self.legend,
            "instant": is_last,
            "range": !is_last,
            "exemplar": !is_last && self.expr.contains("_bucket"),
            "format": if panel.view == View::Heatmap { "heatmap" } else { "time_series" },
        })
    }
}

impl Panel {
    pub(super) fn field_config(&self) -> Value {
        let step = |Step { from, colour }: &Step| json!({ "value": from, "color": colour });
        let lowest = if self.view == View::Number && !self.steps.is_empty() { "red" } else { "green" };
        let steps: Vec<_> = [json!({ "value": null, "color": lowest })]
            .into_iter()
            .chain(self.steps.iter().map(step))
            .collect();
        let is_stacked = self.view == View::Areas;
        let custom = match self.view {
            View::Lines | View::Areas => json!({
                "drawStyle": "line",
                "lineWidth": 1,
                "fillOpacity": if is_stacked { 40 } else { 0 },
                "showPoints": "never",
                "stacking": { "mode": if is_stacked { "normal" } else { "none" }, "group": "A" },
                "thresholdsStyle": { "mode": if self.steps.is_empty() { "off" } else { "line" } },
            }),
            View::Number | View::Heatmap | View::Bars => json!({}),
        };
        let colour = if self.view == View::Number { "thresholds" } else { "palette-classic" };
        let mut defaults = json!({
            "unit": self.unit,
            "color": { "mode": colour },
            "thresholds": { "mode": "absolute", "steps": steps },
            "custom": custom,
        });
        // Nothing is below none, but for a budget that is more than used up.
        if self.steps.is_empty() {
            defaults["min"] = json!(0);
        }
        json!({ "defaults": defaults, "overrides": [] })
    }

    pub(super) fn options(&self) -> Value {
        match self.view {
            View::Lines | View::Areas => json!({
                "legend": { "displayMode": "list", "placement": "bottom", "showLegend": true, "calcs": [] },
                "tooltip": { "mode": "multi", "sort": "desc" },
            }),
            View::Number => json!({
                "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false },
                "colorMode": if self.steps.is_empty() { "none" } else { "value" },
                "graphMode": "none",
                "textMode": "auto",
            }),
            View::Heatmap => json!({
                "calculate": false,
                "yAxis": { "unit": self.unit },
                "color": { "mode": "scheme", "scheme": "Blues", "steps": 64 },
                "cellGap": 1,
            }),
            View::Bars => json!({
                "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false },
                "displayMode": "basic",
                "orientation": "horizontal",
            }),
        }
    }
}
