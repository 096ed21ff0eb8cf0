//! The variables of OpenTelemetry's specification that say what is traced:
//! <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>.

use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::{Config, Parent, Remote, Sampling};
use crate::{Propagator, environment::Environment};

impl Config {
    /// Has what the environment says, by the names of OpenTelemetry's specification, in the place of what is configured:
    /// `OTEL_SDK_DISABLED`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_PROPAGATORS`, `OTEL_TRACES_SAMPLER` and
    /// `OTEL_TRACES_SAMPLER_ARG`.
    ///
    /// `lookup` gives the value of a variable, such as `|name| std::env::var(name).ok()`. A value that cannot be is
    /// ignored, as the specification asks; what is returned is a sentence for each, to be logged as a warning.
    ///
    /// ```
    /// use tsk_trace::{Config, Sampling};
    ///
    /// let mut config = Config::default();
    /// let ignored = config.read_environment(&|name| (name == "OTEL_TRACES_SAMPLER").then(|| "always_on".into()));
    /// assert!(ignored.is_empty());
    /// assert_eq!(config.sampling, Sampling::Always);
    /// ```
    pub fn read_environment(&mut self, lookup: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
        let environment = Environment::new(lookup);
        let mut ignored = Vec::new();
        if environment.is_true("OTEL_SDK_DISABLED") {
            self.enabled = false;
        }
        self.read_resource(environment, &mut ignored);
        self.read_propagators(environment, &mut ignored);
        self.read_sampler(environment, &mut ignored);
        self.export.read(environment, &mut ignored);
        ignored
    }

    fn read_resource(&mut self, environment: Environment<'_>, ignored: &mut Vec<String>) {
        const NAME: &str = "OTEL_RESOURCE_ATTRIBUTES";
        if let Some(text) = environment.get(NAME) {
            match attributes(&text) {
                Some(mut attributes) => {
                    if let Some(at) = attributes.iter().position(|(key, _)| key == "service.name") {
                        self.service = Some(attributes.swap_remove(at).1);
                    }
                    self.attributes.extend(attributes);
                }
                None => {
                    ignored.push(format!("{NAME} is ignored: it is not of the form `key=value,key=value`"))
                }
            }
        }
        if let Some(service) = environment.get("OTEL_SERVICE_NAME") {
            self.service = Some(service);
        }
    }

    fn read_propagators(&mut self, environment: Environment<'_>, ignored: &mut Vec<String>) {
        const NAME: &str = "OTEL_PROPAGATORS";
        let Some(text) = environment.get(NAME) else { return };
        let mut propagators: Vec<Propagator> = Vec::new();
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty() && *name != "none") {
            match name.parse() {
                Ok(propagator) if propagators.contains(&propagator) => {}
                Ok(propagator) => propagators.push(propagator),
                Err(()) => ignored.push(format!("{NAME}: {name:?} is ignored: there is no such propagator")),
            }
        }
        self.propagators = propagators;
    }

    fn read_sampler(&mut self, environment: Environment<'_>, ignored: &mut Vec<String>) {
        const NAME: &str = "OTEL_TRACES_SAMPLER";
        const ARG: &str = "OTEL_TRACES_SAMPLER_ARG";
        let Some(name) = environment.get(NAME) else { return };
        let (root, is_parent_based) = match name.strip_prefix("parentbased_") {
            Some(root) => (root, true),
            None => (&*name, false),
        };
        let arg = environment.get(ARG);
        let mut wrong = |arg: &str| ignored.push(format!("{ARG}: {arg:?} is ignored by `{name}`"));
        self.sampling = match root {
            "always_on" => Sampling::Always,
            "always_off" => Sampling::Never,
            "traceidratio" => {
                let ratio = arg.as_deref().and_then(|arg| {
                    ratio(arg).or_else(|| {
                        wrong(arg);
                        None
                    })
                });
                Sampling::Ratio(ratio.unwrap_or(1.0))
            }
            "jaeger_remote" => Sampling::Remote(remote(arg.as_deref().unwrap_or_default(), wrong)),
            _ => {
                ignored.push(format!("{NAME}: {name:?} is ignored: there is no such sampler"));
                return;
            }
        };
        match self.parent {
            _ if !is_parent_based => self.parent = Parent::Ignored,
            Parent::Ignored => self.parent = Self::default().parent,
            // How far callers are trusted is for the configuration to say.
            Parent::Obeyed | Parent::PerSecond(_) => {}
        }
    }
}

/// `key=value,key=value`, percent-encoded.
fn attributes(text: &str) -> Option<Vec<(String, String)>> {
    let decode = |text: &str| Some(percent_decode_str(text.trim()).decode_utf8().ok()?.into_owned());
    let pairs = text.split(',').filter(|pair| !pair.trim().is_empty());
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=')?;
        Some((decode(key).filter(|key| !key.is_empty())?, decode(value)?))
    };
    pairs.map(pair).collect()
}

fn ratio(text: &str) -> Option<f64> {
    text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio))
}

/// `endpoint=http://localhost:5778/sampling,pollingIntervalMs=5000,initialSamplingRate=0.25`.
fn remote(arg: &str, mut wrong: impl FnMut(&str)) -> Remote {
    let mut remote = Remote::default();
    for pair in arg.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let before = remote.clone();
        let is_read = match pair.split_once('=') {
            Some(("endpoint", endpoint)) => {
                remote.endpoint = endpoint.into();
                true
            }
            Some(("pollingIntervalMs", millis)) => {
                millis.parse().map(|millis| remote.interval = Duration::from_millis(millis)).is_ok()
            }
            Some(("initialSamplingRate", rate)) => ratio(rate).map(|rate| remote.initial = rate).is_some(),
            _ => false,
        };
        if !is_read || Sampling::Remote(remote.clone()).check("sampling").is_err() {
            remote = before;
            wrong(pair);
        }
    }
    remote
}
