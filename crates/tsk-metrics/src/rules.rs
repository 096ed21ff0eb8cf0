//! Recording and alerting rules for Prometheus, and the tests of them.
//!
//! They are made of what is [promised](crate::slo) and of the [catalogue](crate::catalogue), so that they name nothing that
//! the service does not count. An alert that could not fire is refused or left out.
//!
//! ```
//! use tsk_core::RouteTable;
//! use tsk_metrics::{rules::{self, Rules}, slo::{SloConfig, Slos}};
//!
//! let slo: SloConfig = serde_json::from_str(r#"{ "name": "shop", "availability": 99.9, "latency": { "1s": 99.0 } }"#)?;
//! let counted = tsk_metrics::Config::default();
//! let slos = Slos::new(&RouteTable::default(), &[slo], &counted)?;
//! let rules = Rules::new(&slos, &rules::Config::default(), &counted)?;
//! std::fs::write("/dev/null", rules.yaml())?; // for Prometheus
//! std::fs::write("/dev/null", rules.tests("rules.yml"))?; // for `promtool test rules`
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;

use crate::{Error, slo::Slos};

mod budget;
mod config;
mod operations;
mod selector;
#[cfg(test)]
mod tests;
mod trial;
mod yaml;

pub use self::config::Config;
#[cfg(feature = "grafana")]
pub(crate) use self::selector::all as conditions;
use self::trial::Trial;

/// Rules, and what shows that each alert among them fires, and does not.
#[derive(Debug, Clone)]
pub struct Rules {
    groups: Vec<Group>,
    trials: Vec<Trial>,
}

/// Rules that are evaluated one after another.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Group {
    /// What it is called.
    pub name: String,
    /// The rules, in their order.
    pub rules: Vec<Rule>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Rule {
    /// Whether it records or alerts, under which name.
    pub kind: Kind,
    /// The expression, in PromQL.
    pub expr: String,
    /// The labels that it adds.
    pub labels: BTreeMap<String, String>,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// It keeps the value of its expression.
    Record(String),
    /// It alerts as long as its expression has values.
    Alert {
        /// What the alert is called.
        name: String,
        /// For how many minutes it has to be so.
        minutes: u32,
        /// What there is to say of it.
        annotations: BTreeMap<String, String>,
    },
}

impl Rules {
    /// The rules for these objectives, and for what can go wrong with any service. `counted` says what is counted.
    ///
    /// # Errors
    ///
    /// Settings that Prometheus would not take.
    pub fn new(slos: &Slos, config: &Config, counted: &crate::Config) -> Result<Self, Error> {
        config.check()?;
        let (mut groups, mut trials) = (Vec::new(), Vec::new());
        for objective in slos.objectives() {
            groups.push(budget::group(objective, config));
            trials.extend(budget::trials(objective, config));
        }
        if config.operations {
            let (group, tried) = operations::of(config, counted);
            groups.extend(group);
            trials.extend(tried);
        }
        Ok(Self { groups, trials })
    }

    /// The groups of rules.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The file for Prometheus: `rule_files` in its configuration.
    pub fn yaml(&self) -> String {
        yaml::rules(&self.groups)
    }

    /// The file for `promtool test rules`, in which every alert fires, and does not. `rules` is the path of the other file, from
    /// where this one is.
    pub fn tests(&self, rules: &str) -> String {
        yaml::trials(rules, &self.trials)
    }
}
