//! A dashboard as Grafana's newer API takes it: a resource of `dashboard.grafana.app`, version 2.

use serde_json::{Map, Value, json};

use super::{Dashboard, Row, Variable, classic::csv};

impl Dashboard {
    /// The dashboard as a resource, for `PUT /apis/dashboard.grafana.app/v2/…` and for `kubectl`-like tools.
    pub fn resource(&self) -> Value {
        let (mut elements, mut rows, mut id) = (Map::new(), Vec::new(), 0);
        for row in &self.rows {
            rows.push(self.row(row, &mut elements, &mut id));
        }
        json!({
            "apiVersion": "dashboard.grafana.app/v2",
            "kind": "Dashboard",
            "metadata": { "name": self.uid },
            "spec": {
                "title": self.title,
                "description": self.description,
                "tags": ["tsk"],
                "editable": true,
                "preload": false,
                "cursorSync": "Crosshair",
                "timeSettings": {
                    "from": "now-1h", "to": "now", "autoRefresh": "30s",
                    "autoRefreshIntervals": ["5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h"],
                    "hideTimepicker": false, "fiscalYearStartMonth": 0,
                },
                "variables": self.variables.iter().map(|variable| self.variable(variable)).collect::<Vec<_>>(),
                "annotations": self.starts.iter().map(|expr| self.starts(expr)).collect::<Vec<_>>(),
                "links": self.links(),
                "elements": elements,
                "layout": { "kind": "RowsLayout", "spec": { "rows": rows } },
            },
        })
    }

    fn row(&self, row: &Row, elements: &mut Map<String, Value>, id: &mut u32) -> Value {
        let (placed, _) = Self::placed(row, 0);
        let items = placed.into_iter().map(|(panel, [x, y, width, height])| {
            *id += 1;
            let name = format!("panel-{id}");
            let queries = panel.queries.iter().enumerate().map(|(index, query)| {
                let mut model = query.model(index, panel);
                let reference = model.as_object_mut().and_then(|model| model.remove("refId"));
                json!({
                    "kind": "PanelQuery",
                    "spec": { "refId": reference, "hidden": false, "query": self.query(model) },
                })
            });
            elements.insert(name.clone(), json!({
                "kind": "Panel",
                "spec": {
                    "id": *id,
                    "title": panel.title,
                    "description": panel.description,
                    "links": [],
                    "data": {
                        "kind": "QueryGroup",
                        "spec": { "queries": queries.collect::<Vec<_>>(), "transformations": [], "queryOptions": {} },
                    },
                    "vizConfig": {
                        "kind": "VizConfig",
                        "group": panel.view.plugin(),
                        "version": "",
                        "spec": { "options": panel.options(), "fieldConfig": panel.field_config() },
                    },
                },
            }));
            json!({
                "kind": "GridLayoutItem",
                "spec": {
                    "x": x, "y": y, "width": width, "height": height,
                    "element": { "kind": "ElementReference", "name": name },
                },
            })
        });
        let items: Vec<_> = items.collect();
        json!({
            "kind": "RowsLayoutRow",
            "spec": {
                "title": row.title, "collapse": false,
                "layout": { "kind": "GridLayout", "spec": { "items": items } },
            },
        })
    }

    fn query(&self, spec: Value) -> Value {
        json!({
            "kind": "DataQuery", "group": "prometheus", "version": "v0", "datasource": { "name": self.source }, "spec": spec,
        })
    }

    fn starts(&self, expr: &str) -> Value {
        let spec = json!({ "expr": expr, "step": "60s" });
        json!({
            "kind": "AnnotationQuery",
            "spec": {
                "name": "Starts", "enable": true, "hide": false, "iconColor": "blue", "query": self.query(spec),
                "legacyOptions": { "titleFormat": "started", "textFormat": "{{instance}}", "useValueForTime": "on" },
            },
        })
    }

    fn links(&self) -> Vec<Value> {
        let link = |(title, url): &(String, String)| {
            json!({
                "title": title, "type": "link", "url": url, "icon": "external link", "tooltip": "", "tags": [],
                "asDropdown": false, "targetBlank": true, "includeVars": false, "keepTime": true,
            })
        };
        let others = json!({
            "title": "Dashboards", "type": "dashboards", "icon": "dashboard", "tooltip": "", "tags": ["tsk"],
            "asDropdown": true, "targetBlank": false, "includeVars": true, "keepTime": true,
        });
        self.links.iter().map(link).chain([others]).collect()
    }

    fn variable(&self, variable: &Variable) -> Value {
        match variable {
            Variable::Source => json!({
                "kind": "DatasourceVariable",
                "spec": {
                    "name": "datasource", "label": "Prometheus", "pluginId": "prometheus", "refresh": "onDashboardLoad",
                    "regex": "", "current": { "text": "", "value": "" }, "options": [], "multi": false,
                    "includeAll": false, "hide": "dontHide", "skipUrlSync": false, "allowCustomValue": true,
                },
            }),
            Variable::Label { name, label, series } => json!({
                "kind": "QueryVariable",
                "spec": {
                    "name": name, "label": label, "hide": "dontHide", "refresh": "onTimeRangeChanged", "skipUrlSync": false,
                    "query": self.query(json!({ "query": format!("label_values({series}, {name})") })),
                    "regex": "", "sort": "alphabeticalAsc", "options": [], "multi": true, "includeAll": true,
                    "allValue": ".*", "current": { "text": ["All"], "value": ["$__all"] }, "allowCustomValue": true,
                },
            }),
            Variable::Of { name, label, values } => {
                let first = values.first().cloned().unwrap_or_default();
                let option =
                    |value: &String| json!({ "text": value, "value": value, "selected": *value == first });
                json!({
                    "kind": "CustomVariable",
                    "spec": {
                        "name": name, "label": label, "query": csv(values), "current": { "text": first, "value": first },
                        "options": values.iter().map(option).collect::<Vec<_>>(), "multi": false, "includeAll": false,
                        "hide": "dontHide", "skipUrlSync": false, "allowCustomValue": true,
                    },
                })
            }
        }
    }
}
