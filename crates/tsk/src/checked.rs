//! An application that is looked at, and not served.

use tsk_http::access_log::Target;
use tsk_metrics::rules::Rules;

#[cfg(feature = "grafana")]
use crate::Config;
use crate::{
    App, Error,
    admin::{Admin, Scraped},
    generation::Generation,
    watch::Watch,
};

impl App {
    /// The rules for Prometheus that follow from what is promised of the routes, without listening anywhere.
    ///
    /// ```
    /// use tsk::prelude::*;
    ///
    /// let hello = get("/", || async { "hello" }).slo(Slo::availability(99.9).latency_ms(50, 99.0));
    /// let app = App::new(Config::default()).routes(Router::new().route(hello));
    /// assert!(app.rules()?.yaml().contains("alert: ErrorBudgetBurnFast"));
    /// # Ok::<(), tsk::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn rules(self) -> Result<Rules, Error> {
        Ok(self.checked()?.rules)
    }

    /// The dashboards that follow from the routes and from what is promised of them, without listening anywhere.
    ///
    /// ```
    /// use tsk::metrics::grafana;
    /// use tsk::prelude::*;
    ///
    /// let app = App::new(Config::default()).routes(Router::new().route(get("/", || async { "hello" })));
    /// let dashboards = app.dashboards(&grafana::Config::default())?;
    /// assert_eq!(dashboards.all()[0].uid, "tsk-overview");
    /// # Ok::<(), tsk::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    #[cfg(feature = "grafana")]
    pub fn dashboards(
        self,
        config: &tsk_metrics::grafana::Config,
    ) -> Result<tsk_metrics::grafana::Dashboards, Error> {
        let Generation { layers, slos, config: Config { alerts, metrics, .. }, .. } = self.checked()?;
        Ok(tsk_metrics::grafana::Dashboards::new(config, &layers.table(), &slos, &alerts, &metrics))
    }

    /// The application with its routes and settings checked. The files of its logs are left alone.
    pub(crate) fn checked(mut self) -> Result<Generation, Error> {
        // Its file would be made if it were opened.
        if let Some(log) = &mut self.config.http.access_log {
            log.to = Target::Stdout;
        }
        self.config.auth.audit = None;
        Admin::check(&self.config.admin, &self.config.console)?;
        Scraped::check(&self.config.metrics)?;
        let watch = Watch::new(&self.config)?;
        Generation::new(self, &watch, None)
    }
}
