//! One check of the configuration.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::{amount::Amount, text};
use crate::{
    settings::{Kind, Settings},
    url::Url,
};

/// A check: a table `[[health.check]]` of `tsk.toml`.
///
/// ```
/// use tsk_health::config::{CheckConfig, Sort};
///
/// let check = CheckConfig { address: Some("queue.internal:5672".into()), ..CheckConfig::new(Sort::Tcp) };
/// # let _ = check;
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckConfig {
    /// What is checked. It has to be there.
    pub kind: Sort,

    /// What it is called: unique among the checks. Default: the kind.
    #[serde(default)]
    pub name: Option<String>,

    /// Where it is: of `postgres`, `redis` and `http`. It has to be there. Nothing of it is shown but scheme, host and port.
    #[serde(default)]
    pub url: Option<Url>,

    /// Host and port: of `tcp`, and of `certificate` for that of a server.
    #[serde(default)]
    pub address: Option<String>,

    /// The name to be looked up: of `dns`.
    #[serde(default)]
    pub host: Option<String>,

    /// A place on the disk, of `disk`, by default `/`; a PEM file, of `certificate`.
    #[serde(default)]
    pub path: Option<PathBuf>,

    /// A PEM file of the authorities that are believed: where there is TLS. Default: those that browsers trust.
    #[serde(default)]
    pub authorities: Option<PathBuf>,

    /// The statuses that are right: of `http`. Default: all from 200 to 299.
    #[serde(default)]
    pub status: Vec<u16>,

    /// What the body has to contain: of `http`. Default: nothing.
    #[serde(default)]
    pub contains: Option<String>,

    /// Less free than this is a warning: of `disk` and `memory`. Default: 10%.
    #[serde(default)]
    pub warn_below: Option<Amount>,

    /// Less free than this is a failure: of `disk` and `memory`. Default: 5%.
    #[serde(default)]
    pub fail_below: Option<Amount>,

    /// From so long before its end on there is a warning: of `certificate`. Default: 21 days.
    #[serde(default, with = "text::Duration")]
    pub warn_before: Option<Duration>,

    /// From so long before its end on it is a failure: of `certificate`. Default: 3 days.
    #[serde(default, with = "text::Duration")]
    pub fail_before: Option<Duration>,

    /// Which probe it decides. Default: `"readiness"`; of `disk`, `memory` and `certificate`, `"none"`.
    #[serde(default)]
    pub probe: Option<Kind>,

    /// The groups that it belongs to, each of which is asked for at `/healthz/<group>`. Default: none.
    #[serde(default)]
    pub groups: Vec<String>,

    /// How often it is made. Default: 10 s; of `disk` and `memory` 30 s; of `certificate` 1 h.
    #[serde(default, with = "text::Duration")]
    pub interval: Option<Duration>,

    /// How long it may take. Default: 5 s.
    #[serde(default, with = "text::Duration")]
    pub timeout: Option<Duration>,

    /// How long after the start it is made first. Default: at once.
    #[serde(default, with = "text::Duration")]
    pub start_delay: Option<Duration>,

    /// How old a result may become before it counts as failed. Default: three intervals and the timeout.
    #[serde(default, with = "text::Duration")]
    pub max_age: Option<Duration>,

    /// How many of the last `window` results have to be bad before it fails, or warns. Default: 3; of `certificate` 1.
    #[serde(default)]
    pub fail_after: Option<u32>,

    /// How many results are looked back at, at most 64. Default: as many as `fail_after`.
    #[serde(default)]
    pub window: Option<u32>,

    /// How many results in a row have to be good before it works again. Default: 2; of `certificate` 1.
    #[serde(default)]
    pub recover_after: Option<u32>,
}

/// What a check looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// A database, which is asked for nothing: feature `postgres`.
    Postgres,
    /// A server of Redis, or of what speaks its protocol: feature `redis`.
    Redis,
    /// An answer to a request: feature `client`.
    Http,
    /// A port that takes connections.
    Tcp,
    /// A name that has an address.
    Dns,
    /// Room on a disk.
    Disk,
    /// Room in memory.
    Memory,
    /// The end of a certificate: feature `tls`.
    Certificate,
}

impl Sort {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Sort::Postgres => "postgres",
            Sort::Redis => "redis",
            Sort::Http => "http",
            Sort::Tcp => "tcp",
            Sort::Dns => "dns",
            Sort::Disk => "disk",
            Sort::Memory => "memory",
            Sort::Certificate => "certificate",
        }
    }

    /// The settings that some have and others have not, of those that this has.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Sort::Postgres | Sort::Redis => &["url", "authorities"],
            Sort::Http => &["url", "authorities", "status", "contains"],
            Sort::Tcp => &["address"],
            Sort::Dns => &["host"],
            Sort::Disk => &["path", "warn_below", "fail_below"],
            Sort::Memory => &["warn_below", "fail_below"],
            Sort::Certificate => &["path", "address", "authorities", "warn_before", "fail_before"],
        }
    }
}

impl CheckConfig {
    /// A check of which nothing else is said.
    pub fn new(kind: Sort) -> Self {
        Self {
            kind,
            name: None,
            url: None,
            address: None,
            host: None,
            path: None,
            authorities: None,
            status: Vec::new(),
            contains: None,
            warn_below: None,
            fail_below: None,
            warn_before: None,
            fail_before: None,
            probe: None,
            groups: Vec::new(),
            interval: None,
            timeout: None,
            start_delay: None,
            max_age: None,
            fail_after: None,
            window: None,
            recover_after: None,
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(self.kind.name())
    }

    /// What it looks at, however often.
    pub(crate) fn target(&self) -> Self {
        let Self { url, address, host, path, authorities, status, contains, .. } = self.clone();
        let Self { warn_below, fail_below, warn_before, fail_before, .. } = *self;
        Self {
            url,
            address,
            host,
            path,
            authorities,
            status,
            contains,
            warn_below,
            fail_below,
            warn_before,
            fail_before,
            ..Self::new(self.kind)
        }
    }

    pub(crate) fn settings(&self) -> Settings {
        let (kind, interval, in_a_row) = match self.kind {
            Sort::Certificate => (Kind::None, 3600, (1, 1)),
            Sort::Disk | Sort::Memory => (Kind::None, 30, (3, 2)),
            _ => (Kind::Readiness, 10, (3, 2)),
        };
        let usual = Settings::default();
        Settings {
            kind: self.probe.unwrap_or(kind),
            groups: self.groups.clone(),
            interval: self.interval.unwrap_or(Duration::from_secs(interval)),
            timeout: self.timeout.unwrap_or(usual.timeout),
            start_delay: self.start_delay.unwrap_or(usual.start_delay),
            max_age: self.max_age,
            fail_after: self.fail_after.unwrap_or(in_a_row.0),
            window: self.window,
            recover_after: self.recover_after.unwrap_or(in_a_row.1),
        }
    }

    /// A setting that has no meaning for what is checked.
    pub(super) fn idle_key(&self) -> Option<&'static str> {
        let set = [
            ("url", self.url.is_some()),
            ("address", self.address.is_some()),
            ("host", self.host.is_some()),
            ("path", self.path.is_some()),
            ("authorities", self.authorities.is_some()),
            ("status", !self.status.is_empty()),
            ("contains", self.contains.is_some()),
            ("warn_below", self.warn_below.is_some()),
            ("fail_below", self.fail_below.is_some()),
            ("warn_before", self.warn_before.is_some()),
            ("fail_before", self.fail_before.is_some()),
        ];
        let keys = self.kind.keys();
        set.into_iter().find(|(key, is_set)| *is_set && !keys.contains(key)).map(|(key, _)| key)
    }
}
