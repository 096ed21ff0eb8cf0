//! What can be said of the export.

use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header, uri::PathAndQuery};
use serde::{Deserialize, Serialize};
use tsk_core::client;

use super::setting;
use crate::Error;

/// Where spans are sent, and how: section `[tracing.export]` of `tsk.toml`.
///
/// It is OTLP 1.x over HTTP in protobuf, which Jaeger, the OpenTelemetry Collector and every vendor's agent take.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The collector, as in `http://localhost:4318`. Where there is no path, `/v1/traces` is added. Default: none, so
    /// that nothing is sent.
    pub endpoint: Option<String>,

    /// Header fields of each request, such as `authorization`. Default: none.
    pub headers: BTreeMap<String, String>,

    /// How requests are compressed: `none` or `gzip`. Default: `none`.
    pub compression: Compression,

    /// How long the collector may take to answer. Default: 10 s.
    #[serde(with = "humantime_serde")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub timeout: Duration,

    /// For how long a batch is sent again and again while the collector is down, before it is dropped. Default: 1 min.
    #[serde(with = "humantime_serde")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub retry_for: Duration,

    /// How long a span may wait for others to be sent with. Default: 1 s.
    #[serde(with = "humantime_serde")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub interval: Duration,

    /// How long the end of the service may be held up by spans that are not sent yet. Default: 5 s.
    #[serde(with = "humantime_serde")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub flush_timeout: Duration,

    /// Spans in a request at most. Default: 1,024.
    pub batch_size: usize,

    /// Spans that may wait at most; further ones are dropped, and counted. Each takes about a kilobyte. Default: 16,384.
    pub queue_size: usize,

    /// A PEM file of the authorities that the collector's certificate may be from. Default: those that browsers trust.
    pub certificate: Option<PathBuf>,

    /// A PEM file of a certificate, with its chain, to be shown to a collector that asks for one. Default: none.
    pub client_certificate: Option<PathBuf>,

    /// A PEM file of its key. Default: none.
    pub client_key: Option<PathBuf>,
}

/// How requests are compressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// As in RFC 1952, at its fastest: a tenth of the size.
    Gzip,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            endpoint: None,
            headers: BTreeMap::new(),
            compression: Compression::None,
            timeout: Duration::from_secs(10),
            retry_for: Duration::from_secs(60),
            interval: Duration::from_secs(1),
            flush_timeout: Duration::from_secs(5),
            batch_size: 1024,
            queue_size: 16_384,
            certificate: None,
            client_certificate: None,
            client_key: None,
        }
    }
}

/// Values of header fields are not shown: some are secrets.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("endpoint", &self.endpoint)
            .field("headers", &self.headers.keys())
            .field("compression", &self.compression)
            .field("timeout", &self.timeout)
            .field("retry_for", &self.retry_for)
            .field("interval", &self.interval)
            .field("flush_timeout", &self.flush_timeout)
            .field("batch_size", &self.batch_size)
            .field("queue_size", &self.queue_size)
            .field("certificate", &self.certificate)
            .field("client_certificate", &self.client_certificate)
            .field("client_key", &self.client_key)
            .finish()
    }
}

impl Config {
    /// Checks what does not depend on files.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.uri()?;
        self.header_map()?;
        for (key, value) in [("batch_size", self.batch_size), ("queue_size", self.queue_size)] {
            if value == 0 {
                return Err(setting(key, "is 0, so that nothing could be sent; set 1 or more"));
            }
        }
        if self.queue_size > MOST {
            return Err(setting("queue_size", "is above a million, a gigabyte; choose fewer"));
        }
        for (key, value) in [("timeout", self.timeout), ("interval", self.interval)] {
            if value.is_zero() {
                return Err(setting(key, "is 0; choose a longer time"));
            }
        }
        match (&self.client_certificate, &self.client_key) {
            (Some(_), None) => Err(setting("client_certificate", "has no key; set `client_key`")),
            (None, Some(_)) => Err(setting("client_key", "has no certificate; set `client_certificate`")),
            _ => Ok(()),
        }
    }

    /// Where batches are sent, if anywhere.
    pub(crate) fn uri(&self) -> Result<Option<Uri>, Error> {
        let wrong = |reason| setting("endpoint", reason);
        self.endpoint.as_deref().map(uri).transpose().map_err(wrong)
    }

    /// The header fields of each request.
    pub(crate) fn header_map(&self) -> Result<HeaderMap, Error> {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            let wrong = |reason: &str| setting(&format!("headers.{name}"), reason);
            let field: HeaderName = name.parse().map_err(|_| wrong("is no name of a header field"))?;
            let mut value: HeaderValue =
                value.parse().map_err(|_| wrong("has a value that cannot be in a header field"))?;
            value.set_sensitive(true);
            map.insert(field, value);
        }
        map.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        if self.compression == Compression::Gzip {
            map.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        map.entry(header::USER_AGENT).or_insert(HeaderValue::from_static(AGENT));
        Ok(map)
    }

    /// What the client is told.
    pub(crate) fn client(&self) -> client::Settings {
        client::Settings {
            connect_timeout: self.timeout.min(Duration::from_secs(5)),
            timeout: self.timeout,
            // What a collector answers is a few bytes; a proxy's page of an error is no use.
            max_body: 64 * 1024,
            authorities: self.certificate.clone(),
            certificate: self.client_certificate.clone().zip(self.client_key.clone()),
        }
    }
}

/// Where batches are sent by what is written as `endpoint`; or what is wrong with it.
pub(super) fn uri(endpoint: &str) -> Result<Uri, String> {
    let uri: Uri = endpoint.parse().map_err(|error| format!("is no URL ({error}); {EXAMPLE}"))?;
    let authority = match (uri.scheme_str(), uri.authority()) {
        (Some("http" | "https"), Some(authority)) => authority,
        _ => return Err(format!("begins with neither `http://` nor `https://`; {EXAMPLE}")),
    };
    if authority.as_str().contains('@') {
        return Err("has credentials in it; put them into `headers`, as `authorization`".to_owned());
    }
    // A URL that ends with its authority is parsed as if it had a path.
    if !endpoint.ends_with(authority.as_str()) {
        return Ok(uri);
    }
    let mut parts = uri.into_parts();
    parts.path_and_query = Some(PathAndQuery::from_static("/v1/traces"));
    Ok(Uri::from_parts(parts).expect("only the path is another"))
}

const AGENT: &str = concat!("OTel-OTLP-Exporter-tsk/", env!("CARGO_PKG_VERSION"));
const EXAMPLE: &str = "an example: `http://localhost:4318`";
/// Of spans that may be made to wait.
const MOST: usize = 1_000_000;

#[cfg(test)]
mod tests;
