//! Which requests are sampled.

use std::time::Duration;

use http::Uri;

use crate::Error;

/// Which requests are sampled, where no caller has decided.
///
/// Its text is `always`, `never`, a share as in `1%`, a rate as in `10/s`, or the URL where a Jaeger collector tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Sampling {
    /// Every request.
    Always,
    /// None.
    Never,
    /// A share of them, from 0 to 1, by the identifier of the trace: services with the same share agree.
    Ratio(f64),
    /// So many a second at most, and at once as many as there may be in a second.
    PerSecond(f64),
    /// As a Jaeger collector says.
    Remote(Remote),
}

impl Sampling {
    pub(crate) fn check(&self, key: &str) -> Result<(), Error> {
        match self {
            Self::Always | Self::Never => Ok(()),
            Self::Ratio(ratio) => check_ratio(key, *ratio),
            Self::PerSecond(rate) => check_rate(key, *rate),
            Self::Remote(remote) => remote.check(key),
        }
    }
}

/// Strategies of a Jaeger collector.
#[derive(Debug, Clone, PartialEq)]
pub struct Remote {
    /// Where they are, without the query. Default: `http://localhost:5778/sampling`.
    pub endpoint: String,

    /// How often they are read. Default: 1 min.
    pub interval: Duration,

    /// The share of requests that is sampled until they have been read. Default: 0.001.
    pub initial: f64,
}

impl Default for Remote {
    fn default() -> Self {
        Self {
            endpoint: "http://localhost:5778/sampling".into(),
            interval: Duration::from_secs(60),
            initial: 0.001,
        }
    }
}

impl Remote {
    fn check(&self, key: &str) -> Result<(), Error> {
        let uri = self.endpoint.parse::<Uri>();
        if !uri.is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.query().is_none()) {
            let reason = format!(
                "is {:?}, which is no URL without a query, as in \"http://jaeger:5778/sampling\"",
                self.endpoint
            );
            return Err(Error::setting(key, reason));
        }
        if self.interval < Duration::from_secs(1) {
            let reason = "asks the collector more than once a second, which is more than it should be asked";
            return Err(Error::setting(key, reason));
        }
        check_ratio(key, self.initial)
    }
}

/// What counts of a caller's own decision.
///
/// Its text is `obeyed`, `ignored`, or a rate as in `100/s`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Parent {
    /// It is ours.
    Obeyed,
    /// It counts for nothing, but the trace goes on.
    Ignored,
    /// Who asks for no trace gets none. Of those who ask for one, so many a second get it, and the others as if they had
    /// not said a word.
    PerSecond(f64),
}

fn check_ratio(key: &str, ratio: f64) -> Result<(), Error> {
    if (0.0..=1.0).contains(&ratio) {
        return Ok(());
    }
    Err(Error::setting(key, format_args!("is {ratio}, which is no share; write a number from 0 to 1")))
}

pub(super) fn check_rate(key: &str, rate: f64) -> Result<(), Error> {
    if (0.0..=1e6).contains(&rate) {
        return Ok(());
    }
    Err(Error::setting(key, format_args!("is {rate}; write a number from 0 to 1000000")))
}
