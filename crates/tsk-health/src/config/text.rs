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
