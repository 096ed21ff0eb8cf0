//! From configurations to checks.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use tsk_core::{Check, HttpClient};

use super::{Amount, CheckConfig, Sort};
use crate::{Error, check, url::Url};

/// What checks and notices are made with.
pub(crate) struct Means {
    pub(crate) client: Option<Arc<dyn HttpClient>>,
    pub(crate) service: Option<String>,
    pub(crate) labels: BTreeMap<String, String>,
}

impl CheckConfig {
    pub(crate) fn make(&self, place: &str, means: &Means) -> Result<Arc<dyn Check>, Error> {
        if let Some(key) = self.idle_key() {
            let kind = self.kind.name();
            return Err(Error::at(
                format_args!("{place}.{key}"),
                format_args!("a check of kind {kind:?} has no such setting; remove it"),
            ));
        }
        Ok(match self.kind {
            Sort::Tcp => {
                let (host, port) = self.host_and_port(place)?;
                Arc::new(check::Tcp::new(host, port))
            }
            Sort::Dns => Arc::new(check::Dns::new(self.required(
                &self.host,
                place,
                "host",
                "a name to be looked up",
            )?)),
            Sort::Disk => {
                let path = self.path.clone().unwrap_or_else(|| "/".into());
                Arc::new(check::Disk::new(path).limits(self.limits(place)?))
            }
            Sort::Memory => Arc::new(check::Memory::new().limits(self.limits(place)?)),
            Sort::Http => {
                let url = means.http_url(&self.url, place)?;
                let timeout = self.settings().timeout;
                let client = means.client(self.authorities.as_deref(), timeout, place)?;
                let statuses = self.status.iter().map(|status| http::StatusCode::from_u16(*status));
                let statuses = statuses.collect::<Result<Vec<_>, _>>();
                let statuses = statuses.map_err(|error| Error::at(format_args!("{place}.status"), error))?;
                Arc::new(check::Http::new(client, url, statuses, self.contains.clone()))
            }
            Sort::Postgres => self.postgres(place)?,
            Sort::Redis => self.redis(place)?,
            Sort::Certificate => self.certificate(place)?,
        })
    }

    #[cfg(feature = "postgres")]
    fn postgres(&self, place: &str) -> Result<Arc<dyn Check>, Error> {
        let url = self.required(&self.url, place, "url", "postgres://user:password@host/database")?;
        let tls = self.tls(place)?;
        let check =
            check::Postgres::new(&url, tls).map_err(|error| Error::at(format_args!("{place}.url"), error))?;
        Ok(Arc::new(check))
    }

    #[cfg(not(feature = "postgres"))]
    fn postgres(&self, place: &str) -> Result<Arc<dyn Check>, Error> {
        Err(missing(place, "postgres"))
    }

    #[cfg(feature = "redis")]
    fn redis(&self, place: &str) -> Result<Arc<dyn Check>, Error> {
        let url = self.required(&self.url, place, "url", "redis://:password@host:6379")?;
        let tls = self.tls(place)?;
        let check =
            check::Redis::new(&url, tls).map_err(|error| Error::at(format_args!("{place}.url"), error))?;
        Ok(Arc::new(check))
    }

    #[cfg(not(feature = "redis"))]
    fn redis(&self, place: &str) -> Result<Arc<dyn Check>, Error> {
        Err(missing(place, "redis"))
    }

    #[cfg(feature = "tls")]
    fn certificate(&self, place: &str) -> Result<Arc<dyn Check>, Error> {
        let check = match (&self.path, &self.address) {
            (Some(path), None) if self.authorities.is_none() => check::Certificate::file(path),
            (Some(_), None) => {
                return Err(Error::at(
                    format_args!("{place}.authorities"),
                    "a file is not held against authorities; remove it",
                ));
            }
            (None, Some(_)) => {
                let (host, port) = self.host_and_port(place)?;
                let server = check::Certificate::server(host, port, self.tls(place)?);
                server.map_err(|error| Error::at(format_args!("{place}.address"), error))?
            }
            _ => {
                return Err(Error::at(
                    format_args!("{place}.path"),
                    "write either `path`, a PEM file, or `address`, host and port of a server",
                ));
            }
        };
        let warn = self.warn_before.unwrap_or(check::Certificate::WARN_BEFORE);
        let fail = self.fail_before.unwrap_or(check::Certificate::FAIL_BEFORE);
        Ok(Arc::new(check.before(warn, fail)))
    }

    #[cfg(not(feature = "tls"))]
    fn certificate(&self, place: &str) -> Result<Arc<dyn Check>, Error> {
        Err(missing(place, "tls"))
    }

    #[cfg(feature = "tls")]
    fn tls(&self, place: &str) -> Result<crate::tls::Tls, Error> {
        crate::tls::Tls::new(self.authorities.as_deref())
            .map_err(|error| Error::at(format_args!("{place}.authorities"), error))
    }

    fn required<T: Clone>(&self, value: &Option<T>, place: &str, key: &str, what: &str) -> Result<T, Error> {
        let kind = self.kind.name();
        value.clone().ok_or_else(|| {
            Error::at(
                format_args!("{place}.{key}"),
                format_args!("a check of kind {kind:?} needs it; write {what}"),
            )
        })
    }

    fn host_and_port(&self, place: &str) -> Result<(String, u16), Error> {
        let address = self.required(&self.address, place, "address", "host:port")?;
        let parsed = address.rsplit_once(':').and_then(|(host, port)| {
            let host = host.strip_prefix('[').map_or(Some(host), |host| host.strip_suffix(']'))?;
            Some((host.to_owned(), port.parse().ok().filter(|port| *port != 0)?))
        });
        parsed.filter(|(host, _)| !host.is_empty()).ok_or_else(|| {
            Error::at(
                format_args!("{place}.address"),
                format_args!("{address:?} is no host and port; write db.internal:5432"),
            )
        })
    }

    fn limits(&self, place: &str) -> Result<check::Limits, Error> {
        let usual = check::Limits::default();
        let (warn, fail) =
            (self.warn_below.unwrap_or(usual.warn_below), self.fail_below.unwrap_or(usual.fail_below));
        // A size and a share are one above the other on one disk and not on another.
        let is_idle = matches!((warn, fail), (Amount::Percent(warn), Amount::Percent(fail)) if fail > warn);
        if is_idle && self.warn_below.is_some() {
            return Err(Error::at(
                format_args!("{place}.warn_below"),
                "it is below `fail_below`, so that nothing is warned of",
            ));
        }
        Ok(check::Limits { warn_below: warn, fail_below: fail })
    }
}

#[cfg(not(all(feature = "postgres", feature = "redis", feature = "tls")))]
fn missing(place: &str, feature: &str) -> Error {
    let message = format!(
        "this program was built without such checks; build it with the feature `{feature}` of tsk-health"
    );
    Error::at(format_args!("{place}.kind"), message)
}

impl Means {
    /// A URL that is one, and of HTTP.
    pub(crate) fn http_url(&self, url: &Option<Url>, place: &str) -> Result<Url, Error> {
        let at = |message: &str| Error::at(format_args!("{place}.url"), message);
        let url = url.clone().ok_or_else(|| at("it is missing; write https://host/path"))?;
        let is_http = url.parts().is_some_and(|parts| matches!(parts.scheme, "http" | "https"));
        match is_http && url.text().parse::<http::Uri>().is_ok() {
            true => Ok(url),
            false => Err(at("it is no URL of HTTP; write https://host/path")),
        }
    }

    /// What speaks HTTP.
    pub(crate) fn client(
        &self,
        authorities: Option<&Path>,
        timeout: Duration,
        place: &str,
    ) -> Result<Arc<dyn HttpClient>, Error> {
        if let Some(client) = self.client.as_ref().filter(|_| authorities.is_none()) {
            return Ok(Arc::clone(client));
        }
        own(authorities, timeout, place)
    }
}

#[cfg(feature = "client")]
fn own(authorities: Option<&Path>, timeout: Duration, place: &str) -> Result<Arc<dyn HttpClient>, Error> {
    let authorities = authorities.map(Path::to_owned);
    let settings =
        tsk_core::client::Settings { connect_timeout: timeout, timeout, authorities, ..Default::default() };
    match tsk_core::client::Client::new(&settings) {
        Ok(client) => Ok(Arc::new(client)),
        Err(error) => Err(Error::at(format_args!("{place}.authorities"), error)),
    }
}

#[cfg(not(feature = "client"))]
fn own(_: Option<&Path>, _: Duration, place: &str) -> Result<Arc<dyn HttpClient>, Error> {
    let message =
        "this program was built without a client of HTTP; build it with the feature `client` of tsk-health";
    Err(Error::at(format_args!("{place}.url"), message))
}
