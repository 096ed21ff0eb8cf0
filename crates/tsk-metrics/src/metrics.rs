//! The metrics of a program.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, Instant},
};

use bytes::Bytes;
use metrics::Recorder;

use crate::{
    Config, Error, Format, HttpMetrics, Report, Samples,
    budget::Budget,
    catalogue::{self, Family},
    collect::Collectors,
    exposition::Page,
    http::{Glance, Traffic},
    registry::{OTHER, Registry, Series},
    scrape::{Desk, Gone, Worker},
    slo::{self, Budgets, Slos},
};

mod own;
use own::Own;

/// The metrics of a program: what counts, and what writes it out. A clone is the same metrics.
///
/// It is made once and kept, also where a service is put in the place of another. A thread writes pages for scrapers, as
/// that can take a while, and moves the windows of the [percentiles](Self::percentiles) on. It starts with the first request that
/// ends, or the first page, and ends with the last clone; a program of one thread moves them on [itself](Self::tick).
///
/// ```
/// use tsk_metrics::{Config, Format, Metrics};
///
/// let metrics = Metrics::new(&Config::default())?;
/// metrics.install()?; // for the macros of the crate `metrics`
///
/// metrics::counter!("orders_total", "kind" => "book").increment(1);
/// let page = metrics.render(Format::Text);
/// assert!(std::str::from_utf8(&page).unwrap().contains("orders_total{kind=\"book\"} 1\n"));
/// # Ok::<(), tsk_metrics::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Metrics {
    shared: Arc<Shared>,
    worker: Arc<Worker>,
}

/// What its thread works with too.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    budget: Arc<Budget>,
    registry: Arc<Registry>,
    traffic: Arc<Traffic>,
    collectors: Collectors,
    /// As long as somebody has them.
    budgets: Mutex<Vec<Weak<slo::Shared>>>,
    own: Own,
}

impl Metrics {
    /// Metrics as they are configured. They count nothing yet.
    ///
    /// # Errors
    ///
    /// Settings that cannot be.
    pub fn new(config: &Config) -> Result<Self, Error> {
        config.check()?;
        let now = Instant::now();
        let budget = Arc::new(Budget::new(config.max_series));
        let shared = Arc::new(Shared {
            registry: Arc::new(Registry::new(config, Arc::clone(&budget))),
            traffic: Arc::new(Traffic::new(config, Arc::clone(&budget), now)),
            collectors: Collectors::default(),
            budgets: Mutex::default(),
            own: Own::default(),
            config: config.clone(),
            budget,
        });
        let worker = Arc::new(Worker::new(Arc::clone(&shared)));
        let metrics = Self { shared, worker };
        #[cfg(feature = "process")]
        metrics.collect("process", crate::process::collect);
        Ok(metrics)
    }

    /// Has what the program counts by the macros of the crate `metrics` appear here.
    ///
    /// # Errors
    ///
    /// Somebody has installed a recorder before, who keeps it. What [`http`](Self::http) counts goes to both then.
    pub fn install(&self) -> Result<(), Error> {
        self.shared.registry.install()
    }

    /// The recorder that [`install`](Self::install) installs: for who has several, or one for a thread or a test.
    ///
    /// ```
    /// use tsk_metrics::{Config, Format, Metrics};
    ///
    /// let metrics = Metrics::new(&Config::default())?;
    /// metrics::with_local_recorder(metrics.recorder(), || metrics::gauge!("queue").set(3.0));
    /// assert!(metrics.render(Format::Text).ends_with(b"queue 3\n"));
    /// # Ok::<(), tsk_metrics::Error>(())
    /// ```
    pub fn recorder(&self) -> &(impl Recorder + Sync + 'static) {
        &*self.shared.registry
    }

    /// What counts the requests of a service, to be [bound](tsk_core::Policy::bind) to its routes.
    ///
    /// There may be several, also for one service after another: what is counted of a route goes on where its method and
    /// template stay the same. What no service has any more is no longer given out a few seconds after the last of its
    /// requests.
    ///
    /// Where the program has installed a recorder of somebody else before, it is told too, by handles that are held. So
    /// [`install`](Self::install) comes before this, if it is to be called.
    pub fn http(&self) -> HttpMetrics {
        let is_enabled = self.shared.config.has(Family::Http);
        HttpMetrics::new(Arc::clone(&self.shared.traffic), is_enabled, Registry::is_foreign())
    }

    /// Asks for numbers that somebody else has whenever somebody looks, in the place of whoever had that name before.
    ///
    /// It is called on a thread of the metrics, and should not take long.
    ///
    /// ```
    /// use tsk_metrics::{Config, Metrics, catalogue};
    ///
    /// let metrics = Metrics::new(&Config::default())?;
    /// metrics.collect("server", |samples| samples.set(&catalogue::SERVER_CONNECTIONS, &[], 12.0));
    /// # Ok::<(), tsk_metrics::Error>(())
    /// ```
    pub fn collect(&self, name: &'static str, collector: impl Fn(&mut Samples) + Send + Sync + 'static) {
        self.shared.collectors.set(name, Arc::new(collector));
    }

    /// Asks no longer who had that name.
    pub fn forget(&self, name: &str) {
        self.shared.collectors.remove(name);
    }

    /// Says what runs here: the service, its version, and of which revision it was built, where that is known.
    pub fn build(&self, service: &str, version: &str, revision: &str) {
        let labels = [service, version, revision].map(str::to_owned);
        self.collect("build", move |samples| {
            samples.set(&catalogue::BUILD_INFO, &labels.each_ref().map(String::as_str), 1.0);
        });
    }

    /// Says what the tokio runtime does.
    #[cfg(feature = "runtime")]
    pub fn runtime(&self, runtime: tokio::runtime::Handle) {
        self.collect("runtime", move |samples| crate::runtime::collect(&runtime, samples));
    }

    /// How long requests took in the last minutes and since the start, over all and by route.
    pub fn percentiles(&self) -> Report {
        self.shared.traffic.report(Instant::now())
    }

    /// The same of the `most` routes that have the most requests, with the last five minutes in slices of ten seconds; of those
    /// routes that have `search` in their method or template.
    pub(crate) fn glance(&self, most: usize, search: &str) -> Glance {
        self.shared.traffic.glance(most, search, Instant::now())
    }

    /// What is left of the budgets of what is promised, from now on, as long as it is kept by somebody. What a `former` one knows of the
    /// same objectives goes on.
    ///
    /// ```
    /// use std::time::Instant;
    /// use tsk_core::{Endpoint, Meta, Operation, RouteTable};
    /// use tsk_metrics::{Config, Metrics, slo::{Slo, Slos, State}};
    ///
    /// let mut meta = Meta::default();
    /// meta.insert(Slo::availability(99.9));
    /// let users = Endpoint::new(Some(http::Method::GET), "/users/{id}").declared(Operation::default(), meta);
    /// let slos = Slos::new(&RouteTable::new([users]), &[], &Config::default())?;
    /// let budgets = Metrics::new(&Config::default())?.budgets(&slos, None);
    /// assert_eq!(budgets.report(10, "", Instant::now()).objectives[0].state, State::Unknown);
    /// # Ok::<(), tsk_metrics::Error>(())
    /// ```
    pub fn budgets(&self, slos: &Slos, former: Option<&Budgets>) -> Budgets {
        let budgets = Budgets::new(Arc::clone(&self.shared.traffic), slos, former, Instant::now());
        self.shared.watched(|all| all.push(Arc::downgrade(budgets.shared())));
        budgets
    }

    /// Writes everything out, on this thread. What serves requests uses [`scrape`](Self::scrape) instead.
    pub fn render(&self, format: Format) -> Bytes {
        self.shared.render(format, || ()).into()
    }

    /// Everything, written out on a thread of the metrics: once for all who ask at about the same time.
    ///
    /// `None` where the thread has too much to do, could not do it, or cannot be started.
    pub async fn scrape(&self, format: Format, gzip: bool) -> Option<Bytes> {
        self.worker.ask(format, gzip).await.map_err(|Gone| ()).ok()
    }

    pub(crate) fn worker(&self) -> &Worker {
        &self.worker
    }

    pub(crate) fn config(&self) -> &Config {
        &self.shared.config
    }

    /// Looks after the windows of the [percentiles](Self::percentiles), and after what [budgets](Self::budgets) there are, in the
    /// place of the thread: for a program of one thread, whose requests a second one makes dearer, however little that does.
    /// Whoever calls it once calls it every five seconds from then on.
    ///
    /// From the first call on there is no thread but while a page is written. Where many routes are to be looked after, which
    /// takes longer than a request should wait, one does so that is started for it.
    ///
    /// ```
    /// use std::time::Instant;
    /// use tsk_metrics::{Config, Metrics};
    ///
    /// let metrics = Metrics::new(&Config::default())?;
    /// metrics.tick(Instant::now());
    /// # Ok::<(), tsk_metrics::Error>(())
    /// ```
    pub fn tick(&self, now: Instant) {
        self.worker.tick(now);
    }
}

impl Shared {
    /// Says who is to look after the windows once there is something in them.
    pub(crate) fn attended_by(&self, desk: Weak<Desk>) {
        self.traffic.attended_by(desk);
    }

    /// Whether a [tick](Self::tick) holds up nobody who has to wait for it.
    pub(crate) fn ticks_fast(&self) -> bool {
        self.traffic.routes() <= FEW
    }

    pub(crate) fn tick(&self, now: Instant) {
        self.traffic.tick(now);
        let mut budgets = Vec::new();
        self.watched(|all| {
            all.retain(|one| one.strong_count() > 0);
            budgets.extend(all.iter().filter_map(Weak::upgrade));
        });
        budgets.iter().for_each(|budgets| budgets.sample(now));
    }

    fn watched<T>(&self, change: impl FnOnce(&mut Vec<Weak<slo::Shared>>) -> T) -> T {
        change(&mut self.budgets.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes everything out, with a pause after each stretch of it.
    pub(crate) fn render(&self, format: Format, pause: fn()) -> Vec<u8> {
        let begun = Instant::now();
        let mut page = Page::new(format, self.own.last_size(), pause);
        if self.config.enabled {
            self.write(&mut page);
        }
        let page = page.finish();
        self.own.rendered(format, page.len(), begun.elapsed());
        page
    }

    fn write(&self, page: &mut Page) {
        if self.config.has(Family::Http) {
            self.traffic.write(page);
        }
        let mut samples = self.collectors.collect(&self.config);
        if self.config.has(Family::Metrics) {
            self.write_own(&mut samples);
        }
        samples.write(page);
        for family in self.registry.families() {
            page.family(&family.name, family.kind, family.unit, &family.help);
            for (labels, series) in &family.series {
                match (series, family.kind) {
                    (Series::Histogram(histogram), _) => page.histogram(&family.name, labels, histogram),
                    (series, catalogue::Kind::Counter) => {
                        page.count(&family.name, labels, series.number().unwrap_or_default());
                    }
                    (series, _) => {
                        page.sample(
                            &family.name,
                            labels,
                            f64::from_bits(series.number().unwrap_or_default()),
                        );
                    }
                }
            }
        }
    }

    fn write_own(&self, samples: &mut Samples) {
        samples.set(&catalogue::METRICS_SERIES, &[], self.budget.taken() as f64);
        self.own.collect(samples);
        let dropped = &catalogue::METRICS_DROPPED;
        // Always there, so that an alert has something to look at.
        samples.set(dropped, &[OTHER], 0.0);
        for (metric, count) in self.registry.refused() {
            samples.set(dropped, &[&metric], count as f64);
        }
        for (metric, count) in self.traffic.refused() {
            samples.set(dropped, &[metric], count as f64);
        }
    }
}

/// How often somebody looks after what is no more.
pub(crate) const TICK: Duration = Duration::from_secs(5);

/// So many routes are looked after in 70 µs, if all of them are busy.
const FEW: usize = 256;
