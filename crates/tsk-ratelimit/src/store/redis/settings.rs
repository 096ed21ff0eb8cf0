//! How a server is asked.

use std::{fmt, path::PathBuf, time::Duration};

use super::Url;
use crate::Error;

/// How a server of Redis is asked, with defaults for all but its URL.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where it is.
    pub url: Url,
    /// What the names of accounts are made with. All servers have to have the same, and it should be as hard to guess as a
    /// password: who knows it can look for keys that share an account. Default: the password of the URL.
    pub secret: String,
    /// The PEM file of the authorities that may have issued its certificate. Default: those that browsers trust.
    pub authorities: Option<PathBuf>,
    /// What the names of all keys begin with. Default: `tsk:limit:`.
    pub prefix: String,
    /// How long an answer may take. One that takes longer counts as an outage, as of then. Default: 50 ms.
    pub timeout: Duration,
    /// How many requests may wait for an answer. Whoever comes when there are as many is treated as in an outage. Default:
    /// 4,096.
    pub waiting: usize,
    /// The bytes for the accounts that this server keeps by itself in an outage, of which what is not used is not touched.
    /// Default: 16 MiB.
    pub local: usize,
}

/// The longest prefix. Each account has it.
const PREFIX: usize = 64;

impl Settings {
    /// Those of a server at `redis://user:password@host:port/database`, or with TLS at `rediss://…`.
    ///
    /// # Errors
    ///
    /// Where that is no URL of Redis. The message does not show it.
    pub fn new(url: &str) -> Result<Self, Error> {
        let url = Url::parse(url).ok_or_else(|| {
            Error::new("it is no URL of Redis; write redis://:password@host:6379, or rediss:// for TLS")
        })?;
        Ok(Self {
            secret: url.password.clone().unwrap_or_default(),
            url,
            authorities: None,
            prefix: "tsk:limit:".to_owned(),
            timeout: Duration::from_millis(50),
            waiting: 4096,
            local: 16 << 20,
        })
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        let Self { secret, prefix, timeout, waiting, .. } = self;
        if secret.is_empty() {
            return Err(Error::new(
                "accounts are named by a secret, which is the password of the URL unless there is another: set one, the same on all \
                 servers",
            ));
        }
        if prefix.len() > PREFIX || !prefix.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::new(format!(
                "{prefix:?} begins no key: the prefix may have {PREFIX} visible characters of ASCII"
            )));
        }
        if timeout.is_zero() || *timeout > Duration::from_secs(5) {
            return Err(Error::new(format!(
                "an answer may not take {timeout:?}: requests wait for it, so set a timeout of up to 5s"
            )));
        }
        if *waiting == 0 {
            return Err(Error::new("no request may wait for Redis: let at least one"));
        }
        Ok(())
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("url", &self.url)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
