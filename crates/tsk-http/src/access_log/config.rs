//! What is logged, and where to.

use std::{fmt, ops::RangeInclusive, path::PathBuf, str::FromStr, time::Duration};

use http::{HeaderName, StatusCode};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Error, config::text};

/// The section `[http.access_log]` of `tsk.toml`; there is no log where there is no such section.
///
/// ```
/// use tsk_http::access_log::{Config, Rule};
///
/// // Every error, and one in a hundred of the rest.
/// let errors = Rule { status: Some("5xx".parse()?), ..Rule::default() };
/// let config = Config { sample: 0.01, rules: vec![errors], ..Config::default() };
/// # Ok::<(), tsk_http::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where lines go: `"stdout"`, `"stderr"`, or the path of a file, which is opened again when it has been
    /// moved away. Default: `"stdout"`.
    pub to: Target,

    /// `"json"`, an object a line, or `"text"`. Default: `"json"`.
    pub format: Format,

    /// The share of requests that are logged, from 0 to 1, where no rule says otherwise. Default: 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub sample: f64,

    /// Rules for some requests. The first that matches decides. Default: none.
    pub rules: Vec<Rule>,

    /// The request headers that are logged. Default: `user-agent` and `referer`. Those that carry credentials
    /// cannot be.
    pub headers: Vec<String>,

    /// Query parameters whose values are not logged, beside those that commonly are secret, such as `token`,
    /// `password` and `code`. Default: none.
    pub redact: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            to: Target::Stdout,
            format: Format::Json,
            sample: 1.0,
            rules: Vec::new(),
            headers: vec!["user-agent".into(), "referer".into()],
            redact: Vec::new(),
        }
    }
}

impl Config {
    pub(super) fn header_names(&self) -> Result<Vec<HeaderName>, Error> {
        const SECRET: [&str; 5] =
            ["authorization", "cookie", "proxy-authorization", "set-cookie", "x-api-key"];
        let parse = |name: &String| match name.parse::<HeaderName>() {
            Ok(name) if SECRET.contains(&name.as_str()) => Err(Error::config(format!(
                "`http.access_log.headers`: `{name}` carries credentials; remove it"
            ))),
            Ok(name) => Ok(name),
            Err(_) => Err(Error::config(format!("`http.access_log.headers`: {name:?} is no header name"))),
        };
        self.headers.iter().map(parse).collect()
    }

    pub(super) fn check_samples(&self) -> Result<(), Error> {
        let shares = self.rules.iter().map(|rule| rule.sample).chain([self.sample]);
        match shares.into_iter().find(|share| !(0.0..=1.0).contains(share)) {
            None => Ok(()),
            Some(share) => Err(Error::config(format!(
                "`http.access_log`: a sample of {share} is no share; write a number from 0 to 1"
            ))),
        }
    }
}

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Target {
    /// The standard output.
    #[default]
    Stdout,
    /// The standard error output.
    Stderr,
    /// A file, to whose end they are added.
    File(PathBuf),
}

impl From<String> for Target {
    fn from(text: String) -> Self {
        match &*text {
            "stdout" => Self::Stdout,
            "stderr" => Self::Stderr,
            _ => Self::File(text.into()),
        }
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        match target {
            Target::Stdout => "stdout".into(),
            Target::Stderr => "stderr".into(),
            Target::File(path) => path.to_string_lossy().into_owned(),
        }
    }
}

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A JSON object, for programs.
    #[default]
    Json,
    /// Columns, for people.
    Text,
}

/// How often some requests are logged: those that meet all conditions which the rule has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// The template of the route, such as `/users/{id}`, or all routes that begin so: `/assets/*`.
    pub route: Option<String>,
    /// The status, such as `404` or `5xx`.
    pub status: Option<Statuses>,
    /// The least duration, from the head of the request to the end of the answer.
    #[serde(with = "text::Duration")]
    pub slower_than: Option<Duration>,
    /// The share that is logged, from 0 to 1. Default: 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub sample: f64,
}

impl Default for Rule {
    fn default() -> Self {
        Self { route: None, status: None, slower_than: None, sample: 1.0 }
    }
}

impl Rule {
    /// Whether it may apply to requests of that route.
    pub(super) fn covers(&self, template: &str) -> bool {
        self.route.as_deref().is_none_or(|route| match route.strip_suffix('*') {
            Some(beginning) => template.starts_with(beginning),
            None => template == route,
        })
    }

    /// Whether it applies whatever the answer will be.
    pub(super) fn is_certain(&self) -> bool {
        self.status.is_none() && self.slower_than.is_none()
    }

    /// Whether it applies to an answer. One that never came is a 499, as it is with nginx.
    pub(super) fn applies(&self, status: Option<StatusCode>, duration: Duration) -> bool {
        let status = status.map_or(499, |status| status.as_u16());
        self.status.as_ref().is_none_or(|statuses| statuses.0.contains(&status))
            && self.slower_than.is_none_or(|least| duration >= least)
    }
}

/// One status, or all of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses(RangeInclusive<u16>);

impl FromStr for Statuses {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let class = text.strip_suffix("xx").map(|class| (class, 100, 99));
        let (number, unit, rest) = class.unwrap_or((text, 1, 0));
        match number.parse::<u16>().ok().and_then(|number| number.checked_mul(unit)) {
            Some(first) if (100..=999).contains(&first) => Ok(Self(first..=first + rest)),
            _ => Err(Error::config(format!("{text:?} is no status; write one such as 404, or 5xx"))),
        }
    }
}

impl fmt::Display for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.start() == self.0.end() {
            write!(f, "{}", self.0.start())
        } else {
            write!(f, "{}xx", self.0.start() / 100)
        }
    }
}

impl Serialize for Statuses {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Statuses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(u16),
            Text(String),
        }
        let text = match Written::deserialize(deserializer)? {
            Written::Number(number) => number.to_string(),
            Written::Text(text) => text,
        };
        text.parse().map_err(de::Error::custom)
    }
}
