//! All dashboards of a service.

use std::collections::BTreeSet;

use tsk_core::{Endpoint, RouteTable};

use super::{
    Config, Dashboard, Panel, Query, Row, Variable,
    contents::{AUTH, Content, GRAPHQL, HEALTH, LIMITS, OVERVIEW, ROOMS, ROUTE_DETAIL, RUNTIME, Shown},
    promises,
};
use crate::{catalogue, promql, rules, rules::conditions, slo::Slos};

/// All dashboards of a service: an overview, a route in detail, what is promised, limits,
/// authentication, GraphQL, rooms, the runtime, health.
#[derive(Debug, Clone)]
pub struct Dashboards(Vec<Dashboard>);

impl Dashboards {
    /// Those of a service with these routes and objectives. `rules` says how its series are told from others, and `counted` what is
    /// counted: panels of what is not are left out.
    pub fn new(
        config: &Config,
        routes: &RouteTable,
        slos: &Slos,
        rules: &rules::Config,
        counted: &crate::Config,
    ) -> Self {
        let maker = Maker { config, rules, counted };
        let templates: BTreeSet<_> = routes.iter().map(Endpoint::template).collect();
        let route = Variable::Of {
            name: "route".into(),
            label: "Route".into(),
            values: templates.into_iter().map(str::to_owned).collect(),
        };
        let mut all = vec![maker.make(&OVERVIEW)];
        if let Some(shown) = promises::row(slos, rules).filter(|_| counted.has(catalogue::Family::Http)) {
            let mut promised =
                maker.empty("promises", "what is promised", "How much of what may go wrong has.");
            promised.rows = shown;
            all.push(promised);
        }
        let mut detail = maker.make(&ROUTE_DETAIL);
        detail.variables.push(route);
        all.push(detail);
        all.extend([&LIMITS, &AUTH, &GRAPHQL, &ROOMS, &RUNTIME, &HEALTH].map(|content| maker.make(content)));
        all.retain(|dashboard| !dashboard.rows.is_empty());
        Self(all)
    }

    /// All of them.
    pub fn all(&self) -> &[Dashboard] {
        &self.0
    }
}

struct Maker<'a> {
    config: &'a Config,
    rules: &'a rules::Config,
    counted: &'a crate::Config,
}

impl Maker<'_> {
    fn make(&self, content: &Content) -> Dashboard {
        let mut dashboard = self.empty(content.name, content.title, content.description);
        let rows = content.rows.iter().map(|(title, shown)| Row {
            title: (*title).to_owned(),
            panels: shown.iter().filter_map(|shown| self.panel(shown)).collect(),
        });
        dashboard.rows = rows.filter(|row| !row.panels.is_empty()).collect();
        dashboard
    }

    fn empty(&self, name: &str, title: &str, description: &str) -> Dashboard {
        let Config { title: service, uid, datasource, traces, logs, .. } = self.config;
        let link = |title: &str, url: &Option<String>| Some((title.to_owned(), url.clone()?));
        let source = datasource.is_none().then_some(Variable::Source);
        let start = catalogue::PROCESS_START_TIME;
        let series = self.selected(start.name, "");
        let instance = Variable::Label { name: "instance".into(), label: "Server".into(), series };
        let is_known = self.counted.has(start.family);
        Dashboard {
            uid: format!("{uid}-{name}"),
            title: format!("{service}: {title}"),
            description: description.to_owned(),
            variables: source.into_iter().chain([instance]).collect(),
            rows: Vec::new(),
            links: link("Traces", traces).into_iter().chain(link("Logs", logs)).collect(),
            starts: is_known
                .then(|| format!("{} * 1000", self.selected(start.name, "instance=~\"$instance\""))),
            source: self.config.source().to_owned(),
        }
    }

    /// A panel, if what it shows is counted.
    fn panel(&self, Shown(title, description, view, unit, queries): &Shown) -> Option<Panel> {
        let queries = queries
            .iter()
            .filter(|(expr, _)| self.is_counted(expr))
            .map(|(expr, legend)| Query { expr: self.complete(expr), legend: (*legend).to_owned() });
        let queries: Vec<_> = queries.collect();
        (!queries.is_empty()).then(|| Panel {
            title: (*title).to_owned(),
            description: (*description).to_owned(),
            view: *view,
            unit,
            queries,
            steps: Vec::new(),
        })
    }

    /// With the conditions in the place of `@`.
    fn complete(&self, expr: &str) -> String {
        let conditions = [conditions(&self.rules.matchers), "instance=~\"$instance\"".to_owned()];
        let conditions = conditions.into_iter().filter(|condition| !condition.is_empty());
        expr.replace('@', &conditions.collect::<Vec<_>>().join(","))
    }

    fn selected(&self, metric: &str, condition: &str) -> String {
        let conditions = [&*conditions(&self.rules.matchers), condition];
        let conditions: Vec<_> = conditions.into_iter().filter(|condition| !condition.is_empty()).collect();
        if conditions.is_empty() {
            metric.to_owned()
        } else {
            format!("{metric}{{{}}}", conditions.join(","))
        }
    }

    fn is_counted(&self, expr: &str) -> bool {
        promql::names(expr).selected.iter().all(|selected| {
            catalogue::of_sample(selected.metric).is_some_and(|metric| self.counted.has(metric.family))
        })
    }
}
