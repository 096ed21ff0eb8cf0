//! What is asked of usage.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// A question about usage. The default one is who asks most, of all.
///
/// ```
/// use std::time::{Duration, Instant};
/// use tsk_metrics::usage::{Config, Question, Usage};
///
/// // Who has called `v1` in the last week?
/// let week = Duration::from_secs(7 * 86_400);
/// let question = Question { version: Some("v1".into()), window: Some(week), ..Question::default() };
/// let usage = Usage::new(&Config { enabled: true, ..Config::default() }, Instant::now())?;
/// assert_eq!(usage.answer(&question, Instant::now()).unwrap_err().to_string(), "there is no version `v1`; the API has none");
/// # Ok::<(), tsk_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Question {
    /// What is told apart. Default: consumers.
    pub of: Of,
    /// Of the requests of this consumer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumer: Option<String>,
    /// Of the requests of this route, as it is declared: `/users/{id}` by any method, or `GET /users/{id}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// Of the requests of this version of the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Those alone of which there was a request within this time, such as `7d`, and how many there were in it. At most 30 days.
    #[serde(with = "time", skip_serializing_if = "Option::is_none")]
    pub window: Option<Duration>,
    /// How many are told. Default: 20, at most 100.
    pub limit: usize,
    /// How many are passed over. Default: none.
    pub offset: usize,
}

/// What is told apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Of {
    /// Who asks.
    #[default]
    Consumers,
    /// What is asked for.
    Routes,
    /// The versions of the API.
    Versions,
}

/// The most that are told.
pub(super) const MOST: usize = 100;
/// 30 days.
const LONGEST: Duration = Duration::from_secs(30 * 86_400);

impl Default for Question {
    fn default() -> Self {
        Self {
            of: Of::default(),
            consumer: None,
            route: None,
            version: None,
            window: None,
            limit: 20,
            offset: 0,
        }
    }
}

impl Question {
    pub(super) fn check(&self) -> Result<(), Unclear> {
        if self.limit == 0 || self.limit > MOST {
            return Err(Unclear::Limit(self.limit));
        }
        match self.window {
            Some(window) if window > LONGEST || window < Duration::from_secs(1) => {
                Err(Unclear::Window(window))
            }
            _ => Ok(()),
        }
    }
}

/// `7d`.
mod time {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    #[expect(clippy::ref_option, reason = "what serde calls it with")]
    pub(super) fn serialize<S: Serializer>(
        time: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => serializer.collect_str(&humantime::format_duration(*time)),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = humantime::parse_duration(&text);
        time.map(Some)
            .map_err(|_| D::Error::custom(format!("`window` is {text:?}; write it as \"7d\" or \"1h\"")))
    }
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unclear {
    /// There is no such route.
    Route(String),
    /// There is no such version; these there are.
    Version(String, Vec<String>),
    /// Nobody looks back as far, or for no time.
    Window(Duration),
    /// Nobody is told so many, or none.
    Limit(usize),
}

impl fmt::Display for Unclear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Route(route) => {
                write!(
                    f,
                    "there is no route `{route}`; name one as it was declared, such as `GET /users/{{id}}`"
                )
            }
            Self::Version(version, known) if known.is_empty() => {
                write!(f, "there is no version `{version}`; the API has none")
            }
            Self::Version(version, known) => {
                write!(f, "there is no version `{version}`; there are `{}`", known.join("`, `"))
            }
            Self::Window(window) => {
                let window = humantime::format_duration(*window);
                write!(f, "the window is {window}; say 1s to 30d, as longer ago is not kept")
            }
            Self::Limit(limit) => {
                write!(f, "the limit is {limit}; say 1 to {MOST}, and `offset` for the next ones")
            }
        }
    }
}

impl std::error::Error for Unclear {}
