//! What can be said of tracing.

use std::{collections::BTreeMap, time::Duration};

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use serde::{Deserialize, Serialize};

use crate::{Error, Propagator, export};

mod environment;
mod sampling;
#[cfg(test)]
mod tests;
mod text;

pub use sampling::{Parent, Remote, Sampling};

/// What is traced, and how: section `[tracing]` of `tsk.toml`. Durations are written `"500ms"`.
///
/// ```
/// use tsk_trace::{Config, Sampling, config::Rule};
///
/// let mut config = Config { sampling: Sampling::Ratio(0.01), ..Config::default() };
/// config.rules.push(Rule { route: "/healthz".into(), sampling: Some(Sampling::Never), slow: None });
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether there is any tracing. Default: true.
    pub enabled: bool,

    /// What the service is called: `service.name`. Default: the name of the application; `unknown_service` without one.
    pub service: Option<String>,

    /// What else there is to say of the service, as `deployment.environment.name`. Default: nothing.
    pub attributes: BTreeMap<String, String>,

    /// Which requests are sampled: `"always"`, `"never"`, a share as in `"1%"`, so many a second as in `"10/s"`, or as a Jaeger
    /// collector says, whose URL is given: `"http://jaeger:5778/sampling"`. Default: `"10/s"`.
    pub sampling: Sampling,

    /// What counts of a caller's own decision: `"obeyed"`, `"ignored"`, or a rate, which obeys so many callers a second that ask
    /// for a trace, and everyone who does not. Default: `"100/s"`.
    ///
    /// Anyone can send a header that asks for a trace. Obey where only services of your own can reach this one.
    pub parent: Parent,

    /// What is different for some routes. The first that fits decides. Default: none.
    pub rules: Vec<Rule>,

    /// What becomes of a request that is not sampled, and fails or is slow: `"root"` keeps a span of it without children,
    /// `"full"` has children as well, and `"none"` forgets it. Default: `"root"`.
    ///
    /// With `"full"`, the spans of every request are made and kept until it ends, which costs as much as to sample them all;
    /// only the export is saved.
    pub retain: Retain,

    /// From which duration on a request is slow; zero for never. Default: 1 s.
    #[serde(with = "humantime_serde")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub slow: Duration,

    /// The forms in which a trace is read from callers, and told to those who are called: `"tracecontext"`, `"baggage"`,
    /// `"b3"`, `"b3multi"`, `"jaeger"`. Default: `["tracecontext", "baggage"]`.
    pub propagators: Vec<Propagator>,

    /// Down to which level the spans and events of handlers are part of a trace: `"error"`, `"warn"`, `"info"`, `"debug"`,
    /// `"trace"`, or `"off"` for none. Default: `"info"`.
    pub level: Level,

    /// Whether a request that has spans is the active context of OpenTelemetry while it is worked on: for who makes spans by that API,
    /// or by a layer for `tracing` that is not [ours](crate::Tracing::layer), which needs none. It costs such a request some
    /// 0.2 µs. Default: false.
    pub active_context: bool,

    /// Names of query parameters and of attributes whose values are secret, beside those that commonly are, such as
    /// `token` and `password`. Default: none.
    pub redact: Vec<String>,

    /// Where spans are sent. Default: nowhere.
    pub export: export::Config,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: true,
            service: None,
            attributes: BTreeMap::new(),
            sampling: Sampling::PerSecond(10.0),
            parent: Parent::PerSecond(100.0),
            rules: Vec::new(),
            retain: Retain::Root,
            slow: Duration::from_secs(1),
            propagators: vec![Propagator::TraceContext, Propagator::Baggage],
            level: Level::Info,
            active_context: false,
            redact: Vec::new(),
            export: export::Config::default(),
        }
    }
}

impl Config {
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.export.check()?;
        self.sampling.check("sampling")?;
        if let Parent::PerSecond(rate) = self.parent {
            sampling::check_rate("parent", rate)?;
        }
        for rule in &self.rules {
            match &rule.sampling {
                Some(Sampling::Remote(_)) => {
                    let reason = "is asked for one route: set `tracing.sampling`, for the strategies name routes themselves";
                    return Err(Error::setting("rules.sampling", reason));
                }
                Some(sampling) => sampling.check("rules.sampling")?,
                None => {}
            }
        }
        Ok(())
    }

    /// What the service is called.
    pub(crate) fn service(&self) -> &str {
        self.service.as_deref().unwrap_or("unknown_service")
    }

    /// Who makes the spans: <https://opentelemetry.io/docs/specs/semconv/resource/>.
    pub(crate) fn resource(&self) -> Resource {
        let own = [
            KeyValue::new("service.name", self.service().to_owned()),
            KeyValue::new("telemetry.sdk.language", "rust"),
            KeyValue::new("telemetry.sdk.name", env!("CARGO_PKG_NAME")),
            KeyValue::new("telemetry.sdk.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("process.pid", i64::from(std::process::id())),
        ];
        let said = self.attributes.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
        Resource::builder_empty().with_attributes(own.into_iter().chain(said)).build()
    }

    /// The rule for a route.
    pub(crate) fn rule(&self, template: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.covers(template))
    }
}

/// What is different for some routes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The template of the route, such as `/users/{id}`, or all routes that begin so: `/assets/*`.
    pub route: String,

    /// Which of its requests are sampled, where no caller has decided. Default: as elsewhere.
    pub sampling: Option<Sampling>,

    /// From which duration on a request is slow; zero for never. Default: as elsewhere.
    #[serde(default, with = "humantime_serde")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub slow: Option<Duration>,
}

impl Rule {
    fn covers(&self, template: &str) -> bool {
        match self.route.strip_suffix('*') {
            Some(beginning) => template.starts_with(beginning),
            None => template == self.route,
        }
    }
}

/// What becomes of a request that is not sampled, and fails or is slow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Retain {
    /// It is forgotten.
    None,
    /// It has one span.
    #[default]
    Root,
    /// It has all of its spans.
    Full,
}

/// Down to which level spans and events are part of a trace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// None is.
    Off,
    /// What failed.
    Error,
    /// And what may fail.
    Warn,
    /// And what is good to know.
    #[default]
    Info,
    /// And what helps to find a fault.
    Debug,
    /// And everything else.
    Trace,
}
