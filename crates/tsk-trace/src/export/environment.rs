//! The variables of OpenTelemetry's specification that say where spans are sent: those of [the exporter] and of [batches].
//!
//! [the exporter]: https://opentelemetry.io/docs/specs/otel/protocol/exporter/
//! [batches]: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#batch-span-processor

use std::{collections::BTreeMap, time::Duration};

use percent_encoding::percent_decode_str;

use super::{Compression, Config, config::uri};
use crate::environment::Environment;

/// Where collectors listen by default.
const DEFAULT: &str = "http://localhost:4318";

impl Config {
    /// Has what the environment says in the place of what is configured, but for what cannot be: of each such variable
    /// there is a sentence in `ignored`.
    pub(crate) fn read(&mut self, environment: Environment<'_>, ignored: &mut Vec<String>) {
        self.read_exporter(environment, ignored);
        let mut number = |name: &str| {
            let variable = format!("OTEL_BSP_{name}");
            whole(environment, &variable, ignored).filter(|number| *number > 0)
        };
        if let Some(delay) = number("SCHEDULE_DELAY") {
            self.interval = Duration::from_millis(delay);
        }
        if let Some(timeout) = number("EXPORT_TIMEOUT") {
            self.retry_for = Duration::from_millis(timeout);
        }
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        if let Some(size) = number("MAX_QUEUE_SIZE") {
            self.queue_size = count(size);
        }
        if let Some(size) = number("MAX_EXPORT_BATCH_SIZE") {
            self.batch_size = count(size);
        }
    }

    fn read_exporter(&mut self, environment: Environment<'_>, ignored: &mut Vec<String>) {
        const PREFIXES: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_", "OTEL_EXPORTER_OTLP_"];
        // What is for traces alone wins over what is for everything.
        let set = |name: &str| {
            let variables = PREFIXES.map(|prefix| format!("{prefix}{name}"));
            variables.into_iter().find_map(|variable| Some((environment.get(&variable)?, variable)))
        };
        if let Some((endpoint, variable)) = set("ENDPOINT") {
            let is_for_traces = variable.starts_with(PREFIXES[0]);
            let endpoint = if is_for_traces { as_it_is(endpoint) } else { below(&endpoint) };
            match uri(&endpoint) {
                Ok(_) => self.endpoint = Some(endpoint),
                Err(reason) => ignored.push(format!("{variable} is ignored: it {reason}")),
            }
        }
        match environment.get("OTEL_TRACES_EXPORTER").as_deref() {
            None => {}
            Some("none") => self.endpoint = None,
            Some("otlp") => {
                self.endpoint.get_or_insert_with(|| DEFAULT.to_owned());
            }
            Some(other) => {
                ignored
                    .push(format!("OTEL_TRACES_EXPORTER: {other:?} is ignored: there are `otlp` and `none`"));
            }
        }
        if let Some((text, variable)) = set("HEADERS") {
            match headers(&text) {
                Some(headers) => self.headers = headers,
                // It is not shown, for there are secrets in it.
                None => ignored
                    .push(format!("{variable} is ignored: it is not of the form `name=value,name=value`")),
            }
        }
        if let Some((_, variable)) = set("TIMEOUT")
            && let Some(timeout) = whole(environment, &variable, ignored).filter(|timeout| *timeout > 0)
        {
            self.timeout = Duration::from_millis(timeout);
        }
        match set("COMPRESSION") {
            Some((text, _)) if text == "gzip" => self.compression = Compression::Gzip,
            Some((text, _)) if text == "none" => self.compression = Compression::None,
            Some((text, variable)) => {
                ignored.push(format!("{variable}: {text:?} is ignored: there are `gzip` and `none`"));
            }
            None => {}
        }
        if let Some((text, variable)) = set("PROTOCOL").filter(|(text, _)| text != "http/protobuf") {
            ignored.push(format!("{variable}: {text:?} is ignored: spans are sent by `http/protobuf`"));
        }
        for (name, setting) in [
            ("CERTIFICATE", &mut self.certificate),
            ("CLIENT_CERTIFICATE", &mut self.client_certificate),
            ("CLIENT_KEY", &mut self.client_key),
        ] {
            if let Some((path, _)) = set(name) {
                *setting = Some(path.into());
            }
        }
    }
}

fn whole(environment: Environment<'_>, variable: &str, ignored: &mut Vec<String>) -> Option<u64> {
    let text = environment.get(variable)?;
    let number = text.parse().ok();
    if number.is_none() {
        ignored.push(format!("{variable}: {text:?} is ignored: it is no whole number"));
    }
    number
}

/// The URL for traces below one that is for everything.
fn below(endpoint: &str) -> String {
    format!("{}/v1/traces", endpoint.trim_end_matches('/'))
}

/// The URL for traces as it is: one without a path means the root, and not what we would add.
fn as_it_is(mut endpoint: String) -> String {
    if endpoint.split_once("://").is_some_and(|(_, rest)| !rest.contains(['/', '?'])) {
        endpoint.push('/');
    }
    endpoint
}

/// In the form of baggage (W3C Baggage, §3.2.1), but for its properties.
fn headers(text: &str) -> Option<BTreeMap<String, String>> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
        Some((name.trim().to_ascii_lowercase(), value.into_owned()))
    };
    pairs.map(pair).collect()
}

#[cfg(test)]
mod tests;
