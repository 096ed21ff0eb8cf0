//! How durations and sizes are written.

use bytesize::ByteSize;
use humantime_serde::Serde;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A [`std::time::Duration`], or an `Option` of one, as in `"30s"`, `"1m 30s"`, `"500ms"`: for `#[serde(with = "…")]`.
#[derive(Debug)]
pub(crate) enum Duration {}

impl Duration {
    pub(crate) fn serialize<T, S: Serializer>(duration: &T, serializer: S) -> Result<S::Ok, S::Error>
    where
        for<'t> Serde<&'t T>: Serialize,
    {
        humantime_serde::serialize(duration, serializer)
    }

    pub(crate) fn deserialize<'de, T, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error>
    where
        Serde<T>: Deserialize<'de>,
    {
        humantime_serde::deserialize(deserializer)
    }
}

/// A [`ByteSize`], as in `"1 MiB"`, or a number of bytes: for `#[serde(with = "…")]`.
#[derive(Debug)]
pub(crate) enum Size {}

impl Size {
    pub(crate) fn serialize<S: Serializer>(size: &ByteSize, serializer: S) -> Result<S::Ok, S::Error> {
        written(*size).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ByteSize, D::Error> {
        ByteSize::deserialize(deserializer)
    }
}

const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// In the largest unit in which it is a whole number, so that nothing is lost.
fn written(size: ByteSize) -> String {
    let (mut number, mut unit) = (size.as_u64(), 0);
    while number != 0 && number.is_multiple_of(1024) {
        (number, unit) = (number / 1024, unit + 1);
    }
    format!("{number} {}", UNITS[unit])
}
