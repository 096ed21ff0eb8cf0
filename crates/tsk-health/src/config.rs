//! What can be told in `tsk.toml`.

mod amount;
mod check;
mod make;
mod notify;
#[cfg(feature = "schema")]
mod schema;
mod text;

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

pub(crate) use self::make::Means;
pub use self::{
    amount::{Amount, AmountError},
    check::{CheckConfig, Sort},
    notify::{NotifyConfig, NotifyFrom, To},
};
use crate::Error;

/// The section `[health]` of `tsk.toml`.
///
/// ```
/// let config: tsk_health::Config = serde_json::from_str(r#"{
///     "check": [{ "kind": "tcp", "name": "queue", "address": "queue.internal:5672" }],
///     "notify": [{ "to": "log" }]
/// }"#)?;
/// let health = tsk_health::Health::builder().config(&config).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What the service is called, in the detail and in notices. Default: nothing.
    pub service: Option<String>,

    /// The share of its interval by which a check is made earlier or later, so that not all instances ask at once: from 0
    /// to 0.5. Default: 0.1.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 0.5)))]
    pub jitter: f64,

    /// How long there is quiet after a notice before the next about the same check. Default: 1 min.
    #[serde(with = "text::Duration")]
    pub quiet: Duration,

    /// What else notices say: labels of alerts, and a member of JSON. Default: none.
    pub labels: BTreeMap<String, String>,

    /// The checks. Default: none.
    pub check: Vec<CheckConfig>,

    /// Who is told when a check stands otherwise. Default: the log.
    pub notify: Vec<NotifyConfig>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            service: None,
            jitter: 0.1,
            quiet: Duration::from_secs(60),
            labels: BTreeMap::new(),
            check: Vec::new(),
            notify: vec![NotifyConfig::new(To::Log)],
        }
    }
}

/// Longer than this is a mistake, and what is added to a time must not overflow.
pub(crate) const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

impl Config {
    /// Whether what is not about a single check or notice can be.
    pub(crate) fn check_top(&self) -> Result<(), Error> {
        if !(0.0..=0.5).contains(&self.jitter) {
            return Err(Error::at(
                "health.jitter",
                format_args!("{} is no such share; write a number from 0 to 0.5", self.jitter),
            ));
        }
        if self.quiet > LONGEST {
            return Err(Error::at("health.quiet", "nobody waits so long; write `1m`, say"));
        }
        // As Prometheus has it for labels.
        let is_label = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let own = ["alertname", "check", "severity", "service"];
        match self.labels.keys().find(|name| !is_label(name) || own.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(Error::at(
                "health.labels",
                format_args!(
                    "{name:?} is no label; write letters, digits and `_`, and nothing that is set already: {}",
                    own.join(", ")
                ),
            )),
        }
    }
}

#[cfg(test)]
mod tests;
