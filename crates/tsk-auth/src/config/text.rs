//! How durations are written.

use humantime_serde::Serde;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A [`std::time::Duration`], or an `Option` of one, as in `"30s"`, `"1m 30s"`, `"500ms"`: for `#[serde(with = "…")]`.
#[derive(Debug)]
pub(super) enum Duration {}

impl Duration {
    pub(super) fn serialize<T, S: Serializer>(duration: &T, serializer: S) -> Result<S::Ok, S::Error>
    where
        for<'t> Serde<&'t T>: Serialize,
    {
        humantime_serde::serialize(duration, serializer)
    }

    pub(super) fn deserialize<'de, T, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error>
    where
        Serde<T>: Deserialize<'de>,
    {
        humantime_serde::deserialize(deserializer)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Duration {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        const PATTERN: &str = "^(0|\\s*([0-9]+(\\.[0-9]+)?\\s*(nanos|nsec|ns|usec|us|µs|millis|msec|ms|seconds|second|secs|sec\
                               |s|minutes|minute|mins|min|m|hours|hour|hrs|hr|h|days|day|d|weeks|week|wks|wk|w|months\
                               |month|M|years|year|yrs|yr|y)\\s*)+)$";
        schemars::json_schema!({
            "type": "string",
            "title": "duration",
            "pattern": PATTERN,
            "examples": ["30s", "1m 30s", "500ms"],
        })
    }
}
