//! How a Redis is asked.

use std::{fmt, path::PathBuf, time::Duration};

use ::redis::{ConnectionInfo, IntoConnectionInfo as _};

use crate::Error;

/// How a Redis is asked, with defaults for all but its URL.
#[derive(Clone)]
pub struct Settings {
    pub(super) info: ConnectionInfo,
    /// The PEM file of the authorities that may have issued its certificate. Default: those that browsers trust.
    pub authorities: Option<PathBuf>,
    /// What the names of all keys begin with. Default: `tsk:auth:`.
    pub prefix: String,
    /// How long an answer may take, from the question on. Default: 500 ms.
    pub timeout: Duration,
    /// How many questions may wait for an answer; those beyond have none at once. Default: 4,096.
    pub waiting: usize,
}

/// The longest prefix. Each key has it.
const PREFIX: usize = 64;

impl Settings {
    /// Those of a server at `redis://user:password@host:port/database`, or with TLS at `rediss://…`.
    ///
    /// # Errors
    ///
    /// Where that is no URL of Redis. The message does not show it.
    pub fn new(url: &str) -> Result<Self, Error> {
        let is_one = url.starts_with("redis://") || url.starts_with("rediss://");
        let info = if is_one { url.into_connection_info().ok() } else { None };
        let info = info.ok_or_else(|| {
            Error::new("it is no URL of Redis; write redis://:password@host:6379, or rediss:// for TLS")
        })?;
        Ok(Self {
            info,
            authorities: None,
            prefix: "tsk:auth:".to_owned(),
            timeout: Duration::from_millis(500),
            waiting: 4096,
        })
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        let Self { prefix, timeout, waiting, .. } = self;
        if prefix.len() > PREFIX || !prefix.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::new(format!(
                "{prefix:?} begins no key: the prefix may have {PREFIX} visible characters of ASCII"
            )));
        }
        if timeout.is_zero() || *timeout > Duration::from_secs(30) {
            return Err(Error::new(format!(
                "an answer may not take {timeout:?}: requests wait for it, so set a timeout of up to 30s"
            )));
        }
        if *waiting == 0 || *waiting > 1 << 20 {
            return Err(Error::new("so many cannot wait for Redis: let from one to a million"));
        }
        Ok(())
    }
}

/// Without its password.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("address", &format_args!("{}", self.info.addr()))
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::redis::Redis;

    #[test]
    fn what_cannot_be_is_refused_without_its_secret() {
        for wrong in ["", "cache:6379", "http://:xyzzy@cache", "redis://:xyzzy@cache/x", "unix:///run/redis"]
        {
            let error = Settings::new(wrong).unwrap_err().to_string();
            assert!(error.contains("no URL of Redis") && !error.contains("xyzzy"), "{error}");
        }
        let settings = || Settings::new("redis://me:xyzzy@cache:7000/3").unwrap();
        assert!(!format!("{:?} {:?}", settings(), Redis::new(settings())).contains("xyzzy"));
        let wrong = |change: fn(&mut Settings)| {
            let mut settings = settings();
            change(&mut settings);
            Redis::new(settings).unwrap_err().to_string()
        };
        assert!(wrong(|settings| settings.prefix = "a b".into()).contains("begins no key"));
        assert!(wrong(|settings| settings.timeout = Duration::ZERO).contains("up to 30s"));
        assert!(wrong(|settings| settings.waiting = 0).contains("from one"));
        assert!(
            wrong(|settings| settings.authorities = Some("no/such.pem".into())).contains("no/such.pem: ")
        );
    }
}
