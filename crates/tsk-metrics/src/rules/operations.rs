//! Alerts of what can go wrong with any service, whatever it promises.

use std::collections::BTreeMap;

use super::{
    Config, Group, Kind, Rule,
    selector::{all, select},
    trial::{Expected, Trial, constant, rising},
};
use crate::catalogue::{
    METRICS_DROPPED, METRICS_SERIES, Metric, OVERLOAD_REFUSED, PROCESS_MAX_FDS, PROCESS_OPEN_FDS,
    PROCESS_START_TIME, SERVER_RELOADS, TRACING_SPANS,
};

/// An alert: what it looks at, and two runs, in one of which it fires.
struct Alert {
    name: &'static str,
    severity: &'static str,
    /// For how long it has to be so.
    minutes: u32,
    summary: &'static str,
    /// Without the conditions on what is scraped.
    expr: fn(&Scraped) -> String,
    /// Metrics that it needs.
    needs: &'static [Metric],
    /// Metric, labels, and the values while it fires and while it does not.
    tried: &'static [(Metric, &'static str, Values, Values)],
}

/// The values of a metric in a test.
enum Values {
    Rising(f64),
    Constant(f64),
    /// It is another each five minutes.
    Changing,
    Absent,
}

/// Selects what is scraped of this service.
struct Scraped(String);

impl Scraped {
    fn select(&self, metric: &Metric, condition: &str) -> String {
        select(metric.name, [&*self.0, condition])
    }
}

use Values::{Absent, Changing, Constant, Rising};

const ALERTS: [Alert; 7] = [
    Alert {
        name: "ServiceNotScraped",
        severity: "page",
        minutes: 5,
        summary: "Nothing of the service is scraped any more",
        expr: |scraped| format!("absent({})", scraped.select(&METRICS_SERIES, "")),
        needs: &[METRICS_SERIES],
        tried: &[(METRICS_SERIES, "", Absent, Constant(100.0))],
    },
    Alert {
        name: "ServiceRestarts",
        severity: "ticket",
        minutes: 0,
        summary: "A server of the service has started three times or more within half an hour",
        expr: |scraped| format!("max(changes({}[30m])) >= 3", scraped.select(&PROCESS_START_TIME, "")),
        needs: &[PROCESS_START_TIME],
        tried: &[(PROCESS_START_TIME, "", Changing, Constant(1e9))],
    },
    Alert {
        name: "ServiceFilesRunOut",
        severity: "page",
        minutes: 5,
        summary: "More than nine in ten of the files that a server may open are open",
        expr: |scraped| {
            let [open, max] = [PROCESS_OPEN_FDS, PROCESS_MAX_FDS].map(|metric| scraped.select(&metric, ""));
            format!("max({open} / {max}) > 0.9")
        },
        needs: &[PROCESS_OPEN_FDS, PROCESS_MAX_FDS],
        tried: &[
            (PROCESS_OPEN_FDS, "", Constant(950.0), Constant(850.0)),
            (PROCESS_MAX_FDS, "", Constant(1000.0), Constant(1000.0)),
        ],
    },
    Alert {
        name: "ServiceOverloaded",
        severity: "page",
        minutes: 10,
        summary: "Requests that matter are refused, as there is more to do than can be done",
        expr: |scraped| {
            let refused = scraped.select(&OVERLOAD_REFUSED, "priority!=\"sheddable\"");
            format!("sum(rate({refused}[5m])) > 0")
        },
        needs: &[OVERLOAD_REFUSED],
        tried: &[
            (OVERLOAD_REFUSED, "priority=\"normal\",reason=\"full\"", Rising(60.0), Rising(0.0)),
            (OVERLOAD_REFUSED, "priority=\"sheddable\",reason=\"full\"", Rising(60.0), Rising(60.0)),
        ],
    },
    Alert {
        name: "ServiceReloadFailed",
        severity: "ticket",
        minutes: 0,
        summary: "A configuration was read again, and could not be used",
        expr: |scraped| {
            format!("sum(increase({}[30m])) > 0", scraped.select(&SERVER_RELOADS, "result=\"failed\""))
        },
        needs: &[SERVER_RELOADS],
        tried: &[
            (SERVER_RELOADS, "result=\"failed\"", Rising(0.1), Rising(0.0)),
            (SERVER_RELOADS, "result=\"done\"", Rising(0.1), Rising(0.1)),
        ],
    },
    Alert {
        name: "ServiceSpansLost",
        severity: "ticket",
        minutes: 15,
        summary: "More than one in twenty spans does not reach the collector",
        expr: |scraped| {
            let lost = scraped.select(&TRACING_SPANS, "result!=\"sent\"");
            let all = scraped.select(&TRACING_SPANS, "");
            format!("sum(rate({lost}[15m])) / sum(rate({all}[15m])) > 0.05")
        },
        needs: &[TRACING_SPANS],
        tried: &[
            (TRACING_SPANS, "result=\"queue_full\"", Rising(6.0), Rising(4.0)),
            (TRACING_SPANS, "result=\"sent\"", Rising(94.0), Rising(96.0)),
        ],
    },
    Alert {
        name: "ServiceSeriesDropped",
        severity: "ticket",
        minutes: 15,
        summary: "There are more series than may be: some are counted as one",
        expr: |scraped| format!("sum(rate({}[15m])) > 0", scraped.select(&METRICS_DROPPED, "")),
        needs: &[METRICS_DROPPED],
        tried: &[(METRICS_DROPPED, "metric=\"orders_total\"", Rising(1.0), Rising(0.0))],
    },
];

/// How long the tests run, in minutes: longer than any window and any wait.
const RUN: u32 = 60;

/// Those whose metrics are counted, as an alert of others could not fire, and their tests.
pub(super) fn of(config: &Config, counted: &crate::Config) -> (Option<Group>, Vec<Trial>) {
    let scraped = Scraped(all(&config.matchers));
    let is_counted = |alert: &&Alert| alert.needs.iter().all(|metric| counted.has(metric.family));
    // Of everything that a Prometheus scrapes, something is always there.
    let can_be_absent = |alert: &&Alert| alert.name != "ServiceNotScraped" || !config.matchers.is_empty();
    let alerts: Vec<_> = ALERTS.iter().filter(is_counted).filter(can_be_absent).collect();
    let rules: Vec<_> = alerts.iter().map(|alert| alert.rule(config, &scraped)).collect();
    let trials = alerts.iter().flat_map(|alert| alert.trials(config, &scraped)).collect();
    ((!rules.is_empty()).then(|| Group { name: "operations".into(), rules }), trials)
}

impl Alert {
    fn labels(&self, config: &Config) -> BTreeMap<String, String> {
        let service = config.service.iter().map(|name| ("service".to_owned(), name.clone()));
        config.alert(self.severity).into_iter().chain(service).collect()
    }

    fn annotations(&self, config: &Config) -> BTreeMap<String, String> {
        let page = config.runbook(&page(self.name));
        [("summary", self.summary.to_owned()), ("runbook_url", page)]
            .map(|(name, text)| (name.to_owned(), text))
            .into()
    }

    fn rule(&self, config: &Config, scraped: &Scraped) -> Rule {
        let (name, minutes, annotations) = (self.name.to_owned(), self.minutes, self.annotations(config));
        let kind = Kind::Alert { name, minutes, annotations };
        Rule { kind, expr: (self.expr)(scraped), labels: self.labels(config) }
    }

    fn trials(&self, config: &Config, scraped: &Scraped) -> [Trial; 2] {
        let series = |fires: bool| {
            let tried = self.tried.iter().filter_map(|(metric, labels, firing, quiet)| {
                let values = if fires { firing } else { quiet }.text()?;
                Some((scraped.select(metric, labels), values))
            });
            tried.collect()
        };
        let trial = |why, series, expected| Trial {
            name: format!("{} {why}", self.name),
            series,
            minutes: RUN,
            alert: self.name.to_owned(),
            expected,
        };
        let mut labels = self.labels(config);
        if self.name == "ServiceNotScraped" {
            // What is absent has the labels that it was asked by.
            labels.extend(config.matchers.clone());
        }
        let expected = Expected { labels, annotations: self.annotations(config) };
        [trial("fires", series(true), Some(expected)), trial("does not fire", series(false), None)]
    }
}

impl Values {
    fn text(&self) -> Option<String> {
        match self {
            Self::Rising(by) => Some(rising(*by, RUN)),
            Self::Constant(value) => Some(constant(*value, RUN)),
            Self::Changing => {
                let starts = (0..RUN / 5).map(|start| format!("{start}+0x4"));
                Some(starts.chain(["99".to_owned()]).collect::<Vec<_>>().join(" "))
            }
            Self::Absent => None,
        }
    }
}

/// `ServiceNotScraped` is told of at `service-not-scraped`.
fn page(name: &str) -> String {
    let mut page = String::new();
    for (index, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && index > 0 {
            page.push('-');
        }
        page.push(letter.to_ascii_lowercase());
    }
    page
}

/// Every alert that there may be, with the name of its page.
#[cfg(test)]
pub(super) fn pages() -> impl Iterator<Item = String> {
    ALERTS.iter().map(|alert| page(alert.name))
}
