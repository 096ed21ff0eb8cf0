//! How durations and sizes are written.

use bytesize::ByteSize;
use humantime_serde::Serde;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A [`std::time::Duration`], as in `"30s"`, `"1m 30s"`, `"500ms"`: for `#[serde(with = "…")]`.
#[derive(Debug)]
pub(super) enum Duration {}

impl Duration {
    pub(super) fn serialize<S: Serializer>(
        duration: &std::time::Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        Serde::from(duration).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<std::time::Duration, D::Error> {
        Serde::deserialize(deserializer).map(Serde::into_inner)
    }
}

/// A [`ByteSize`], as in `"16 MiB"`: for `#[serde(with = "…")]`.
#[derive(Debug)]
pub(super) enum Size {}

impl Size {
    pub(super) fn serialize<S: Serializer>(size: &ByteSize, serializer: S) -> Result<S::Ok, S::Error> {
        size.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ByteSize, D::Error> {
        ByteSize::deserialize(deserializer)
    }
}
