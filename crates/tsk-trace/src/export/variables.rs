//! The variables that OpenTelemetry's specification has for the export.
//!
//! See [the exporter's] and [the batches'].
//!
//! [the exporter's]: https://opentelemetry.io/docs/specs/otel/protocol/exporter/
//! [the batches']: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#batch-span-processor

use std::{collections::BTreeMap, time::Duration};

use percent_encoding::percent_decode_str;

use super::{Compression, Config, Invalid};
use crate::environment::Environment;

impl Config {
    /// Takes over what is set in the environment.
    pub(crate) fn read(&mut self, environment: Environment<'_>) -> Result<(), Invalid> {
        let export = |name: &str| {
            // What is for traces alone wins over what is for every signal.
            ["OTEL_EXPORTER_OTLP_TRACES_", "OTEL_EXPORTER_OTLP_"].iter().find_map(|prefix| {
                let variable = format!("{prefix}{name}");
                environment.get(&variable).map(|value| (variable, value))
            })
        };
        if let Some((variable, endpoint)) = export("ENDPOINT") {
            let is_for_traces = variable.contains("TRACES");
            self.endpoint = Some(if is_for_traces { whole(endpoint) } else { below(&endpoint) });
        }
        if let Some((variable, text)) = export("HEADERS") {
            self.headers = headers(&text).ok_or_else(|| {
                Invalid::variable(&variable, "is no list of headers; an example: `name=value,other=value`")
            })?;
        }
        if let Some((variable, text)) = export("TIMEOUT") {
            self.timeout = milliseconds(&variable, &text)?;
        }
        if let Some((variable, text)) = export("COMPRESSION") {
            self.compression = match text.as_str() {
                "gzip" => Compression::Gzip,
                "none" => Compression::None,
                _ => return Err(Invalid::variable(&variable, "is neither `gzip` nor `none`")),
            };
        }
        if let Some((variable, text)) = export("PROTOCOL").filter(|(_, text)| text != "http/protobuf") {
            let reason = format!("is `{text}`, and spans are sent by `http/protobuf` only; set that");
            return Err(Invalid::variable(&variable, reason));
        }
        for (name, setting) in [
            ("CERTIFICATE", &mut self.certificate),
            ("CLIENT_CERTIFICATE", &mut self.client_certificate),
            ("CLIENT_KEY", &mut self.client_key),
        ] {
            if let Some((_, path)) = export(name) {
                *setting = Some(path.into());
            }
        }
        let batches = |name: &str| {
            let variable = format!("OTEL_BSP_{name}");
            environment.get(&variable).map(|value| (variable, value))
        };
        if let Some((variable, text)) = batches("SCHEDULE_DELAY") {
            self.interval = milliseconds(&variable, &text)?;
        }
        if let Some((variable, text)) = batches("EXPORT_TIMEOUT") {
            self.retry_for = milliseconds(&variable, &text)?;
        }
        if let Some((variable, text)) = batches("MAX_QUEUE_SIZE") {
            self.queue_size = count(&variable, &text)?;
        }
        if let Some((variable, text)) = batches("MAX_EXPORT_BATCH_SIZE") {
            self.batch_size = count(&variable, &text)?;
        }
        Ok(())
    }
}

/// The URL for traces below one that is for every signal.
fn below(endpoint: &str) -> String {
    format!("{}/v1/traces", endpoint.trim_end_matches('/'))
}

/// The URL for traces as it is; one without a path means the root, and not what we would add.
fn whole(mut endpoint: String) -> String {
    if endpoint.split_once("://").is_some_and(|(_, rest)| !rest.contains(['/', '?'])) {
        endpoint.push('/');
    }
    endpoint
}

/// In the form of baggage (W3C Baggage, §3.2.1), but for its properties.
fn headers(text: &str) -> Option<BTreeMap<String, String>> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
            Some((name.trim().to_ascii_lowercase(), value.into_owned()))
        })
        .collect()
}

fn milliseconds(variable: &str, text: &str) -> Result<Duration, Invalid> {
    let milliseconds = text.parse().map_err(|_| Invalid::variable(variable, "is no number of milliseconds"));
    Ok(Duration::from_millis(milliseconds?))
}

fn count(variable: &str, text: &str) -> Result<usize, Invalid> {
    text.parse().map_err(|_| Invalid::variable(variable, "is no number of spans"))
}

#[cfg(test)]
mod tests;
