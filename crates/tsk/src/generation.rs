//! An application whose routes and settings were checked.

use std::{collections::BTreeSet, sync::Arc};

use tsk_core::{Drain, Endpoint, Insight, RouteTable};
use tsk_health::Health;
use tsk_http::{Router, server::Monitor};
use tsk_metrics::{
    rules::Rules,
    slo::{Budgets, Slos},
    usage::Usage,
};
use tsk_ratelimit::Limits;
use tsk_ws::{Rooms, Sockets};

#[cfg(feature = "docs")]
use crate::documents::Documents;
use crate::{
    App, Config, Error,
    current::Served,
    gates::{Priorities, Unbound},
    stack::Layers,
    watch::Watch,
};

/// An application whose routes and settings were checked.
#[derive(Debug)]
pub(crate) struct Generation {
    pub(crate) layers: Arc<Layers>,
    pub(crate) config: Config,
    pub(crate) drain: Drain,
    pub(crate) health: Health,
    #[cfg(feature = "grafana")]
    pub(crate) slos: Slos,
    pub(crate) rules: Rules,
    /// What is left of what is promised, where something is.
    budgets: Option<Budgets>,
    /// Who uses what, where that is counted.
    usage: Option<Usage>,
    insights: Arc<[Arc<dyn Insight>]>,
    rooms: Option<Rooms>,
    #[cfg(feature = "docs")]
    pub(crate) documents: Option<Documents>,
}

impl Generation {
    /// Goes on where a `former` one has got to.
    pub(crate) fn new(app: App, watch: &Watch, former: Option<&Served>) -> Result<Self, Error> {
        let App { config, router, layers, outer, rules, authentication, priorities, .. } = app;
        let (drain, health, mut insights) = (app.drain, app.health, app.insights);
        let limits = Limits::new(watch.accounts.store.clone()).config(&config.limits, &config.limit)?;
        let limits = config.limits.enabled.then(|| rules.into_iter().fold(limits, Limits::rule));
        let health = health.config(&config.health);
        let healthy = former.map(|former| &former.health);
        let health = healthy.into_iter().fold(health, tsk_health::Builder::succeeding).build()?;
        let overload = former.and_then(|former| former.overload.as_ref());
        let overload = Priorities::overload(&config.overload, priorities, overload)?;
        insights.push(Arc::new(health.clone()));
        insights.extend(watch.insights());
        #[cfg(feature = "docs")]
        let router = match app.documents.as_ref().filter(|documents| documents.are_public) {
            Some(documents) => {
                let of_versions = documents.routes_of_versions(router.version_names());
                router.nest(&documents.prefix, of_versions)
            }
            None => router,
        };
        let authentication = authentication.read(&config.auth, &watch.stores)?;
        #[cfg(feature = "oidc")]
        let router = router.merge(crate::oidc::routes(authentication.oidc()));
        let router = authentication.sessions().cloned().into_iter().fold(router, Router::state);
        let sockets = Sockets::new(&config.ws)?;
        let rooms = crate::rooms::declared(
            &config,
            &sockets,
            app.rooms,
            former.and_then(|former| former.rooms.as_ref()),
        )?;
        insights.extend(rooms.iter().map(|rooms| Arc::new(rooms.clone()) as _));
        let router = match &rooms {
            Some(rooms) => router.state(rooms.clone()).merge(crate::rooms::routes(rooms)),
            None => router,
        };
        #[cfg(feature = "graphql")]
        let router = match app.graphql.map(|mounted| mounted.configured(&config, &sockets)).transpose()? {
            Some((graphql, routes)) => {
                insights.push(Arc::new(graphql));
                router.merge(routes)
            }
            None => router,
        };
        let router = router.state(sockets);
        let audit = Some(watch.stores.audit()).filter(|audit| audit.is_on());
        let router = audit.cloned().into_iter().fold(router, Router::state);
        let layers = Layers::new(
            &config.http,
            router.build()?,
            layers,
            outer,
            Unbound { limits, authentication, overload },
            drain.clone(),
            Some(watch),
        )?;
        not_probes(&layers.table(), &health)?;
        // What could not be alerted on is refused at the start, and not when the rules are written.
        let slos = Slos::new(&layers.table(), &config.slo, &config.metrics)?;
        let rules = Rules::new(&slos, &config.alerts, &config.metrics)?;
        let promising = watch.metrics.as_ref().filter(|_| !slos.is_empty());
        let budgets = promising.map(|metrics| {
            let former = former.and_then(|former| former.budgets.as_ref());
            metrics.budgets(&slos, former)
        });
        insights.extend(budgets.iter().map(|budgets| Arc::new(budgets.clone()) as _));
        insights.extend(layers.limits().map(|limits| Arc::clone(limits) as _));
        insights.extend(layers.overload().map(|gate| Arc::new(gate.insight()) as _));
        one_of_each(&insights)?;
        #[cfg(feature = "docs")]
        if let Some(documents) = app.documents.as_ref().filter(|documents| documents.are_public) {
            documents.complete(&layers.table());
        }
        Ok(Self {
            layers: Arc::new(layers),
            config,
            drain,
            health,
            #[cfg(feature = "grafana")]
            slos,
            rules,
            budgets,
            usage: watch.usage.clone(),
            insights: insights.into(),
            rooms,
            #[cfg(feature = "docs")]
            documents: app.documents,
        })
    }

    /// What it is to those who look on.
    pub(crate) fn served(&self, monitor: &Monitor) -> Served {
        let server: Arc<dyn Insight> = Arc::new(monitor.clone());
        Served {
            table: self.layers.table(),
            insights: self.insights.iter().cloned().chain([server]).collect(),
            rooms: self.rooms.clone(),
            budgets: self.budgets.clone(),
            usage: self.usage.clone(),
            health: self.health.clone(),
            limits: self.layers.limits().cloned(),
            auth: self.layers.auth().cloned(),
            overload: self.layers.overload().cloned(),
            #[cfg(feature = "docs")]
            documents: self.documents.clone(),
        }
    }
}

/// Insights are told apart by their names. That of the server comes when it listens.
fn one_of_each(insights: &[Arc<dyn Insight>]) -> Result<(), Error> {
    let mut names = BTreeSet::from(["server"]);
    match insights.iter().map(|insight| insight.name()).find(|name| !names.insert(*name)) {
        Some(name) => {
            Err(Error::settings(format!("two insights are called `{name}`: give one another name")))
        }
        None => Ok(()),
    }
}

/// A route at the path of a probe would never be asked.
fn not_probes(table: &RouteTable, health: &Health) -> Result<(), Error> {
    match table.iter().map(Endpoint::template).find(|template| health.holds(template).is_some()) {
        Some(path) => {
            Err(Error::settings(format!("the route {path} is a probe of health: give it another path")))
        }
        None => Ok(()),
    }
}
